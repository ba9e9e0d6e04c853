"""Metrics and the published experiments, reproduced with sokdok's own drawing and readers."""
