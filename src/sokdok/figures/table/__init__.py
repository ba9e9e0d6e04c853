"""Tables: read, parsed, written."""
