"""A conversation as one long stream of text, the way it is drawn: every turn with its number, in drawing cells.

- Pages are cut from the stream at fixed places, so that a page never changes once it is full, and a turn of any length
  is as good as many short ones.
- Positions are counted in *cells*, half-width characters, not in characters: what is cut fits its page. A character
  that some reader does not know counts as its escape, so the count is an upper bound for every reader.
- A second stream, the *key stream*, holds important turns and headings only. It is drawn on pages of its own, which
  fill more slowly and so stay sharp for longer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache

import numpy as np

from sokdok.errors import InputError

_HEADING = re.compile(r"^#{1,6} .*\S", re.MULTILINE)
LONGEST_HEADING = 200
"""characters"""


def entry(number: int, speaker: str, text: str, date: str = "") -> str:
    """A turn as it stands on a page: `[12 user] text`; `date` stands before it where a new day begins."""
    return f"{date and f'== {date} =='}{date and chr(10)}[{number} {speaker}] {text}\n"


def key_entry(number: int, speaker: str, text: str, important: bool) -> str:
    """A turn as it stands on the key stream; nothing if it has no part in it."""
    shown = key_text(text, important)
    if not shown:
        return ""
    return entry(number, speaker, shown) if important else f"[{number}] {shown}\n"


def key_text(text: str, important: bool) -> str:
    """What of a turn belongs to the key stream: all of it, or its headings."""
    return text if important else " ".join(line[:LONGEST_HEADING] for line in _HEADING.findall(text))


def new_day(time: datetime, before: datetime | None) -> str:
    """The date of a turn, if the turn before it was not on the same day."""
    return "" if before is not None and before.date() == time.date() else time.date().isoformat()


def cells(text: str) -> int:
    """How many cells a text takes at most, whoever reads it. Raises InputError for a lone surrogate."""
    if text.isascii() and text.isprintable():
        return len(text)
    return int(_widths()[_codes(text)].sum())


def cut(text: str, start: int, stop: int) -> str:
    """The characters of a text that begin in cells [start, stop)."""
    return cut_at(text, (start, stop))[1]


def cut_at(text: str, places: Sequence[int]) -> list[str]:
    """A text cut at cells `places`, which ascend: one piece more than there are places."""
    first, *rest = (int(index) for index in np.searchsorted(_begins(text), places))
    ends = [0, first, *rest, len(text)]
    return [text[start:stop] for start, stop in zip(ends, ends[1:], strict=False)]


@lru_cache(maxsize=4)
def _begins(text: str) -> np.ndarray:
    """(N,) int64: the cell at which each character begins. Kept, since a giant turn is cut into many pages."""
    widths = _widths()[_codes(text)]
    return np.cumsum(widths, dtype=np.int64) - widths


def _codes(text: str) -> np.ndarray:
    try:
        return np.frombuffer(text.encode("utf-32-le"), np.uint32)
    except UnicodeEncodeError as error:
        raise InputError(f"the text holds a lone surrogate at character {error.start}: not valid Unicode") from None


@cache
def _widths() -> np.ndarray:
    """(0x110000,) uint8: the cells of every code point in the widest of the atlases; as an escape if any lacks it."""
    from sokdok.model.nano.alphabet import nano_code_points
    from sokdok.pages.cells import BREAK, CELLS

    codes = np.arange(0x110000)
    widths = np.array([len(f"{code:X}") for code in (0, 0x10, 0x100, 0x1000, 0x10000, 0x100000)], np.uint8)[
        np.searchsorted([0x10, 0x100, 0x1000, 0x10000, 0x100000], codes, side="right")
    ]
    widths += 1
    known = np.fromiter(nano_code_points(), np.int64)
    for glyphs in (cell.glyphs for cell in CELLS.values()):
        known = known[glyphs.has(known) & (known < BREAK)]
    widths[known] = np.max([cell.glyphs.widths[known] for cell in CELLS.values()], axis=0)
    widths[[ord("\n"), ord("\t")]] = 1
    return widths
