"""Bar charts: rectangles found, laid out, measured and named."""
