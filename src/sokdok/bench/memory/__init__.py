"""What a conversation keeps as it ages."""
