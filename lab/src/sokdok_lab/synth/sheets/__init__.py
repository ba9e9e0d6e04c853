"""Sheets of loose lines: posters and title pages, slides, receipts and filled forms, with exact truth."""
