"""The memory benchmark: what a conversation keeps as it ages, beside baselines of as many tokens."""
