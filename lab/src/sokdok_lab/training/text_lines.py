"""Lines of text on pictures: crops with the lines there, and what nets are asked about them on a grid of cells.

- The *core* of a line is the inner part of its em boxes, whichever way it runs; cores of neighbouring lines don't
  touch, so connected cores are lines. At cores a net also predicts em, direction, the way to the line's middle, and a
  kind.
- Crops are cut at a random scale, some of them seen askew or at an angle; the lines follow.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from sokdok.imaging.box import Box
from sokdok.imaging.pose import mapped, tilted
from sokdok_lab.training.maps import NOTHING, Maps, answers, cut, start
from sokdok_lab.training.task import Batch, Outcome

ANCHORED_SHARE = 0.7  # share of the crops that are cut around a line; the others lie anywhere
ASKEW_SHARE, ANGLED_SHARE = 0.35, 0.2
"""shares of the crops that are turned and sheared a little, and that are seen at an angle besides"""
SKEWS = (0.01, 0.03, 0.08)  # usual slopes of crops askew
REACH = 0.12  # of a side: how far a corner of a crop at an angle is moved
Point = tuple[float, float]


@dataclass(frozen=True)
class TextLine:
    """A line or a piece of one: middle of its left and right end, em in pixels, index of its kind or NOTHING."""

    left: Point
    right: Point
    em: float
    kind: int = NOTHING
    spaces: tuple[float, ...] = ()  # where spaces are, as shares of its length

    def reaches_into(self, frame: Box) -> bool:
        """Whether any of it may be in a part of the picture."""
        (x0, y0), (x1, y1) = self.left, self.right
        across = max(x0, x1) > frame.left - self.em and min(x0, x1) < frame.right + self.em
        return across and max(y0, y1) > frame.top - self.em and min(y0, y1) < frame.bottom + self.em

    def mapped(self, matrix: np.ndarray) -> TextLine:
        """The same after a map (3, 3) of the picture."""
        middle, way = np.add(self.left, self.right) / 2, np.subtract(self.right, self.left)
        up = np.array([way[1], -way[0]]) / max(float(np.hypot(*way)), 1e-6) * self.em / 2
        points = mapped(matrix, np.array([self.left, self.right, middle - up, middle + up]))
        (x0, y0), (x1, y1) = points[:2].tolist()
        return replace(self, left=(x0, y0), right=(x1, y1), em=float(np.hypot(*(points[3] - points[2]))))


# --- crops ---


def crop(
    pixels: np.ndarray, lines: Sequence[TextLine], side: int, scales: tuple[float, float], rng: random.Random
) -> tuple[np.ndarray, list[TextLine]]:
    """Cut a window of `side` pixels out of (H, W) or (H, W, 3) uint8 at a random scale, with the lines there."""
    low, high = scales
    scale = low * (high / low) ** rng.random()
    height, width = (length * scale for length in pixels.shape[:2])
    if lines and rng.random() < ANCHORED_SHARE:
        line = rng.choice(lines)
        along = rng.random()
        at = [scale * (a + (b - a) * along) for a, b in zip(line.left, line.right, strict=True)]
        x, y = (round(start(length, side, place, rng, 0.1)) for length, place in zip((width, height), at, strict=True))
    else:
        x, y = (round(rng.uniform(min(0.0, s - side), max(0.0, s - side))) for s in (width, height))
    to_crop = _view(side, rng) @ np.array([[scale, 0, -x], [0, scale, -y], [0, 0, 1]])
    from_crop = np.linalg.inv(to_crop)
    corners = mapped(from_crop, np.array([[0, 0], [side, 0], [0, side], [side, side]]))
    frame = Box(*(np.floor(corners.min(0)) - 1).tolist(), *(np.ceil(corners.max(0)) + 1).tolist())
    near = [line for line in lines if line.reaches_into(frame)]  # mapping all would cost more than all else
    return _seen(pixels, from_crop, frame, scale, side), [line.mapped(to_crop) for line in near]


def _view(side: int, rng: random.Random) -> np.ndarray:
    """Choose a map (3, 3) of the crop to itself: none, a turn with a shear, or that of a plane seen at an angle."""
    if rng.random() > ASKEW_SHARE:
        return np.eye(3)
    skew, lean = rng.gauss(0, rng.choice(SKEWS)), rng.gauss(0, 0.03)
    back, forth = np.eye(3), np.eye(3)
    back[:2, 2], forth[:2, 2] = -side / 2, side / 2
    turn = np.array([[math.cos(skew), -math.sin(skew) + lean, 0], [math.sin(skew), math.cos(skew), 0], [0, 0, 1]])
    if rng.random() < ANGLED_SHARE / ASKEW_SHARE:
        turn[2, :2] = rng.uniform(-REACH, REACH) / side, rng.uniform(-REACH, REACH) / side
    return forth @ turn @ back


def _seen(pixels: np.ndarray, from_crop: np.ndarray, frame: Box, scale: float, side: int) -> np.ndarray:
    """Sample the picture; beyond its edges there is paper. A large one is first made smaller, as renderers do."""
    left, top, right, bottom = (int(value) for value in frame)
    paper = np.median(pixels[::16, ::16], axis=(0, 1))
    image = Image.fromarray(cut(pixels, (left, top), right - left, paper, bottom - top))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    shrink = np.diag([size[0] / image.width, size[1] / image.height, 1.0])
    shrink[:2, 2] = -left * shrink[0, 0], -top * shrink[1, 1]
    small = image.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(tilted(shrink @ from_crop, (side, side)).straightened(small))


# --- what is asked ---


@dataclass(frozen=True)
class Cores:
    """How a net's format wants the cores of lines."""

    stride: int  # pixels of a cell
    em_px: float  # of an em whose number is 0
    half_em: float  # half the height of a core
    half_cells: float  # the same in cells, at least
    smallest_px: float  # em of text that is asked for; smaller is ignored
    kind: str  # what a line's kind is called
    end_em: float = 0.0  # how far a core ends from the end of its line
    end_share: float = 0.0  # the same as a share of its length, at most
    gap_em: float = 0.0
    gap_weight: float = 1.0
    """what a cell weighs beyond the ends of a core, up to so many ems, or at a space inside: whether neighbours are one
    text or two is what is hardest to see"""
    least: float = 0.0  # what a core's cells weigh together, at least: else a letter by itself weighs next to nothing

    def draw(self, lines: Sequence[TextLine], side: int) -> Maps:
        """Draw maps of a picture: `core` 0 or 1 (-1: too small); at cores `em`, `direction`, `offset` and the kind.

        `weight` says what each cell weighs in the loss of the cores.
        """
        cells = side // self.stride
        maps: Maps = {name: np.full((size, cells, cells), np.nan, np.float32)
                      for name, size in (("em", 1), ("offset", 1), ("direction", 2))}  # fmt: skip
        core, weight = np.zeros((cells, cells), np.float32), np.ones((cells, cells), np.float32)
        kind = np.full((cells, cells), NOTHING, np.int64)
        for line in lines:
            ends = np.array([line.left, line.right])
            length = math.dist(line.left, line.right)
            unit = (ends[1] - ends[0]) / max(length, 1e-6)
            reach = max(length / 2 - min(self.end_em * line.em, self.end_share * length), self.stride / 2)
            half = max(self.half_em * line.em, self.half_cells * self.stride)
            middle, beyond = ends.mean(0), reach + self.gap_em * line.em
            # Cells near the line: how far each lies along it, and to the right of its direction.
            spread = np.abs(unit) * beyond + np.abs(unit[::-1]) * half
            low = np.clip(np.floor((middle - spread) / self.stride), 0, cells).astype(int)
            high = np.clip(np.ceil((middle + spread) / self.stride), 0, cells).astype(int)
            columns, rows = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
            away = (np.stack([columns, rows], -1) + 0.5) * self.stride - middle
            along, across = away @ unit, away @ (-unit[1], unit[0])
            level = np.abs(across) <= half
            within = level & (np.abs(along) <= reach)
            gap = level & ~within & (np.abs(along) <= beyond)
            for space in line.spaces:
                gap |= within & (np.abs(along - (space - 0.5) * length) <= self.gap_em * line.em)
            weight[rows[gap], columns[gap]] = self.gap_weight
            rows, columns = rows[within], columns[within]
            weight[rows, columns] = np.maximum(weight[rows, columns], self.least / max(rows.size, 1))
            core[rows, columns] = 1.0 if line.em >= self.smallest_px else -1.0
            kind[rows, columns] = line.kind
            maps["em"][0, rows, columns] = math.log2(line.em / self.em_px)
            maps["offset"][0, rows, columns] = -across[within] / line.em
            maps["direction"][:, rows, columns] = np.array([unit[0], -unit[1]])[:, None]
        for values in maps.values():
            values[:, core <= 0] = np.nan
        kind[core <= 0] = NOTHING
        return maps | {"core": core, "weight": weight, self.kind: kind}


def lines_loss(out: dict[str, Tensor], batch: Batch, weights: dict[str, float]) -> Outcome:
    """Ask outputs (B, C, h, w) by name for cores (cross-entropy and overlap) and for what is known at cores."""
    core, logit = batch["core"], out["core"][:, 0]
    known, at_core = core >= 0, core > 0
    probability = logit.sigmoid()[known]
    overlap = 1 - (2 * (probability * core[known]).sum() + 1) / (probability.sum() + core[known].sum() + 1)
    crossed = F.binary_cross_entropy_with_logits(logit[known], core[known], batch["weight"][known])
    found = (logit > 0) & known
    rest = answers(out, batch, weights)
    iou = (found & at_core).sum() / (found | at_core).sum().clamp(min=1)
    return Outcome({"core": crossed + overlap} | rest.losses, {"core_iou": iou} | rest.measures)
