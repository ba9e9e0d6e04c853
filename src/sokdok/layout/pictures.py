"""Where the pictures of a page are: large ink that is no text.

- What is left of the ink after erasing all lines of text is merged across gaps of an em; a large enough piece is a
  picture, unless most of it is lines of text (a form), or most of the page's text stands in it: a cover in a frame.
- Ink is what differs from its ground. In a bar or panel of another colour than the paper that is its own colour: one
  that holds nothing but lines of text is no picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components
from sokdok.layout.text_line import TextLine

CELL_PX = 4  # pixels that are looked at together, each way
INK_LEVELS = 40  # of 255 that ink differs from the paper
MIN_SIDE_EM = 5.0  # of a picture's shorter side
MIN_DRAWN_SHARE = 0.2  # of a picture's ink that is no ruling lines
MAX_PAGE_SHARE = 0.9  # of a page that a picture takes; more is the page itself
NEAR_EM = 1.2  # how far from a picture its labels stand, at most
SHORT_EM = 6.0  # width of a label, at most
MAX_TEXT_SHARE = 0.25  # of a picture that lines of text may cover
TEXT_MARGIN_EM = 0.3  # around a line of text that is erased with it


def find_pictures(gray: np.ndarray, unruled: np.ndarray, lines: Sequence[TextLine]) -> list[Box]:
    """Boxes of the pictures on a grey page (H, W) uint8; `unruled` is the page without its ruling lines."""
    em = float(np.median([line.em for line in lines])) if lines else max(gray.shape) / 80
    ink, drawn = _ink(gray, lines), _ink(unruled, lines)
    found: list[Box] = []
    for box in _pieces(ink, em):
        left, top, right, bottom = (round(side / CELL_PX) for side in box)
        marks = int(drawn[top:bottom, left:right].sum())
        if marks > MIN_DRAWN_SHARE * ink[top:bottom, left:right].sum() and _is_picture(box, em, gray.shape, lines):
            ground = abs(int(np.median(cropped(gray, box))) - int(np.median(gray[::4, ::4])))
            panel = ground > INK_LEVELS and any(box.holds(*line.box.middle) for line in lines)
            found += _on_panel(gray, box, lines, em) if panel else [box]
    outer = [box for box in found if not any(other.contains(box) for other in found if other is not box)]
    return [_with_labels(box, lines, em) for box in outer if not _holds_the_text(box, lines, em)]


def _pieces(ink: np.ndarray, em: float) -> list[Box]:
    """Boxes of the pieces of ink by cells, merged across gaps of an em, in pixels."""
    return [Box(*box).scaled(CELL_PX) for box in components(_closed(ink, round(em / CELL_PX))).boxes.tolist()]


def _on_panel(gray: np.ndarray, box: Box, lines: Sequence[TextLine], em: float) -> list[Box]:
    """The pictures on a panel: all of it where it is a photograph, which differs from any one colour throughout."""
    inner = box.grown(-min(em, box.width / 4, box.height / 4))  # within its edge, which pieces reach beyond
    crop = cropped(gray, inner)
    inside = [replace(line, box=line.box.moved(-inner.left, -inner.top)) for line in lines]
    pieces = _pieces(_ink(crop, inside), em)
    return [piece.moved(inner.left, inner.top) for piece in pieces if _is_picture(piece, em, gray.shape, inside)]


def cropped(gray: np.ndarray, box: Box) -> np.ndarray:
    """The part of a picture (H, W) within a box."""
    return gray[max(0, int(box.top)) : int(box.bottom), max(0, int(box.left)) : int(box.right)]


def _holds_the_text(box: Box, lines: Sequence[TextLine], em: float) -> bool:
    """Whether more of a page's text runs within a picture than stands around it; labels don't count as text in it."""
    likely = [(len(line.text) * line.confidence, line.box) for line in lines]  # symbols that are right
    within = sum(right for right, it in likely if box.holds(*it.middle) and it.width >= SHORT_EM * em)
    return within > sum(right for right, it in likely if not box.holds(*it.middle))


def _with_labels(box: Box, lines: Sequence[TextLine], em: float) -> Box:
    """A picture and the short lines beside it, such as the numbers along an axis and the axis's name below them."""
    labels = [line.box for line in lines if line.box.width < SHORT_EM * em]
    text = [line.box.middle for line in lines if line.box.width >= SHORT_EM * em and not box.holds(*line.box.middle)]
    for _ in range(2):
        near = box.grown(NEAR_EM * em)
        for label in labels:
            with_label = Box.around([box, label])
            # the mark of a list's item is short, too, but running text stands beside it
            if near.overlap(label) and not any(with_label.holds(*middle) for middle in text):
                box = with_label
    return box


def _ink(gray: np.ndarray, lines: Sequence[TextLine]) -> np.ndarray:
    """Where there is ink that is no text, by cells."""
    ink = np.abs(gray.astype(np.int16) - int(np.median(gray[::4, ::4]))) > INK_LEVELS
    for axis, side in enumerate(ink.shape):
        ink = np.logical_or.reduceat(ink, range(0, side, CELL_PX), axis)
    for line in lines:
        left, top, right, bottom = line.box.grown(TEXT_MARGIN_EM * line.em).scaled(1 / CELL_PX)
        ink[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] = False
    return ink


def _closed(mask: np.ndarray, gap: int) -> np.ndarray:
    """A mask with gaps up to `gap` closed: set where a cell within half of that is."""
    mask = np.pad(mask, half := max(1, gap // 2))
    for axis in (0, 1):
        mask = np.any(np.lib.stride_tricks.sliding_window_view(mask, 2 * half + 1, axis), -1)
    return mask


def _is_picture(box: Box, em: float, shape: tuple[int, ...], lines: Sequence[TextLine]) -> bool:
    if min(box.width, box.height) < MIN_SIDE_EM * em or box.area > MAX_PAGE_SHARE * shape[0] * shape[1]:
        return False
    return sum(box.overlap(line.box) for line in lines) < MAX_TEXT_SHARE * box.area
