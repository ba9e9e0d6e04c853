"""What nano's net of figure kinds sees and answers: a picture scaled into a square, and a logit for each kind.

- The square holds colours less that of the ground, so what is beyond a picture's edges is ground too, and white on
  black looks like black on white but for its sign.
- `picture` is everything else: photographs, icons, screens, diagrams.
- `text` is print that is no figure: a page, a paragraph, a heading. Telling it apart is what keeps pages from being
  read as tables.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

UNREAD = (
    *("box plot", "heat map", "3-D chart", "map", "radar chart", "tree map", "flow chart", "candlestick chart"),
    *("Gantt chart", "gauge", "network", "other chart"),
)  # charts that no reader of nano's reads: they are named, and no numbers are made up for them
KINDS = ("chart", "molecule", "geometry", "table", "handwriting", "text", "picture", *UNREAD)
"""kinds in the order of the logits"""
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
