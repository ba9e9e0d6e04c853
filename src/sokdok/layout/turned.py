"""Lines that do not run from left to right, as blocks in the order in which they are read along their own direction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from sokdok.imaging.box import level_box, page_box
from sokdok.imaging.grouping import connected, gaps_to
from sokdok.layout.blocks import LayoutBlock, Row, block_of, rows_of
from sokdok.layout.text_line import TextLine

SAME_DEGREES = 4  # by which lines of one text may differ
NEAR_EM = 1.5  # between lines of one text, both ways


def turned_blocks(lines: Iterable[TextLine]) -> list[LayoutBlock]:
    """Arrange turned lines of a page in blocks: those of one direction that stand close are one text."""
    angles: dict[float, list[TextLine]] = defaultdict(list)
    for line in lines:
        near = next((angle for angle in angles if abs((line.turned - angle + 180) % 360 - 180) < SAME_DEGREES), None)
        angles[line.turned if near is None else near].append(line)
    return [
        _on_page(block_of("text", rows_of(text)), angle)
        for angle, own in angles.items()
        for text in _texts([_leveled(line, angle) for line in own])
    ]


def _texts(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    gaps, room = gaps_to([line.box for line in lines]), NEAR_EM * median(line.em for line in lines)

    def near(at: int) -> np.ndarray:
        across, down = gaps(at)
        return (across < room) & (down < room)

    return [[lines[at] for at in text] for text in connected(len(lines), near)]


def _leveled(line: TextLine, angle: float) -> TextLine:
    """A line in the frame of its angle."""
    boxes = [level_box(word.box, angle, word.em) for word in line.words]
    words = (replace(word, box=box, baseline=box.bottom) for word, box in zip(line.words, boxes, strict=True))
    return replace(line, box=level_box(line.box, angle, line.em), words=tuple(words), turned=0.0)


def _on_page(block: LayoutBlock, angle: float) -> LayoutBlock:
    """A block of the frame of an angle where it lies on the page."""
    rows = tuple(Row(tuple(_turned(line, angle) for line in row.pieces)) for row in block.rows)
    return replace(block, rows=rows, box=page_box(block.box, angle))


def _turned(line: TextLine, angle: float) -> TextLine:
    words = tuple(replace(word, box=page_box(word.box, angle)) for word in line.words)
    return replace(line, box=page_box(line.box, angle), words=words, turned=angle)
