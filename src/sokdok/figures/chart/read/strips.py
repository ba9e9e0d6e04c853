"""Texts of a picture cut out and laid level, one above the other, each on paper of its own: what a recogniser reads.

What stands right beside a text, such as the mark of a tick, is painted over: it would be read along.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from sokdok.figures.chart.read.find_texts import FoundText
from sokdok.reading.nano.text_detector import DetectedLine

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
    paper = int(np.median(np.asarray(gray.crop(_around(text)))))
    size = math.ceil((length + 2 * pad) * fine), math.ceil(high * fine)
    strip = np.array(gray.transform(size, Image.Transform.AFFINE, place, method, fillcolor=paper))
    x, y = (pad + float(shift @ along)) * fine, (high / 2 + float(shift @ down)) * fine
    em, end = text.em * fine, (pad + float(shift @ along) + length) * fine
    first, last = max(0, round(x - _MARGIN_EM * em)), round(end + _MARGIN_EM * em)
    paper = int(np.median(strip[:, first : max(first + 1, last)]))
    strip[:, :first] = strip[:, last:] = paper
    return strip, DetectedLine((x - _LEAD_EM * em, y), (end, y), em, "text", text.confidence)


def _around(text: FoundText) -> tuple[int, int, int, int]:
    """Get whole pixels around a text."""
    (x0, y0), (x1, y1) = text.left, text.right
    half = text.em / 2
    left, top = min(x0, x1) - half, min(y0, y1) - half
    return math.floor(left), math.floor(top), math.ceil(max(x0, x1) + half), math.ceil(max(y0, y1) + half)
