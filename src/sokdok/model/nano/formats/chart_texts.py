"""Output of nano's net of the texts of charts: the channels for every 2 x 2 pixels.

- The *core* of a text is the inner part of its em boxes, whichever way it runs; cores of neighbours don't touch, so
  connected cores are texts.
- At cores the net also predicts the em, the direction in which the text is read, the way to the text's middle line and
  what the text is on the chart.
"""

from __future__ import annotations

import numpy as np

from sokdok.model.nano.formats.channels import channel_slices

STRIDE_PX = 2  # pixels of a cell, each way
MULTIPLE_PX = 16  # that height and width of what the net sees must be multiples of
EM = 12.0  # pixels of an em whose size channel is 0
ROLES = ("title", "axis title", "category", "value tick", "value label", "legend", "legend title", "note")
"""what a text is; a category is a name at an axis or a mark, a note anything else"""
CORE_HALF_EM = 0.25  # half the height of a core
CORE_END_EM = 0.2  # how far a core ends from the end of its text, at most
CORE_END_SHARE = 0.25  # how far a core ends from the end of its text, as a share of its length, at most
PARTS = {
    "core": 1,
    "em": 1,  # logarithm to base 2, in EM
    "direction": 2,  # cosine and sine of the angle, counter-clockwise, at which the text is read
    "offset": 1,  # way to the middle of the em boxes in ems, to the right of the direction (down, for a level text)
    "role": len(ROLES),
}  # channels of each part, in order
SLICES = channel_slices(PARTS)
CHANNELS = sum(PARTS.values())


def relative(pixels: np.ndarray) -> np.ndarray:
    """Convert a picture (H, W, 3) uint8 to what the net sees, (3, H, W) float32: colours less that of the ground."""
    ground = np.median(pixels.reshape(-1, 3), 0).astype(np.float32)
    return ((pixels - ground) / np.float32(255)).transpose(2, 0, 1)
