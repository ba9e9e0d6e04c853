"""Tables found by their lines and gaps: borders, rows, cells."""
