"""A chart's picture and its texts → one HTML table."""
