"""Personal data: where it stands in a text; masked on request only."""
