"""Metrics, each with its formula."""
