"""Lines of a page: where they are, what marks stand before them, what they say, and where their words are."""
