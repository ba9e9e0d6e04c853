"""Uploads for a server that reads without nets."""

from __future__ import annotations

from sokdok_lab.bench.serve.material import Material, Upload, mark

FAKE = Material(lambda number: said(number, 1, 0.05), lambda number: shown(number))


def said(number: int, pages: int, slow: float = 0.005) -> Upload:
    """A document of so many pages, each of which says its name."""
    return Upload(f"{mark(number)}.txt", f"pages={pages} slow={slow}".encode(), "")


def shown(number: int) -> Upload:
    """A picture that reads as its own bytes."""
    text = f"picture number {number} {number * 7919}"
    return Upload("picture.png", text.encode(), text)
