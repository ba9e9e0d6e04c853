"""What archives have in common: whose names are refused, and when a member is no document but a bomb."""

from __future__ import annotations

from sokdok.isolation import Limits

BOMB_RATIO = 200  # bytes out of a compressed byte: documents are below 20, drawings of nothing are 1,000
BOMB_BYTES = 64 << 20  # that may come out whatever the ratio
HIDDEN = ("__MACOSX",)  # folders that systems put into archives for themselves


def is_hidden(name: str) -> bool:
    """Whether a member is hidden, or a system's own."""
    return any(
        part.startswith(".") and part not in (".", "..") or part in HIDDEN
        for part in name.replace("\\", "/").split("/")
    )


def refused(name: str, size: int, limits: Limits) -> str:
    """Why a member is not taken, by what the archive says of it; empty if it is."""
    if not name:
        return "it has no name"
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or "\0" in name:
        return "its name leads out of the archive"
    if size > limits.file_megabytes << 20:
        return f"it has more than {limits.file_megabytes:,} MB"
    return "it is empty (0 bytes)" if not size else ""


def is_bomb(taken: int, given: int) -> bool:
    """Whether `taken` bytes that come out of `given` ones are too many."""
    return taken > BOMB_BYTES and taken > BOMB_RATIO * max(given, 1)
