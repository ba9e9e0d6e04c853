"""The net that says what kind of figure a picture is."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.blocks import ConvNorm, Residual

WIDTHS = 16, 24, 40, 64, 80  # channels of the maps at 1/2 to 1/32


class KindNet(nn.Module):
    """Squares (B, 3, S, S) -> logits (B, kinds).

    Strided convolutions with a residual pair at each scale; then each channel's mean (how much of something there is)
    and greatest value (whether there is any of it) over the whole picture, normed so that the head learns evenly.
    """

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.stem = ConvNorm(3, WIDTHS[0], stride=2)
        self.down = nn.ModuleList(ConvNorm(before, after, stride=2) for before, after in pairwise(WIDTHS))
        self.blocks = nn.ModuleList(Residual(width) for width in WIDTHS[1:])
        self.norm = nn.LayerNorm(2 * WIDTHS[-1])
        self.head = nn.Linear(2 * WIDTHS[-1], kinds)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        for down, block in zip(self.down, self.blocks, strict=True):
            x = block(F.relu(down(x)))
        logits: Tensor = self.head(self.norm(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)))
        return logits
