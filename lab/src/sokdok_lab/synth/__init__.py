"""Synthetic samples with exact truth."""
