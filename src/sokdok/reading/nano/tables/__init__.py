"""A table's picture and its texts → HTML with spans."""
