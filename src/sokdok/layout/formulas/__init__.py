"""Displayed formulas of a text layer: where they stand, and their LaTeX where it is certain."""
