"""Random documents with the words that each shows and those that it hides."""
