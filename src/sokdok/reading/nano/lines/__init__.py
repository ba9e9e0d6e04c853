"""Lines of text: found, cut straight, read through vision tokens."""
