"""Where the texts of a chart are, which way they run and what they are: connected cores in the output of nano's net.

- In which direction a letter by itself is read it hardly says, but the texts of an axis agree. Where an axis has longer
  texts, short ones run as these do; where all are short, or the longer ones differ, they are read in several ways, and
  what has the higher confidence counts for all.
- Texts are cut out for the recogniser as strips: laid level, one above the other, each on paper of its own. What stands
  right beside a text, such as the mark of a tick, is painted over: it would be read along.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import sigmoid
from sokdok.imaging.grouping import pixels_of
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
from sokdok.reading.nano.text_detector import DetectedLine

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
    found = [text.scaled(1 / scale) for text in decode_texts(net(padded)[0])]
    return sorted(found, key=lambda text: (text.left[1], text.left[0]))


def decode_texts(logits: np.ndarray) -> list[FoundText]:
    """Find texts, in pixels of the seen picture, in logits (channels, rows, columns)."""
    probability = sigmoid(logits[SLICES["core"]][0])
    texts = [text for core in pixels_of(probability > _MIN_PROBABILITY) if (text := _text(logits, probability, *core))]
    lefts, rights = (np.array([complex(*getattr(text, side)) for text in texts]) for side in ("left", "right"))
    ways, ems = rights - lefts, np.array([text.em for text in texts])
    whole = []
    for text, place, length in zip(texts, (lefts + rights) / 2, np.abs(ways), strict=True):  # by its middle
        shares = (place - lefts) / np.where(ways == 0, 1, ways)
        on_it = (shares.real > 0) & (shares.real < 1) & (np.abs(shares.imag * ways) < ems / 2)
        if not (on_it & (np.abs(ways) > length)).any():  # else it is a part of a longer text, whose core broke
            whole.append(text)
    return whole


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


@dataclass(frozen=True)
class Reading:
    """What a text says."""

    text: str
    confidence: float  # 0 to 1: that it is read right


_ON_AXES = ("category", "value tick")  # roles of texts that stand along an axis
_ASIDE_EM = 0.8  # most that the middles of texts of a row, or of a column, lie apart across it
_AXIS = 3  # texts that make an axis, at least
_SHORT_EM = 1.4  # length of a text whose direction is uncertain, at most
_TURNED_EM = 0.6  # length that such a text has in another direction, about
_WAYS = (0.0, 90.0, -90.0)  # degrees at which such texts may be read, however they were found
Read = Callable[[Sequence[FoundText]], list[Reading]]


def agreed(found: Sequence[FoundText], read: Read) -> list[FoundText]:
    """Turn the short texts of axes as the others run; `read` reads texts."""
    texts = list(found)
    for group in _axes(found):
        short = [i for i in group if math.dist(found[i].left, found[i].right) < _SHORT_EM * found[i].em]
        angles = {found[i].angle for i in group if i not in short}
        if short and len(group) >= _AXIS:
            if len(angles) == 1 and angles <= {*_WAYS}:  # one that is slanted was hardly seen so
                (way,) = angles
            else:
                said = {way: read([turned(found[i], way) for i in short]) for way in (*_WAYS, *angles)}
                # The way that is read with most confidence, as more than signs such as < and |.
                way = max(said, key=lambda way: sum(it.confidence * any(map(str.isalnum, it.text)) for it in said[way]))
            for i in short:
                texts[i] = turned(found[i], way)
    return texts


def _axes(found: Sequence[FoundText]) -> set[frozenset[int]]:
    """Group the numbers of texts of one role along an axis: of the row or column of each, whichever has more."""
    groups = set()
    for role in _ON_AXES:
        own = [i for i, text in enumerate(found) if text.role == role]
        middles = np.array([middle(found[i]) for i in own]).reshape(-1, 2)
        for i, place in zip(own, middles, strict=True):
            beside = np.abs(middles - place) < _ASIDE_EM * found[i].em
            column, row = beside[:, 0], beside[:, 1]
            chosen = row if row.sum() >= column.sum() else column
            groups.add(frozenset(number for number, inside in zip(own, chosen, strict=True) if inside))
    return groups


def middle(text: FoundText) -> Point:
    """Find the middle of a text."""
    return (text.left[0] + text.right[0]) / 2, (text.left[1] + text.right[1]) / 2


def turned(text: FoundText, angle: float) -> FoundText:
    """Turn a short text about its middle; it keeps its length where it runs so already."""
    if text.angle == angle:
        return text
    x, y = middle(text)
    half = _TURNED_EM / 2 * text.em
    dx, dy = half * math.cos(math.radians(angle)), -half * math.sin(math.radians(angle))
    left: Point = (x - dx, y - dy)
    return replace(text, left=left, right=(x + dx, y + dy), angle=angle)


_HIGH_EM = 1.6  # height of a strip
_FINE = 2  # times finer a text is sampled that is not level or upright: that costs sharpness
_PAD_EM = 0.6  # of paper before and behind a text
_LEAD_EM = 0.15  # of this paper that is read with the text: the recogniser misses letters that begin at once
_MARGIN_EM = 0.15  # beside a text that still belongs to it


def level_strips(gray: Image.Image, texts: Sequence[FoundText]) -> tuple[np.ndarray, list[DetectedLine]]:
    """Lay texts of a grey picture level: a picture (H, W) uint8 of all of them, and where each lies on it."""
    strips = [_strip(gray, text) for text in texts]
    width = max((strip.shape[1] for strip, _ in strips), default=1)
    rows, lines, top = [], [], 0
    for strip, line in strips:
        rows.append(np.full((strip.shape[0], width), strip[0, 0], np.uint8))
        rows[-1][:, : strip.shape[1]] = strip
        (x0, y0), (x1, y1) = line.left, line.right
        lines.append(DetectedLine((x0, y0 + top), (x1, y1 + top), line.em, line.kind, line.confidence))
        top += strip.shape[0]
    return np.concatenate(rows) if rows else np.zeros((1, 1), np.uint8), lines


def _strip(gray: Image.Image, text: FoundText) -> tuple[np.ndarray, DetectedLine]:
    """Cut one text out, (h, w) uint8, and place it there."""
    upright = text.angle % 90 == 0
    fine = 1 if upright else _FINE
    angle = math.radians(text.angle)
    along, down = np.array([math.cos(angle), -math.sin(angle)]), np.array([math.sin(angle), math.cos(angle)])
    pad, high, length = _PAD_EM * text.em, _HIGH_EM * text.em, math.dist(text.left, text.right)
    corner, shift = np.array(text.left) - pad * along - high / 2 * down, np.zeros(2)
    if upright:  # pixel upon pixel
        along, down, whole = along.round(), down.round(), corner.round()
        shift, corner = corner - whole, whole
    place = (along[0] / fine, down[0] / fine, corner[0], along[1] / fine, down[1] / fine, corner[1])
    method = Image.Resampling.NEAREST if upright else Image.Resampling.BICUBIC
    ends = np.array([text.left, text.right])
    (x0, y0), (x1, y1) = np.floor(ends.min(0) - text.em / 2).tolist(), np.ceil(ends.max(0) + text.em / 2).tolist()
    paper = int(np.median(np.asarray(gray.crop((x0, y0, x1, y1)))))
    size = math.ceil((length + 2 * pad) * fine), math.ceil(high * fine)
    strip = np.array(gray.transform(size, Image.Transform.AFFINE, place, method, fillcolor=paper))
    x, y = (pad + float(shift @ along)) * fine, (high / 2 + float(shift @ down)) * fine
    em, end = text.em * fine, (pad + float(shift @ along) + length) * fine
    first, last = max(0, round(x - _MARGIN_EM * em)), round(end + _MARGIN_EM * em)
    paper = int(np.median(strip[:, first : max(first + 1, last)]))
    strip[:, :first] = strip[:, last:] = paper
    return strip, DetectedLine((x - _LEAD_EM * em, y), (end, y), em, "text", text.confidence)
