"""What a run asks of the place where it keeps things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol


class Store(Protocol):
    """Named things, each there whole or not at all; names are relative paths with `/`."""

    address: str  # what `open_store` opens it again by

    def create(self, name: str, data: bytes | Path) -> bool:
        """Put if absent; False if it is there already, and nothing is changed. `data` may be a local file's path."""

    def replace(self, name: str, data: bytes | Path) -> None:
        """Put, whatever is there."""

    def read(self, name: str) -> bytes:
        """All of it. Raises FileNotFoundError."""

    def open(self, name: str) -> BinaryIO:
        """Open for reading from the beginning on, a piece in memory at a time. Raises FileNotFoundError."""

    def exists(self, name: str) -> bool:
        """Whether it is there."""

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin so, sorted."""

    def remove(self, name: str) -> None:
        """Remove it, if it is there."""
