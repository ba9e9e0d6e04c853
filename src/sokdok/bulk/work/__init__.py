"""The work on one unit, the same for every engine: a file looked at for the plan, pages read into a result."""
