"""Draw random texts, read them back, and count how often text was lost with status `ok`.

A page may be read badly, but then its reading must say so. So two things are counted for each kind of text and decoder:
texts that are `ok` and whose fidelity is below `LEAST` (silent loss: there must be none), and texts that are not `ok`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from sokdok.compress.fidelity import fidelity
from sokdok.pages import CELLS, Page, draw_pages, plan
from sokdok.reading.reading import Reader, Reading
from sokdok_lab.bench.compression.roundtrip import Decoder, page_size, read_back, text_of
from sokdok_lab.bench.loss.texts import KINDS, make_text

if TYPE_CHECKING:
    from rich.console import Console

LEAST = 0.97  # fidelity below which text was lost
DRAWN_MODES = ("tiny", "small", "base")


@dataclass(frozen=True)
class Drawn:
    """A text and how it is drawn."""

    kind: str
    text: str
    mode: str
    cell: str | None  # None: the largest with which it fits on a page


@dataclass(frozen=True)
class Result:
    """A text that was read back."""

    drawn: Drawn
    decoder: str
    pages: int
    statuses: tuple[str, ...]  # of its pages
    fidelity: float
    exact: bool

    @property
    def ok(self) -> bool:
        """Whether the reader says that all of it was read."""
        return set(self.statuses) == {"ok"}

    @property
    def silent(self) -> bool:
        """Whether text was lost and the reader says that all is well."""
        return self.ok and self.fidelity < LEAST


@dataclass(frozen=True)
class Row:
    """The texts of one kind, as one decoder read them."""

    kind: str
    decoder: str
    texts: int
    pages: int
    fidelity: float  # mean
    least_fidelity: float
    exact: float  # share of the texts that came back character by character
    not_ok: int  # texts that the reader says it did not read whole
    silent: int  # texts that are `ok` and below LEAST


def make_texts(count: int, seed: int, kinds: Sequence[str] = tuple(KINDS)) -> list[Drawn]:
    """Make `count` texts, kinds in turn, each in a random mode and cell; the same for the same seed."""
    texts = []
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        kind = kinds[number % len(kinds)]
        mode, cell = rng.choice(DRAWN_MODES), rng.choice([None, *CELLS])
        texts.append(Drawn(kind, make_text(kind, rng), mode, cell))
    return texts


def run(reader: Reader, texts: Sequence[Drawn], decoder: Decoder) -> Iterator[Result]:
    """Draw and read texts, those of a mode together."""
    for mode in dict.fromkeys(drawn.mode for drawn in texts):
        group = [drawn for drawn in texts if drawn.mode == mode]
        drawings = (_pages(drawn, reader) for drawn in group)
        for drawn, readings in zip(group, read_back(reader, drawings, decoder, mode), strict=True):
            yield _result(drawn, decoder, readings)


def _pages(drawn: Drawn, reader: Reader) -> Iterable[Page]:
    cell = CELLS[drawn.cell] if drawn.cell else None
    return draw_pages(plan(drawn.text, page_size(drawn.mode), cell, reader.abilities.alphabet))


def _result(drawn: Drawn, decoder: Decoder, readings: list[Reading]) -> Result:
    read = text_of(readings)
    statuses = tuple(reading.status for reading in readings)
    return Result(drawn, decoder, len(readings), statuses, fidelity(drawn.text, read), read == drawn.text)


def rows_of(results: Iterable[Result]) -> list[Row]:
    """Sum results up by kind and decoder."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.drawn.kind, result.decoder), []).append(result)
    return [
        Row(
            kind,
            decoder,
            len(group),
            sum(result.pages for result in group),
            fmean(result.fidelity for result in group),
            min(result.fidelity for result in group),
            fmean(result.exact for result in group),
            sum(not result.ok for result in group),
            sum(result.silent for result in group),
        )
        for (kind, decoder), group in groups.items()
    ]


def print_rows(rows: Sequence[Row], console: Console) -> None:
    """Print a table, and the sum in one line."""
    from rich.table import Table

    table = Table("kind", "decoder", *("texts", "pages", "fidelity", "least", "exact", "not ok", "silent"), box=None)
    for row in rows:
        values = (f"{row.fidelity:.4f}", f"{row.least_fidelity:.3f}", f"{row.exact:.3f}")
        table.add_row(row.kind, row.decoder, str(row.texts), str(row.pages), *values, str(row.not_ok), str(row.silent))
    console.print(table)
    texts, not_ok, silent = (sum(getattr(row, name) for row in rows) for name in ("texts", "not_ok", "silent"))
    console.print(f"{texts:,} texts read: {not_ok:,} not ok, {silent:,} ok and below {LEAST}", soft_wrap=True)
