"""Pixels and boxes, as everything above needs them."""
