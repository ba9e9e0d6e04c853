"""Geometry figures with exact truth."""
