"""What nano's nets of figures and charts see and answer: which kind a picture is, and where the texts of a chart are.

- The net of kinds sees a picture scaled into a square, colours less that of the ground, so what is beyond a picture's
  edges is ground too, and white on black looks like black on white but for its sign. It gives a logit for each kind:
  `picture` is everything else (photographs, icons, screens, diagrams); `text` is print that is no figure: a page, a
  paragraph, a heading. Recognising it is what keeps pages from being read as tables.
- The net of the texts of charts answers for every 2 x 2 pixels. The *core* of a text is the inner part of its em boxes,
  whichever way it runs; cores of neighbours don't touch, so connected cores are texts. At cores it also predicts the
  em, the direction in which the text is read, the way to the text's middle line and what the text is on the chart.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from sokdok.model.nano.formats import channel_slices

# Charts that no reader of nano's reads: they are named, and no numbers are made up for them.
UNREAD = (
    *("box plot", "heat map", "3-D chart", "map", "radar chart", "tree map", "flow chart", "candlestick chart"),
    *("Gantt chart", "gauge", "network", "other chart"),
)
KINDS = ("chart", "molecule", "geometry", "table", "handwriting", "text", "picture", *UNREAD)  # of the logits
SIDE_PX = 224  # of the square


def flattened(image: Image.Image) -> Image.Image:
    """Convert a picture of any mode to RGB; a transparent one is laid on white."""
    if "A" in image.getbands() or "transparency" in image.info:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return image.convert("RGB")


def squared(image: Image.Image) -> np.ndarray:
    """Scale an RGB picture down into the square, never up: (3, SIDE_PX, SIDE_PX) float32, 0 where it is ground."""
    small = image.copy()
    small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)
    ground = np.median(pixels[::3, ::3].reshape(-1, 3), 0)
    square = np.zeros((3, SIDE_PX, SIDE_PX), np.float32)
    top, left = (SIDE_PX - small.height) // 2, (SIDE_PX - small.width) // 2
    square[:, top : top + small.height, left : left + small.width] = ((pixels - ground) / 255).transpose(2, 0, 1)
    return square


STRIDE_PX = 2  # pixels of a cell, each way
MULTIPLE_PX = 16  # that height and width of what the net sees must be multiples of
EM = 12.0  # pixels of an em whose size channel is 0
ROLES = ("title", "axis title", "category", "value tick", "value label", "legend", "legend title", "note")
"""what a text is; a category is a name at an axis or a mark, a note anything else"""
CORE_HALF_EM = 0.25  # half the height of a core
CORE_END_EM = 0.2  # how far a core ends from the end of its text, at most
CORE_END_SHARE = 0.25  # how far a core ends from the end of its text, as a share of its length, at most
# Channels of each part, in order.
PARTS = {
    "core": 1,
    "em": 1,  # logarithm to base 2, in EM
    "direction": 2,  # cosine and sine of the angle, counter-clockwise, at which the text is read
    "offset": 1,  # way to the middle of the em boxes in ems, to the right of the direction (down, for a level text)
    "role": len(ROLES),
}
SLICES = channel_slices(PARTS)
CHANNELS = sum(PARTS.values())


def relative(pixels: np.ndarray) -> np.ndarray:
    """Convert a picture (H, W, 3) uint8 to what the net sees, (3, H, W) float32: colours less that of the ground."""
    ground = np.median(pixels.reshape(-1, 3), 0).astype(np.float32)
    return ((pixels - ground) / np.float32(255)).transpose(2, 0, 1)
