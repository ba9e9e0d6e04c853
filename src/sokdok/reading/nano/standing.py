"""Text that stands on an upright page, as arXiv's stamp in the margin: found by its ruins, and read by its side.

The detector looks for lines that run across the page, and finds one that runs up or down in pieces as short as they are
high, one above the other, which are read as nonsense. Such a stack is cut out, turned both ways and read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, gaps_to
from sokdok.imaging.pose import Pose, turned
from sokdok.layout.text_line import TextLine
from sokdok.reading.nano.lines.line_text import LineText
from sokdok.reading.nano.lines.word_places import Confidence, text_line
from sokdok.reading.nano.text_detector import DetectedLine
from sokdok.reading.nano.upright import SURE, Detect, Read, mean_confidence

SHORT_EM = 2.5
"""length of a piece, at most"""
GAP_EM = 5.0
"""between pieces of one stack, at most: spaces leave gaps"""
MIN_PIECES = 4
MIN_RATIO = 4.0
"""height of a stack, in its widths"""
MAX_STACKS = 12
"""that are looked at"""
PAD_EM = 0.6
"""of paper around a stack that is cut out with it"""
REACH_EM = GAP_EM
"""above and below a stack: what stands there belongs to it"""
INK_LEVELS = 60
"""of 255 that ink differs from the paper"""
MIN_SYMBOLS = 4
"""of text that stands"""


class StandingLine(NamedTuple):
    """A line that runs up or down."""

    area: Box
    """of the page, in whole pixels: what was cut out"""
    turned: int
    """degrees clockwise that the line is turned by: 270 runs upwards"""
    line: DetectedLine
    """in pixels of the area as it lies upright"""
    text: LineText


def standing_lines(
    gray: np.ndarray, found: Sequence[DetectedLine], texts: Sequence[LineText], detect: Detect, read: Read
) -> list[StandingLine]:
    """Read what stands on a grey page (H, W) uint8, whose lines were detected and read as if nothing did."""
    pieces = [(line, text) for line, text in zip(found, texts, strict=True) if line.width < SHORT_EM * line.em]
    stacks = [[pieces[i] for i in stack] for stack in connected(len(pieces), _above_each_other(pieces))]
    lines: list[StandingLine] = []
    for stack in [stack for stack in stacks if _stands(stack)][:MAX_STACKS]:
        lines += _read(gray, _area(gray, [line for line, _ in stack]), detect, read)
    return lines


def placed(standing: StandingLine, pose: Pose, confidence: Confidence) -> TextLine:
    """A standing line with its words on the straight page that lies so in the picture."""
    area = standing.area
    upright = turned((int(area.width), int(area.height)), standing.turned)
    line = text_line(standing.line, standing.text, turned(upright.size), confidence)

    def to_page(box: Box) -> Box:
        return pose.from_picture(upright.to_picture(box).moved(area.left, area.top))

    words = tuple(replace(word, box=to_page(word.box)) for word in line.words)
    return replace(line, box=to_page(line.box), words=words, turned=standing.turned, kind="")


def _above_each_other(pieces: Sequence[tuple[DetectedLine, LineText]]) -> Callable[[int], np.ndarray]:
    """Tells which pieces stand above or below one of them, by its number."""
    gaps = gaps_to([line.box for line, _ in pieces])
    sizes = np.array([max(line.em, line.width) for line, _ in pieces], float)

    def near(at: int) -> np.ndarray:
        across, down = gaps(at)
        return (across < 0) & (down < GAP_EM * np.maximum(sizes, sizes[at]))

    return near


def _stands(stack: Sequence[tuple[DetectedLine, LineText]]) -> bool:
    """Whether a stack is high, narrow and nonsense: a column of numbers reads well as it is."""
    if len(stack) < MIN_PIECES:
        return False
    box = Box.around(line.box for line, _ in stack)
    return box.height > MIN_RATIO * box.width and mean_confidence([text for _, text in stack]) < SURE


def _area(gray: np.ndarray, stack: Sequence[DetectedLine]) -> Box:
    """What to cut out around the pieces of a stack, in whole pixels: not all of what stands there was found."""
    height, width = gray.shape
    box = Box.around(line.box for line in stack)
    em = max(line.width for line in stack)
    left, top, right, bottom = (round(side) for side in box.grown(PAD_EM * em, REACH_EM * em).clipped(width, height))
    strip = gray[top:bottom, left:right].astype(np.int16)
    inked = np.flatnonzero((np.abs(strip - int(np.median(strip))) > INK_LEVELS).any(1))
    if not len(inked):  # ink too faint to tell from its paper: all of it
        return Box(left, top, right, bottom)
    pad = round(PAD_EM * em)
    return Box(left, max(top, top + int(inked[0]) - pad), right, min(bottom, top + int(inked[-1]) + pad))


def _read(gray: np.ndarray, area: Box, detect: Detect, read: Read) -> list[StandingLine]:
    """The lines of an area by that of its sides from which they read better; none if neither reads well."""
    left, top, right, bottom = (int(side) for side in area)
    best: list[StandingLine] = []
    sure = SURE
    for degrees in (270, 90):
        upright = np.ascontiguousarray(np.rot90(gray[top:bottom, left:right], degrees // 90))
        found = detect(upright)
        texts = read(upright, found)
        confidence = mean_confidence(texts, MIN_SYMBOLS)
        if confidence > sure:
            sure = confidence
            best = [
                StandingLine(area, degrees, line, text) for line, text in zip(found, texts, strict=True) if text.text
            ]
    return best
