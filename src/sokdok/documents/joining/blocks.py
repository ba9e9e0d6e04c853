"""Whether a block goes on with another, behind the end of a page or a column, and both as one.

- A paragraph goes on if its last line is full (the next one's first word had no room), ends no sentence, and what
  follows is set alike and not indented.
- A table goes on in one whose columns are as wide, or whose head is printed again; a row whose first cell is empty
  where the others' are not is the rest of the row before.
- Code goes on in code of the same size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, takewhile

from sokdok.documents.blocks import Block, Continuation, Setting
from sokdok.documents.sanitize import table_text
from sokdok.layout.joining import Joiner, joined

SAME_EM = 0.04  # share by which the sizes of one paragraph's type differ
INDENT_EM = 0.7  # of a line that begins a paragraph
SPACE_EM = 0.25
MIN_LINES_EM = 2.0  # height of more lines than one
SAME_COLUMN_SHARE = 0.012
"""of a page's width that the places of a table's columns, from its left, differ from page to page"""
MAX_HEAD_ROWS = 4
_SENTENCE_END = re.compile(r"[.!?。:;…][”’\"')\]]*$")
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[dh])((?: (?:row|col)span=\"\d+\")*)>(.*?)</t[dh]>", re.DOTALL)


def continuation(first: Block, second: Block, widths: tuple[int, int], part: tuple[int, int]) -> Continuation | None:
    """How the second of two blocks goes on with the first; None if it does not.

    `widths` are those of their pages in pixels, `part` is the first's page and its place there.
    """
    if first.kind == second.kind == "table":
        return _of_table(first, second, widths, part)
    a, b = first.setting, second.setting
    if a is None or b is None or abs(a.em - b.em) > SAME_EM * a.em:
        return None
    if first.kind == second.kind == "code":
        return Continuation(*part, space="\n")
    if second.kind != "text" or first.kind not in ("text", "list") or not _goes_on(first, a, second, b):
        return None
    text = Joiner(cut=a.cut).join([first.text, second.text])
    drop = int(not text.startswith(first.text))
    return Continuation(*part, drop, text[len(first.text) - drop : len(text) - len(second.text)])


def put_together(first: Block, second: Block, page: int, how: Continuation) -> Block:
    """Two blocks as one, with the places and words of both; the second stands on `page`."""
    words = (*first.words, *(replace(word, page=word.page or page) for word in second.words))
    if page == how.page:  # columns of one page
        words = (*first.words, *second.words)
    continued = (*first.continued, (page, second.box)) if second.box else first.continued
    whole = replace(first, continued=(*continued, *second.continued), words=words)
    if first.html and second.html:
        html = _one_table(first.html, second.html, how)
        return replace(whole, text=table_text(html), html=html)
    text = f"{first.text[: len(first.text) - how.drop]}{how.space}{second.text}"
    return replace(whole, text=text, setting=_end_of(first, second))


def _end_of(first: Block, second: Block) -> Setting | None:
    """How the whole is set: it begins as the first and ends as the second."""
    if first.setting is None or second.setting is None:
        return first.setting
    return replace(first.setting, room=second.setting.room)


def _goes_on(first: Block, a: Setting, second: Block, b: Setting) -> bool:
    room = _room(first, second, b.em) if a.room is None else a.room
    if room is None or a.bold != b.bold or b.indent > INDENT_EM * b.em:
        return False
    if first.kind == "text" and _is_set_in(first, second, INDENT_EM * b.em):
        return False
    return room < b.first_word + SPACE_EM * b.em and not _SENTENCE_END.search(first.text)


def _room(first: Block, second: Block, em: float) -> float | None:
    """What a block's last line leaves of a column that is as wide as what follows; None if that is one line."""
    if first.box is None or second.box is None or second.box[3] - second.box[1] < MIN_LINES_EM * em:
        return None
    return max(0, second.box[2] - first.box[2])


def _is_set_in(first: Block, second: Block, indent: float) -> bool:
    """Whether two blocks stand in one column, of the same page or of two, and not flush with each other."""
    if first.box is None or second.box is None:
        return False
    one_column = first.box[0] < second.box[2] and second.box[0] < first.box[2]
    return one_column and abs(second.box[0] - first.box[0]) > indent


def _of_table(first: Block, second: Block, widths: tuple[int, int], part: tuple[int, int]) -> Continuation | None:
    upper, lower = _ROW.findall(first.html or ""), _ROW.findall(second.html or "")
    pairs = islice(zip(_plain(upper), _plain(lower), strict=False), MAX_HEAD_ROWS)
    repeated = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if not _same_columns(first, second, widths) and not (repeated and _as_many_columns(first, second)):
        return None
    if not repeated and lower and "<td" not in lower[0]:  # another head
        return None
    head = repeated or sum(1 for _ in takewhile(lambda row: "<td" not in row, upper))
    row = len(upper) > head and len(lower) > repeated and _is_rest(lower[repeated], upper[head:])
    return Continuation(*part, space="\n", head=repeated, row=row)


def _one_table(first: str, second: str, how: Continuation) -> str:
    upper, lower = _ROW.findall(first), _ROW.findall(second)[how.head :]
    upper[: how.head] = [row.replace("<td", "<th").replace("</td", "</th") for row in upper[: how.head]]
    if how.row and upper and lower:
        upper, lower = [*upper[:-1], _one_row(upper[-1], lower[0])], lower[1:]
    return f"<table>{''.join([*upper, *lower])}</table>"


def _as_many_columns(first: Block, second: Block) -> bool:
    a, b = first.setting, second.setting
    return a is not None and b is not None and len(a.columns) == len(b.columns)


def _same_columns(first: Block, second: Block, widths: tuple[int, int]) -> bool:
    """Whether columns are as wide: where they stand, two columns of text, or two pages that were scanned, differ."""
    a, b = first.setting, second.setting
    if a is None or b is None or len(a.columns) != len(b.columns) or len(a.columns) < 3:
        return False
    return all(
        abs((x - a.columns[0]) / widths[0] - (y - b.columns[0]) / widths[1]) < SAME_COLUMN_SHARE
        for x, y in zip(a.columns, b.columns, strict=True)
    )


def _plain(rows: Sequence[str]) -> list[str]:
    """Rows whether they are marked as a head or not."""
    return [row.replace("<th", "<td").replace("</th", "</td") for row in rows]


def _is_rest(row: str, rows: Sequence[str]) -> bool:
    """Whether a row is what a page's end left of the one before."""
    cells = _CELL.findall(row)
    firsts = [_CELL.findall(other)[:1] for other in rows]
    filled = all(first and first[0][2] for first in firsts)
    return len(cells) > 1 and not cells[0][2] and filled and any(text for _, _, text in cells)


def _one_row(upper: str, lower: str) -> str:
    a, b = _CELL.findall(upper), _CELL.findall(lower)
    if len(a) != len(b):
        return upper + lower
    cells = [
        f"<{tag}{spans}>{joined([text for text in (first, second) if text] or [''])}</{tag}>"
        for (tag, spans, first), (_, _, second) in zip(a, b, strict=True)
    ]
    return f"<tr>{''.join(cells)}</tr>"
