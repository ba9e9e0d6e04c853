"""What a row of type shows: where it begins and ends, its size and weight, the mark of an item before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok.layout.blocks import BULLET_MARK, NUMBER_MARK, Row
from sokdok.layout.text_line import LEADERS
from sokdok.pages.textlayer import Word

MAX_PITCH_EM = 1.6  # from baseline to baseline within a paragraph, at most
MAX_FULL_PITCH_EM = 2.6  # the same below rows that are full
USUAL_SHARE = 0.12  # of a page's neighbouring rows that have the usual distance, at least
SAME_EM = 0.03  # share by which rows of one size may differ


@dataclass(frozen=True)
class SetRow:
    """A row, and how it is set."""

    row: Row
    counted: frozenset[Box] | None = None
    """where the rows stand whose numbers count items; None where nobody has looked: each does"""

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for piece in self.row.pieces for word in piece.words)

    @cached_property
    def box(self) -> Box:
        return self.row.box

    @cached_property
    def em(self) -> float:
        """Size of most of its characters."""
        sizes: Counter[float] = Counter()
        for word in self.words:
            sizes[round(word.em, 1)] += len(word.text)
        return max(sizes, key=lambda size: (sizes[size], size)) if sizes else self.row.em

    @cached_property
    def baseline(self) -> float:
        """Where most of its characters stand."""
        if not self.words:
            return self.box.bottom
        return max(self.words, key=lambda word: len(word.text) * (abs(word.em - self.em) < SAME_EM * self.em)).baseline

    @cached_property
    def bold(self) -> bool:
        words = self.words[self.mark :] or self.words
        return bool(words) and all(word.bold for word in words)

    @cached_property
    def italic(self) -> bool:
        return bool(self.words) and all(word.italic for word in self.words)

    @cached_property
    def mono(self) -> bool:
        words = self.words[self.mark :] or self.words
        return bool(words) and all(word.mono for word in words)

    @property
    def looks(self) -> tuple[bool, bool]:
        """Weight and kind of its font, as far as they are those of the whole row."""
        return self.bold, self.mono

    @cached_property
    def mixed(self) -> bool:
        """Whether its words are set in several ways."""
        return len({(round(word.em, 1), word.bold, word.mono) for word in self.words[self.mark :]}) > 1

    @cached_property
    def frame(self) -> Box | None:
        return self.row.pieces[0].frame

    @cached_property
    def mark(self) -> int:
        """How many words at its beginning are the mark of an item."""
        if self.row.pieces[0].marked:
            return 1
        if len(self.words) < 2 or self.words[1].joined:
            return 0
        if NUMBER_MARK.fullmatch(self.words[0].text):
            return int(self.counted is None or self.box in self.counted)
        return int(bool(BULLET_MARK.fullmatch(self.words[0].text)))

    @property
    def numbered(self) -> bool:
        """Whether its mark is a number in digits."""
        return bool(self.mark) and any(map(str.isdigit, self.words[0].text))

    @cached_property
    def leads(self) -> bool:
        """Whether dots lead to its end or to what stands there, as in a table of contents."""
        return bool(LEADERS.search(self.text))

    @property
    def left(self) -> float:
        return self.box.left

    @property
    def right(self) -> float:
        return self.box.right

    @cached_property
    def text_left(self) -> float:
        """Where its text begins, behind the mark of an item."""
        return self.words[self.mark].box.left if self.mark < len(self.words) else self.left

    @cached_property
    def first_width(self) -> float:
        """Width of its first word, as a line is broken at: what is set close to it included."""
        if not self.words:
            return self.box.width
        last = 0
        while last + 1 < len(self.words) and self.words[last + 1].joined:
            last += 1
        return self.words[last].box.right - self.words[0].box.left

    @property
    def text(self) -> str:
        return self.row.text


def usual_pitch(rows: Sequence[SetRow], em: float) -> float:
    """The distance of baselines within paragraphs of one size: the smallest that is no exception.

    Rows that leave the next one's first word no room are within a paragraph; where there are none, all are looked at.
    """
    pairs = [
        (a, b)
        for a, b in pairwise(rows)
        if abs(a.em - em) <= SAME_EM * em and abs(b.em - em) <= SAME_EM * em and a.frame == b.frame and not b.mark
    ]
    pairs = [pair for pair in pairs if pair[0].frame is None] or pairs  # what is framed may be code, and set closer
    rights: dict[Box | None, float] = {}
    for row in rows:
        rights[row.frame] = max(rights.get(row.frame, 0.0), row.right)
    full = [(a, b) for a, b in pairs if a.right + b.first_width > rights[a.frame]]
    distances = Counter(round((b.baseline - a.baseline) / em * 20) for a, b in full or pairs)
    most = (MAX_FULL_PITCH_EM if full else MAX_PITCH_EM) * 20
    near = {step: count for step, count in distances.items() if 16 <= step <= most}
    if not near:
        return 1.4 * em
    least = USUAL_SHARE * sum(near.values())
    usual = [step for step in near if sum(near.get(step + by, 0) for by in (-1, 0, 1)) > least]
    return min(usual or near) * em / 20 + em / 40
