"""Real pages and figures, beside other systems."""
