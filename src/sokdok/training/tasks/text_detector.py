"""What nano's line finder is trained on: crops of drawn pages and figures, with every line's core, height and kind.

- The *core* of a line is the middle half of its em boxes from the first symbol to the last; cores of neighbouring lines
  don't touch, so connected cores are lines.
- At cores the net also tells the em, the way to the line's middle and what kind of block the line belongs to.
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

from sokdok.model.nano.formats.text_detector import CORE, EM, EM_SIZE, KIND, KINDS, OFFSET
from sokdok.model.nano.unet import STRIDE
from sokdok.synth.pages.truth import SyntheticPage
from sokdok.training.tasks.recogniser import lines_of

SIDE = 384
"""of a crop, pixels"""
POOL = 150
"""pages that a batch draws from"""
SCALES = 0.65, 1.6
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
        """After scaling and then moving the origin to (dx, dy)."""
        ends = [(x * scale - dx, y * scale - dy) for x, y in (self.left, self.right)]
        return Strip(ends[0], ends[1], self.em * scale, self.kind)


def strips_of(page: SyntheticPage) -> list[Strip]:
    """The lines of a page."""
    strips = []
    blocks = np.searchsorted([block.start for block in page.blocks], _line_starts(page), "right") - 1
    for line, block in zip(lines_of(page), blocks, strict=True):
        middle = (line.boxes[:, 1] + line.boxes[:, 3]) / 2
        ends = (float(line.boxes[0, 0]), float(middle[0])), (float(line.boxes[-1, 2]), float(middle[-1]))
        em = float(line.boxes[0, 3] - line.boxes[0, 1])
        kind = KIND_OF.get(page.blocks[block].kind, "text")
        strips.append(Strip(*ends, em, KINDS.index(kind)))
    return strips


def strip_of(text: str, box: tuple[float, float, float, float]) -> Strip:
    """A line of a figure, of which only the ink's box is known: how much of an em that is depends on its letters."""
    up, down = _reach(text)
    em = (box[3] - box[1]) / (up + down)
    middle = box[3] - down * em - 0.3 * em  # the em box reaches .8 above and .2 below the baseline
    return Strip((box[0], middle), (box[2], middle), em)


def _reach(text: str) -> tuple[float, float]:
    """Ems of ink above and below the baseline."""
    if any("\uac00" <= char <= "\ud7a3" for char in text):
        return 0.8, 0.1
    tall = any(char.isupper() or char.isdigit() or char in "bdfhklt%()/|'" for char in text)
    deep = any(char in "gjpqy()|" for char in text)
    return 0.72 if tall else 0.52, 0.21 if deep else 0.1 if "," in text else 0.0


def _line_starts(page: SyntheticPage) -> list[int]:
    """Where the lines that `lines_of` gives begin."""
    starts, at = [], 0
    for piece in page.symbols.split("\n")[:-1]:
        if piece.strip():
            starts.append(at)
        at += len(piece) + 1
    return starts


Picture = tuple[np.ndarray, Sequence[Strip]]
"""grey pixels (H, W) uint8 and the lines on it"""


class LineBatches:
    """Batches of crops by number: `pixels` (B, 1, 384, 384) uint8 grey and the targets (B, 96, 96) of `draw`."""

    def __init__(self, picture: Callable[[int], Picture], size: int = 8, fresh: int = 2) -> None:
        self.size, self.fresh = size, fresh
        self.picture = lru_cache(POOL + fresh)(picture)

    def __call__(self, number: int) -> dict[str, Tensor]:
        rng = random.Random(f"lines {number}")
        crops = []
        for _ in range(self.size):
            pixels, strips = self.picture(number * self.fresh - rng.randrange(POOL) + POOL)
            crops.append(crop(pixels, strips, rng))
        arrays = {name: np.stack([c[name] for c in crops]) for name in crops[0]}
        return {name: torch.from_numpy(value) for name, value in arrays.items()}


def crop(pixels: np.ndarray, strips: Sequence[Strip], rng: random.Random) -> dict[str, np.ndarray]:
    """A window of a picture at a random scale, and what the net should say there."""
    low, high = SCALES
    scale = low * (high / low) ** rng.random()
    height, width = (max(1, round(side * scale)) for side in pixels.shape)
    x, y = (rng.randint(min(0, side - SIDE), max(0, side - SIDE)) for side in (width, height))
    frame = (x / scale, y / scale, (x + SIDE) / scale, (y + SIDE) / scale)
    window = _window(pixels, frame)
    if rng.random() < 0.08:
        window = 255 - window
    return {"pixels": window[None]} | draw([strip.moved(scale, x, y) for strip in strips])


def _window(pixels: np.ndarray, frame: tuple[float, float, float, float]) -> np.ndarray:
    """A frame of a picture as (384, 384); beyond its edges there is paper."""
    left, top, right, bottom = (math.floor(frame[0]), math.floor(frame[1]), math.ceil(frame[2]), math.ceil(frame[3]))
    height, width = pixels.shape
    paper = int(np.median(pixels[::16, ::16]))
    out = np.full((bottom - top, right - left), paper, np.uint8)
    a, b, c, d = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    out[b - top : d - top, a - left : c - left] = pixels[b:d, a:c]
    box = (frame[0] - left, frame[1] - top, frame[2] - left, frame[3] - top)
    return np.asarray(Image.fromarray(out).resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box))


def draw(strips: Sequence[Strip], side: int = SIDE) -> dict[str, np.ndarray]:
    """Targets (cells, cells): `core` 0 or 1 (-1: too small to tell), and at cores `em`, `offset`, `kind`."""
    cells = side // STRIDE
    core = np.zeros((cells, cells), np.float32)
    em, offset = np.zeros_like(core), np.zeros_like(core)
    kind = np.full((cells, cells), -1, np.int64)
    centre = (np.arange(cells) + 0.5) * STRIDE
    for strip in strips:
        (x0, y0), (x1, y1) = strip.left, strip.right
        columns = np.nonzero((centre > x0 - 1) & (centre < x1 + 1))[0]
        middle = y0 + (centre[columns] - x0) * (y1 - y0) / max(x1 - x0, 1.0)
        half = max(0.25 * strip.em, STRIDE / 2)
        rows = np.nonzero((centre > min(y0, y1) - half - STRIDE) & (centre < max(y0, y1) + half + STRIDE))[0]
        away = middle[None, :] - centre[rows][:, None]
        spot = np.ix_(rows, columns)
        within = np.abs(away) <= half
        core[spot] = np.where(within, -1.0 if strip.em < 5 else 1.0, core[spot])
        em[spot] = np.where(within, math.log2(strip.em / EM), em[spot])
        offset[spot] = np.where(within, away / strip.em, offset[spot])
        kind[spot] = np.where(within, strip.kind, kind[spot])
    return {"core": core, "em": em, "offset": offset, "kind": kind}


def loss(model: nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Cross-entropy and overlap of the cores, distances of em and offset, cross-entropy of the kinds."""
    out = model(batch["pixels"].float() / 255).float()
    core, logit = batch["core"], out[:, CORE]
    told = core >= 0
    at = core > 0
    likely = logit.sigmoid()[told]
    overlap = 1 - (2 * (likely * core[told]).sum() + 1) / (likely.sum() + core[told].sum() + 1)
    found, wanted = (logit > 0) & told, at
    parts = {
        "core": F.binary_cross_entropy_with_logits(logit[told], core[told]) + overlap,
        "em": F.smooth_l1_loss(out[:, EM_SIZE][at], batch["em"][at]),
        "offset": F.smooth_l1_loss(out[:, OFFSET][at], batch["offset"][at]),
        "core iou?": (found & wanted).sum() / (found | wanted).sum().clamp(min=1),
    }
    known = at & (batch["kind"] >= 0)
    if known.any():
        kinds = out[:, KIND:].permute(0, 2, 3, 1)[known]
        parts["kind"] = 0.3 * F.cross_entropy(kinds, batch["kind"][known])
        parts["kind right?"] = (kinds.argmax(-1) == batch["kind"][known]).float().mean()
    else:
        parts |= {"kind": out.sum() * 0, "kind right?": out.sum() * 0}
    return parts
