"""nano's net of the texts of charts: crops of drawn charts, with each text's core, em, direction and role.

- Charts come from several drawing libraries, so that the net learns what texts of charts are rather than how one
  library sets them.
- Crops are scaled, blurred, worn by JPEG, shaded and turned over to white on black, as charts in documents are.

Shapes: B crops of SIDE_PX x SIDE_PX pixels; a grid of SIDE_PX / 2 cells each way.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter
from torch import Tensor, nn

from sokdok.model.nano.formats.figures import (
    CORE_END_EM,
    CORE_END_SHARE,
    CORE_HALF_EM,
    EM,
    ROLES,
    SLICES,
    STRIDE_PX,
    relative,
)
from sokdok_lab.synth.charts.maker import ChartMaker
from sokdok_lab.synth.charts.reports import ReportDrawer
from sokdok_lab.synth.charts.truth import ChartText
from sokdok_lab.synth.charts.vega import VegaDrawer
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.training.pictures import in_turns
from sokdok_lab.training.recipe import ChartTextsRecipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net

NET = "chart_texts"
SIDE_PX = 256  # of a crop, each way
KOREAN_SHARE = 0.3  # share of Vega's and of reports' charts with Korean texts, where the book has a font for them
SMALLEST_EM_PX = 4.5  # of text that is asked for; smaller is ignored
ANCHORED_SHARE = 0.85  # share of the crops that are cut around a text
INVERTED_SHARE, GREY_SHARE = 0.07, 0.2  # shares of the crops that are turned over to their negative, or without colour
BLURRED_SHARE, JPEG_SHARE, SHADED_SHARE = 0.3, 0.35, 0.25  # shares of the crops that are worn so
GAP_WEIGHT, GAP_EM = 4.0, 0.45
"""what a cell weighs beyond the ends of a core, up to so many ems, or at a space inside: whether neighbours are one
text or two is what is hardest to see"""
ROLE_WEIGHT, DISTANCE_WEIGHT = 0.4, 2.0
"""of the loss of the roles, and of those of em, direction and offset; that of the cores weighs 1"""

Picture = tuple[np.ndarray, Sequence[ChartText]]  # pixels (H, W, 3) uint8 and what is written there


class ChartTextsTask(Task):
    """Find the texts of charts, and what they are."""

    recipe: ChartTextsRecipe

    def __init__(self, recipe: ChartTextsRecipe, folders: Folders) -> None:
        picture = picture_source(recipe, FontBook(folders.need("fonts")))
        super().__init__(recipe, start_net(recipe, NET).to(memory_format=torch.channels_last))  # type: ignore[call-overload]
        self.picture = lru_cache(recipe.pool + recipe.fresh)(picture)

    def batch(self, step: int) -> Batch:
        """Cut the crops of a step: `pixels` (B, 3, SIDE_PX, SIDE_PX) and the targets of `draw`, stacked."""
        rng, recipe, crops = random.Random(f"chart texts {step}"), self.recipe, []
        for _ in range(recipe.batch):
            pixels, texts = self.picture(step * recipe.fresh - rng.randrange(recipe.pool) + recipe.pool)
            crops.append(crop(pixels, texts, recipe.scales, rng))
        return {name: torch.from_numpy(np.stack([c[name] for c in crops])) for name in crops[0]}

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return loss(model, batch)


def picture_source(recipe: ChartTextsRecipe, book: FontBook) -> Callable[[int], Picture]:
    """Return what draws the picture of a seed, by the libraries in the recipe's turns."""
    charts, vega, reports = ChartMaker(book), VegaDrawer(book), ReportDrawer(book)

    def drawn(seed: int) -> Picture:
        chart = charts.chart(f"chart texts {seed}")
        return chart.pixels, chart.texts

    def drawn_by(drawer: VegaDrawer | ReportDrawer) -> Callable[[int], Picture]:
        def draw(seed: int) -> Picture:
            korean = bool(book.korean) and random.Random(seed).random() < KOREAN_SHARE
            return drawer.chart(f"chart texts {seed}", korean)

        return draw

    return in_turns({"drawn": drawn, "vega": drawn_by(vega), "reports": drawn_by(reports)}, recipe.turns)


def crop(
    pixels: np.ndarray, texts: Sequence[ChartText], scales: tuple[float, float], rng: random.Random
) -> dict[str, np.ndarray]:
    """Cut a worn window out of a chart (H, W, 3) uint8 at a random scale, with the targets there (`draw`)."""
    low, high = scales
    scale = low * (high / low) ** rng.random()
    image = Image.fromarray(pixels)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    image = image.resize(size, rng.choice([Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX]))
    anchor = rng.choice(texts).box.middle if texts and rng.random() < ANCHORED_SHARE else (0.0, 0.0)
    x, y = (_start(side, at * scale, rng) for side, at in zip(size, anchor, strict=True))
    window = np.full((SIDE_PX, SIDE_PX, 3), pixels[0, 0], np.uint8)
    inside = np.asarray(image)[max(0, y) : y + SIDE_PX, max(0, x) : x + SIDE_PX]
    window[max(0, -y) : max(0, -y) + inside.shape[0], max(0, -x) : max(0, -x) + inside.shape[1]] = inside
    placed = [_Line.of(text, scale, x, y) for text in texts]
    return {"pixels": relative(_worn(window, rng))} | draw(placed)


def _start(side: int, anchor: float, rng: random.Random) -> int:
    """Choose where the window begins on a side of a picture so that an anchor other than 0 lies in its inner half."""
    low, high = min(0, side - SIDE_PX), max(0, side - SIDE_PX)
    if not anchor:
        return rng.randint(low, high)
    return min(max(round(anchor - SIDE_PX * rng.uniform(0.25, 0.75)), low), high)


def _worn(window: np.ndarray, rng: random.Random) -> np.ndarray:
    """Wear a window (H, W, 3) uint8 as charts in documents are worn."""
    image = Image.fromarray(window)
    if rng.random() < GREY_SHARE:
        image = image.convert("L").convert("RGB")
    if rng.random() < BLURRED_SHARE:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    if rng.random() < JPEG_SHARE:
        worn = io.BytesIO()
        image.save(worn, "JPEG", quality=rng.randint(30, 90))
        image = Image.open(worn)
    pixels = np.asarray(image)
    if rng.random() < SHADED_SHARE:
        low, high = rng.uniform(0, 70), rng.uniform(190, 255)
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(0, 6), pixels.shape)
        pixels = np.clip(low + pixels * ((high - low) / 255) + noise, 0, 255).astype(np.uint8)
    return 255 - pixels if rng.random() < INVERTED_SHARE else pixels


class _Line:
    """A text as the targets see it: the ends of its middle line, em, index of its role, where spaces are (0 to 1)."""

    def __init__(self, ends: np.ndarray, em: float, role: int, spaces: Sequence[float] = ()) -> None:
        self.ends, self.em, self.role, self.spaces = ends, em, role, spaces

    @classmethod
    def of(cls, text: ChartText, scale: float, x: float, y: float) -> _Line:
        """Place a text on a picture that is scaled and then cut at (x, y)."""
        ends = np.array([text.left, text.right]) * scale - (x, y)
        spaces = [(i + 0.5) / len(text.text) for i, character in enumerate(text.text) if character == " "]
        return cls(ends, text.em * scale, ROLES.index(text.role), spaces)


def draw(lines: Sequence[_Line], side: int = SIDE_PX) -> dict[str, np.ndarray]:
    """Draw targets on a grid of cells: `core` 0 or 1 (-1: too small); at cores `em`, `direction`, `offset`, `role`.

    `weight` says what each cell weighs in the loss of the cores.
    """
    cells = side // STRIDE_PX
    core, em, offset = (np.zeros((cells, cells), np.float32) for _ in range(3))
    weight = np.ones((cells, cells), np.float32)
    direction = np.zeros((2, cells, cells), np.float32)
    role = np.full((cells, cells), -1, np.int64)
    for line in lines:
        length = float(np.hypot(*(line.ends[1] - line.ends[0])))
        unit = (line.ends[1] - line.ends[0]) / max(length, 1e-6)
        reach = length / 2 - min(CORE_END_EM * line.em, CORE_END_SHARE * length)
        reach, half = max(reach, STRIDE_PX / 2), max(CORE_HALF_EM * line.em, 0.71 * STRIDE_PX)
        middle = line.ends.mean(0)
        beyond = reach + GAP_EM * line.em
        spread = np.abs(unit) * beyond + np.abs(unit[::-1]) * half
        low = np.clip(np.floor((middle - spread) / STRIDE_PX), 0, cells).astype(int)
        high = np.clip(np.ceil((middle + spread) / STRIDE_PX), 0, cells).astype(int)
        columns, rows = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
        away = (np.stack([columns, rows], -1) + 0.5) * STRIDE_PX - middle
        along, across = away @ unit, away @ (-unit[1], unit[0])  # across: to the right of the direction
        within = (np.abs(along) <= reach) & (np.abs(across) <= half)
        gap = (np.abs(along) > reach) & (np.abs(along) <= beyond) & (np.abs(across) <= half)
        for space in line.spaces:
            gap |= within & (np.abs(along - (space - 0.5) * length) <= GAP_EM * line.em)
        weight[rows[gap], columns[gap]] = GAP_WEIGHT
        spot = rows[within], columns[within]
        core[spot] = 1.0 if line.em >= SMALLEST_EM_PX else -1.0
        em[spot], offset[spot], role[spot] = math.log2(line.em / EM), -across[within] / line.em, line.role
        direction[:, *spot] = np.array([unit[0], -unit[1]])[:, None]
    return {"core": core, "em": em, "direction": direction, "offset": offset, "role": role, "weight": weight}


def loss(model: nn.Module, batch: Batch) -> Outcome:
    """Ask for cores (cross-entropy and overlap), em, direction and offset (distances), and roles (cross-entropy)."""
    out = model(batch["pixels"]).float()
    part = {name: out[:, where] for name, where in SLICES.items()}
    core, logit = batch["core"], part["core"][:, 0]
    known, at_core = core >= 0, core > 0
    probability = logit.sigmoid()[known]
    overlap = 1 - (2 * (probability * core[known]).sum() + 1) / (probability.sum() + core[known].sum() + 1)
    found = (logit > 0) & known
    losses = {
        "core": F.binary_cross_entropy_with_logits(logit[known], core[known], batch["weight"][known]) + overlap,
        "em": _distance(part["em"][:, 0][at_core], batch["em"][at_core]),
        "offset": _distance(part["offset"][:, 0][at_core], batch["offset"][at_core]),
        "direction": _distance(_at(part["direction"], at_core), _at(batch["direction"], at_core)),
    }
    roles, role = _at(part["role"], at_core), batch["role"][at_core]
    total = F.cross_entropy(roles, role, reduction="sum")
    losses["role"] = ROLE_WEIGHT * total / max(len(role), 1)
    measures = {
        "core_iou": (found & at_core).sum() / (found | at_core).sum().clamp(min=1),
        "role_accuracy": (roles.argmax(-1) == role).float().sum() / max(len(role), 1),
    }
    return Outcome(losses, measures)


def _at(values: Tensor, mask: Tensor) -> Tensor:
    """Pick the channels (N, C) of values (B, C, h, w) at the cells of a mask (B, h, w)."""
    return values.movedim(1, -1)[mask]


def _distance(values: Tensor, truth: Tensor) -> Tensor:
    """Mean smooth distance; zero of no values, since a batch may show no text."""
    total = F.smooth_l1_loss(values, truth, reduction="sum", beta=0.2)
    return DISTANCE_WEIGHT * total / max(truth.numel(), 1)
