"""Whether a block goes on with another, behind the end of a page or a column, and both as one.

- A paragraph or a table goes on where the structure of the page says that its beginning looks so, and what is before
  is of its kind and size. A table also goes on where its head is printed again.
- A row whose first cell is empty where the others' are not is the rest of the row before.
- Code goes on in code of the same size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, takewhile

from sokdok.documents.blocks import Block, Continuation
from sokdok.documents.sanitize import table_text
from sokdok.layout.joining import Joiner
from sokdok.tables.parse import parse_table

SAME_EM = 0.04  # share by which the sizes of one paragraph's type differ
MAX_HEAD_ROWS = 4
_SENTENCE_END = re.compile(r"[.!?。:;…][”’\"')\]]*$")
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[dh])((?: (?:row|col)span=\"\d+\")*)>(.*?)</t[dh]>", re.DOTALL)


def continuation(first: Block, second: Block, part: tuple[int, int], one_page: bool = False) -> Continuation | None:
    """How the second of two blocks goes on with the first; None if it does not.

    `part` is the first's page and its place there; `one_page` says that both are on it.
    """
    if first.kind == second.kind == "table":
        return _of_table(first, second, part)
    a, b = first.setting, second.setting
    if a is None or b is None or abs(a.em - b.em) > SAME_EM * a.em:
        return None
    if first.kind == second.kind == "code":
        return Continuation(*part, space="\n")
    if second.kind != "text" or first.kind not in ("text", "list") or not b.goes_on:
        return None
    if not one_page and _SENTENCE_END.search(first.text):  # what a page shows does not say how the one before ends
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
    return replace(whole, text=text)


def _of_table(first: Block, second: Block, part: tuple[int, int]) -> Continuation | None:
    upper, lower = _ROW.findall(first.html or ""), _ROW.findall(second.html or "")
    pairs = islice(zip(_plain(upper), _plain(lower), strict=False), MAX_HEAD_ROWS)
    repeated = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    goes_on = repeated or bool(second.setting and second.setting.goes_on)
    if not goes_on or parse_table(first.html or "").columns != parse_table(second.html or "").columns:
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
        f"<{tag}{spans}>{Joiner().join([text for text in (first, second) if text] or [''])}</{tag}>"
        for (tag, spans, first), (_, _, second) in zip(a, b, strict=True)
    ]
    return f"<tr>{''.join(cells)}</tr>"
