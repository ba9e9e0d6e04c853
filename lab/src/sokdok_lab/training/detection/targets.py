"""What the text detector shall say of a crop: the cores of its lines, and at cores em, way to the middle and kind."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.lines import EM
from sokdok_lab.training.detection.strips import Strip

SMALLEST_EM_PX = 5  # of text that is asked for; smaller is ignored
CORE_HALF_EM = 0.25  # half the height of a core


def draw(strips: Sequence[Strip], side: int) -> dict[str, np.ndarray]:
    """Draw targets (cells, cells): `core` 0 or 1 (-1: too small), and at cores `em`, `offset`, `kind`."""
    cells = side // STRIDE
    core = np.zeros((cells, cells), np.float32)
    em, offset = np.zeros_like(core), np.zeros_like(core)
    kind = np.full((cells, cells), -1, np.int64)
    centre = (np.arange(cells) + 0.5) * STRIDE
    for strip in strips:
        (x0, y0), (x1, y1) = strip.left, strip.right
        columns = np.nonzero((centre > x0 - 1) & (centre < x1 + 1))[0]
        middle = y0 + (centre[columns] - x0) * (y1 - y0) / max(x1 - x0, 1.0)
        half = max(CORE_HALF_EM * strip.em, STRIDE / 2)
        rows = np.nonzero((centre > min(y0, y1) - half - STRIDE) & (centre < max(y0, y1) + half + STRIDE))[0]
        distance = middle[None, :] - centre[rows][:, None]
        spot = np.ix_(rows, columns)
        inside = np.abs(distance) <= half
        core[spot] = np.where(inside, -1.0 if strip.em < SMALLEST_EM_PX else 1.0, core[spot])
        em[spot] = np.where(inside, math.log2(strip.em / EM), em[spot])
        offset[spot] = np.where(inside, distance / strip.em, offset[spot])
        kind[spot] = np.where(inside, strip.kind, kind[spot])
    return {"core": core, "em": em, "offset": offset, "kind": kind}
