"""The exact, append-only store of conversations."""
