"""What documents are worth: tagged first, cut later by the numbers of a recipe."""
