"""The plan: every file of the sources once, cut into units, written before anything is read."""
