"""Displayed formulas among the lines of a page: by themselves, set in from the text, mostly signs of mathematics.

- A line is one if it has a relation or letters of a font for formulas, and hardly a word; what has no word at all and
  stands close over, under or beside it belongs to it: numerators, limits, large brackets.
- It stands alone in its column: text on its height, or where the text around begins, makes it part of the running text.
- Its number at the side belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok.layout.blocks import is_item, rows_of
from sokdok.layout.formulas.latex import latex_of, number_of
from sokdok.layout.formulas.signs import FUNCTIONS, GREEK, LARGE, RELATIONS
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Rule, Word

MOST_PROSE = 0.3  # of a formula's characters that belong to words, such as `for all`
MOST_LINES = 2000  # of signs on a page that is looked at
LEAST_SIGNS = 3  # characters of a formula that begins a search
WIDE_EM = 12.0  # of a line of running text, which shows how wide its column is
INDENT_EM = 1.0  # by which a formula is set in from its column
CLOSE_EM = 0.35  # between parts of one formula that stand over each other
BESIDE_EM = 2.5  # between those side by side
LARGEST = 1.25  # times the body's size; what is larger is a heading
ROW_EM = 1.0  # between formulas one below the other
PAPER_EM = 0.3  # around a formula that is shown as a picture
_LETTERS = re.compile(r"[^\W\d_]+")
_QUOTES = frozenset('"“”„«»「」')
_STRONG = frozenset(RELATIONS) | LARGE | frozenset("∞∂∇∀∃")


@dataclass(frozen=True)
class Formula:
    """A displayed formula, in points."""

    box: Box  # its lines and number
    shown: Box  # more than that where it is shown as a picture: large signs reach beyond their boxes
    latex: str  # empty if it can't be told


def formulas_of(
    lines: Sequence[TextLine], rules: Sequence[Rule], taken: Sequence[Box], body_em: float
) -> list[Formula]:
    """The formulas of a page from top to bottom; nothing within boxes that are `taken`, as by tables."""
    free = [line for line in lines if not line.turned and not any(box.holds(*line.box.middle) for box in taken)]
    page = _Page(free, rules, body_em)
    return sorted(page.formulas(), key=lambda formula: formula.box.top)


class _Page:
    """The lines of a page, known by their numbers."""

    def __init__(self, lines: Sequence[TextLine], rules: Sequence[Rule], body_em: float) -> None:
        self.lines, self.rules = lines, rules
        self.likely = [at for at, line in enumerate(lines) if _is_mathematical(line)]
        self.seeds = {at for at in self.likely if _is_seed(lines[at], body_em)}
        self.wide = [line.box for line in lines if _is_wide(line)] if self.seeds else []

    def formulas(self) -> Iterator[Formula]:
        """The formulas in the order of the file; none of a page that is full of signs, as a plot may be."""
        used: set[int] = set()
        for seed in sorted(self.seeds) if len(self.likely) <= MOST_LINES else ():
            if seed in used:
                continue
            parts = self._grown(seed, used)
            whole = self._alone(parts)
            used.update(whole or parts)
            if whole is not None:
                yield _formula([self.lines[at] for at in whole], self.rules)

    def _grown(self, seed: int, used: set[int]) -> list[int]:
        """A line and the parts of a formula around it; a formula of its own above or below is none of them."""
        parts, box, em = [seed], self.lines[seed].box, self.lines[seed].em
        rest = [at for at in self.likely if at not in used and at != seed]
        added = True
        while added:
            bars = _bars(box, em, self.rules)
            left: list[int] = []
            for at in rest:
                line = self.lines[at]
                above, below = sorted((box.middle[1], line.box.middle[1]))
                apart = at in self.seeds and not any(above < bar < below for bar in bars)
                if _is_near(line, box, em, apart):
                    parts.append(at)
                    box = Box.around([box, line.box])
                else:
                    left.append(at)
            added, rest = len(left) < len(rest), left
        return parts

    def _alone(self, parts: Sequence[int]) -> list[int] | None:
        """The parts and the formula's number, if nothing else is beside them in their column, and they are set in."""
        found = [self.lines[at] for at in parts]
        box, em = Box.around(line.box for line in found), found[0].em
        column = self._column(box)
        if column is None:
            strong = sum(len(set(line.text) & _STRONG) for line in found)
            if strong < 2 and not any(word.alphabet for line in found for word in line.words):
                return None
        elif box.left < column.left + INDENT_EM * em:
            return None
        own = set(parts)
        beside = {at: line for at, line in enumerate(self.lines) if at not in own and _is_beside(line.box, box)}
        after = [at for at, line in beside.items() if line.box.left >= box.right]
        before = [at for at, line in beside.items() if line.box.right <= box.left]
        near = [
            *sorted(after, key=lambda at: beside[at].box.left)[:1],
            *sorted(before, key=lambda at: -beside[at].box.right)[:1],
        ]
        number = [at for at in near if number_of(beside[at].text)][:1]
        for at, line in beside.items():
            inside = column is None or column.left - em < line.box.middle[0] < column.right + em
            if inside and at not in number:
                return None
        return [*parts, *number]

    def _column(self, box: Box) -> Box | None:
        """From where to where the text around a formula runs; None without any."""
        wide = [line for line in self.wide if line.left < box.middle[0] < line.right]
        if not wide:
            return None
        nearest = min(wide, key=lambda line: abs(line.middle[1] - box.middle[1]))
        same = [line for line in wide if abs(line.right - nearest.right) < 0.25 * nearest.width]
        return Box(min(line.left for line in same), box.top, max(line.right for line in same), box.bottom)


def _is_wide(line: TextLine) -> bool:
    """Whether a line is one of running text that shows how wide its column is."""
    prose = sum(map(_prose, line.words))
    return line.box.width >= WIDE_EM * line.em and prose > 0.5 * len(line.text.replace(" ", ""))


def _is_beside(a: Box, b: Box) -> bool:
    return min(a.bottom, b.bottom) - max(a.top, b.top) > 0.4 * min(a.height, b.height)


def _is_seed(line: TextLine, body_em: float) -> bool:
    strong = any(word.alphabet for word in line.words) or bool(set(line.text) & _STRONG)
    long = len("".join(line.text.split())) >= LEAST_SIGNS
    return strong and long and line.em <= LARGEST * body_em and not is_item(line.text)


def _is_mathematical(line: TextLine) -> bool:
    """Whether hardly any of a line is words."""
    if not line.words or line.marked or line.source != "layer" or set(line.text) & _QUOTES:
        return False
    if any(word.mono or word.link for word in line.words):
        return False
    total = sum(len(word.text) for word in line.words)
    return sum(map(_prose, line.words)) <= MOST_PROSE * total


def _prose(word: Word) -> int:
    """How many of a word's characters are those of a word rather than letters of a formula."""
    if word.alphabet:
        return 0
    return sum(len(run) for run in _LETTERS.findall(word.text) if not _is_symbol(run, word))


def _is_symbol(run: str, word: Word) -> bool:
    if run in FUNCTIONS or all(char in GREEK or "\U0001d400" <= char < "\U0001d800" for char in run):
        return True
    return run.isascii() and len(run) <= (2 if word.italic else 1)


def _bars(box: Box, em: float, rules: Sequence[Rule]) -> list[float]:
    """Heights of the lines drawn in, right over or right under a formula: bars of fractions and roots."""
    top, bottom, longest = box.top - CLOSE_EM * em, box.bottom + CLOSE_EM * em, 1.5 * box.width + 2 * em
    return [
        rule.at
        for rule in rules
        if rule.horizontal
        and top < rule.at < bottom
        and rule.start < box.right
        and rule.end > box.left
        and rule.end - rule.start < longest
    ]


def _is_near(line: TextLine, box: Box, em: float, apart: bool) -> bool:
    across = max(box.left, line.box.left) - min(box.right, line.box.right)
    down = max(box.top, line.box.top) - min(box.bottom, line.box.bottom)
    if down < -0.3 * line.box.height:
        return across < BESIDE_EM * em
    return across < 0 and down < (0.0 if apart else CLOSE_EM * em)


def _formula(parts: Sequence[TextLine], rules: Sequence[Rule]) -> Formula:
    box, em = Box.around(part.box for part in parts), parts[0].em
    numbers = [part for part in parts if number_of(part.text) and len(parts) > 1]
    parts = [part for part in parts if not any(part is one for one in numbers)]
    words = [word for part in parts for word in part.words]
    latex = "" if _bars(box, em, rules) else latex_of(words) or _rows_latex(parts)
    if latex and numbers:
        latex += rf" \tag{{{number_of(numbers[0].text)}}}"
    return Formula(box, box if latex else box.grown(PAPER_EM * em, PAPER_EM * em), latex)


def _rows_latex(parts: Sequence[TextLine]) -> str:
    """LaTeX of formulas one below the other, if each can be told and has a relation of its own."""
    rows = rows_of(parts)
    told = [latex_of([word for piece in row.pieces for word in piece.words]) for row in rows]
    related = all(set(row.text) & frozenset(RELATIONS) for row in rows)
    apart = all(b.box.middle[1] - a.box.middle[1] > ROW_EM * a.em for a, b in pairwise(rows))
    if len(rows) < 2 or not (related and apart and all(told)):
        return ""
    body = r" \\ ".join(told)
    return rf"\begin{{gathered}} {body} \end{{gathered}}"
