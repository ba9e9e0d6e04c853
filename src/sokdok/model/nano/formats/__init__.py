"""Output formats of nano's nets: channels, maps and classes, which reading, training and synth share.

Here is what they have in common: a net as a function, its cells, channels by the name of their part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Net = Callable[[np.ndarray], np.ndarray]  # float32 pixels (N, C, H, W) → logits, such as an onnxruntime session
STRIDE = 4  # pixels of a cell, each way: what a net that gives maps has one output for
MULTIPLE_PX = 32  # that height and width of what such a net sees must be multiples of


def channel_slices(parts: Mapping[str, int]) -> dict[str, slice]:
    """Lay parts of so many channels one after another: name → slice of the channels."""
    slices, start = {}, 0
    for name, channels in parts.items():
        slices[name] = slice(start, start + channels)
        start += channels
    return slices
