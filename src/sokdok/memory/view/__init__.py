"""A view of a memory within a budget of tokens."""
