"""nano's smaller nets by name: what finds and reads lines and figures beside the model of `model.nano`."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from sokdok.model.alphabet import Alphabet, default_chars
from sokdok.model.lines import CHANNELS
from sokdok.model.rows import RowReader
from sokdok.model.unet import UNet

NETS: dict[str, Callable[[], nn.Module]] = {
    "lines": lambda: UNet(1, CHANNELS, (32, 64, 96, 128)),
    "rows": lambda: RowReader(Alphabet(default_chars()).classes),
}
"""constructors; a net's tensors carry its name as a prefix in the checkpoint"""
