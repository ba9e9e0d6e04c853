"""Rows of cells in a model's text: an HTML table or a Markdown one, however badly written.

- One pass over the tags, which are found by a pattern without backtracking: the time grows with the length only.
- What HTML's own rules forgive (tags left open) is forgiven silently; where something is lost or guessed, a warning
  says so.
- Only the text of a cell is kept. A table inside a cell becomes lines of that cell.
- Cells get their places by HTML's table model with bounds (`place`): each takes the first free one of its row; a span
  ends where another cell already is, at the last row, and at `MAX_COLUMNS`. Places that no cell takes get an empty one,
  so that the cells cover the table exactly. They are written as HTML with their texts escaped.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sokdok.reasons import say

MAX_SPAN = 100  # a span over more columns or rows than this is a slip of the model and taken as 1

_DROPPED = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*+)([^<>]*+)>", re.IGNORECASE)
_TABLE = re.compile(r"<table\b", re.IGNORECASE)
_CUT_TAG = re.compile(r"</?(?:[a-z][^<>]*+)?\Z", re.IGNORECASE)
_SPAN = re.compile(r"\b(row|col)span\s*+=\s*+[\"']?\s*+([0-9]+)", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DELIMITER = re.compile(r"\s*+\|?\s*+:?-+:?\s*+(?:\|\s*+:?-+:?\s*+)*+\|?\s*+")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass
class RawCell:
    """A cell as written, not yet placed."""

    rows: int = 1
    columns: int = 1
    header: bool = False
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, its lines without white space around them."""
        return _tidy(self.pieces)


@dataclass
class Markup:
    """What was found."""

    rows: list[list[RawCell]] = field(default_factory=list)
    caption: str = ""
    warnings: list[str] = field(default_factory=list)


def read_rows(text: str) -> Markup:
    """Find the rows of the first table in a text; no rows if there is none."""
    text = writable(text.replace("\r\n", "\n").replace("\r", "\n"))
    return _HtmlTable().read(_DROPPED.sub("", text)) or _markdown(text) or Markup()


def writable(text: str) -> str:
    """Put U+FFFD for control characters and lone surrogates, which workbooks and UTF-8 can't hold."""
    return _UNPRINTABLE.sub("\ufffd", text)


class _HtmlTable:
    """The first HTML table, tag by tag."""

    def __init__(self) -> None:
        self.rows: list[list[RawCell]] = []
        self.caption: list[str] = []
        self.warnings: dict[str, None] = {}  # each once, in order
        self.depth = 0  # tables that are open
        self.target: list[str] | None = None  # where text goes: a cell, the caption, nowhere

    def read(self, text: str) -> Markup | None:
        """Read the table; a text with cells but no `<table>` is taken as one. None if there are no cells."""
        self.depth = 0 if _TABLE.search(text) else 1
        position = 0
        for tag in _TAG.finditer(text):
            self._text(text[position : tag.start()])
            self._tag(tag[2].lower(), bool(tag[1]), tag[3])
            position = tag.end()
            if self.depth == 0 and any(self.rows):
                break
        self._finish(text[position:])
        rows = [row for row in self.rows if row]
        return Markup(rows, _tidy(self.caption), list(self.warnings)) if rows else None

    def _finish(self, rest: str) -> None:
        if self.depth:
            self._text(_CUT_TAG.sub("", rest))
            self._warn("the table is not closed; it may have been cut off")
        elif _TABLE.search(rest):
            self._warn("only the first of several tables was taken")

    def _tag(self, name: str, end: bool, attributes: str) -> None:
        if name == "table":
            self._table(end)
        elif name == "br" or self.depth > 1:
            self._text({"br": "\n", "tr": "\n", "td": " ", "th": " "}.get(name, ""), plain=False)
        elif name in ("td", "th", "tr", "caption", "thead", "tbody", "tfoot"):
            self.target = None
            if not end and self.depth:
                self._open(name, attributes)

    def _table(self, end: bool) -> None:
        self.depth = max(0, self.depth + (-1 if end else 1))
        if self.depth > 1 and not end:
            self._warn("a table inside a cell became lines of that cell")

    def _open(self, name: str, attributes: str) -> None:
        if name == "tr":
            self.rows.append([])
        elif name == "caption":
            self.target = self.caption
        elif name in ("td", "th"):
            spans = dict[str, int]()
            for kind, digits in _SPAN.findall(attributes):
                most = len(digits) > len(str(MAX_SPAN)) or int(digits) > MAX_SPAN
                spans[kind.lower()] = 1 if most else max(1, int(digits))
                if most:
                    self._warn(f"a span of more than {MAX_SPAN} was taken as 1")
            cell = RawCell(spans.get("row", 1), spans.get("col", 1), name == "th")
            self.rows = self.rows or [[]]
            self.rows[-1].append(cell)
            self.target = cell.pieces

    def _text(self, text: str, *, plain: bool = True) -> None:
        """Add text; `plain` is text between tags, where white space is a space and entities stand for characters."""
        if self.target is not None:
            self.target.append(html.unescape(re.sub(r"\s+", " ", text)) if plain else text)
        elif plain and self.depth and text.strip():
            self._warn("text between the cells was left out")

    def _warn(self, text: str) -> None:
        self.warnings[text] = None


def _markdown(text: str) -> Markup | None:
    """Read the first run of lines with pipes; None if there are no two of them, one above the other."""
    lines = text.split("\n")
    start = next((i for i in range(len(lines) - 1) if "|" in lines[i] and "|" in lines[i + 1]), None)
    if start is None:
        return None
    end = next((i for i in range(start, len(lines)) if "|" not in lines[i]), len(lines))
    headed = bool(_DELIMITER.fullmatch(lines[start + 1]))
    body = [line for line in lines[start:end] if not _DELIMITER.fullmatch(line)]
    rows = [[RawCell(header=headed and i == 0, pieces=[text]) for text in _pipes(line)] for i, line in enumerate(body)]
    warnings = [] if headed else ["the Markdown table has no line under its heading"]
    return Markup(rows, "", warnings) if rows else None


def _pipes(line: str) -> list[str]:
    """Split a line at its pipes; `\\|` is a pipe of the text, `<br>` a line break."""
    inner = line.strip().removeprefix("|")
    parts = _PIPE.split(inner)
    if len(parts) > 1 and not parts[-1].strip():
        parts.pop()  # the pipe that closes the line
    texts = [re.sub(r"<br\s*/?>", "\n", part, flags=re.IGNORECASE) for part in parts]
    return [html.unescape(_TAG.sub("", text)).replace("\\|", "|") for text in texts]


def _tidy(pieces: list[str]) -> str:
    text = "".join(pieces)
    if "\n" not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


MAX_COLUMNS = 1000
MAX_PLACES = 1_000_000  # rows times columns


@dataclass(frozen=True)
class Cell:
    """A cell; `row` and `column` count from 0 and are its top left place."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1
    header: bool = False


@dataclass
class Grid:
    """Cells that cover `rows` × `columns` places, sorted by row, then column."""

    rows: int
    columns: int = 0
    cells: list[Cell] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    ragged: int = 0  # rows that had too few cells


def place(raws: list[list[RawCell]]) -> Grid:
    """Place rows of cells as written, in time proportional to the places covered."""
    grid = Grid(len(raws))
    busy: dict[int, int] = {}  # column → the row in which it is free again
    for row, line in enumerate(raws):
        _place_row(grid, row, line, busy)
    most = MAX_PLACES // max(1, grid.columns)
    if len(raws) > most:
        grid = place(raws[:most])
        grid.warnings.append(say("table_rows", most=most))
        return grid
    _fill(grid)
    grid.warnings = list(dict.fromkeys(grid.warnings))
    return grid


def _place_row(grid: Grid, row: int, line: list[RawCell], busy: dict[int, int]) -> None:
    column = 0
    for raw in line:
        if not busy and raw.rows == raw.columns == 1 and column < MAX_COLUMNS:  # nearly all, and tables may be long
            grid.cells.append(Cell(row, column, raw.text, header=raw.header))
            column += 1
            continue
        while busy.get(column, 0) > row:
            column += 1
        if column >= MAX_COLUMNS:
            grid.warnings.append(say("table_columns", most=MAX_COLUMNS))
            break
        limit = min(raw.columns, MAX_COLUMNS - column)
        width = next((i for i in range(limit) if busy.get(column + i, 0) > row), limit)
        height = min(raw.rows, grid.rows - row)
        if (width, height) != (raw.columns, raw.rows):
            grid.warnings.append(say("span_cut"))
        grid.cells.append(Cell(row, column, raw.text, height, width, raw.header))
        if height > 1:
            busy.update((place, row + height) for place in range(column, column + width))
        column += width
    grid.columns = max(grid.columns, column)


def _fill(grid: Grid) -> None:
    """Add empty cells where none is; they are headings in a row of headings."""
    covered = [bytearray(grid.columns) for _ in range(grid.rows)]
    plain = dict[int, bool]()  # whether a row with cells of its own is none of headings
    for cell in grid.cells:
        plain[cell.row] = plain.get(cell.row, False) or not cell.header
        for row in range(cell.row, cell.row + cell.rows):
            covered[row][cell.column : cell.column + cell.columns] = b"\1" * cell.columns
    for row, line in enumerate(covered):
        gaps = [Cell(row, at, "", header=not plain.get(row, True)) for at, taken in enumerate(line) if not taken]
        grid.cells += gaps
        grid.ragged += bool(gaps)
    if grid.ragged:
        grid.cells.sort(key=lambda cell: (cell.row, cell.column))
        grid.warnings.append(say("short_rows", count=grid.ragged, rows=grid.rows))


def html_text(text: str) -> str:
    """Escape a text for a cell."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def html_table(rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Write rows of texts, without headings or spans."""
    return _table(_caption(caption), (f"<td>{'</td><td>'.join(map(html_text, row))}</td>" for row in rows))


def html_table_of_cells(cells: Iterable[Cell], rows: int, caption: str = "") -> str:
    """Write cells, sorted by row, then column, with their spans and headings."""
    lines: list[list[str]] = [[] for _ in range(rows)]
    for cell in cells:
        lines[cell.row].append(_cell(cell))
    return _table(_caption(caption), map("".join, lines))


def _caption(caption: str) -> str:
    return f"<caption>{html_text(caption)}</caption>" if caption else ""


def _table(caption: str, rows: Iterable[str]) -> str:
    return f"<table>{caption}{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    rows = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    columns = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    return f"<{tag}{rows}{columns}>{html_text(cell.text)}</{tag}>"


_FORMULA = re.compile(r"[=@]|[-+](?!\s*[0-9.,]+\s*%?\Z)")  # a number with a sign is none
# What a spreadsheet may pass over on its way to a formula.
_UNSEEN = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff]*"
)


def is_formula(text: str) -> bool:
    """Whether a text may be taken for a formula, also behind what can't be seen and in full width (＝＋－＠)."""
    bare = _UNSEEN.sub("", text, count=1)
    return bool(_FORMULA.match(unicodedata.normalize("NFKC", bare[:1]) + bare[1:]))


def guarded(text: str) -> str:
    """The text for a CSV file: an apostrophe before what may be taken for a formula."""
    return f"'{text}" if is_formula(text) else text
