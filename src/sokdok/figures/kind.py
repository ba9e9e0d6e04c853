"""Find what kind of figure a picture is, by a small net that was taught on drawings (`model.nano.formats.figures`).

It goes before whichever reader reads figures, so it is always nano's own, out of the package.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image

from sokdok.model.nano.formats.figures import KINDS, UNREAD, flattened, squared
from sokdok.reading.nano.session import Graph, bundled_folder, open_graph

SAME_SHADE = 0.03  # by which shades of one colour may differ, of all between black and white


def kind_of(image: Image.Image) -> tuple[str, float]:
    """Find the likeliest of `KINDS` for a picture of any mode and size, and its probability."""
    scores = kind_scores(image)
    best = max(scores, key=lambda kind: scores[kind])
    return best, scores[best]


def kind_scores(image: Image.Image) -> dict[str, float]:
    """Compute the probability of each of `KINDS`; they sum to 1. Raises ModelError if the package's net is damaged."""
    square = squared(flattened(image))
    if not square.any():  # of one colour: nothing speaks for any kind, or for a chart that has to be refused
        return {kind: (kind not in UNREAD) / (len(KINDS) - len(UNREAD)) for kind in KINDS}
    logits = np.asarray(_net().run(None, {"pixels": square[None]})[0][0], np.float64)
    shares = np.exp(logits - logits.max())
    return dict(zip(KINDS, (shares / shares.sum()).tolist(), strict=True))


def has_ground(image: Image.Image) -> bool:
    """Whether half of a picture or more is of one colour, as it is of drawings, and not of photographs."""
    ground = np.abs(squared(flattened(image))).max(0) < SAME_SHADE
    return float(ground.mean()) >= 0.5


@lru_cache(maxsize=1)
def _net() -> Graph:
    return open_graph(bundled_folder() / "figure_kind.onnx", threads=1)
