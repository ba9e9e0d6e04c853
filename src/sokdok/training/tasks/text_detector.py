"""nano's text detector: crops of drawn pages and figures, with every line's core, em and kind.

- The *core* of a line is the middle half of its em boxes from the first symbol to the last; cores of neighbouring lines
  don't touch, so connected cores are lines.
- At cores the net also predicts the em, the way to the line's middle and what kind of block the line belongs to.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from sokdok.imaging.box import Box
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.formats.channels import STRIDE
from sokdok.model.nano.formats.text_detector import CORE, EM, EM_SIZE, KIND, KINDS, OFFSET
from sokdok.synth.charts.maker import ChartMaker
from sokdok.synth.pages.fonts import FontBook
from sokdok.synth.pages.maker import PageMaker
from sokdok.synth.pages.tables import TableMaker
from sokdok.synth.pages.truth import SyntheticPage
from sokdok.training.pictures import in_turns, line_starts, lines_of
from sokdok.training.recipe import Range, TextDetectorRecipe
from sokdok.training.task import Batch, Folders, Outcome, Task, start_net
from sokdok.training.text import TextSource

NET = "lines"
SIDE_PX = 384
"""of a crop, each way"""
CROP_SCALES: Range = (0.65, 1.6)
CHART_SCALES: Range = (1, 2)
INVERTED_SHARE = 0.08
"""share of the crops that are white on black"""
SMALLEST_EM_PX = 5
"""of text that is asked for; smaller is ignored"""
CORE_HALF_EM = 0.25
"""half the height of a core"""
KIND_WEIGHT = 0.3
"""of the loss of the kinds; the others weigh 1"""
KIND_OF = {
    "title": "heading", "heading": "heading", "list": "list", "table": "table", "caption": "caption",
    "header": "furniture", "footer": "furniture", "page number": "furniture",
}  # fmt: skip
"""block kind of a drawn page -> kind of a line; any other is text"""


@dataclass(frozen=True)
class Strip:
    """A line on a picture: middle of its left and right end, em in pixels, index of its kind or -1."""

    left: tuple[float, float]
    right: tuple[float, float]
    em: float
    kind: int = -1

    def moved(self, scale: float, dx: float, dy: float) -> Strip:
        """The same line after scaling and then moving the origin to (dx, dy)."""
        ends = [(x * scale - dx, y * scale - dy) for x, y in (self.left, self.right)]
        return Strip(ends[0], ends[1], self.em * scale, self.kind)


Picture = tuple[np.ndarray, Sequence[Strip]]
"""grey pixels (H, W) uint8 and the lines on it"""


class TextDetectorTask(Task):
    """Find the lines of pages, tables and charts."""

    recipe: TextDetectorRecipe

    def __init__(self, recipe: TextDetectorRecipe, folders: Folders) -> None:
        picture = picture_source(recipe, folders)
        net = start_net(recipe, NET)
        super().__init__(recipe, net.to(memory_format=torch.channels_last))  # type: ignore[call-overload]
        self.picture = lru_cache(recipe.pool + recipe.fresh)(picture)

    def batch(self, step: int) -> Batch:
        """Cut the crops of a step: `pixels` (B, 1, 384, 384) uint8 grey and the targets (B, 96, 96) of `draw`."""
        rng, recipe, crops = random.Random(f"lines {step}"), self.recipe, []
        for _ in range(recipe.batch):
            pixels, strips = self.picture(step * recipe.fresh - rng.randrange(recipe.pool) + recipe.pool)
            crops.append(crop(pixels, strips, rng))
        return {name: torch.from_numpy(np.stack([c[name] for c in crops])) for name in crops[0]}

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return loss(model, batch)


def picture_source(recipe: TextDetectorRecipe, folders: Folders) -> Callable[[int], Picture]:
    """Return what draws the picture of a seed: charts, tables and pages in the recipe's turns."""
    alphabet = Alphabet(default_chars())
    source, book = TextSource(folders.need("corpus"), alphabet.chars), FontBook(folders.need("fonts"))
    pages = PageMaker(
        book,
        source,
        recipe.kinds,
        side=recipe.page_height_px,
        ems=recipe.page_ems_px,
        square=False,
        chars=alphabet.code_points,
    )
    tables, charts = TableMaker(book, source, recipe.kinds), ChartMaker(book)
    makers: dict[str, Callable[[int], Picture]] = {
        "chart": lambda seed: chart_picture(charts, seed),
        "table": lambda seed: page_picture(tables.table(seed)),
        "page": lambda seed: page_picture(pages.page(seed)),
    }
    return in_turns(makers, recipe.turns)


def page_picture(page: SyntheticPage) -> Picture:
    """Take a page's pixels and lines."""
    return page.pixels, strips_of(page)


def chart_picture(charts: ChartMaker, seed: int) -> Picture:
    """Draw a chart and scale it up; vertical texts are no lines."""
    chart = charts.chart(seed)
    scale = random.Random(seed).uniform(*CHART_SCALES)
    image = Image.fromarray(chart.pixels).convert("L")
    size = round(image.width * scale), round(image.height * scale)
    horizontal = [(text.text, Box(*text.box)) for text in chart.texts if not text.angle]
    strips = [strip_of(text, box).moved(scale, 0, 0) for text, box in horizontal if box.height > 0]
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR)), strips


def strips_of(page: SyntheticPage) -> list[Strip]:
    """Place the lines of a page."""
    strips = []
    blocks = np.searchsorted([block.start for block in page.blocks], line_starts(page), "right") - 1
    for line, block in zip(lines_of(page), blocks, strict=True):
        middle = (line.boxes[:, 1] + line.boxes[:, 3]) / 2
        ends = (float(line.boxes[0, 0]), float(middle[0])), (float(line.boxes[-1, 2]), float(middle[-1]))
        em = float(line.boxes[0, 3] - line.boxes[0, 1])
        kind = KIND_OF.get(page.blocks[block].kind, "text")
        strips.append(Strip(*ends, em, KINDS.index(kind)))
    return strips


def strip_of(text: str, ink: Box) -> Strip:
    """Place a line of which only the ink's box is known: how much of an em that is depends on its letters."""
    ascent, descent = _ink_ems(text)
    em = ink.height / (ascent + descent)
    middle = ink.bottom - descent * em - 0.3 * em  # the em box reaches .8 above and .2 below the baseline
    return Strip((ink.left, middle), (ink.right, middle), em)


def _ink_ems(text: str) -> tuple[float, float]:
    """Ems of ink above and below the baseline."""
    if any("\uac00" <= char <= "\ud7a3" for char in text):
        return 0.8, 0.1
    tall = any(char.isupper() or char.isdigit() or char in "bdfhklt%()/|'" for char in text)
    deep = any(char in "gjpqy()|" for char in text)
    return 0.72 if tall else 0.52, 0.21 if deep else 0.1 if "," in text else 0.0


def crop(pixels: np.ndarray, strips: Sequence[Strip], rng: random.Random) -> dict[str, np.ndarray]:
    """Cut a window of a picture at a random scale, with the targets there."""
    low, high = CROP_SCALES
    scale = low * (high / low) ** rng.random()
    height, width = (max(1, round(side * scale)) for side in pixels.shape)
    x, y = (rng.randint(min(0, side - SIDE_PX), max(0, side - SIDE_PX)) for side in (width, height))
    window = _window(pixels, Box(x / scale, y / scale, (x + SIDE_PX) / scale, (y + SIDE_PX) / scale))
    if rng.random() < INVERTED_SHARE:
        window = 255 - window
    return {"pixels": window[None]} | draw([strip.moved(scale, x, y) for strip in strips])


def _window(pixels: np.ndarray, frame: Box) -> np.ndarray:
    """Scale a frame of a picture to (384, 384); beyond the picture's edges there is paper."""
    left, top, right, bottom = (math.floor(frame.left), math.floor(frame.top), math.ceil(frame.right),
                                math.ceil(frame.bottom))  # fmt: skip
    height, width = pixels.shape
    paper = int(np.median(pixels[::16, ::16]))
    out = np.full((bottom - top, right - left), paper, np.uint8)
    a, b, c, d = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    out[b - top : d - top, a - left : c - left] = pixels[b:d, a:c]
    box = frame.moved(-left, -top)
    return np.asarray(Image.fromarray(out).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR, box=box))


def draw(strips: Sequence[Strip], side: int = SIDE_PX) -> dict[str, np.ndarray]:
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
        within = np.abs(distance) <= half
        core[spot] = np.where(within, -1.0 if strip.em < SMALLEST_EM_PX else 1.0, core[spot])
        em[spot] = np.where(within, math.log2(strip.em / EM), em[spot])
        offset[spot] = np.where(within, distance / strip.em, offset[spot])
        kind[spot] = np.where(within, strip.kind, kind[spot])
    return {"core": core, "em": em, "offset": offset, "kind": kind}


def loss(model: nn.Module, batch: Batch) -> Outcome:
    """Ask for cores (cross-entropy and overlap), em and offset (distances), and kinds (cross-entropy)."""
    out = model(batch["pixels"].float() / 255).float()
    core, logit = batch["core"], out[:, CORE]
    known = core >= 0
    at_core = core > 0
    probability = logit.sigmoid()[known]
    overlap = 1 - (2 * (probability * core[known]).sum() + 1) / (probability.sum() + core[known].sum() + 1)
    found = (logit > 0) & known
    losses = {
        "core": F.binary_cross_entropy_with_logits(logit[known], core[known]) + overlap,
        "em": _distance(out[:, EM_SIZE][at_core], batch["em"][at_core]),
        "offset": _distance(out[:, OFFSET][at_core], batch["offset"][at_core]),
    }
    measures = {"core_iou": (found & at_core).sum() / (found | at_core).sum().clamp(min=1)}
    of_kind = at_core & (batch["kind"] >= 0)
    if of_kind.any():
        kinds = out[:, KIND:].permute(0, 2, 3, 1)[of_kind]
        losses["kind"] = KIND_WEIGHT * F.cross_entropy(kinds, batch["kind"][of_kind])
        measures["kind_accuracy"] = (kinds.argmax(-1) == batch["kind"][of_kind]).float().mean()
    else:
        losses["kind"] = measures["kind_accuracy"] = out.sum() * 0
    return Outcome(losses, measures)


def _distance(values: Tensor, truth: Tensor) -> Tensor:
    """Mean smooth distance; zero of no values, since a batch may show no line."""
    return F.smooth_l1_loss(values, truth, reduction="sum") / max(len(truth), 1)
