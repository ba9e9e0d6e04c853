"""A net that knows the truth: logits made of a synthetic figure's targets, so that only decoding is tested."""

import numpy as np

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.geometry import CHANNELS, HEATS, SLICES
from sokdok_lab.synth.geometry.truth import GeometryFigure
from sokdok_lab.training.tasks.geometry import targets

SURE = 9.0  # logit


def oracle_logits(figure: GeometryFigure, height: int, width: int) -> np.ndarray:
    """(1, CHANNELS, height / 4, width / 4) of a figure in the top left corner."""
    grid = height // STRIDE, width // STRIDE
    maps, logits = targets(figure, 0, 0, grid), np.zeros((1, CHANNELS, *grid), np.float32)
    for index, name in enumerate(HEATS):
        logits[0, SLICES[name]] = np.where(maps["heat"][index] >= 1, SURE, -SURE)
    for name, values in maps.items():
        if values.dtype == np.int64:
            rows, columns = np.nonzero(values >= 0)
            logits[0, SLICES[name]][values[rows, columns], rows, columns] = SURE
        elif name != "heat":
            logits[0, SLICES[name]] = np.nan_to_num(values)
    return logits
