"""Whose words a page has: those of its text layer, those that are read from its pixels, or both."""
