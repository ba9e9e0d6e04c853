"""What a reader's output means."""
