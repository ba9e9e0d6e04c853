"""From lines of text to blocks: columns, reading order, tables."""
