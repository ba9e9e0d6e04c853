"""Lines for nano's nets: what the text detector answers for every 4 x 4 pixels, and a line cut out for the recogniser.

The recogniser sees a line straight, 32 pixels high, ink at 255 on paper at 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

CORE, EM_SIZE, OFFSET, KIND = 0, 1, 2, 3
"""channels: logit of a line's core; log2(em / EM); way down to the line's middle in ems; logits of KINDS"""
EM = 16.0  # pixels of an em whose size channel is 0
KINDS = ("text", "heading", "list", "table", "caption", "furniture")
"""kinds of block that a line belongs to; furniture: running heads, feet and page numbers"""
CHANNELS = KIND + len(KINDS)

HEIGHT = 32  # of a line, pixels
CODE_PIXELS = 32  # of a line's length behind one code
CODES_PER_TOKEN = 16
PITCH = 2  # pixels of a line's length for one output
MARGIN = 0.14  # of an em above and below a line's em box
_LEVEL_SLOPE = 1e-3  # below which a frame is cut without turning


@dataclass(frozen=True)
class Frame:
    """A sloping rectangle on a page, pixels; `y` is its middle at the left, beyond `stop` there is paper."""

    left: float
    y: float
    slope: float
    length: float
    height: float
    stop: float


def cut(pixels: np.ndarray, frame: Frame, width: int) -> np.ndarray:
    """Cut the ink (32, width) uint8 of a frame out of a grey page (H, W) uint8."""
    rise = abs(frame.slope) * frame.length + 2
    top, bottom = frame.y - frame.height / 2, frame.y + frame.height / 2
    sides = (frame.left - 2, top - rise - 2, frame.left + frame.length + 3, bottom + rise + 3)
    area = tuple(round(side) for side in sides)
    image = Image.fromarray(_paper_beyond(pixels, area, round(frame.stop)))
    if abs(frame.slope) > _LEVEL_SLOPE:
        data = (1, 0, 0, frame.slope, 1, -frame.slope * (frame.left - area[0]))
        image = image.transform(image.size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    left, top, bottom = frame.left - area[0], top - area[1], bottom - area[1]
    box = (left, top, left + frame.length, bottom)
    return 255 - np.asarray(image.resize((width, HEIGHT), Image.Resampling.BILINEAR, box=box))


def _paper_beyond(pixels: np.ndarray, area: tuple[int, ...], stop: int) -> np.ndarray:
    """A piece of a page; what lies outside of it, or right of `stop`, is as bright as the page mostly is."""
    left, top, right, bottom = area
    height, width = pixels.shape
    a, b, c, d = max(left, 0), max(top, 0), min(right, width, stop), min(bottom, height)
    inside = pixels[b:d, a:c] if a < c and b < d else pixels[:0, :0]
    out = np.full((bottom - top, right - left), int(np.median(inside)) if inside.size else 255, np.uint8)
    if inside.size:
        out[b - top : d - top, a - left : c - left] = inside
    return out


def stretch(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W) -> uint8 with paper at 0 and the darkest ink at 255; light text on dark is turned over."""
    ink = ink.astype(np.float32)
    low, middle, high = np.percentile(ink[::2, ::2], (1, 50, 99))
    if high - middle < middle - low:
        ink, low, high, middle = -ink, -high, -low, -middle
    return np.clip((ink - middle) * (255 / max(high - middle, 8.0)), 0, 255).astype(np.uint8)
