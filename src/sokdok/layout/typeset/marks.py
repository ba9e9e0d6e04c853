"""Numbers and letters before rows: which of them count the items of a list.

One counts an item if the one before or behind it stands in the same column, written alike and in line with it, or if
the next row hangs from it. Any other is a word: the last syllable of a sentence (`다.`), an initial, a reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok.layout.blocks import NUMBER_MARK
from sokdok.layout.typeset.rows import SetRow
from sokdok.pages.hangul import OUTLINE

IN_LINE_EM = 0.55  # by which the left ends of numbers of one list, or of what stands behind them, differ at most
HANGS_EM = 2.6  # from the baseline of an item's first row to that of its second, at most
_ROMAN = ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv"]


def counted(rows: Sequence[SetRow]) -> frozenset[Box]:
    """Where those rows of a column stand whose numbers count items; `rows` from top to bottom."""
    numbered = [row for row in rows if len(row.words) > 1 and NUMBER_MARK.fullmatch(row.words[0].text)]
    places = {row.box for row in numbered}
    found = {row.box for row, below in pairwise(rows) if row.box in places and _hangs(row, below)}
    latest: dict[tuple[str, int], SetRow] = {}
    for row in numbered:
        for form, number in _read(row.words[0].text):
            before = latest.get((form, number - 1))
            if before is not None and _in_line(before, row):
                found |= {before.box, row.box}
            latest[form, number] = row
    return frozenset(found)


def _read(mark: str) -> Iterator[tuple[str, int]]:
    """How a mark is written, and which number it is; an i is the first and the ninth."""
    core = mark.strip("().")
    form = mark.replace(core, "", 1)
    if core.isdecimal():
        yield f"1{form}", int(core)
    elif core in OUTLINE:
        yield f"가{form}", OUTLINE.index(core)
    elif "①" <= core <= "⑳":
        yield "①", ord(core)
    else:
        kind = "A" if core.isupper() else "a"
        if len(core) == 1:
            yield f"{kind}{form}", ord(core)
        if core.lower() in _ROMAN:
            yield f"{kind}i{form}", _ROMAN.index(core.lower())


def _in_line(a: SetRow, b: SetRow) -> bool:
    """Whether two rows begin below each other, or their second words do."""
    near = IN_LINE_EM * a.em
    return abs(a.left - b.left) <= near or abs(a.words[1].box.left - b.words[1].box.left) <= near


def _hangs(row: SetRow, below: SetRow) -> bool:
    """Whether a row begins below the text of the one above, behind its number."""
    behind, near = row.words[1].box.left, IN_LINE_EM * row.em
    return (
        abs(below.left - behind) <= near < below.left - row.left and below.baseline - row.baseline < HANGS_EM * row.em
    )
