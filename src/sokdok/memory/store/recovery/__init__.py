"""Reading what is left of a damaged store, without SQLite."""
