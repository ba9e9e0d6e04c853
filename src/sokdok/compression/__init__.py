"""A text as pages: what it costs, and how much of it comes back when the pages are read."""
