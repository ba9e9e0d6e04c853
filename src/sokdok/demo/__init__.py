"""Texts to try things with, English and Korean, written for this project."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

FOLDER = resources.files(__name__) / "texts"


def demo_text(name: str) -> str:
    """Return a text by its name, as `demo_en` or `ko_1_market`."""
    return text_file(name).read_text(encoding="utf-8")


def text_file(name: str) -> Traversable:
    """Return where a text is."""
    return FOLDER / f"{name}.txt"
