"""Who may ask, how much a request may send, and what a browser may do with an answer."""
