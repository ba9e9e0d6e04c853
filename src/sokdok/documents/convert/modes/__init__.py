"""Which resolution reads a page, and what a look at the page tells."""
