"""Files in, documents out: one stage a file."""
