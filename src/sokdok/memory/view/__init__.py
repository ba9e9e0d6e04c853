"""What a model is shown of a conversation within a budget of tokens."""
