"""Training of nano's geometry net: crops of fresh figures, and what is to be answered for every 4 x 4 pixels.

    fit(new_net(), make_batch(fonts), loss, Path("runs/geometry"), steps=4500)

- Heat maps learn with the penalty-reduced focal loss of CenterNet (Zhou et al. 2019); the other channels only near
  the middles they belong to.
- One crop in twenty holds no figure: noise, shades, curves and letters, from which nothing must be made up.

Shapes: B crops of SIDE x SIDE pixels; a grid of SIDE / 4 cells each way.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Tensor, nn

from sokdok.model.nano.formats.geometry import (
    CHARS,
    HEATS,
    MARKS,
    ROLES,
    SIZE_UNIT_PX,
    SLICES,
    STRIDE,
    VOTE_SCALE_PX,
)
from sokdok.model.nano.nets import NETS
from sokdok.model.nano.unet import UNet
from sokdok.synth.geometry.maker import GeometryMaker
from sokdok.synth.geometry.truth import GeometryFigure
from sokdok.synth.pages.fonts import FontBook
from sokdok.training.nets import Batch

SIDE, BATCH, CROPS = 224, 6, 2
"""pixels each way; crops of a batch, and of one figure"""
CELLS = SIDE // STRIDE
SIDES = (180, 440)
"""pixels of the longer side of training figures"""
STRAYS = 120
"""most texts around a figure that speak of nothing: letters to learn from, for the price of the same pixels"""
DISTRACTORS = 0.05
RARE = -4.0
"""first logit of every heat map"""
SPREAD = 0.7
"""cells: standard deviation of a middle's heat"""
INK, CHOICE = 3.0, 0.6
"""weights of the ink's and of the choices' losses; those of middles and numbers are 1"""
ALIKE = {"−": "-", "–": "-"}
"""characters that count as others"""
_IGNORED = -1


def new_net() -> UNet:
    """An untrained net that expects middles to be rare, as they are."""
    net = NETS["geometry"]()
    assert isinstance(net, UNet)
    last = net.head[-1]
    assert isinstance(last, nn.Conv2d) and last.bias is not None
    nn.init.constant_(last.bias[: len(HEATS)], RARE)
    return net


def make_batch(fonts: Path) -> Callable[[int], Batch]:
    """What makes the batch of a number."""
    return partial(_make_batch, GeometryMaker(FontBook(fonts), SIDES, STRAYS))


def _make_batch(maker: GeometryMaker, number: int) -> Batch:
    rng = random.Random(f"geometry {number}")
    crops = [crop for _ in range(BATCH // CROPS) for crop in _crops(maker, rng)]
    return {name: torch.from_numpy(np.stack([crop[name] for crop in crops])) for name in crops[0]}


def _crops(maker: GeometryMaker, rng: random.Random) -> list[dict[str, np.ndarray]]:
    """CROPS crops of one figure."""
    figure = maker.figure(rng.getrandbits(48))
    return [_crop(figure, rng) for _ in range(CROPS)]


def _crop(figure: GeometryFigure, rng: random.Random) -> dict[str, np.ndarray]:
    """Pixels (3, SIDE, SIDE) float32 and targets of one crop."""
    targets = Targets()
    if rng.random() < DISTRACTORS:
        pixels = distractor((SIDE, SIDE), rng)
    else:
        anchor = rng.choice(figure.points)
        left, top = (_shift(length, at, rng) for length, at in zip(figure.size, (anchor.x, anchor.y), strict=True))
        pixels = _place(figure.pixels, left, top)
        targets.add(figure, left, top)
    if rng.random() < 0.2:
        pixels = pixels[..., rng.sample(range(3), 3)]
    return {"pixels": pixels.transpose(2, 0, 1).astype(np.float32) / 255} | targets.arrays


def _shift(length: int, anchor: float, rng: random.Random) -> int:
    """Where a side of a figure begins in the crop, so that a place of it lies inside."""
    low, high = sorted((0, SIDE - length))
    middle = round(SIDE * rng.uniform(0.25, 0.75) - anchor)
    return min(max(middle, low), high)


def _place(pixels: np.ndarray, left: int, top: int) -> np.ndarray:
    """A crop of SIDE x SIDE with the figure's corner at (left, top), its paper around it."""
    height, width = pixels.shape[:2]
    crop = np.full((SIDE, SIDE, 3), pixels[0, 0], np.uint8)
    source = pixels[max(0, -top) : max(0, -top) + SIDE, max(0, -left) : max(0, -left) + SIDE]
    crop[max(0, top) : max(0, top) + source.shape[0], max(0, left) : max(0, left) + source.shape[1]] = source
    return crop


def distractor(size: tuple[int, int], rng: random.Random) -> np.ndarray:
    """A picture (H, W, 3) uint8 of (width, height) that shows no geometry: blurred shades, blots, bars."""
    noise = np.random.default_rng(rng.getrandbits(64))
    grain = rng.choice([4, 8, 16, 40])
    coarse = noise.integers(0, 256, (size[1] // grain + 2, size[0] // grain + 2, 3), np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(0, 12)):
        color = tuple(rng.randrange(256) for _ in range(3))
        x, y, w, h = (rng.randrange(limit) for limit in (*size, size[0] // 3, size[1] // 3))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)((x, y, x + w, y + h), fill=color)
    return np.asarray(image)


class Targets:
    """What is to be answered for one crop; grid: its rows and columns of cells."""

    def __init__(self, grid: tuple[int, int] = (CELLS, CELLS)) -> None:
        self.grid = grid
        self.heat = np.zeros((len(HEATS), *grid), np.float32)
        self.numbers = {
            name: np.full((SLICES[name].stop - SLICES[name].start, *grid), np.nan, np.float32)
            for name in ("point_offset", "mark_offset", "char_offset", "mark_vote", "char_vote", "char_size")
        }
        self.choices = {name: np.full(grid, _IGNORED, np.int64) for name in ("mark_kind", "char_role", "char_code")}
        self._nearest = {name: np.full(grid, np.inf, np.float32) for name in ("point", "mark", "char")}

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        return {"heat": self.heat} | self.numbers | self.choices

    def add(self, figure: GeometryFigure, left: float, top: float) -> None:
        """A figure whose corner lies at (left, top) of the crop."""
        places = [(point.x + left, point.y + top) for point in figure.points]
        self._ink(figure, places)
        ends = {index for stroke in figure.strokes for index in (stroke.points[0], stroke.points[-1])}
        for index, (place, point) in enumerate(zip(places, figure.points, strict=True)):
            if point.name or index in ends:
                self._thing("point", place, {}, {})
        for mark in figure.marks:
            numbers = {"mark_vote": self._vote((mark.x + left, mark.y + top), mark.points, places)}
            self._thing("mark", (mark.x + left, mark.y + top), numbers, {"mark_kind": MARKS.index(mark.kind)})
        for label in figure.labels:
            for char, x, y, em in label.chars:
                place = x + left, y + top
                numbers = {"char_vote": self._vote(place, label.points, places)} if label.points else {}
                numbers["char_size"] = np.array([np.log2(em / SIZE_UNIT_PX)])
                code = CHARS.index(ALIKE.get(char, char))
                role = ROLES.index(label.role) if label.points else _IGNORED  # nobody can tell what a stray is not for
                self._thing("char", place, numbers, {"char_role": role, "char_code": code})

    def _ink(self, figure: GeometryFigure, places: list[tuple[float, float]]) -> None:
        lines, rings = (Image.new("L", self.grid[::-1]) for _ in range(2))
        draw = ImageDraw.Draw(lines)
        for stroke in figure.strokes:
            ends = [value / STRIDE - 0.5 for index in (stroke.points[0], stroke.points[-1]) for value in places[index]]
            draw.line([round(value) for value in ends], 255)
        draw = ImageDraw.Draw(rings)
        for ring in figure.rings:
            (x, y), r = places[ring.center], ring.radius
            draw.ellipse([value / STRIDE - 0.5 for value in (x - r, y - r, x + r, y + r)], outline=255)
        self.heat[HEATS.index("line")] = np.asarray(lines) > 0
        self.heat[HEATS.index("ring")] = np.asarray(rings) > 0

    def _vote(
        self, place: tuple[float, float], points: tuple[int, ...], places: list[tuple[float, float]]
    ) -> np.ndarray:
        """From a thing to what it speaks of: one point, the middle of two, the first of three; NaN outside the crop."""
        target = np.mean([places[index] for index in (points if len(points) == 2 else points[:1])], 0)
        inside = bool((target > 0).all() and (target / STRIDE < self.grid[::-1]).all())
        return (target - place) / VOTE_SCALE_PX if inside else np.full(2, np.nan)

    def _thing(
        self, kind: str, place: tuple[float, float], numbers: dict[str, np.ndarray], choices: dict[str, int]
    ) -> None:
        """A point, mark or character: its heat, and what its middle's cells answer unless a nearer one claims them."""
        x, y = place[0] / STRIDE, place[1] / STRIDE
        here = math.floor(y), math.floor(x)
        heat, nearest = self.heat[HEATS.index(kind)], self._nearest[kind]
        for row in range(here[0] - 1, here[0] + 2):
            for column in range(here[1] - 1, here[1] + 2):
                if not (0 <= row < self.grid[0] and 0 <= column < self.grid[1]):
                    continue
                step = np.array([x - column - 0.5, y - row - 0.5])
                far = float(step @ step)
                middle = (row, column) == here
                heat[row, column] = max(heat[row, column], 1.0 if middle else np.exp(-far / (2 * SPREAD**2)) * 0.95)
                if far < nearest[row, column]:
                    nearest[row, column] = far
                    for name, value in (numbers | {f"{kind}_offset": step}).items():
                        self.numbers[name][:, row, column] = value
                    for name, choice in choices.items():
                        self.choices[name][row, column] = choice


def loss(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Named losses of a batch, and how many characters and marks are told right."""
    logits = model(batch["pixels"]).float()
    parts: dict[str, Tensor] = {}
    for index, name in enumerate(HEATS):
        answer, target = logits[:, SLICES[name]][:, 0], batch["heat"][:, index]
        ink = name in ("line", "ring")
        parts[name] = INK * F.binary_cross_entropy_with_logits(answer, target) if ink else focal(answer, target)
    for name in ("point_offset", "mark_offset", "char_offset", "mark_vote", "char_vote", "char_size"):
        known = batch[name].isfinite()
        error = F.smooth_l1_loss(logits[:, SLICES[name]][known], batch[name][known], reduction="sum", beta=0.2)
        parts[name] = error / known.sum().clamp(min=1)
    for name in ("mark_kind", "char_role", "char_code"):
        answer, target = logits[:, SLICES[name]].movedim(1, -1), batch[name]
        known = target != _IGNORED
        total = F.cross_entropy(answer[known], target[known], reduction="sum")
        parts[name] = CHOICE * total / known.sum().clamp(min=1)
        parts[f"{name}?"] = (answer[known].argmax(-1) == target[known]).float().sum() / known.sum().clamp(min=1)
    return parts


def focal(logits: Tensor, target: Tensor) -> Tensor:
    """Penalty-reduced focal loss per middle; a target of 1 is a middle, less than 1 is near one."""
    chance = logits.sigmoid()
    middle = target == 1
    hit = (1 - chance) ** 2 * F.logsigmoid(logits) * middle
    miss = (1 - target) ** 4 * chance**2 * F.logsigmoid(-logits) * ~middle
    return -(hit + miss).sum() / middle.sum().clamp(min=1)
