"""Where the lines of a drawn picture are: strips with a middle, an em and a kind, moved as the picture is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.pose import mapped
from sokdok.model.nano.formats.lines import KINDS
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.training.pictures import line_starts, lines_of

PIECE_SYMBOLS = 12
"""of a line that make up a strip: hands don't write straight, and at an angle an em is not the same all along a line"""
KIND_OF = {
    "title": "heading", "heading": "heading", "list": "list", "table": "table", "caption": "caption",
    "header": "furniture", "footer": "furniture", "page number": "furniture",
}  # fmt: skip
"""block kind of a drawn page -> kind of a line; any other is text"""


@dataclass(frozen=True)
class Strip:
    """A line or a piece of one: middle of its left and right end, em in pixels, index of its kind or -1."""

    left: tuple[float, float]
    right: tuple[float, float]
    em: float
    kind: int = -1

    def reaches_into(self, frame: Box) -> bool:
        """Whether any of it may be in a part of the picture."""
        (x0, y0), (x1, y1) = self.left, self.right
        across = x1 > frame.left and x0 < frame.right
        return across and max(y0, y1) > frame.top - self.em and min(y0, y1) < frame.bottom + self.em

    def mapped(self, matrix: np.ndarray) -> Strip:
        """The same after a map (3, 3) of the picture."""
        middle = np.add(self.left, self.right) / 2
        up = 0, self.em / 2
        points = mapped(matrix, np.array([self.left, self.right, middle - up, middle + up]))
        (x0, y0), (x1, y1) = points[:2].tolist()
        return Strip((x0, y0), (x1, y1), float(np.hypot(*(points[3] - points[2]))), self.kind)


def strips_of(page: SyntheticPage, without: str = "") -> list[Strip]:
    """Place the lines of a page. without: kind of block whose lines' kind is left open."""
    strips: list[Strip] = []
    blocks = np.searchsorted([block.start for block in page.blocks], line_starts(page), "right") - 1
    for line, block in zip(lines_of(page), blocks, strict=True):
        drawn = page.blocks[block].kind
        kind = -1 if drawn == without else KINDS.index(KIND_OF.get(drawn, "text"))
        strips += _pieces(line.boxes, kind)
    return strips


def _pieces(boxes: np.ndarray, kind: int) -> Iterator[Strip]:
    """A line's strips, each of which begins where the one before ends."""
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    edges = np.append(boxes[:, 0], boxes[-1, 2])
    heights = np.append(middles, middles[-1])
    em = float(boxes[0, 3] - boxes[0, 1])
    for start in range(0, len(boxes), PIECE_SYMBOLS):
        stop = min(start + PIECE_SYMBOLS, len(boxes))
        ends = [(float(edges[i]), float(heights[i])) for i in (start, stop)]
        yield Strip(ends[0], ends[1], em, kind)
