"""A small net that recognises single characters, for the labels of geometry figures."""

from __future__ import annotations

from torch import nn

WIDTHS = 24, 48, 96  # channels of the maps at 1/2, 1/4 and 1/8


class LetterNet(nn.Sequential):
    """Squares (N, 1, 24, 24), each around a character → logits (N, characters, 1, 1)."""

    def __init__(self, characters: int) -> None:
        layers: list[nn.Module] = []
        for before, after in zip((1, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers += [nn.MaxPool2d(2)]
        super().__init__(*layers, nn.Conv2d(WIDTHS[-1], 128, 3), nn.ReLU(), nn.Conv2d(128, characters, 1))
