"""From the pixels of a geometry figure to points, lines and marks."""
