"""nano v2's recogniser: lines of text, each set 32 pixels high, in and out of vision tokens.

- It ships until `model.nano.recogniser`, a third of its size, reads as well on every set.
- A line is encoded by itself: convolutions down to one column of features every 4 pixels.
- 32x32 pixels become a *code* of 64 numbers, 16 codes a vision token of 1,024: what is read is read from those alone.
  A page of 3,600 characters takes 100 tokens; squeezing its lines takes fewer.
- The decoder unfolds the codes and answers every 2 pixels: a symbol (Hangul by its jamo, `alphabet`) or blank.
  Runs of one answer are one symbol, as in CTC. Training knows where each symbol stands, so no alignment is searched.

Shapes: B lines, W pixels wide (a multiple of 32), C columns = W / 4.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.alphabet import FINALS, VOWELS
from sokdok.model.nano.blocks import ConvNorm, Residual
from sokdok.model.nano.formats.recogniser import CODE_PIXELS
from sokdok.model.nano.recogniser import LineLogits


class _Mix(nn.Module):
    """Residual MLP over a column and its two neighbours `reach` columns away, (B, C, width)."""

    def __init__(self, width: int, hidden: int, reach: int) -> None:
        super().__init__()
        self.reach = reach
        self.norm = nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(3 * width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        near = F.pad(self.norm(x), (0, 0, self.reach, self.reach))
        count = x.shape[1]
        near = torch.cat([near[:, i * self.reach : i * self.reach + count] for i in range(3)], -1)
        return x + self.fc2(F.gelu(self.fc1(near)))


class RowReader(nn.Module):
    """Lines (B, 1, 32, W), 0 paper to 1 ink, to logits every 2 pixels."""

    def __init__(self, classes: int, width: int = 256, code: int = 64) -> None:
        super().__init__()
        self.classes = classes
        self.stem = nn.Sequential(
            ConvNorm(1, 32, 5, 2), nn.ReLU(),
            ConvNorm(32, 64, 3, 2), nn.ReLU(), Residual(64),
            ConvNorm(64, 128, 3, (2, 1)), nn.ReLU(), Residual(128),
            ConvNorm(128, 192, 3, (2, 1)), nn.ReLU(), Residual(192),
        )  # fmt: skip
        self.flatten = nn.Linear(2 * 192, width)
        self.see = nn.ModuleList(_Mix(width, 384, reach) for reach in (1, 2))
        self.narrow = nn.LayerNorm(width)
        columns = CODE_PIXELS // 4
        self.compress = nn.Linear(columns * width, code)
        self.expand = nn.Linear(code, columns * width)
        self.read = nn.ModuleList(_Mix(width, 384, reach) for reach in (1, 1, 2, 2, 4, 4))
        self.norm = nn.LayerNorm(width)
        self.sizes = (classes + 1, VOWELS + 1, FINALS + 1)
        self.head = nn.Linear(width, 2 * sum(self.sizes))
        self.early = nn.Linear(width, 2 * sum(self.sizes))
        """in training only: reads the features before they are compressed"""

    def features(self, pixels: Tensor) -> Tensor:
        """(B, 1, 32, W) -> (B, C, width)."""
        x = self.stem(pixels)
        x = self.flatten(x.permute(0, 3, 2, 1).flatten(2))
        for block in self.see:
            x = block(x)
        return self.narrow(x)

    def encode(self, features: Tensor) -> Tensor:
        """(B, C, width) -> codes (B, W / 32, code)."""
        return self.compress(features.unflatten(1, (-1, CODE_PIXELS // 4)).flatten(2))

    def decode(self, codes: Tensor) -> LineLogits:
        """Codes (B, W / 32, code) -> logits."""
        x = self.expand(codes).unflatten(-1, (CODE_PIXELS // 4, -1)).flatten(1, 2)
        for block in self.read:
            x = block(x)
        return self.answers(self.head(self.norm(x)))

    def answers(self, both: Tensor) -> LineLogits:
        """A head's output (B, C, 2 * all classes) -> logits every 2 pixels."""
        return LineLogits(*both.unflatten(-1, (2, -1)).flatten(1, 2).split(self.sizes, -1))

    def forward(self, pixels: Tensor) -> LineLogits:
        return self.decode(self.encode(self.features(pixels)))
