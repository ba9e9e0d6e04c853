"""Joined handwriting, written by a pen that moves: every writer has letters, habits and a pen of their own."""
