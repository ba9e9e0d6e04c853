"""Pages, tables and handwriting with exact truth."""
