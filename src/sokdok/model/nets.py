"""nano's smaller nets by name: what finds and reads lines and figures beside the model of `model.nano`."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from sokdok.model.alphabet import Alphabet, default_chars, recogniser_chars
from sokdok.model.letters import LetterNet
from sokdok.model.lines import CHANNELS
from sokdok.model.recogniser import Recogniser
from sokdok.model.rows import RowReader
from sokdok.model.unet import UNet

NETS: dict[str, Callable[[], nn.Module]] = {
    "lines": lambda: UNet(1, CHANNELS, (32, 64, 96, 128)),
    "rows": lambda: RowReader(Alphabet(default_chars()).classes),
    "recogniser": lambda: Recogniser(Alphabet(recogniser_chars()).classes),
    "molecules": lambda: UNet(1, 70),
    "geometry": lambda: UNet(3, 103, (32, 64, 96, 128)),
    "geometry_letters": lambda: LetterNet(73),
}
"""constructors; a net's tensors carry its name as a prefix in the checkpoint.

What the outputs of the last three mean stands where they are read (`reading.nano.reader`), with the same numbers."""
