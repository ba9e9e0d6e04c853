"""Checkpoints on disk and on the hub: found, checked, loaded."""
