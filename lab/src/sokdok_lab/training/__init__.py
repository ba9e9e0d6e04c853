"""Training nano from scratch: synthetic pages, losses, the loop, recipes."""
