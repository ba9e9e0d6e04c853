"""Jobs that survive: what was accepted is in a database, and so is every page as soon as it is read."""
