"""Drawings of a page as figures, with the labels that belong to them.

- What is drawn is a figure unless most of it is text: a note in a frame of its own form.
- Text in it belongs to it; so do short lines beside it, such as the numbers along an axis and its name, unless they
  begin where the page's text does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine

MIN_SHARE = 0.008
"""of the page; smaller drawings are ornaments"""
MAX_TEXT_SHARE = 0.25
"""of a figure that lines of text cover"""
NEAR_EM = (2.0, 1.0)
"""how far beside a figure, and above or below it, its labels stand, at most"""
SHORT_EM = 8.0
"""how long they are, at most"""
MARGIN = 2.0
"""points of paper around a figure: lines have a width, letters reach beyond their boxes"""
FLUSH_EM = 0.5
"""from where the page's text begins"""


def figures_of(drawings: Sequence[Box], lines: Sequence[TextLine], size: tuple[float, float]) -> list[Box]:
    """Boxes of the figures of a page of some width and height, from top to bottom, none inside another."""
    found: list[Box] = []
    for box in drawings:
        text = sum(box.overlap(line.box) for line in lines)
        if box.area >= MIN_SHARE * size[0] * size[1] and text < MAX_TEXT_SHARE * box.area:
            found.append(_with_labels(box, lines))
    outer = [box for box in found if not any(other is not box and other.contains(box) for other in found)]
    return [box.grown(MARGIN).intersection(Box(0, 0, *size)) for box in sorted(outer, key=lambda box: box.top)]


def _with_labels(box: Box, lines: Sequence[TextLine]) -> Box:
    lefts: Counter[int] = Counter()
    for line in lines:
        lefts[round(line.box.left)] += 0 if line.turned else len(line.text)
    left = lefts.most_common(1)[0][0] if lefts else 0.0
    for _ in range(2):  # numbers along an axis, then its name
        box = Box.around([box, *(line.box for line in lines if _is_label(line, box, left))])
    return box


def _is_label(line: TextLine, box: Box, left: float) -> bool:
    """Whether a line is short and near a figure, and does not begin where the page's text does."""
    if line.box.width > SHORT_EM * line.em and not line.turned:
        return False
    near = box.grown(NEAR_EM[0] * line.em, NEAR_EM[1] * line.em)
    return abs(line.box.left - left) > FLUSH_EM * line.em and near.overlap(line.box) > 0
