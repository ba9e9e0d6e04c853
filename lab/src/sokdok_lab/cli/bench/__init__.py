"""`sokdok bench`."""
