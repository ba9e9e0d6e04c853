"""nano's geometry net: crops of fresh figures, and what is asked of every 4 x 4 pixels.

- Heat maps learn with the penalty-reduced focal loss of CenterNet (Zhou et al. 2019); the other channels only near
  the middles they belong to.
- One crop in twenty holds no figure: noise, shades, curves and letters, from which nothing must be made up.

Shapes: B crops of SIDE_PX x SIDE_PX pixels; a grid of SIDE_PX / 4 cells each way.
"""

from __future__ import annotations

import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Tensor, nn

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.geometry import CHARS, HEATS, MARKS, ROLES, SIZE_UNIT_PX, SLICES, VOTE_SCALE_PX
from sokdok.model.nano.nets import NETS, UNet
from sokdok_lab.synth.geometry.maker import GeometryMaker
from sokdok_lab.synth.geometry.truth import GeometryFigure
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.training.recipe import GeometryRecipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net

NET = "geometry"
SIDE_PX = 224  # of a crop, each way
CELLS = SIDE_PX // STRIDE  # cells of a crop each way
SHUFFLED_COLOR_SHARE = 0.2  # share of the crops whose colour channels are shuffled
RARE_LOGIT = -4.0  # first logit of every heat map
HEAT_DEVIATION_CELLS = 0.7  # standard deviation of a middle's heat
NEAR_HEAT = 0.95  # most heat beside a middle
INK_WEIGHT = 3.0  # of the loss of lines and rings; those of middles and numbers weigh 1
CHOICE_WEIGHT = 0.6  # of the losses of kinds, roles and codes
SAME_CHARS = {"−": "-", "–": "-"}  # characters that count as others
_IGNORED = -1


class GeometryTask(Task):
    """Find points, lines, marks and characters on crops of figures."""

    recipe: GeometryRecipe

    def __init__(self, recipe: GeometryRecipe, folders: Folders) -> None:
        book = FontBook(folders.need("fonts"))
        super().__init__(recipe, start_net(recipe, NET, new_net).to(memory_format=torch.channels_last))  # type: ignore[call-overload]
        self.maker = GeometryMaker(book, recipe.sides_px, recipe.strays)

    def batch(self, step: int) -> Batch:
        """Draw the crops of a step: pixels (B, 3, SIDE_PX, SIDE_PX) float32 and the maps of `Targets`, stacked."""
        rng = random.Random(f"geometry {self.recipe.seed} {step}")
        crops = [crop for _ in range(self.recipe.figures) for crop in self._crops(rng)]
        return {name: torch.from_numpy(np.stack([crop[name] for crop in crops])) for name in crops[0]}

    def _crops(self, rng: random.Random) -> list[dict[str, np.ndarray]]:
        """Cut crops out of one figure."""
        figure = self.maker.figure(rng.getrandbits(48))
        return [_crop(figure, self.recipe.distractors, rng) for _ in range(self.recipe.crops)]

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return loss(model, batch)


def new_net() -> UNet:
    """Make an untrained net that expects middles to be rare, as they are."""
    net = NETS[NET]()
    assert isinstance(net, UNet)
    last = net.head[-1]
    assert isinstance(last, nn.Conv2d) and last.bias is not None
    nn.init.constant_(last.bias[: len(HEATS)], RARE_LOGIT)
    return net


def _crop(figure: GeometryFigure, distractors: float, rng: random.Random) -> dict[str, np.ndarray]:
    """Cut one crop: pixels (3, SIDE_PX, SIDE_PX) float32 and targets. distractors: chance that it shows no figure."""
    targets = Targets()
    if rng.random() < distractors:
        pixels = distractor((SIDE_PX, SIDE_PX), rng)
    else:
        anchor = rng.choice(figure.points)
        left, top = (_shift(length, at, rng) for length, at in zip(figure.size, (anchor.x, anchor.y), strict=True))
        pixels = _place(figure.pixels, left, top)
        targets.add(figure, left, top)
    if rng.random() < SHUFFLED_COLOR_SHARE:
        pixels = pixels[..., rng.sample(range(3), 3)]
    return {"pixels": pixels.transpose(2, 0, 1).astype(np.float32) / 255} | targets.arrays


def _shift(length: int, anchor: float, rng: random.Random) -> int:
    """Choose where a side of a figure begins in the crop, so that `anchor` on it lies inside."""
    low, high = sorted((0, SIDE_PX - length))
    middle = round(SIDE_PX * rng.uniform(0.25, 0.75) - anchor)
    return min(max(middle, low), high)


def _place(pixels: np.ndarray, left: int, top: int) -> np.ndarray:
    """Cut a crop with the figure's corner at (left, top), its paper around it."""
    height, width = pixels.shape[:2]
    crop = np.full((SIDE_PX, SIDE_PX, 3), pixels[0, 0], np.uint8)
    source = pixels[max(0, -top) : max(0, -top) + SIDE_PX, max(0, -left) : max(0, -left) + SIDE_PX]
    crop[max(0, top) : max(0, top) + source.shape[0], max(0, left) : max(0, left) + source.shape[1]] = source
    return crop


def distractor(size: tuple[int, int], rng: random.Random) -> np.ndarray:
    """Draw a picture (H, W, 3) uint8 of (width, height) that shows no geometry: blurred shades, blots, bars."""
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
    """What a net should say about one crop; grid: its rows and columns of cells."""

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
        """All maps by name; numbers are NaN and choices -1 where nothing is asked."""
        return {"heat": self.heat} | self.numbers | self.choices

    def add(self, figure: GeometryFigure, left: float, top: float) -> None:
        """Draw a figure whose corner lies at (left, top) of the crop."""
        positions = [(point.x + left, point.y + top) for point in figure.points]
        self._ink(figure, positions)
        ends = {index for stroke in figure.strokes for index in (stroke.points[0], stroke.points[-1])}
        for index, (position, point) in enumerate(zip(positions, figure.points, strict=True)):
            if point.name or index in ends:
                self._spot("point", position, {}, {})
        for mark in figure.marks:
            numbers = {"mark_vote": self._vote((mark.x + left, mark.y + top), mark.points, positions)}
            self._spot("mark", (mark.x + left, mark.y + top), numbers, {"mark_kind": MARKS.index(mark.kind)})
        for label in figure.labels:
            for char, x, y, em in label.chars:
                position = x + left, y + top
                numbers = {"char_vote": self._vote(position, label.points, positions)} if label.points else {}
                numbers["char_size"] = np.array([np.log2(em / SIZE_UNIT_PX)])
                code = CHARS.index(SAME_CHARS.get(char, char))
                role = ROLES.index(label.role) if label.points else _IGNORED  # nobody can say what a stray is not for
                self._spot("char", position, numbers, {"char_role": role, "char_code": code})

    def _ink(self, figure: GeometryFigure, positions: list[tuple[float, float]]) -> None:
        """Draw where ink of lines and circles runs."""
        lines, rings = (Image.new("L", self.grid[::-1]) for _ in range(2))
        draw = ImageDraw.Draw(lines)
        for stroke in figure.strokes:
            ends = [
                value / STRIDE - 0.5 for index in (stroke.points[0], stroke.points[-1]) for value in positions[index]
            ]
            draw.line([round(value) for value in ends], 255)
        draw = ImageDraw.Draw(rings)
        for ring in figure.rings:
            (x, y), r = positions[ring.center], ring.radius
            draw.ellipse([value / STRIDE - 0.5 for value in (x - r, y - r, x + r, y + r)], outline=255)
        self.heat[HEATS.index("line")] = np.asarray(lines) > 0
        self.heat[HEATS.index("ring")] = np.asarray(rings) > 0

    def _vote(
        self, position: tuple[float, float], points: tuple[int, ...], positions: list[tuple[float, float]]
    ) -> np.ndarray:
        """Vote (2,) from a position to its points: one, the middle of two, the first of three; NaN outside the crop."""
        target = np.mean([positions[index] for index in (points if len(points) == 2 else points[:1])], 0)
        inside = bool((target > 0).all() and (target / STRIDE < self.grid[::-1]).all())
        return (target - position) / VOTE_SCALE_PX if inside else np.full(2, np.nan)

    def _spot(
        self, kind: str, position: tuple[float, float], numbers: dict[str, np.ndarray], choices: dict[str, int]
    ) -> None:
        """Draw a point, mark or character: its heat, and what the cells around it say unless a nearer one has them."""
        x, y = position[0] / STRIDE, position[1] / STRIDE
        cell = math.floor(y), math.floor(x)
        heat, nearest = self.heat[HEATS.index(kind)], self._nearest[kind]
        for row in range(cell[0] - 1, cell[0] + 2):
            for column in range(cell[1] - 1, cell[1] + 2):
                if not (0 <= row < self.grid[0] and 0 <= column < self.grid[1]):
                    continue
                offset = np.array([x - column - 0.5, y - row - 0.5])
                squared = float(offset @ offset)
                middle = (row, column) == cell
                bell = np.exp(-squared / (2 * HEAT_DEVIATION_CELLS**2))
                heat[row, column] = max(heat[row, column], 1.0 if middle else NEAR_HEAT * bell)
                if squared < nearest[row, column]:
                    nearest[row, column] = squared
                    for name, value in (numbers | {f"{kind}_offset": offset}).items():
                        self.numbers[name][:, row, column] = value
                    for name, choice in choices.items():
                        self.choices[name][row, column] = choice


def loss(model: nn.Module, batch: Batch) -> Outcome:
    """Ask a net for the maps of a batch: losses by part, and the shares of kinds, roles and codes that are right."""
    logits = model(batch["pixels"]).float()
    losses: dict[str, Tensor] = {}
    measures: dict[str, Tensor] = {}
    for index, name in enumerate(HEATS):
        predicted, target = logits[:, SLICES[name]][:, 0], batch["heat"][:, index]
        ink = name in ("line", "ring")
        losses[name] = (
            INK_WEIGHT * F.binary_cross_entropy_with_logits(predicted, target) if ink else focal_loss(predicted, target)
        )
    for name in ("point_offset", "mark_offset", "char_offset", "mark_vote", "char_vote", "char_size"):
        known = batch[name].isfinite()
        error = F.smooth_l1_loss(logits[:, SLICES[name]][known], batch[name][known], reduction="sum", beta=0.2)
        losses[name] = error / known.sum().clamp(min=1)
    for name in ("mark_kind", "char_role", "char_code"):
        predicted, target = logits[:, SLICES[name]].movedim(1, -1), batch[name]
        known = target != _IGNORED
        total = F.cross_entropy(predicted[known], target[known], reduction="sum")
        losses[name] = CHOICE_WEIGHT * total / known.sum().clamp(min=1)
        right = (predicted[known].argmax(-1) == target[known]).float().sum()
        measures[f"{name}_accuracy"] = right / known.sum().clamp(min=1)
    return Outcome(losses, measures)


def focal_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Penalty-reduced focal loss per middle; a target of 1 is a middle, less than 1 is near one."""
    probability = logits.sigmoid()
    middle = target == 1
    hit = (1 - probability) ** 2 * F.logsigmoid(logits) * middle
    miss = (1 - target) ** 4 * probability**2 * F.logsigmoid(-logits) * ~middle
    return -(hit + miss).sum() / middle.sum().clamp(min=1)
