"""The texts of a chart: what they say, where and at which angle, and what they are.

A label's angle is 0 (level), 90 (reading up), -90 (reading down) or between (slanted), in degrees counter-clockwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sokdok.figures.chart.numbers import Number, parse_number
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import consecutive

_SLANTED_END_EM = 0.35  # from the side of a slanted text's box to the tick that it belongs to
_LEADING_EM = 0.7, 1.5  # from the middle of a line to that of the next line of the same text
_FLUSH_EM = 0.5  # that lines of one text differ at their left ends, their right ends or their middles


@dataclass(frozen=True)
class Label:
    """A text on a chart."""

    text: str
    box: Box  # around it, in pixels of the picture
    confidence: float = 1.0
    angle: float = 0.0  # degrees counter-clockwise
    role: str = ""  # what it is, one of `model.nano.formats.figures.ROLES`; "" where nobody knows
    em: float = 0.0  # pixels per em of its type, roughly; 0: as its box says
    number: Number | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "box", Box(*self.box))
        object.__setattr__(self, "number", parse_number(self.text))

    @property
    def em_px(self) -> float:
        """Height of its letters, roughly."""
        return self.em or (self.box.width if abs(self.angle) == 90 else self.box.height)

    @property
    def x(self) -> float:
        return self.box.middle[0]

    @property
    def y(self) -> float:
        return self.box.middle[1]

    @property
    def is_slanted(self) -> bool:
        return self.angle not in (0, 90, -90)

    @property
    def tick_x(self) -> float:
        """Where the tick above is that it belongs to: its middle, its upper end if it is slanted."""
        if not self.is_slanted:
            return self.x
        end = _SLANTED_END_EM * self.em_px
        return self.box.right - end if 0 < self.angle < 90 else self.box.left + end


def stacked(labels: Iterable[Label]) -> list[list[Label]]:
    """Group level texts that may be lines of one, right below each other and flush or centred; each from its top."""
    groups = list[list[Label]]()
    for label in sorted((label for label in labels if not label.angle), key=lambda label: label.y):
        above = [lines for lines in groups if _is_below(label, lines[-1])]
        if above:
            min(above, key=lambda lines: abs(lines[-1].x - label.x)).append(label)
        else:
            groups.append([label])
    return groups


def _is_below(label: Label, other: Label) -> bool:
    em, one, another = (label.em_px + other.em_px) / 2, label.box, other.box
    off = min(abs(label.x - other.x), abs(one.left - another.left), abs(one.right - another.right))
    return _LEADING_EM[0] * em < label.y - other.y < _LEADING_EM[1] * em and off < _FLUSH_EM * em


def in_rows(labels: Iterable[Label]) -> list[list[Label]]:
    """Group texts by the rows that they stand in, from the top; each row from left to right."""
    rows = consecutive(labels, lambda one: one.y, lambda row, one: one.y < row[0].y + _LEADING_EM[0] * one.em_px)
    return [sorted(row, key=lambda label: label.x) for row in rows]


def joined(labels: Iterable[Label]) -> Label:
    """Join the parts of one text, line by line from left to right, as one label."""
    ordered = [label for row in in_rows(labels) for label in row]
    box, confidence = Box.around(label.box for label in ordered), min(label.confidence for label in ordered)
    text = " ".join(label.text.strip() for label in ordered)
    return Label(text, box, confidence, ordered[0].angle, ordered[0].role, ordered[0].em)


def written_cell(label: Label) -> str:
    """Write a number as a table's cell: no separators, its unit kept."""
    return f"{label.number.digits}{label.number.unit}" if label.number else ""
