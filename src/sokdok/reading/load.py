"""Readers by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from sokdok.errors import ModelError
from sokdok.pages.page import Page
from sokdok.reading.nano import NanoReader
from sokdok.reading.reading import Reader, Reading
from sokdok.reading.session import bundled_folder


@lru_cache(maxsize=4)
def load(name: str = "nano", threads: int = 0) -> NanoReader:
    """The reader called `name`: `nano`, or a folder that holds a nano checkpoint. Needs no network.

    `threads` bounds the processor cores used; 0 leaves it to onnxruntime. Raises ModelError.
    """
    folder = bundled_folder() if name == "nano" else Path(name)
    if not folder.is_dir():
        raise ModelError(f"no model is called {name!r}, and no such folder exists; the bundled model is called nano")
    return NanoReader(folder, threads)


def read(pages: Iterable[Page], reader: Reader | None = None) -> Iterator[Reading]:
    """Read pages with `reader`, nano by default; one Reading per page, in order."""
    return (reader or load()).read(pages)
