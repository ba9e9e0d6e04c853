"""The legibility probe: random strings at falling sizes of glyph, read by the reader in question.

- The strings are random, so that there is nothing to guess from, and each page has one script and one size of glyph.
- Each row is filled up with spaces, which takes no mark for its end: all that there is to read is strings.
- A string counts as read exactly wherever it stands in what was read: a line that is lost, read twice or put in
  another place spoils its own strings only.
"""

from __future__ import annotations

import math
import random
import string
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from sokdok.asking.legibility import SCRIPTS, Legibility, LegibilityRow, Script
from sokdok.errors import InputError
from sokdok.pages.cells import slot
from sokdok.pages.glyphs import GLYPH_SIZES, GlyphSize, draw_text_page
from sokdok.pages.hangul import KS_X_1001
from sokdok.pages.page import Page
from sokdok.reading.reading import Reader, Reading
from sokdok.tokens.models import find_model

_CHARACTERS: dict[Script, tuple[str, ...]] = {
    "latin": tuple(string.ascii_letters),
    "digits": tuple(string.digits),
    "hangul": KS_X_1001,
}
_LENGTHS: dict[Script, int] = {"latin": 8, "digits": 8, "hangul": 4}  # characters of a string

PAGE_PX = (640, 640)  # (width, height) of a page for a reader of which nothing is known


def default_page(name: str) -> tuple[int, int]:
    """Choose (width, height) for the reader called `name`: nearest to PAGE_PX of what its model does not resize."""
    try:
        sizes = find_model(name).page_sizes
    except InputError:
        return PAGE_PX
    return min(sizes, key=lambda size: abs(math.log(math.prod(size) / math.prod(PAGE_PX))))


@dataclass(frozen=True)
class Sheet:
    """A page of random strings, before it is drawn."""

    glyph: GlyphSize
    script: Script
    strings: tuple[str, ...]
    text: str  # the strings in full rows
    size: tuple[int, int]  # (width, height) in pixels

    def draw(self, alphabet: Collection[int] | None) -> Page:
        """Draw the page as the reader gets it."""
        return draw_text_page(self.text, self.glyph, self.size, alphabet, f"{self.script} in {self.glyph}")


def plan_sheets(
    glyphs: Iterable[GlyphSize] = GLYPH_SIZES,
    size: tuple[int, int] = PAGE_PX,
    *,
    strings: int = 100,
    seed: int = 0,
) -> list[Sheet]:
    """Plan as many sheets of `size` (width, height) pixels as `strings` of every script take in each of the glyphs.

    Equal arguments give equal sheets. Raises InputError if a page is too small for one string.
    """
    return [
        sheet
        for glyph in glyphs
        for script in SCRIPTS
        for sheet in _sheets(glyph, script, size, strings, random.Random(f"{seed} {script} {glyph}"))
    ]


def _sheets(glyph: GlyphSize, script: Script, size: tuple[int, int], count: int, rng: random.Random) -> Iterator[Sheet]:
    columns, rows = glyph.grid(size)
    font, length = glyph.cell.glyphs, _LENGTHS[script]
    known = [char for char in _CHARACTERS[script] if font.has(np.array([ord(char)]))[0]]
    width = length * int(font.widths[slot(np.array([ord(known[0])]))[0]])
    per_row = columns // (width + 1)  # a space behind each, so that none runs on into the next row
    if not per_row * rows:
        raise InputError(f"a page of {size[0]}x{size[1]} pixels has no room for {length} characters in {glyph} glyphs")
    strings = ["".join(rng.choices(known, k=length)) for _ in range(count)]
    for start in range(0, count, per_row * rows):
        chunk = strings[start : start + per_row * rows]
        yield Sheet(glyph, script, tuple(chunk), _fill_rows(chunk, width, per_row, columns), size)


def _fill_rows(strings: Sequence[str], width: int, per_row: int, columns: int) -> str:
    """Fill rows of `columns` cells with `per_row` strings of `width` cells each, and spaces up to the end."""
    rows = [strings[start : start + per_row] for start in range(0, len(strings), per_row)]
    return "".join(" ".join(row) + " " * (columns - len(row) * (width + 1) + 1) for row in rows)


def probe(
    reader: Reader,
    sheets: Sequence[Sheet],
    *,
    plain: Callable[[str], str] = str,
    report: Callable[[Sheet, Reading], None] = lambda sheet, reading: None,
    **options: Any,
) -> Legibility:
    """Have `reader` read the sheets (`plan_sheets`, of one page size) and say what came back.

    `plain` turns an answer into plain text, `report` hears of every page; `options` go to the reader's `read`.
    """
    tallies: dict[tuple[str, Script], _Tally] = {}
    for sheet, reading in _read(reader, sheets, options):
        tallies.setdefault((str(sheet.glyph), sheet.script), _Tally()).add(sheet, reading, plain)
        report(sheet, reading)
    rows = tuple(tally.row(glyph, script) for (glyph, script), tally in tallies.items())
    return Legibility(reader.name, datetime.now(UTC).date().isoformat(), rows, sheets[0].size)


def _read(reader: Reader, sheets: Sequence[Sheet], options: dict[str, Any]) -> Iterator[tuple[Sheet, Reading]]:
    """Pair each sheet with its reading; pages are drawn as the reader asks for them."""
    pages = (sheet.draw(reader.abilities.alphabet) for sheet in sheets)
    return zip(sheets, reader.read(pages, **options), strict=True)


class _Tally:
    """Counts what was drawn in one script and size, and how much of it came back."""

    def __init__(self) -> None:
        self.strings = self.exact = self.characters = self.errors = self.failed = 0

    def add(self, sheet: Sheet, reading: Reading, plain: Callable[[str], str]) -> None:
        """Count one page."""
        read = plain(reading.text).split() if reading.status != "failed" else []
        drawn = "".join(sheet.strings)
        self.strings += len(sheet.strings)
        self.exact += (Counter(sheet.strings) & Counter(read)).total()
        self.characters += len(drawn)
        self.errors += min(len(drawn), Levenshtein.distance(drawn, "".join(read)))
        self.failed += reading.status == "failed"

    def row(self, glyph: str, script: Script) -> LegibilityRow:
        """The result."""
        right = 1 - self.errors / self.characters
        return LegibilityRow(glyph, script, self.strings, self.exact / self.strings, right, self.failed)
