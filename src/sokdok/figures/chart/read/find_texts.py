"""Where the texts of a chart are, which way they run and what they are: connected cores in the output of nano's net."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import sigmoid
from sokdok.imaging.components import pixels_of
from sokdok.model.nano.formats import Net
from sokdok.model.nano.formats.figures import (
    CORE_END_EM,
    CORE_END_SHARE,
    EM,
    MULTIPLE_PX,
    ROLES,
    SLICES,
    STRIDE_PX,
    relative,
)

Point = tuple[float, float]  # x, y
_LONGEST_PX = 1400  # long side at most: larger pictures are seen smaller
_MIN_PROBABILITY = 0.65  # of a cell that belongs to a core
_SMALLEST_EM_PX = 4.0  # of a text; smaller ones are specks
_SLANTED = ("category", "value tick", "value label")  # roles of texts that may be slanted
_LEVEL_DEGREES = 12.0  # within which even such a text is level, or stands upright


@dataclass(frozen=True)
class FoundText:
    """A text on a picture, not read yet; pixels of the picture."""

    left: Point  # middle of its em box where it begins
    right: Point  # middle of its em box where it ends
    em: float
    angle: float  # degrees counter-clockwise in which it is read; 0, 90 or -90 where it is nearly that
    role: str  # one of `model.nano.formats.figures.ROLES`
    confidence: float

    def scaled(self, factor: float) -> FoundText:
        """Place it on a picture `factor` times as large."""
        left, right = ((x * factor, y * factor) for x, y in (self.left, self.right))
        return FoundText(left, right, self.em * factor, self.angle, self.role, self.confidence)


def find_texts(net: Net, pixels: np.ndarray) -> list[FoundText]:
    """Find the texts of a picture (H, W, 3) uint8 RGB, from top to bottom."""
    scale = min(1.0, _LONGEST_PX / max(pixels.shape[:2]))
    image = Image.fromarray(pixels)
    if scale < 1:
        image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    seen = np.asarray(image)
    height, width = (-(-side // MULTIPLE_PX) * MULTIPLE_PX for side in seen.shape[:2])
    padded = np.zeros((1, 3, height, width), np.float32)
    padded[0, :, : seen.shape[0], : seen.shape[1]] = relative(seen)
    logits = net(padded)[0]
    found = [text.scaled(1 / scale) for text in decode_texts(logits)]
    return sorted(found, key=lambda text: (text.left[1], text.left[0]))


def decode_texts(logits: np.ndarray) -> list[FoundText]:
    """Find texts, in pixels of the seen picture, in logits (channels, rows, columns)."""
    probability = sigmoid(logits[SLICES["core"]][0])
    texts = (_text(logits, probability, *cells) for cells in pixels_of(probability > _MIN_PROBABILITY))
    return [text for text in texts if text is not None]


def _text(logits: np.ndarray, probability: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> FoundText | None:
    """Measure the text of one connected core; None for a speck."""
    em = EM * 2.0 ** float(np.median(logits[SLICES["em"]][0, rows, columns]))
    if em < _SMALLEST_EM_PX:
        return None
    role = ROLES[int(logits[SLICES["role"], rows, columns].mean(1).argmax())]
    angle = _angle(logits[SLICES["direction"], rows, columns].mean(1), _LEVEL_DEGREES if role in _SLANTED else 45.0)
    unit = np.array([math.cos(math.radians(angle)), -math.sin(math.radians(angle))])
    right = np.array([-unit[1], unit[0]])
    places = (np.stack([columns, rows], 1) + 0.5) * STRIDE_PX
    along, across = places @ unit, places @ right + logits[SLICES["offset"]][0, rows, columns] * em
    first, last = along.min() - STRIDE_PX / 2, along.max() + STRIDE_PX / 2
    length = last - first  # of the core, which ends before the text does
    beyond = min(CORE_END_EM * em, CORE_END_SHARE / (1 - 2 * CORE_END_SHARE) * length)
    middle = float(np.median(across)) * right
    begin, end = (first - beyond) * unit + middle, (last + beyond) * unit + middle
    confidence = float(probability[rows, columns].mean())
    return FoundText((float(begin[0]), float(begin[1])), (float(end[0]), float(end[1])), em, angle, role, confidence)


def _angle(direction: np.ndarray, straight: float) -> float:
    """Compute the angle of a direction (2,), exactly level or upright within so many degrees of that."""
    angle = math.degrees(math.atan2(direction[1], direction[0]))
    nearest = min((0.0, 90.0, -90.0), key=lambda other: abs(angle - other))
    return nearest if abs(angle - nearest) <= straight else angle
