"""Geometry figures: read, parsed into relations, drawn again."""
