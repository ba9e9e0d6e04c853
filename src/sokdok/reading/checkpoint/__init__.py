"""Published checkpoints as a reader, on torch."""
