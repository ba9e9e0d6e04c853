"""Whether a block goes on with another, behind the end of a page or a column, and both as one.

- A paragraph goes on if its last line is full (the next one's first word had no room), ends no sentence, and what
  follows is set alike and not indented.
- A table goes on in one whose columns are as wide; a head that is printed again is dropped, and a row
  whose first cell is empty where the others' are not is the rest of the row before.
- Code goes on in code of the same size.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice, takewhile

from sokdok.documents.document import Block, Box, Setting
from sokdok.documents.sanitize import table_text
from sokdok.layout.joining import Joiner, joined

SAME_EM = 0.04
"""share by which the sizes of one paragraph's type differ"""
INDENT_EM = 0.7
"""of a line that begins a paragraph"""
SPACE_EM = 0.25
SAME_COLUMN_SHARE = 0.012
"""of a page's width that the places of a table's columns, from its left, differ from page to page"""
MAX_HEAD_ROWS = 4
_SENTENCE_END = re.compile(r"[.!?。:;…][”’\"')\]]*$")
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[dh])((?: (?:row|col)span=\"\d+\")*)>(.*?)</t[dh]>", re.DOTALL)


def continued(first: Block, second: Block, widths: tuple[int, int], place: tuple[int, Box | None]) -> Block | None:
    """Two blocks as one; None if the second does not go on with the first.

    `widths` are those of their pages in pixels, `place` is the second's page and box.
    """
    if first.kind == second.kind == "table":
        return _joined_tables(first, second, widths, place)
    if first.kind == second.kind == "code":
        return _joined_code(first, second, place)
    if second.kind != "text" or first.kind not in ("text", "list") or not _goes_on(first, second):
        return None
    text = Joiner(cut=first.setting is not None and first.setting.cut).join([first.text, second.text])
    return replace(_both(first, second, place), text=text, setting=_end_of(first, second))


def _end_of(first: Block, second: Block) -> Setting | None:
    """How the whole is set: it begins as the first and ends as the second."""
    if first.setting is None or second.setting is None:
        return first.setting
    return replace(first.setting, room=second.setting.room)


def _both(first: Block, second: Block, place: tuple[int, Box | None]) -> Block:
    """The first block with the places and words of both."""
    page, box = place
    words = (replace(word, page=page) for word in second.words)
    continued = (*first.continued, (page, box)) if box else first.continued
    return replace(first, continued=continued, words=(*first.words, *words))


def _goes_on(first: Block, second: Block) -> bool:
    a, b = first.setting, second.setting
    if a is None or b is None or abs(a.em - b.em) > SAME_EM * a.em or b.indent > INDENT_EM * b.em:
        return False
    if a.room is None or a.bold != b.bold:
        return False
    if first.kind == "text" and _is_set_in(first, second, INDENT_EM * b.em):
        return False
    return a.room < b.first_word + SPACE_EM * b.em and not _SENTENCE_END.search(first.text)


def _is_set_in(first: Block, second: Block, indent: float) -> bool:
    """Whether two blocks stand in one column, of the same page or of two, and not flush with each other."""
    if first.box is None or second.box is None:
        return False
    one_column = first.box[0] < second.box[2] and second.box[0] < first.box[2]
    return one_column and abs(second.box[0] - first.box[0]) > indent


def _joined_code(first: Block, second: Block, place: tuple[int, Box | None]) -> Block | None:
    a, b = first.setting, second.setting
    if a is None or b is None or abs(a.em - b.em) > SAME_EM * a.em:
        return None
    return replace(_both(first, second, place), text=f"{first.text}\n{second.text}")


def _joined_tables(first: Block, second: Block, widths: tuple[int, int], place: tuple[int, Box | None]) -> Block | None:
    upper, lower = _ROW.findall(first.html or ""), _ROW.findall(second.html or "")
    repeated = _repeated(upper, lower)
    if not _same_columns(first, second, widths) and not (repeated and _as_many_columns(first, second)):
        return None
    head, again = _head(upper), _head(lower)
    if repeated:
        head = _marked(upper[:repeated])
        upper, lower = [*head, *upper[repeated:]], lower[repeated:]
    elif again and _plain(upper[: len(again)]) == _plain(again):
        upper, head, lower = [*again, *upper[len(again) :]], again, lower[len(again) :]
    elif head and _plain(lower[: len(head)]) == _plain(head):
        lower = lower[len(head) :]
    elif again:
        return None
    if len(upper) > len(head) and lower and _is_rest(lower[0], upper[len(head) :]):
        upper, lower = [*upper[:-1], _one_row(upper[-1], lower[0])], lower[1:]
    html = f"<table>{''.join([*upper, *lower])}</table>"
    return replace(_both(first, second, place), text=table_text(html), html=html)


def _repeated(upper: list[str], lower: list[str]) -> int:
    """How many rows at the top of two parts of a table are the same: its head, printed again."""
    pairs = zip(_plain(upper), _plain(lower), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], islice(pairs, MAX_HEAD_ROWS)))


def _marked(rows: list[str]) -> list[str]:
    """Rows marked as a head."""
    return [row.replace("<td", "<th").replace("</td", "</th") for row in rows]


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


def _head(rows: list[str]) -> list[str]:
    """The rows at the top of which all cells are a head."""
    count = 0
    while count < len(rows) and "<td" not in rows[count]:
        count += 1
    return rows[:count]


def _plain(rows: list[str]) -> list[str]:
    """Rows whether they are marked as a head or not."""
    return [row.replace("<th", "<td").replace("</th", "</td") for row in rows]


def _is_rest(row: str, rows: list[str]) -> bool:
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
