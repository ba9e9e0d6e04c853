"""Whole sets of real and synthetic pages and figures, read by sokdok and by other systems."""
