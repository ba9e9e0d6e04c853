"""Pages, tables and lines with exact truth."""
