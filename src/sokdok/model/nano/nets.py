"""nano's smaller nets by name: what finds and reads lines and figures beside the model of `model.nano.nano`.

How many channels a net takes and gives is counted from its format, which reading, training and synth share.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from sokdok.model.nano.alphabet import Alphabet, recogniser_chars
from sokdok.model.nano.formats import chart_texts, figure_kind, geometry, molecule, text_detector
from sokdok.model.nano.kind_net import KindNet
from sokdok.model.nano.letters import LetterNet
from sokdok.model.nano.recogniser import Recogniser
from sokdok.model.nano.unet import UNet

_NARROW = (32, 64, 96, 128)  # channels of the maps at 1/4 to 1/32 in nets that look at many pixels

_FINE = (16, 40, 64, 96)  # channels of the maps at 1/2 to 1/16 in a net that looks at every pixel


def molecules_net(outputs: int = molecule.CHANNELS) -> UNet:
    """Make the net of atoms and bonds; one that knows fewer labels has fewer outputs."""
    return UNet(1, outputs)


RECOGNISERS = ("recogniser", "handwriting")  # nets of one form that read lines: of print and of everything; in a hand
NETS: dict[str, Callable[[], nn.Module]] = {
    "lines": lambda: UNet(1, text_detector.CHANNELS, _NARROW),
    "recogniser": lambda: Recogniser(Alphabet(recogniser_chars()).classes),
    "handwriting": lambda: Recogniser(Alphabet(recogniser_chars()).classes),
    "chart_texts": lambda: UNet(3, chart_texts.CHANNELS, _FINE, stem_stride=1, coarse=chart_texts.CHANNELS - 1),
    "molecules": molecules_net,
    "geometry": lambda: UNet(3, geometry.CHANNELS, _NARROW),
    "geometry_letters": lambda: LetterNet(len(geometry.CHARS)),
    "figure_kind": lambda: KindNet(len(figure_kind.KINDS)),
}  # constructors; a net's tensors carry its name as a prefix in the checkpoint
