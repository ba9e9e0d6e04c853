"""What of the past is shown how sharply."""
