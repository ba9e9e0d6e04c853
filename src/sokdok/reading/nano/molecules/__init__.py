"""A molecule's picture → SMILES."""
