"""A page of lines, tables and pictures, in reading order."""
