"""Where each character of a text stands on its pages.

- Text flows from the top left, row by row, and a row is as long as the page is wide. Hard line ends are
  drawn as a mark, so they can't be taken for soft wrapping; tabs too; every blank cell before the end mark is a
  space. So `text_of(lay_out(text)) == text` for every string.
- Where there is room, a hard line end starts a new row, as people expect; where that would not fit, the mark
  stands inside the row and the text goes on behind it. The two marks differ, so that a reader needn't be told.
- The rule for size: the largest cell with which the text fits on one page; if none does, the smallest one, filled
  to the last cell, on as many pages as it takes.
- Each page can be read by itself and the texts joined: no character is divided between two pages. Where the escape
  of a code point would be, an end mark closes the page before it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from sokdok.errors import InputError
from sokdok.pages.cells import BREAK, CELLS, END, FILL, HEX, HEX_END, RETURN, TAB, Cell, slot


@dataclass(frozen=True)
class Layout:
    """The symbols of one page in reading order."""

    cell: Cell
    size: tuple[int, int]
    """(width, height) of the page in pixels"""
    symbols: np.ndarray
    """(N,) int64 code points and marks"""
    columns: np.ndarray
    """(N,) cells from the left"""
    rows: np.ndarray
    """(N,) cells from the top"""


def symbols_of(text: str, cell: Cell, alphabet: Collection[int] | None = None) -> np.ndarray:
    """Code points (N,) int64 of `text` with line ends, tabs and undrawable characters replaced by marks.

    `alphabet` narrows what may be drawn as itself to the code points that a reader knows.
    """
    try:
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
    except UnicodeEncodeError as error:
        raise InputError(f"the text holds a lone surrogate at character {error.start}: not valid Unicode") from None
    drawable = cell.glyphs.has(codes)
    if alphabet is not None:
        drawable &= np.isin(codes, np.fromiter(alphabet, np.int64))
    line_ends, tabs = codes == 0x0A, codes == 0x09
    # From plane 15 on a text's code points would be taken for marks.
    escaped = (~drawable | (codes >= BREAK)) & ~line_ends & ~tabs
    codes = np.where(line_ends, RETURN, np.where(tabs, TAB, codes))
    if not escaped.any():
        return codes
    parts, start = [], 0
    for i in np.flatnonzero(escaped).tolist():
        digits = [HEX + int(d, 16) for d in f"{codes[i]:X}"]
        parts += [codes[start:i], np.array([*digits, HEX_END])]
        start = i + 1
    return np.concatenate([*parts, codes[start:]])


def text_of(symbols: np.ndarray) -> str:
    """The text that a sequence of symbols (N,) stands for; a malformed escape becomes U+FFFD."""
    symbols = np.asarray(symbols, np.int64)
    if not (symbols >= BREAK).any():
        return symbols.astype("<u4").tobytes().decode("utf-32-le")
    out: list[str] = []
    digits = ""
    for symbol in symbols.tolist():
        if HEX <= symbol < HEX + 16:
            digits += f"{symbol - HEX:X}"
            continue
        if symbol == HEX_END:
            out.append(_unescape(digits))
            digits = ""
            continue
        if digits:  # an escape that nothing closed
            out.append(_unescape(""))
            digits = ""
        if symbol == END:
            break
        if symbol != FILL:
            out.append({BREAK: "\n", RETURN: "\n", TAB: "\t"}.get(symbol) or chr(symbol))
    return "".join(out) + (_unescape("") if digits else "")


def _unescape(digits: str) -> str:
    code = int(digits, 16) if 0 < len(digits) <= 6 else -1
    return chr(code) if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def lay_out(symbols: np.ndarray, cell: Cell, size: tuple[int, int], *, breaks: bool) -> list[Layout]:
    """Set symbols (N,) row by row on as many pages of `size` (width, height) pixels as needed, at least one.

    With `breaks` a hard line end starts a new row; without, the text goes on in the next cell.
    """
    columns, rows_per_page = size[0] // cell.width, size[1] // cell.height
    symbols = np.append(np.where(symbols == RETURN, BREAK, symbols) if breaks else symbols, END)
    widths = cell.glyphs.widths[slot(symbols)]
    if columns < widths.max() or not rows_per_page:
        raise InputError(f"a page of {size[0]}x{size[1]} pixels is too small for {cell} cells")
    ends = np.cumsum(widths, dtype=np.int64)
    line_ends = np.flatnonzero(symbols == BREAK)
    pages: list[Layout] = []
    chunks: list[tuple[np.ndarray, np.ndarray]] = []
    start = page_start = 0
    while start < len(symbols):
        stop = _row_end(ends, line_ends, start, columns)
        chunk = symbols[start:stop]
        cells = ends[start:stop] - widths[start:stop] - (ends[start - 1] if start else 0)
        used = int(cells[-1] + widths[stop - 1])
        if used < columns and stop < len(symbols) and chunk[-1] != BREAK:
            chunk, cells = np.append(chunk, FILL), np.append(cells, used)
        chunks.append((chunk, cells))
        start = stop
        if len(chunks) < rows_per_page:
            continue
        cut = _escape_start(symbols, stop)
        if page_start < cut < stop:
            pages += lay_out(symbols[page_start:cut], cell, size, breaks=breaks)
            start = cut
        else:
            pages.append(_page(cell, size, chunks))
        chunks, page_start = [], start
    # An end mark alone on a new page says nothing: the reader stops at the edge of a full page anyway.
    if chunks and not (pages and len(chunks) == 1 and len(chunks[0][0]) == 1):
        pages.append(_page(cell, size, chunks))
    return pages


def _escape_start(symbols: np.ndarray, stop: int) -> int:
    """Index of the first digit of the escape that a cut before `stop` would divide; `stop` if there is none."""
    while stop and HEX <= symbols[stop - 1] < HEX + 16:
        stop -= 1
    return stop


def _row_end(ends: np.ndarray, line_ends: np.ndarray, start: int, columns: int) -> int:
    """Index behind the last symbol of the row that begins at `start`."""
    limit = (ends[start - 1] if start else 0) + columns
    stop = int(np.searchsorted(ends, limit, side="right"))
    i = int(np.searchsorted(line_ends, start))
    return min(stop, int(line_ends[i]) + 1) if i < len(line_ends) else stop


def _page(cell: Cell, size: tuple[int, int], chunks: list[tuple[np.ndarray, np.ndarray]]) -> Layout:
    rows = np.repeat(np.arange(len(chunks)), [len(chunk) for chunk, _ in chunks])
    symbols, columns = (np.concatenate(part) for part in zip(*chunks, strict=True))
    return Layout(cell, size, symbols, columns, rows)


def plan(
    text: str, size: tuple[int, int], cell: Cell | None = None, alphabet: Collection[int] | None = None
) -> list[Layout]:
    """Lay `text` out on pages of `size` (width, height) pixels by the rule in the module's docstring."""
    layouts: list[Layout] = []
    for candidate in [cell] if cell else CELLS.values():
        symbols = symbols_of(text, candidate, alphabet)
        for breaks in (True, False):
            if len(symbols) > (size[0] // candidate.width) * (size[1] // candidate.height) and candidate != cell:
                continue  # even one cell a symbol would not fit: spare the work
            layouts = lay_out(symbols, candidate, size, breaks=breaks)
            if len(layouts) == 1:
                return layouts
    if not layouts or cell is None and layouts[0].cell != candidate:
        layouts = lay_out(symbols, candidate, size, breaks=False)
    return layouts
