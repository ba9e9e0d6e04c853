"""What is said of a document without changing it: numbers for pieces of its text, as Dolma keeps them.

An attribute is `<tagger>__<measure>` and holds spans: start and end in the text, in characters, and a number. A measure
of the whole document is one span over all of it; a line to leave out is a span of that line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from sokdok.bulk.merge.text import DocumentText

Span = tuple[int, int, float]  # start and end in characters, end exclusive, and a number
Attributes = Mapping[str, tuple[Span, ...]]  # spans by name, as `gopher__mean_word_length`


class Tagger(Protocol):
    """Measures documents; it never changes them and never raises for one's sake."""

    @property
    def name(self) -> str:
        """What its attributes begin with."""

    def tag(self, document: DocumentText) -> Attributes:
        """All that it measures of a document."""


def tag(document: DocumentText, taggers: Iterable[Tagger]) -> dict[str, tuple[Span, ...]]:
    """What all taggers say of a document."""
    found: dict[str, tuple[Span, ...]] = {}
    for tagger in taggers:
        found.update(tagger.tag(document))
    return found


def of_all(tagger: str, text: str, measures: Mapping[str, float | None]) -> dict[str, tuple[Span, ...]]:
    """Measures of a whole text as attributes; those that are None have no value here and are left out."""
    return {
        f"{tagger}__{name}": ((0, len(text), round(float(value), 6)),)
        for name, value in measures.items()
        if value is not None
    }


def value_of(attributes: Attributes, name: str) -> float | None:
    """The number of a measure of the whole document; None if nobody measured it."""
    spans = attributes.get(name)
    return spans[0][2] if spans else None
