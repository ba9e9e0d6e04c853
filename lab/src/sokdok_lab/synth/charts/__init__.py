"""Charts with exact truth."""
