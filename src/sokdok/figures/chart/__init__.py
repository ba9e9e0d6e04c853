"""Charts: read, parsed, drawn again."""
