"""A text layer as blocks of a page: paragraphs, headings by the size of their type, lists, rows of tables, furniture.

- The page's body is the largest size in which a good part of it is set; a heading is short and larger.
- A paragraph ends where the distance of lines, their size or their column changes, before an indented line, and after a
  short line that ends a sentence.
- Rows that wide gaps divide, three or more of them, are a table (`textrows`).
- Words broken at a line end are mended in Latin script; Chinese and Japanese lines join without a space.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from sokdok.documents.document import Block, Box
from sokdok.documents.sanitize import table_text
from sokdok.documents.textrows import table_html
from sokdok.pages.textlayer import LayerLine, Rect, TextLayer, around

MARGIN = 0.08
"""of the page's height, at its top and bottom: a lone line there is a header or footer"""
NUMBER_MARGIN = 0.13
"""the same for page numbers, and for lines in smaller type"""
BODY_SHARE, BODY_CHARACTERS = 0.12, 150
"""of a page's characters, and characters, from which on a size of type is running text rather than headings"""
HEADING = 1.12
"""times the body's size"""
TITLE = 1.5
HEADING_LINES = 3
PITCH = 1.35
"""times the usual distance of lines: a new paragraph"""
CLOSE = 1.45
"""em: lines no further apart than this belong together, whatever is usual"""
INDENT = 0.8
"""em"""
SHORT = 0.85
"""of the column's width: a line no longer than this may end a paragraph"""
TABLE_ROWS = 3

_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:page|p\.|쪽|페이지)?\s*(?:\d{1,5}|[ivxl]{1,6})\s*(?:(?:/|of)\s*\d+)?[-–—\s]*", re.I
)
_BULLET = re.compile(r"[•◦▪▫‣·●○■□◆◇▶▷►✓❍➢∙*–—-]\s+(?=\S)")
_NUMBERED = re.compile(r"\d{1,3}[.)]\s+(?=\S)|[①-⑳]\s*|[가-하][.)]\s+|\(?[a-zA-Z0-9]{1,3}\)\s+")
_SENTENCE_END = re.compile(r"[.!?。:;][”’\"')\]]?$")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e\u3000-\u303f]")


Span = tuple[float, float]


@dataclass(frozen=True)
class _Group:
    """Lines that belong together."""

    kind: str
    lines: tuple[LayerLine, ...]

    @property
    def box(self) -> Rect:
        return around([line.box for line in self.lines])


def text_blocks(layer: TextLayer, width: int, height: int) -> tuple[Block, ...]:
    """Blocks in reading order; `width` and `height` are the pixels that boxes count in."""
    body = _body(layer.lines)
    furniture = _furniture(layer.lines, body)
    groups = list(_groups(layer, furniture, body))
    blocks = [_block(group, width, height) for group in groups]
    for picture in layer.pictures:
        box = to_box(picture, width, height)
        blocks.insert(_place(box, blocks), Block("image", box, ""))
    return tuple(blocks)


def _place(picture: Box, blocks: list[Block]) -> int:
    """Before the first block that is below a picture's top and not beside it."""
    for place, block in enumerate(blocks):
        if block.box and block.box[1] >= picture[1] and block.box[0] < picture[2] and picture[0] < block.box[2]:
            return place
    return len(blocks)


def _body(lines: Sequence[LayerLine]) -> float:
    """The largest size in which a good part of the text is set, in points; else that of most characters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.em * 2) / 2] += len(line.text)
    running = [size for size, count in sizes.items() if count >= max(BODY_SHARE * sizes.total(), BODY_CHARACTERS)]
    return max(running) if running else max(sizes, key=lambda size: sizes[size])


def _furniture(lines: Sequence[LayerLine], body: float) -> dict[LayerLine, str]:
    """Kinds of the highest and the lowest line, if they stand apart from the text."""
    if len(lines) < 2:
        return {}
    upright = sorted(lines, key=lambda line: line.box[1])
    found = {}
    for line, other, kind in ((upright[0], upright[1], "header"), (upright[-1], upright[-2], "footer")):
        depth = line.box[3] if kind == "header" else 1 - line.box[1]
        apart = max(other.box[1] - line.box[3], line.box[1] - other.box[3]) > 0.5 * (line.box[3] - line.box[1])
        small = line.em < 0.95 * body
        if not apart or depth > NUMBER_MARGIN or line.em > HEADING * body:
            continue
        if _PAGE_NUMBER.fullmatch(line.text):
            found[line] = "page_number"
        elif depth < MARGIN or small:
            found[line] = kind
    return found


def _groups(layer: TextLayer, furniture: dict[LayerLine, str], body: float) -> Iterator[_Group]:
    columns: dict[int, list[LayerLine]] = {}
    for line in layer.lines:
        if line in furniture:
            columns.setdefault(-1 - len(columns), []).append(line)  # by itself, in its place
        else:
            columns.setdefault(line.column, []).append(line)
    for lines in columns.values():
        if lines[0] in furniture:
            yield _Group(furniture[lines[0]], tuple(lines))
        else:
            yield from _column(lines, layer.size, body)


def _column(lines: list[LayerLine], size: Span, body: float) -> Iterator[_Group]:
    """Tables, and the running text between them."""
    text: list[LayerLine] = []
    for divided, run in groupby(lines, key=lambda line: len(line.pieces) > 1):
        rows = list(run)
        if divided and len(rows) >= TABLE_ROWS:
            yield from _paragraphs(text, size, body)
            yield _Group("table", tuple(rows))
            text = []
        else:
            text += rows
    yield from _paragraphs(text, size, body)


def _paragraphs(lines: list[LayerLine], size: Span, body: float) -> Iterator[_Group]:
    if not lines:
        return
    left, _, right, _ = around([line.box for line in lines])
    pitch = _pitch(lines)
    group: list[LayerLine] = []
    for line in lines:
        if group and _starts(group, line, pitch, (left, right), size):
            yield _Group(_kind(group, body), tuple(group))
            group = []
        group.append(line)
    if group:
        yield _Group(_kind(group, body), tuple(group))


def _pitch(lines: list[LayerLine]) -> float:
    """The usual distance of lines, as a share of the page's height."""
    distances = [below.box[3] - above.box[3] for above, below in zip(lines, lines[1:], strict=False)]
    return median(distances) if distances else math.inf


def _starts(group: list[LayerLine], line: LayerLine, pitch: float, column: Span, size: Span) -> bool:
    """Whether a line begins something new below the lines of a group.

    `pitch` is a share of the page's height, `column` its left and right as shares of the width; `size` is in points.
    """
    last = group[-1]
    distance = line.box[3] - last.box[3]
    if abs(line.em - last.em) > 0.08 * last.em or distance > max(PITCH * pitch, CLOSE * last.em / size[1]):
        return True
    if _marker(line.text):
        return True
    indent, last_indent = (_indent(found, column[0], size[0]) for found in (line, last))
    if indent > INDENT and last_indent < INDENT / 2 and not (len(group) == 1 and _marker(group[0].text)):
        return True
    short = last.box[2] < column[0] + SHORT * (column[1] - column[0])
    return short and bool(_SENTENCE_END.search(last.text))


def _indent(line: LayerLine, left: float, width: float) -> float:
    """In em."""
    return (line.box[0] - left) * width / line.em


def _marker(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBERED.match(text))


def _kind(lines: list[LayerLine], body: float) -> str:
    em = max(line.em for line in lines)
    if em > HEADING * body and len(lines) <= HEADING_LINES:
        return "title" if em > TITLE * body else "sub_title"
    return "list" if _marker(lines[0].text) else "text"


def _block(group: _Group, width: int, height: int) -> Block:
    box = to_box(group.box, width, height)
    if group.kind == "table":
        html = table_html(group.lines)
        return Block("table", box, table_text(html), html)
    text = joined([line.text for line in group.lines])
    return Block(group.kind, box, _BULLET.sub("- ", text, count=1) if group.kind == "list" else text)


def joined(lines: Sequence[str]) -> str:
    """Lines of one paragraph as running text."""
    text = lines[0]
    for line in lines[1:]:
        if len(text) > 1 and text[-1] == "-" and text[-2].islower() and line[:1].islower():
            text = text[:-1] + line
        elif _UNSPACED.match(text[-1:]) and _UNSPACED.match(line[:1]):
            text += line
        else:
            text += f" {line}"
    return text


def to_box(rect: Rect, width: int, height: int) -> Box:
    """Fractions of a page as pixels of its picture, at least one each way."""
    left, top = min(max(int(rect[0] * width), 0), width - 1), min(max(int(rect[1] * height), 0), height - 1)
    right, bottom = min(math.ceil(rect[2] * width), width), min(math.ceil(rect[3] * height), height)
    return left, top, max(right, left + 1), max(bottom, top + 1)
