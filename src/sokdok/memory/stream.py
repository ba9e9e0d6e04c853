"""A conversation as one long stream of text, the way it is drawn: every turn with its number, in drawing cells.

- Pages are cut from the stream at fixed places, so that a page never changes once it is full, and a turn of any length
  is as good as many short ones.
- Positions are counted in *cells*, half-width characters, not in characters: what is cut fits its page. A character
  that some reader does not know counts as its escape, so the count is an upper bound for every reader.
- A turn begins with a bracket that is drawn as an escape, which no text can make of a bracket
  (`pages.layout.symbols_of`), so nothing that is said looks like the beginning of a turn or a day.
- A second stream, the *pinned stream*, holds important turns and headings only. It is drawn on pages of its own, which
  fill more slowly and so stay sharp for longer.
- Where the stream is shown in letters, turns are separated by lines like `[12 user, 2026-01-31 12:00 UTC]`. Lines of
  what was said are indented there (`indented`), so none of them can pass for one, whatever was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sokdok.errors import encoded

_HEADING = re.compile(r"^#{1,6} .*\S", re.MULTILINE)
INDENT = "  "  # What stands before a line of what was said.
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")  # Whatever a reader may take for the end of a line.
_BEFORE_LINE = re.compile(f"(?:{_LINE_END.pattern})(?=.)", re.DOTALL)
BRACKET_CELLS = len("5B;")  # Cells of the bracket that opens a heading of the stream.
MAX_HEADING_CHARS = 200  # Longest heading on the pinned stream, in characters; the rest of its line is left out.


class Written(NamedTuple):
    """Text of a stream, and the characters at which its headings open."""

    text: str
    headings: tuple[int, ...]

    @property
    def size(self) -> int:
        """Cells."""
        return cells(self.text, self.headings)


def entry(number: int, speaker: str, text: str, date: str = "") -> Written:
    """Return a turn as it stands on a page: `[12 user] text`; `date` stands before it where a new day begins."""
    day = f"[day {date}]\n" if date else ""
    return Written(f"{day}[{number} {speaker}] {text}\n", (0, len(day)) if day else (0,))


def pinned_entry(number: int, speaker: str, text: str, important: bool) -> Written:
    """Return a turn as it stands on the pinned stream; empty if it has no part in it."""
    pinned = pinned_text(text, important)
    if not pinned:
        return Written("", ())
    return entry(number, speaker, pinned) if important else Written(f"[{number}] {pinned}\n", (0,))


def pinned_text(text: str, important: bool) -> str:
    """Return what of a turn's text belongs to the pinned stream: all of it, or its headings."""
    return text if important else " ".join(line[:MAX_HEADING_CHARS] for line in _HEADING.findall(text))


def new_day(time: datetime, before: datetime | None) -> str:
    """Return the date of a turn if the turn before it was not on the same day, else an empty text."""
    return "" if before is not None and before.date() == time.date() else time.date().isoformat()


def cells(text: str, headings: Sequence[int] = ()) -> int:
    """Count the cells that a text takes at most, whoever reads it; headings open at its characters `headings`.

    Raises InputError for a lone surrogate.
    """
    brackets = len(headings) * (BRACKET_CELLS - 1)
    if text.isascii() and text.replace("\n", "").isprintable():
        return len(text) + brackets
    return int(_widths()[_codes(text)].sum()) + brackets


def cut_at(text: str, places: Sequence[int], headings: tuple[int, ...] = ()) -> list[str]:
    """Cut a text at cells `places`, which ascend, into one piece more than there are places.

    `headings`: the characters at which headings open.
    """
    first, *rest = (int(index) for index in np.searchsorted(_starts(text, headings), places))
    ends = [0, first, *rest, len(text)]
    return [text[start:stop] for start, stop in pairwise(ends)]


@lru_cache(maxsize=4)
def _starts(text: str, headings: tuple[int, ...]) -> np.ndarray:
    """Return the cell at which each character begins, (N,) int64. Cached: a giant turn is cut into many pages."""
    widths = _widths()[_codes(text)].astype(np.int64)
    widths[list(headings)] = BRACKET_CELLS
    return np.cumsum(widths) - widths


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(encoded(text, "utf-32-le"), np.uint32)


@cache
def _widths() -> np.ndarray:
    """Return the cells of every code point in the widest atlas, or of its escape if any lacks it, (0x110000,) uint8."""
    from sokdok.model.nano.alphabet import nano_code_points
    from sokdok.pages.cells import BREAK, CELLS

    # An escape is the code point in hexadecimal and a semicolon: 1F600; takes six cells.
    widths = np.full(0x110000, len("10FFFF;"), np.uint8)
    for digits in (5, 4, 3, 2, 1):
        widths[: 16**digits] = digits + 1
    # Only what nano's alphabet and every atlas know is drawn as itself, in one cell or two.
    known = np.fromiter(nano_code_points(), np.int64)
    for glyphs in (cell.glyphs for cell in CELLS.values()):
        known = known[glyphs.has(known) & (known < BREAK)]
    widths[known] = np.max([cell.glyphs.widths[known] for cell in CELLS.values()], axis=0)
    widths[[ord("\n"), ord("\t")]] = 1
    return widths


def indented(text: str) -> str:
    """Return a text with every line indented, for below a heading."""
    return f"{INDENT}{continued(text)}" if text else ""


def continued(text: str) -> str:
    """Return a text with every line but the first indented, for behind a heading on its line."""
    return _BEFORE_LINE.sub(rf"\g<0>{INDENT}", text)


def fits(text: str, most: int) -> int:
    """Return how many characters of a text's beginning take at most `most` characters when indented."""
    length = min(len(text), max(0, most - len(INDENT)))
    while length and (over := len(indented(text[:length])) - most) > 0:
        length -= max(1, over // (1 + len(INDENT)))
    return length
