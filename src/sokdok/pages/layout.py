"""Where each character of a text stands on its pages.

- Text flows from the top left, row by row, and a row is as long as the page is wide. Hard line ends are
  drawn as a mark, so they can't be taken for soft wrapping; tabs too; every blank cell before the end mark is a
  space. So `text_of(lay_out(text)) == text` for every string.
- A line end is one mark, be it LF or CR LF: a *switch* stands before the first that is of the other kind than the one
  before it (each page begins with LF). It is the mark that closes an escape, with no digits in front. A CR by itself,
  U+2028 and other such characters are escapes.
- Where there is room, a hard line end starts a new row, as people expect; where that would not fit, the mark
  stands inside the row and the text goes on behind it. The two marks differ, so that a reader sees which is meant.
- The rule for size: the largest cell with which the text fits on one page; if none does, the smallest one, filled
  to the last cell, on as many pages as it takes.
- In the smallest cell signs and letters with accents are hard to distinguish: where there is room for it, all but ASCII
  and Hangul are escapes there, for a reader whose alphabet is given.
- Each page can be read by itself and the texts joined, and is drawn as its text alone would be: no character is
  divided between two pages. Where the escape of a code point, or a line end with its switch, would be divided, an end
  mark closes the page before it.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sokdok.errors import InputError, encoded
from sokdok.pages.cells import BREAK, CELLS, END, FILL, HEX, HEX_END, RETURN, TAB, Cell, slot

_SMALLEST = CELLS["4x8"]
_CLEAR = frozenset(range(0x80)) | frozenset(range(ord("가"), ord("힣") + 1))
"""code points that are clear in the smallest cell: nano reads .99 and .91 of them there, .48 of all others"""
_BRACKET = ord("[")
_HEADING = -1  # code point, as long as text is made into symbols, of the bracket that opens a heading

Placed = tuple[np.ndarray, np.ndarray, np.ndarray]  # symbols (N,), and the column and the row of each


@dataclass(frozen=True)
class Layout:
    """The symbols of one page in reading order."""

    cell: Cell
    size: tuple[int, int]  # (width, height) of the page in pixels
    symbols: np.ndarray  # (N,) int64 code points and marks
    columns: np.ndarray  # (N,) cells from the left
    rows: np.ndarray  # (N,) cells from the top


def symbols_of(
    text: str, cell: Cell, alphabet: Collection[int] | None = None, headings: Sequence[int] = ()
) -> np.ndarray:
    """Code points (N,) int64 of `text` with line ends, tabs and undrawable characters replaced by marks.

    `alphabet` narrows what may be drawn as itself to the code points that a reader knows. At the characters `headings`
    stand brackets that open a heading of the caller's own: they become escapes, which no text can make of a bracket,
    since its own are drawn as themselves.
    """
    codes = np.frombuffer(encoded(text, "utf-32-le"), np.uint32).astype(np.int64)
    if headings:
        codes[list(headings)] = _HEADING
    codes, crlf = _merge_line_ends(codes)
    opened = codes == _HEADING
    codes = np.where(opened, _BRACKET, codes)
    drawable = cell.glyphs.has(codes)
    if alphabet is not None:
        drawable &= _table(frozenset(alphabet))[codes]
    if headings:
        drawable |= codes == _BRACKET  # whatever the reader knows: else a text's bracket were an escape too
    line_ends, tabs = codes == 0x0A, codes == 0x09
    # From plane 15 on a text's code points would be taken for marks.
    escaped = opened | (~drawable | (codes >= BREAK)) & ~line_ends & ~tabs
    switched = _switches(line_ends, crlf)
    symbols = np.select([line_ends, tabs], [RETURN, TAB], codes)
    parts, start = [], 0
    for i in np.flatnonzero(escaped | switched).tolist():
        digits = [HEX + int(d, 16) for d in f"{codes[i]:X}"] if escaped[i] else []
        parts += [symbols[start:i], np.array([*digits, HEX_END])]
        start = i + 1 if escaped[i] else i
    return np.concatenate([*parts, symbols[start:]]) if parts else symbols


@lru_cache(maxsize=4)
def _table(alphabet: frozenset[int]) -> np.ndarray:
    """Which code points are of an alphabet, (0x110000,) bool: looked up far quicker than searched for."""
    return np.bincount(np.fromiter(alphabet, np.int64), minlength=0x110000).astype(bool)


def _merge_line_ends(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace each CR LF in code points (N,) by LF; return them and which were CR LF, both (M,)."""
    pairs = np.zeros(len(codes), bool)
    pairs[:-1] = (codes[:-1] == 0x0D) & (codes[1:] == 0x0A)
    if not pairs.any():
        return codes, pairs
    return codes[~pairs], np.append(False, pairs[:-1])[~pairs]


def _switches(line_ends: np.ndarray, crlf: np.ndarray) -> np.ndarray:
    """Which of N symbols are line ends of another kind than the one before; `line_ends` and `crlf` are (N,) bool."""
    switched = np.zeros(len(line_ends), bool)
    places = np.flatnonzero(line_ends)
    switched[places] = np.diff(crlf[places], prepend=False)
    return switched


def switches_in(symbols: np.ndarray) -> np.ndarray:
    """Which of the symbols (N,) are switches to the other kind of line end, (N,) bool."""
    digits = (symbols >= HEX) & (symbols < HEX + 16)
    return (symbols == HEX_END) & ~np.append(False, digits[:-1])


def text_of(symbols: np.ndarray) -> str:
    """The text that a sequence of symbols (N,) stands for; a malformed escape becomes U+FFFD.

    So does a switch that no line end follows: a misread escape leaves it, and it would turn all line ends behind it.
    """
    symbols = np.asarray(symbols, np.int64)
    if not (symbols >= BREAK).any():
        return symbols.astype("<u4").tobytes().decode("utf-32-le")
    out: list[str] = []
    digits = ""
    line_end, other = "\n", "\r\n"
    for symbol, following in itertools.pairwise([*symbols.tolist(), END]):
        if HEX <= symbol < HEX + 16:
            digits += f"{symbol - HEX:X}"
            continue
        if symbol == HEX_END and not digits and following in (BREAK, RETURN):
            line_end, other = other, line_end
            continue
        if symbol == HEX_END:
            code = int(digits, 16) if 0 < len(digits) <= 6 else -1
            out.append(chr(code) if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd")
            digits = ""
            continue
        if digits:
            out.append("\ufffd")
            digits = ""
        if symbol == END:
            break
        if symbol != FILL:
            out.append({BREAK: line_end, RETURN: line_end, TAB: "\t"}.get(symbol) or chr(symbol))
    return "".join(out) + ("\ufffd" if digits else "")


def lay_out(symbols: np.ndarray, cell: Cell, size: tuple[int, int], *, breaks: bool) -> list[Layout]:
    """Set symbols (N,) row by row on as many pages of `size` (width, height) pixels as needed, at least one.

    With `breaks` a hard line end starts a new row; without, the text goes on in the next cell.
    """
    columns, rows = size[0] // cell.width, size[1] // cell.height
    symbols = np.append(np.where(symbols == RETURN, BREAK, symbols) if breaks else symbols, END)
    symbols, crlf = _without_switches(symbols)
    if columns < cell.glyphs.widths[slot(symbols)].max() or columns * rows < 1 + crlf.any():
        raise InputError(f"a page of {size[0]}x{size[1]} pixels is too small for {cell} cells")
    pages: list[Layout] = []
    start = 0
    # An end mark alone on a new page says nothing: the reader stops at the edge of a full page anyway.
    while start < len(symbols) and not (pages and start == len(symbols) - 1):
        ahead = slice(start, start + columns * rows)
        drawn, stands_for = _with_switches(symbols[ahead], crlf[ahead])
        placed, stop = _fill(drawn, cell, columns, rows)
        if start + stands_for[stop - 1] < len(symbols) - 1:  # the page is full
            cut = _unit_start(drawn, stop)
            if 0 < cut < stop:
                placed, stop = _fill(np.append(drawn[:cut], END), cell, columns, rows)[0], cut
        pages.append(Layout(cell, size, *placed))
        start += int(stands_for[stop - 1]) + 1
    return pages


def _without_switches(symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop the switches from symbols (N,); return the others and which of them are CR LF, both (M,)."""
    switches = switches_in(symbols)
    line_ends = (symbols == BREAK) | (symbols == RETURN)
    crlf = line_ends & (np.cumsum(switches) % 2 == 1)
    return symbols[~switches], crlf[~switches]


def _with_switches(symbols: np.ndarray, crlf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put switches into symbols (N,) that begin a page; return them and the index that each stands for, both (M,)."""
    stands_for = np.arange(len(symbols))
    switched = np.flatnonzero(_switches((symbols == BREAK) | (symbols == RETURN), crlf))
    # A switch goes with what is before it, so that a page that ends with one stands for all before it.
    return np.insert(symbols, switched, HEX_END), np.insert(stands_for, switched, switched - 1)


def _fill(symbols: np.ndarray, cell: Cell, columns: int, rows: int) -> tuple[Placed, int]:
    """Set symbols (N,) on the rows of one page; return them with their places, and how many symbols fitted."""
    widths = cell.glyphs.widths[slot(symbols)]
    ends = np.cumsum(widths, dtype=np.int64)
    stops, line_ends = ends.tolist(), np.flatnonzero(symbols == BREAK).tolist()  # lists: to be searched quickly
    bounds = [0]  # between rows
    while bounds[-1] < len(symbols) and len(bounds) <= rows:
        bounds.append(_row_end(stops, line_ends, bounds[-1], columns))
    starts, stop = np.array(bounds[:-1]), bounds[-1]
    begins = ends - widths
    drawn_in = np.repeat(np.arange(len(starts)), np.diff(bounds))
    places = begins[:stop] - begins[starts][drawn_in]
    last = np.array(bounds[1:]) - 1  # of each row
    used = ends[last] - begins[starts]
    short = np.flatnonzero((used < columns) & (last + 1 < len(symbols)) & (symbols[last] != BREAK))
    at = last[short] + 1
    placed = np.insert(symbols[:stop], at, FILL), np.insert(places, at, used[short]), np.insert(drawn_in, at, short)
    return placed, stop


def _unit_start(symbols: np.ndarray, stop: int) -> int:
    """Index of the first digit of the escape, or the switch, that a cut before `stop` would divide; else `stop`."""
    if symbols[stop - 1] == HEX_END and switches_in(symbols[:stop])[-1]:
        return stop - 1
    while stop and HEX <= symbols[stop - 1] < HEX + 16:
        stop -= 1
    return stop


def _row_end(ends: list[int], line_ends: list[int], start: int, columns: int) -> int:
    """Index behind the last symbol of the row that begins at `start`."""
    stop = bisect_right(ends, (ends[start - 1] if start else 0) + columns, start)
    i = bisect_left(line_ends, start)
    return min(stop, line_ends[i] + 1) if i < len(line_ends) else stop


def plan(
    text: str, size: tuple[int, int], cell: Cell | None = None, alphabet: Collection[int] | None = None
) -> list[Layout]:
    """Lay `text` out on pages of `size` (width, height) pixels by the rule in the module's docstring."""
    for candidate in [cell] if cell else CELLS.values():
        for known in (_CLEAR, alphabet) if candidate == _SMALLEST and alphabet is not None else (alphabet,):
            symbols = symbols_of(text, candidate, known)
            if len(symbols) > (size[0] // candidate.width) * (size[1] // candidate.height):
                continue  # even one cell a symbol would not fit: spare the work
            for breaks in (True, False):
                layouts = lay_out(symbols, candidate, size, breaks=breaks)
                if len(layouts) == 1:
                    return layouts
    return lay_out(symbols, candidate, size, breaks=False)
