"""Engines that set a document: each turns blocks into its own markup and gives a PDF."""
