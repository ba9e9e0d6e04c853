"""The published compression experiment, reproduced: texts as pages, read back."""
