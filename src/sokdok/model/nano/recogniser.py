"""nano's recogniser: lines of text, each set 32 pixels high, in and out of vision tokens.

- A line is encoded by itself: narrow dense convolutions down to one column of features every 4 pixels. Narrow and
  dense, since matrix units gain nothing from depthwise convolutions, neither when reading nor when learning.
- 32x32 pixels become a *code* of 64 numbers, 16 codes a vision token of 1,024: what is read is read from those alone.
- The decoder unfolds the codes and answers every 2 pixels: a symbol (Hangul by its jamo, `alphabet`) or blank.
  Collapsing repeats and dropping blanks is all there is to decoding (CTC, `training.lines.ctc`).

Shapes: B lines, W pixels wide (a multiple of 32), C columns = W / 4.
"""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.alphabet import FINALS, VOWELS
from sokdok.model.nano.blocks import ConvNorm, Residual
from sokdok.model.nano.formats.recogniser import CODE_PIXELS

COLUMN_PX = 4


class LineLogits(NamedTuple):
    """Logits (B, W / 2, classes + 1), (B, W / 2, VOWELS + 1), (B, W / 2, FINALS + 1); the last first class is blank."""

    first: Tensor
    vowel: Tensor
    final: Tensor


class Asked(NamedTuple):
    """Some of the classes: in training not all have to be told apart from one another at every step."""

    classes: Tensor  # (K,), blank as the last
    raised: Tensor  # (K,) added to their logits: those that stand for others too weigh more

    def of(self, weight: Tensor) -> Tensor:
        """Choose the rows (2K, width) of these classes among those (2 * classes, width) of a column's two answers."""
        return weight.unflatten(0, (2, -1))[:, self.classes].flatten(0, 1)


class _Along(nn.Module):
    """Two 1x3 convolutions along a line, `reach` columns apart, around which the input passes: (B, width, 1, C)."""

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (
            nn.Sequential(
                nn.Conv2d(width, width, (1, 3), padding=(0, reach), dilation=(1, reach), bias=False),
                nn.BatchNorm2d(width),
            )
            for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.conv2(F.relu(self.conv1(x))))


class Recogniser(nn.Module):
    """Lines (B, 1, 32, W), 0 paper to 1 ink, to logits every 2 pixels: `classes` symbols and then blank."""

    def __init__(self, classes: int, width: int = 160, code: int = 64) -> None:
        super().__init__()
        self.classes = classes
        self.stem = nn.Sequential(
            ConvNorm(1, 16, 3, 2), nn.ReLU(),
            ConvNorm(16, 32, 3, 2), nn.ReLU(), Residual(32),
            ConvNorm(32, 64, 3, (2, 1)), nn.ReLU(), Residual(64),
            ConvNorm(64, 128, 3, (2, 1)), nn.ReLU(), Residual(128),
            nn.Conv2d(128, width, (2, 1), bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            _Along(width, 1), _Along(width, 2),
        )  # fmt: skip
        columns = CODE_PIXELS // COLUMN_PX
        self.compress = nn.Conv2d(width, code, (1, columns), stride=(1, columns))
        self.expand = nn.Conv2d(code, columns * width, 1)
        self.read = nn.Sequential(*(_Along(width, reach) for reach in (1, 2, 4, 1)))
        # Apart, so that no gradient has to be put together again, and without biases, whose gradients are slow to sum.
        self.first, self.vowel, self.final = (
            nn.Linear(width, 2 * size, bias=False) for size in (classes + 1, VOWELS + 1, FINALS + 1)
        )

    def encode(self, pixels: Tensor) -> Tensor:
        """(B, 1, 32, W) -> codes (B, W / 32, code)."""
        return self.compress(self.stem(pixels)).squeeze(2).transpose(1, 2)

    def decode(self, codes: Tensor, asked: Asked | None = None) -> LineLogits:
        """Codes (B, W / 32, code) -> logits (B, W / 2, classes of each head); of the classes `asked` for, if given."""
        wide = self.expand(codes.transpose(1, 2).unsqueeze(2)).squeeze(2).transpose(1, 2)
        columns = wide.unflatten(2, (CODE_PIXELS // COLUMN_PX, -1)).flatten(1, 2)
        x = self.read(columns.transpose(1, 2).unsqueeze(2)).squeeze(2).transpose(1, 2)
        first = self.first(x) if asked is None else F.linear(x, asked.of(self.first.weight), asked.raised.repeat(2))
        return LineLogits(
            *(head.unflatten(-1, (2, -1)).flatten(1, 2) for head in (first, self.vowel(x), self.final(x)))
        )

    def forward(self, pixels: Tensor, asked: Asked | None = None) -> LineLogits:
        return self.decode(self.encode(pixels), asked)
