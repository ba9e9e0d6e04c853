"""Footnotes: small type at the foot of a page, below a short line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sokdok.imaging.box import Box
from sokdok.layout.blocks import LayoutBlock, Row, block_of, rows_of
from sokdok.layout.furniture import LONE_NUMBER
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Rule, TextLayer

SHARE = (0.08, 0.45)  # of the page's width that the line above footnotes takes
LOWER_SHARE = 0.4  # of the page's height from the top, above which such a line stands only where columns end early
SMALLER = 0.97  # times the body's size, of all that stands below it
_MARK = re.compile(r"[\[(]?(?:\d{1,3}(?!\d)|[*†‡§]{1,3}|[a-z](?=[\]).:]))")


def notes_apart(
    lines: list[TextLine], layer: TextLayer, tables: Sequence[Box], body_em: float
) -> tuple[list[TextLine], list[LayoutBlock]]:
    """The lines without footnotes, and a block for each footnote; no line of `tables` stands above footnotes."""
    line = _separator(lines, layer, tables, body_em)
    if line is None:
        return lines, []
    notes = [one for one in lines if _is_below(one, line) and one.em < SMALLER * body_em]
    last = max(notes, key=lambda one: one.box.bottom)
    if LONE_NUMBER.fullmatch(last.text) and last.box.left - line.start > 2 * last.em:
        notes.remove(last)  # the page's
    rest = [one for one in lines if one not in notes]
    return rest, _blocks(rows_of(notes))


def _separator(lines: Sequence[TextLine], layer: TextLayer, tables: Sequence[Box], body_em: float) -> Rule | None:
    width, height = layer.size
    for rule in sorted(layer.rules, key=lambda rule: rule.at):
        if any(table.grown(2).holds((rule.start + rule.end) / 2, rule.at) for table in tables):
            continue
        share = (rule.end - rule.start) / width
        if not rule.horizontal or not SHARE[0] <= share <= SHARE[1]:
            continue
        near = [one for one in lines if _is_below(one, rule) and one.box.top < rule.at + 4 * body_em]
        below = near if rule.at > LOWER_SHARE * height else _last_notes(lines, rule)
        above = [one for one in lines if abs(one.box.bottom - rule.at) < 0.4 * one.em and one.box.left < rule.end]
        if below and not above and all(one.em < SMALLER * body_em for one in below):
            return rule
    return None


def _last_notes(lines: Sequence[TextLine], rule: Rule) -> list[TextLine]:
    """All that stands below a line of its width, if it begins with the mark of a note; else nothing."""
    below = [one for one in lines if one.box.middle[1] > rule.at and one.box.right > rule.start - 1]
    first = min(below, key=lambda one: (one.box.top, one.box.left), default=None)
    flush = first is not None and abs(first.box.left - rule.start) < first.em
    return below if first and flush and _MARK.match(first.text) else []


def _is_below(line: TextLine, rule: Rule) -> bool:
    return line.box.middle[1] > rule.at and line.box.right > rule.start - 1


def _blocks(rows: Sequence[Row]) -> list[LayoutBlock]:
    groups: list[list[Row]] = []
    for row in rows:
        if not groups or _begins(row, groups[-1]):
            groups.append([])
        groups[-1].append(row)
    return [block_of("page_footnote", group) for group in groups]


def _begins(row: Row, group: Sequence[Row]) -> bool:
    words = row.pieces[0].words
    raised = len(words) > 1 and words[0].em < 0.9 * words[1].em
    return raised or (bool(_MARK.match(row.text)) and row.box.left <= group[0].box.left + 1)
