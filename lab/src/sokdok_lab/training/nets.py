"""nano's smaller nets: what finds and reads lines and figures beside the model of `nano`; `NETS` by name.

- Residual blocks of convolutions with batch norm, which the exported graph folds into the convolutions.
- `UNet` finds things: an output for every 4 x 4 pixels, from maps at 1/4 to 1/32 of the picture; on the way back every
  map adds its own features. A net that must be exact to the pixel has a stem that keeps the size, so that all maps are
  twice as fine; what such a net says of things, rather than where they are, is asked of the wider map below the finest.
- `Recogniser` reads lines of text, each set 32 pixels high, through vision tokens. Its convolutions are narrow and
  dense, since matrix units gain nothing from depthwise ones, neither when reading nor when learning. 32 x 32 pixels
  become a *code* of 64 numbers, 16 codes a vision token of 1,024: what is read is read from those alone. The decoder
  unfolds the codes and answers every 2 pixels: a symbol (Hangul by its jamo, `alphabet`) or blank. Collapsing repeats
  and dropping blanks is all there is to decoding (CTC).
- `LetterNet` and `KindNet` name a single character, and the kind of a figure.

How many channels a net takes and gives is counted from its format, which reading, training and synth share.

Shapes: B pictures of H x W pixels; lines are W pixels wide (a multiple of 32), C = W / 4 columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.alphabet import FINALS, VOWELS, Alphabet
from sokdok.model.nano.formats import charts, figures, geometry, lines, molecule
from sokdok_lab.synth.alphabet import recogniser_chars


class ConvNorm(nn.Sequential):
    """A convolution that keeps the size at stride 1, and its norm."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int | tuple[int, int] = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False), nn.BatchNorm2d(outputs)
        )


class Residual(nn.Module):
    """Two 3x3 convolutions around which the input passes; an `identity` before training, if that is asked for."""

    def __init__(self, width: int, identity: bool = False) -> None:
        super().__init__()
        self.conv1, self.conv2 = ConvNorm(width, width), ConvNorm(width, width)
        if identity:
            nn.init.zeros_(self.conv2.get_parameter("1.weight"))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.conv2(F.relu(self.conv1(x))))


class UNet(nn.Module):
    """Pixels (B, channels, H, W) → logits (B, outputs, H / 4, W / 4), or H / 2 and W / 2 with a stem stride of 1.

    widths: channels of the maps at 1/4, 1/8, 1/16 and 1/32. coarse: how many of the outputs, the last ones, are asked
    of the second map. rare: how many of the outputs, the first ones, an untrained net expects to find next to nothing.
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        widths: tuple[int, ...] = (48, 80, 128, 160),
        stem_stride: int = 2,
        coarse: int = 0,
        rare: int = 0,
    ) -> None:
        super().__init__()
        self.stem = ConvNorm(channels, widths[0] // 2, 5, stem_stride)
        before = (widths[0] // 2, *widths)
        self.down = nn.ModuleList(
            nn.Sequential(ConvNorm(narrow, wide, 3, 2), nn.ReLU(), Residual(wide, True), Residual(wide, True))
            for narrow, wide in zip(before, widths, strict=False)
        )
        self.lateral = nn.ModuleList(nn.Conv2d(wide, narrow, 1) for narrow, wide in pairwise(widths))
        self.up = nn.ModuleList(Residual(width, True) for width in widths[:-1])
        self.head = _head(widths[0], outputs - coarse, rare)
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


def _head(width: int, outputs: int, rare: int = 0) -> nn.Sequential:
    head = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, outputs, 1))
    nn.init.constant_(head.get_parameter("2.bias")[:rare], RARE_LOGIT)
    return head


COLUMN_PX = 4  # of a line's length for a column of the recogniser's features


class LineLogits(NamedTuple):
    """Logits (B, W / 2, classes + 1), (B, W / 2, VOWELS + 1), (B, W / 2, FINALS + 1); the last first class is blank."""

    first: Tensor
    vowel: Tensor
    final: Tensor


class Asked(NamedTuple):
    """Some of the classes: in training not all compete at every step."""

    classes: Tensor  # (K,), blank as the last
    raised: Tensor  # (K,) added to their logits: those that stand for others too weigh more

    def of(self, x: Tensor, weight: Tensor) -> Tensor:
        """Logits (..., 2K) of columns (..., width) by the rows of these classes among those (2 * classes, width)."""
        return F.linear(x, weight.unflatten(0, (2, -1))[:, self.classes].flatten(0, 1), self.raised.repeat(2))


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


Depth = tuple[Sequence[int], Sequence[int], Sequence[int]]
"""residual blocks at 32, 64 and 128 channels; reaches of those along a line before the codes, and behind them"""
SHALLOW: Depth = (1, 1, 1), (1, 2), (1, 2, 4, 1)
DEEP: Depth = (1, 2, 3), (1, 2, 1), (1, 2, 4, 1, 4, 1)


class Recogniser(nn.Module):
    """Lines (B, 1, 32, W), 0 paper to 1 ink, to logits every 2 pixels: `classes` symbols and then blank."""

    def __init__(self, classes: int, depth: Depth = SHALLOW, width: int = 160, code: int = 64) -> None:
        super().__init__()
        self.classes, (blocks, before, after) = classes, depth
        layers: list[nn.Module] = [ConvNorm(1, 16, 3, 2), nn.ReLU()]
        stages = zip((16, 32, 64), (32, 64, 128), ((2, 2), (2, 1), (2, 1)), blocks, strict=True)
        for narrow, wide, stride, count in stages:
            layers += [ConvNorm(narrow, wide, 3, stride), nn.ReLU(), *(Residual(wide) for _ in range(count))]
        layers += [nn.Conv2d(128, width, (2, 1), bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        self.stem = nn.Sequential(*layers, *(_Along(width, reach) for reach in before))
        columns = lines.CODE_PIXELS // COLUMN_PX
        self.compress = nn.Conv2d(width, code, (1, columns), stride=(1, columns))
        self.expand = nn.Conv2d(code, columns * width, 1)
        self.read = nn.Sequential(*(_Along(width, reach) for reach in after))
        # Apart, so that no gradient has to be put together again, and without biases, whose gradients are slow to sum.
        self.first, self.vowel, self.final = (
            nn.Linear(width, 2 * size, bias=False) for size in (classes + 1, VOWELS + 1, FINALS + 1)
        )

    def encode(self, pixels: Tensor) -> Tensor:
        """(B, 1, 32, W) -> codes (B, W / 32, code)."""
        return self.compress(self.stem(pixels)).squeeze(2).transpose(1, 2)

    def columns(self, codes: Tensor) -> Tensor:
        """Codes (B, W / 32, code) -> what the heads see, (B, W / 4, width)."""
        wide = self.expand(codes.transpose(1, 2).unsqueeze(2)).squeeze(2).transpose(1, 2)
        columns = wide.unflatten(2, (lines.CODE_PIXELS // COLUMN_PX, -1)).flatten(1, 2)
        return self.read(columns.transpose(1, 2).unsqueeze(2)).squeeze(2).transpose(1, 2)

    def heads(self, x: Tensor, first: Tensor) -> LineLogits:
        """Columns (B, W / 4, width), and what they say of symbols -> logits (B, W / 2, classes of each head)."""
        heads = first, self.vowel(x), self.final(x)
        return LineLogits(*(head.unflatten(-1, (2, -1)).flatten(1, 2) for head in heads))

    def decode(self, codes: Tensor, asked: Asked | None = None) -> LineLogits:
        """Codes (B, W / 32, code) -> logits (B, W / 2, classes of each head); of the classes `asked` for, if given."""
        x, weight = self.columns(codes), self.first.weight
        return self.heads(x, self.first(x) if asked is None else asked.of(x, weight))

    def forward(self, pixels: Tensor, asked: Asked | None = None) -> LineLogits:
        return self.decode(self.encode(pixels), asked)


LETTER_WIDTHS = 24, 48, 96  # channels of the maps at 1/2, 1/4 and 1/8


class LetterNet(nn.Sequential):
    """Squares (N, 1, 24, 24), each around a character → logits (N, characters, 1, 1)."""

    def __init__(self, characters: int) -> None:
        layers: list[nn.Module] = []
        for before, after in zip((1, *LETTER_WIDTHS), LETTER_WIDTHS, strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers += [nn.MaxPool2d(2)]
        super().__init__(*layers, nn.Conv2d(LETTER_WIDTHS[-1], 128, 3), nn.ReLU(), nn.Conv2d(128, characters, 1))


KIND_WIDTHS = 16, 24, 40, 64, 80  # channels of the maps at 1/2 to 1/32


class KindNet(nn.Module):
    """Squares (B, 3, S, S) -> logits (B, kinds).

    Strided convolutions with a residual pair at each scale; then each channel's mean (how much of something there is)
    and greatest value (whether there is any of it) over the whole picture, normed so that the head learns evenly.
    """

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.stem = ConvNorm(3, KIND_WIDTHS[0], stride=2)
        self.down = nn.ModuleList(ConvNorm(before, after, stride=2) for before, after in pairwise(KIND_WIDTHS))
        self.blocks = nn.ModuleList(Residual(width) for width in KIND_WIDTHS[1:])
        self.norm = nn.LayerNorm(2 * KIND_WIDTHS[-1])
        self.head = nn.Linear(2 * KIND_WIDTHS[-1], kinds)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        for down, block in zip(self.down, self.blocks, strict=True):
            x = block(F.relu(down(x)))
        logits: Tensor = self.head(self.norm(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)))
        return logits


RARE_LOGIT = -4.0  # first logit of what is expected to be rare
_NARROW = (32, 64, 96, 128)  # channels of the maps at 1/4 to 1/32 in nets that look at many pixels
_FINE = (16, 40, 64, 96)  # channels of the maps at 1/2 to 1/16 in a net that looks at every pixel


RECOGNISERS = ("recogniser", "handwriting")  # nets of one form that read lines: of print and of everything; in a hand
# Constructors; a net's tensors carry its name as a prefix in the checkpoint.
NETS: dict[str, Callable[[], nn.Module]] = {
    "lines": lambda: UNet(1, lines.CHANNELS, _NARROW),
    "recogniser": lambda: Recogniser(Alphabet(recogniser_chars()).classes, DEEP),
    "handwriting": lambda: Recogniser(Alphabet(recogniser_chars()).classes),
    "chart_texts": lambda: UNet(3, figures.CHANNELS, _FINE, stem_stride=1, coarse=figures.CHANNELS - 1),
    "chart_marks": lambda: UNet(3, charts.CHANNELS, _NARROW, rare=len(charts.HEATS)),
    "molecules": lambda: UNet(1, molecule.CHANNELS),
    "geometry": lambda: UNet(3, geometry.CHANNELS, _NARROW, rare=len(geometry.HEATS)),
    "geometry_letters": lambda: LetterNet(len(geometry.CHARS)),
    "figure_kind": lambda: KindNet(len(figures.KINDS)),
}
