"""A small convolutional encoder-decoder with an output for every 4x4 pixels: what nano finds lines and figures with.

- Maps at 1/4 to 1/32 of the picture, two residual blocks each; on the way back every map adds its own features.
- Batch norm, which the exported graph folds into the convolutions.
- A net that must be exact to the pixel has a stem that keeps the size, so that all maps are twice as fine; what such a
  net says of things, rather than where they are, is asked of the wider map below the finest.

Shapes: B pictures of H x W pixels, both multiples of `MULTIPLE_PX`.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.blocks import ConvNorm, Residual


class _Residual(Residual):
    """A residual block that is an identity before training."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        norm = self.conv2[1]
        assert isinstance(norm, nn.BatchNorm2d)
        nn.init.zeros_(norm.weight)


class UNet(nn.Module):
    """Pixels (B, channels, H, W) → logits (B, outputs, H / 4, W / 4), or H / 2 and W / 2 with a stem stride of 1.

    widths: channels of the maps at 1/4, 1/8, 1/16 and 1/32. coarse: how many of the outputs, the last ones, are asked
    of the second map.
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        widths: tuple[int, ...] = (48, 80, 128, 160),
        stem_stride: int = 2,
        coarse: int = 0,
    ) -> None:
        super().__init__()
        self.stem = ConvNorm(channels, widths[0] // 2, 5, stem_stride)
        before = (widths[0] // 2, *widths)
        self.down = nn.ModuleList(
            nn.Sequential(ConvNorm(narrow, wide, 3, 2), nn.ReLU(), _Residual(wide), _Residual(wide))
            for narrow, wide in zip(before, widths, strict=False)
        )
        self.lateral = nn.ModuleList(nn.Conv2d(wide, narrow, 1) for narrow, wide in pairwise(widths))
        self.up = nn.ModuleList(_Residual(width) for width in widths[:-1])
        self.head = _head(widths[0], outputs - coarse)
        self.coarse_head = _head(widths[1], coarse) if coarse else None

    def forward(self, pixels: Tensor) -> Tensor:
        x = F.relu(self.stem(pixels))
        levels = []
        for stage in self.down:
            x = stage(x)
            levels.append(x)
        for level, lateral, block in zip(reversed(levels[:-1]), reversed(self.lateral), reversed(self.up), strict=True):
            coarser = x
            x = block(level + F.interpolate(lateral(x), scale_factor=2.0, mode="nearest"))
        if self.coarse_head is None:
            return self.head(x)
        coarse = F.interpolate(self.coarse_head(coarser), scale_factor=2.0, mode="nearest")
        return torch.cat([self.head(x), coarse], 1)


def _head(width: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, outputs, 1))
