"""Samples, losses and checkpoints of nano on pages that sokdok draws."""
