"""A net that knows the truth: logits made of a synthetic figure's targets, so that only decoding is tested."""

from __future__ import annotations

import numpy as np

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.geometry import CHANNELS, HEATS, SLICES
from sokdok_lab.synth.geometry.truth import GeometryFigure
from sokdok_lab.training.tasks.geometry import Targets

SURE = 9.0  # logit


def oracle_logits(figure: GeometryFigure, height: int, width: int) -> np.ndarray:
    """(1, CHANNELS, height / 4, width / 4) of a figure in the top left corner."""
    targets = Targets((height // STRIDE, width // STRIDE))
    targets.add(figure, 0, 0)
    logits = np.zeros((1, CHANNELS, *targets.grid), np.float32)
    for index, name in enumerate(HEATS):
        logits[0, SLICES[name]] = np.where(targets.heat[index] >= 1, SURE, -SURE)
    for name, value in targets.numbers.items():
        logits[0, SLICES[name]] = np.nan_to_num(value)
    for name, choice in targets.choices.items():
        rows, columns = np.nonzero(choice >= 0)
        logits[0, SLICES[name]][choice[rows, columns], rows, columns] = SURE
    return logits
