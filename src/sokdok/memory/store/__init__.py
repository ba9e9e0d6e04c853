"""The exact, append-only store of a conversation."""
