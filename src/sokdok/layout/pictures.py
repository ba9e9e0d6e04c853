"""Where the pictures of a page are: large ink that is no text.

- What is left of the ink after erasing all lines of text is joined across gaps of an em; a large enough piece is a
  picture, unless most of it is lines of text (a frame, a form).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.imaging.components import components
from sokdok.layout.blocks import Box, ReadLine, around, overlap

_CELL = 4
"""pixels that are looked at together, each way"""
_CONTRAST = 40
"""grey levels between paper and ink"""
_LEAST = 5.0
"""ems: a picture's shorter side"""
_DRAWN = 0.2
"""share of a picture's ink that is no rules"""
_NEAR, _SHORT = 1.2, 6.0
"""ems: how far from a picture its labels stand, and how long they are"""
_TEXT = 0.25
"""share of a picture that lines of text may cover"""


def find_figures(grey: np.ndarray, erased: np.ndarray, lines: Sequence[ReadLine]) -> list[Box]:
    """Boxes of the pictures on a grey page (H, W) uint8 whose text is known; `erased` is the page without its rules."""
    em = float(np.median([line.line.em for line in lines])) if lines else max(grey.shape) / 80
    ink, drawn = _ink(grey, lines), _ink(erased, lines)
    found = components(_grown(ink, round(em / _CELL)))
    figures = []
    for box in found.boxes:
        left, top, right, bottom = box
        marks = int(drawn[top:bottom, left:right].sum())
        outline = tuple((box * float(_CELL)).tolist())
        if marks > _DRAWN * ink[top:bottom, left:right].sum() and _is_figure(outline, em, grey.shape, lines):
            figures.append(outline)
    figures = [box for box in figures if not any(_holds(other, box) for other in figures if other is not box)]
    return [_with_labels(box, lines, em) for box in figures]


def _holds(outer: Box, box: Box) -> bool:
    return all(outer[i] <= box[i] and box[i + 2] <= outer[i + 2] for i in (0, 1))


def _with_labels(box: Box, lines: Sequence[ReadLine], em: float) -> Box:
    """A picture and the short lines beside it, such as the numbers along an axis and the axis's name below them."""
    for _ in range(2):
        left, top, right, bottom = box
        reach = (left - _NEAR * em, top - _NEAR * em, right + _NEAR * em, bottom + _NEAR * em)
        labels = [line.box for line in lines if line.box[2] - line.box[0] < _SHORT * em and overlap(reach, line.box)]
        box = around([box, *labels])
    return box


def _ink(grey: np.ndarray, lines: Sequence[ReadLine]) -> np.ndarray:
    """Where there is ink that is no text, by cells."""
    ink = _coarse(np.abs(grey.astype(np.int16) - int(np.median(grey[::4, ::4]))) > _CONTRAST)
    for line in lines:
        left, top, right, bottom = (side / _CELL for side in line.box)
        margin = 0.3 * line.line.em / _CELL
        rows = slice(max(0, int(top - margin)), int(bottom + margin) + 1)
        ink[rows, max(0, int(left - margin)) : int(right + margin) + 1] = False
    return ink


def _coarse(mask: np.ndarray) -> np.ndarray:
    """Whether any of 4x4 pixels is set."""
    height, width = (-(-side // _CELL) * _CELL for side in mask.shape)
    padded = np.zeros((height, width), bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    return np.asarray(padded.reshape(height // _CELL, _CELL, width // _CELL, _CELL).any((1, 3)))


def _grown(mask: np.ndarray, reach: int) -> np.ndarray:
    """A mask with gaps up to `reach` closed: set where a cell within half of that is."""
    half = max(1, reach // 2)
    for axis in (0, 1):
        sums = np.cumsum(
            np.pad(mask.astype(np.int32), [(half + 1, half) if i == axis else (0, 0) for i in (0, 1)]), axis
        )
        size = mask.shape[axis]
        mask = np.take(sums, range(2 * half + 1, 2 * half + 1 + size), axis) > np.take(sums, range(size), axis)
    return mask


def _is_figure(box: Box, em: float, shape: tuple[int, ...], lines: Sequence[ReadLine]) -> bool:
    left, top, right, bottom = box
    if min(right - left, bottom - top) < _LEAST * em or (right - left) * (bottom - top) > 0.9 * shape[0] * shape[1]:
        return False
    covered = sum(overlap(box, line.box) for line in lines)
    return covered < _TEXT * (right - left) * (bottom - top)
