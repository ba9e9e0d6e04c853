"""From the pixels of a chart to its values."""
