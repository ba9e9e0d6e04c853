"""From the rows of a column to paragraphs, headings, items of lists and code.

- A row begins something new where its size, weight, frame or left end changes, where it stands further below the one
  before than rows of a paragraph do, where a mark of a list stands before it, and where its first word would have
  fitted on the row before: no one breaks a line that early.
- A heading is set larger than the body, or in bold by itself with space above.
- Rows in a font of equally wide letters are code if there are several, or if a frame or space is around them.
- An item's level is how many marks of open items stand further left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from sokdok.layout.blocks import GAP_EM, LayoutBlock, Measure, Row, block_of
from sokdok.layout.typeset.gap_tables import gap_tables
from sokdok.layout.typeset.marks import counted
from sokdok.layout.typeset.rows import SAME_EM, SetRow, usual_pitch

PITCH_TOLERANCE = 1.22
"""times the usual distance of baselines: a new paragraph; a third of an em of space is the least that is seen"""
SIDE_EM = 0.55  # that left ends of one block may differ by
INDENT_EM = (0.8, 4.0)  # of the first row of a paragraph
EVEN_EM, EVEN_ROWS = 2.0, 2
"""from a column's right that rows of running text end, and how many of them tell where that is"""
ROOM_EM = 0.6  # by which a word must fit for certain: a space, and what a line's end hangs over
LARGER = 1.07  # times the body's size: a heading in bold
ITEM_MARKS = "•◦·∙‣○–-*"  # marks that items have and headings don't, as □ and ■ may
MUCH_LARGER = 1.15  # times the body's size: a heading of any weight
TITLE = 1.5  # times the body's size
FARTHER = 1.1  # times the distance below a heading in the body's size that is above it: it belongs to what follows
MAX_HEADING_ROWS = 3
MAX_BOLD_ROWS = 2  # of a heading that only its weight tells
MIXED_EM = 0.25  # share by which sizes of type within a paragraph may differ: code among text is set smaller
MAX_BLANK_ROWS = 3  # of code
_HEADING_END = re.compile(r"[.,:;。]$")
_NUMBERED = re.compile(r"(?:\d{1,3}\.)+\d*\.?\s|[A-Z]\.\d")


def typeset_blocks(text: Sequence[Row], column: Sequence[Row], body_em: float) -> Iterator[LayoutBlock]:
    """The blocks of rows that follow each other, from top to bottom; `column` are all rows of their column."""
    items = counted([SetRow(row) for row in column])
    rows, page = [SetRow(row, items) for row in text], [SetRow(row, items) for row in column]
    start = 0
    for first, last, table in gap_tables(rows):
        yield from _Column(rows[start:first], page, body_em).blocks()
        yield block_of("table", table)
        start = last
    yield from _Column(rows[start:], page, body_em).blocks()


class _Column:
    """Rows between two tables; `page` are all of the column, by which distances are known."""

    def __init__(self, rows: Sequence[SetRow], page: Sequence[SetRow], body_em: float) -> None:
        self.rows, self.page, self.body_em = rows, page, body_em
        self.right = max((row.right for row in page if row.frame is None), default=0.0)
        self._pitches: dict[float, float] = {}
        self._running: list[SetRow] = []
        """rows that others of their paragraph follow"""
        self._marks: list[float] = []
        """left ends of the marks of the open items"""

    def blocks(self) -> Iterator[LayoutBlock]:
        groups = [group for run in self._runs() for group in self._paragraphs(run)]
        groups = self._code_together(groups)
        self._running = [row for group in groups for row in group[:-1]]
        for number, group in enumerate(groups):
            before = groups[number - 1][-1] if number else None
            after = groups[number + 1][0] if number + 1 < len(groups) else None
            yield self._block(group, before, after)

    def _pitch(self, em: float) -> float:
        if em not in self._pitches:
            self._pitches[em] = usual_pitch(self.page, em)
        return self._pitches[em]

    def _runs(self) -> Iterator[list[SetRow]]:
        """Rows of one type at one distance."""
        run: list[SetRow] = []
        for row in self.rows:
            if run and self._breaks(run, row):
                yield run
                run = []
            run.append(row)
        if run:
            yield run

    def _breaks(self, run: Sequence[SetRow], row: SetRow) -> bool:
        last = run[-1]
        if row.row.kind != last.row.kind and "heading" in (row.row.kind, last.row.kind):
            return True
        if last.leads or row.mark and not (row.mono and last.mono):
            return True
        if row.frame != last.frame or row.baseline - last.baseline > PITCH_TOLERANCE * self._pitch(
            max(row.em, last.em)
        ):
            return True
        if row.looks == last.looks and abs(row.em - last.em) <= SAME_EM * last.em:
            return False
        # the words of a paragraph may be set in several ways, but then its lines are full
        mixed = last.mixed or row.mixed or len(run) > 1
        right = max(self.right, *(before.right for before in run)) if row.frame is None else max(r.right for r in run)
        return not (mixed and abs(row.em - last.em) < MIXED_EM * last.em and self._is_full(last, row, right))

    def _paragraphs(self, run: Sequence[SetRow]) -> Iterator[list[SetRow]]:
        """A run parted at indents and early ends."""
        if run[0].mono:
            yield list(run)
            return
        right = max(row.right for row in run) if len(run) > 2 or run[0].frame else max(self.right, run[0].right)
        group: list[SetRow] = []
        for number, row in enumerate(run):
            after = run[number + 1] if number + 1 < len(run) else None
            if group and self._begins(group, row, after, right):
                yield group
                group = []
            group.append(row)
        yield group

    def _begins(self, group: Sequence[SetRow], row: SetRow, after: SetRow | None, right: float) -> bool:
        last, em = group[-1], row.em
        if not self._is_full(last, row, right):
            return not _centred(last, row)
        if _centred(last, row):
            return False
        bases = (group[0].text_left, group[0].left) if len(group) == 1 else (last.left,)
        shift = min(((row.left - base) / em for base in bases), key=abs)
        if abs(shift) <= SIDE_EM:
            return False
        if len(group) == 1 and INDENT_EM[0] <= -shift <= INDENT_EM[1] and not group[0].mark:
            return False  # the first row was indented
        if shift > 0:
            return not (
                len(group) == 1
                and after is not None
                and abs(after.left - row.left) <= SIDE_EM * em
                and not _is_indent(shift)
            )
        return not _centred(last, row)

    def _is_full(self, last: SetRow, row: SetRow, right: float) -> bool:
        """Whether the next row's first word did not fit on the last."""
        return last.right + row.first_width + ROOM_EM * row.em > right

    def _code_together(self, groups: list[list[SetRow]]) -> list[list[SetRow]]:
        """Code goes on over blank lines: where the distance is a whole number of rows."""
        joined: list[list[SetRow]] = []
        for group in groups:
            if joined and self._is_same_code(joined[-1][-1], group[0]):
                joined[-1] += group
            else:
                joined.append(list(group))
        return joined

    def _is_same_code(self, last: SetRow, row: SetRow) -> bool:
        if not (last.mono and row.mono and last.frame == row.frame) or abs(row.em - last.em) > SAME_EM * last.em:
            return False
        lines = (row.baseline - last.baseline) / self._pitch(row.em)
        if row.frame is not None:
            return lines <= MAX_BLANK_ROWS + 1.5
        return lines <= 1.25 or (lines <= MAX_BLANK_ROWS + 1 and abs(lines - round(lines)) < 0.12)

    def _block(self, group: Sequence[SetRow], before: SetRow | None, after: SetRow | None) -> LayoutBlock:
        kind = self._kind(group, before, after)
        block = replace(block_of(kind, [row.row for row in group]), measure=self._measure(group))
        first = group[0]
        if kind == "list":
            while self._marks and self._marks[-1] > first.left - SIDE_EM * first.em:
                self._marks.pop()
            self._marks.append(first.left)
            return replace(block, level=len(self._marks), mark=first.words[0].text if first.mark else "")
        if kind in ("title", "sub_title"):
            self._marks.clear()
        while self._marks and first.left < self._marks[-1] + SIDE_EM * first.em:
            self._marks.pop()
        return replace(block, level=len(self._marks))

    def _measure(self, group: Sequence[SetRow]) -> Measure:
        first, last, frame = group[0], group[-1], group[0].frame
        left = min((row.left for row in group[1:]), default=first.left)
        right = max(row.right for row in group)
        right = max(right, self.right if frame is None else frame.right - max(0.0, first.left - frame.left))
        sizes = Counter(row.em for row in group)
        even = sum(right - row.right < EVEN_EM * row.em for row in self._running)
        room = right - last.right if frame is not None or even >= EVEN_ROWS else None
        return Measure(
            max(sizes, key=lambda em: (sizes[em], em)),
            first.left - left,
            first.first_width,
            room if _is_filled(last) else last.box.width,
            all(row.bold for row in group),
        )

    def _kind(self, group: Sequence[SetRow], before: SetRow | None, after: SetRow | None) -> str:
        first = group[0]
        em = max(row.em for row in group)
        if all(row.mono for row in group) and self._is_code(group, before, after):
            return "code"
        if first.row.kind == "caption":  # as a text detector sees it
            return "image_caption"
        if first.row.kind == "heading":
            return "title" if em > TITLE * self.body_em else "sub_title"
        if self._is_large_heading(group, before, after):
            return "title" if em > TITLE * self.body_em else "sub_title"
        if first.mark and not self._is_bold_heading(group, before, after) and not _is_numbered_paragraph(group):
            return "list"
        return "sub_title" if self._is_bold_heading(group, before, after) else "text"

    def _is_large_heading(self, group: Sequence[SetRow], before: SetRow | None, after: SetRow | None) -> bool:
        first, last = group[0], group[-1]
        em = max(row.em for row in group)
        if em <= LARGER * self.body_em or len(group) > MAX_HEADING_ROWS or first.mono:
            return False
        if first.mark and first.words[0].text in ITEM_MARKS and em <= TITLE * self.body_em:
            return False
        if em > MUCH_LARGER * self.body_em:
            return True
        plain = not first.bold and (len(group) > 1 or self._is_close(before, first))
        return not (plain or _HEADING_END.search(last.text) or self._is_term(first, after))

    def _is_close(self, before: SetRow | None, first: SetRow) -> bool:
        """Whether no more than the usual distance is between two rows."""
        return before is not None and first.baseline - before.baseline <= PITCH_TOLERANCE * self._pitch(first.em)

    def _is_term(self, first: SetRow, after: SetRow | None) -> bool:
        """Whether what follows is set in, as the definition of a term is."""
        return after is not None and not after.mark and after.left > first.left + INDENT_EM[0] * first.em

    def _is_bold_heading(self, group: Sequence[SetRow], before: SetRow | None, after: SetRow | None) -> bool:
        first, last = group[0], group[-1]
        if len(group) > MAX_BOLD_ROWS or not all(row.bold for row in group) or first.em < 0.97 * self.body_em:
            return False
        if first.frame is not None or first.mark and not _NUMBERED.match(first.text):
            return False
        if _HEADING_END.search(last.text) or any(not word.bold for word in first.words):
            return False
        if self._is_close(before, first) or self._is_term(first, after):
            return False
        if before is None or after is None or _NUMBERED.match(first.text):
            return True
        return first.baseline - before.baseline > FARTHER * (after.baseline - last.baseline)

    def _is_code(self, group: Sequence[SetRow], before: SetRow | None, after: SetRow | None) -> bool:
        first, last = group[0], group[-1]
        if first.frame is not None or len(group) > 1:
            return True
        pitch = PITCH_TOLERANCE * self._pitch(first.em)
        above = before is None or first.baseline - before.baseline > pitch
        below = after is None or after.baseline - last.baseline > pitch
        return above and below


def _is_numbered_paragraph(group: Sequence[SetRow]) -> bool:
    """Whether a number stands before a paragraph like any other, rather than left of an item's lines."""
    first = group[0]
    return len(group) > 1 and first.numbered and group[1].left < first.left - SIDE_EM * first.em


def _is_filled(row: SetRow) -> bool:
    """Whether words fill a row, as they do in running text and not where leaders or a gap stand before a number."""
    words = [word.box for word in row.words if any(map(str.isalnum, word.text))]
    return all(after.left - before.right < GAP_EM * row.em for before, after in pairwise(words))


def _is_indent(shift_em: float) -> bool:
    return INDENT_EM[0] <= shift_em <= INDENT_EM[1]


def _centred(a: SetRow, b: SetRow) -> bool:
    """Whether two rows stand on one middle line, and not flush left."""
    return abs(a.box.middle[0] - b.box.middle[0]) < 0.3 * a.em and abs(a.left - b.left) > SIDE_EM * a.em


def code_text(block: LayoutBlock) -> str:
    """Code with its indents, and blanks where there are gaps, counted in widths of a letter."""
    rows = [SetRow(row) for row in block.rows]
    words = [word for row in rows for word in row.words if word.mono and word.text.isascii()]
    widths = sorted(word.box.width / len(word.text) for word in words)
    width = widths[len(widths) // 2] if widths else rows[0].em * 0.6
    left = min(row.left for row in rows)
    pitch = usual_pitch(rows, rows[0].em)
    lines: list[str] = []
    for number, row in enumerate(rows):
        if number:
            lines += [""] * max(0, round((row.baseline - rows[number - 1].baseline) / pitch) - 1)
        text = " " * round((row.left - left) / width)
        for index, word in enumerate(row.words):
            if index and not word.joined:
                text += " " * max(1, round((word.box.left - row.words[index - 1].box.right) / width))
            text += word.text
        lines.append(text)
    return "\n".join(lines)
