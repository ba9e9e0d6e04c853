"""Molecules with exact truth."""
