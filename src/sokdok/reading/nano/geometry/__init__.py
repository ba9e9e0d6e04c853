"""A geometric figure's picture → points, lines, circles and what is written at them."""
