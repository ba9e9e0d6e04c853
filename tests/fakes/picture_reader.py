"""Puts a reader in nano's place that sees a paragraph and a picture on every page; for `fakes.faults` to warm up."""

from __future__ import annotations

from typing import Any

import sokdok.reading
from fakes.converting import FakeReader
from sokdok.model.preprocess import MODES
from sokdok.reading.reading import Abilities

SEEN = (
    "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 400]]<|/det|>\nA paragraph.\n"
    "<|ref|>image<|/ref|><|det|>[[0, 500, 500, 999]]<|/det|>\n"
)


def picture_reader(name: str = "nano", **options: Any) -> FakeReader:
    """What `sokdok.reading.load` gives while this stands in its place."""
    abilities = Abilities(modes=tuple(MODES), tasks=("markdown",), layout_task="markdown")
    return FakeReader(abilities=abilities, says={number: {"text": SEEN} for number in range(1, 10)})


sokdok.reading.load = picture_reader  # type: ignore[assignment]
