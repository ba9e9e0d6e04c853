"""nano's text detector: narrow and dense, a feature pyramid that answers for every 4x4 pixels.

A quarter of the arithmetic of `model.unet` at the widths that find lines: the way back to fine maps is a sum of 1x1
convolutions and one 3x3, not two a level. The channels of the answer are those of `model.lines`.

Shapes: B pages of H x W pixels, both multiples of `unet.MULTIPLE`.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.blocks import ConvNorm, Residual
from sokdok.model.lines import CHANNELS


class TextDetector(nn.Module):
    """(B, 1, H, W) in 0 to 1 -> logits (B, CHANNELS, H / 4, W / 4).

    widths: of the maps at 1/4, 1/8, 1/16 and 1/32. joint: of the maps that are summed.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 96), joint: int = 32) -> None:
        super().__init__()
        self.stem = ConvNorm(1, widths[0] // 2, 3, 2)
        before = (widths[0] // 2, *widths)
        self.down = nn.ModuleList(
            nn.Sequential(ConvNorm(narrow, wide, 3, 2), nn.ReLU(), Residual(wide))
            for narrow, wide in zip(before, widths, strict=False)
        )
        self.lateral = nn.ModuleList(nn.Conv2d(width, joint, 1) for width in widths)
        self.head = nn.Sequential(ConvNorm(joint, joint, 3), nn.ReLU(), nn.Conv2d(joint, CHANNELS, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        x = F.relu(self.stem(pixels))
        levels = []
        for stage, lateral in zip(self.down, self.lateral, strict=True):
            x = stage(x)
            levels.append(lateral(x))
        total = levels.pop()
        for level in reversed(levels):
            total = level + F.interpolate(total, scale_factor=2.0, mode="nearest")
        return self.head(total)
