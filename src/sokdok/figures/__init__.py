"""Figures: what a reader says of a chart, a molecule, a geometric figure or a table, checked and typed."""
