"""Molecules: read as graphs, checked, written as SMILES."""
