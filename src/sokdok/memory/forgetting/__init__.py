"""What of the past is shown how sharply: levels, their schedule, the text and pictures on them, the recent window."""
