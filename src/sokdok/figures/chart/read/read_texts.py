"""The texts of a chart, found by nano's net and read by its recogniser, whichever way they run.

- Where the net says that a number stands, and none was read, it is read again as one: among digits and signs alone, a
  ring is a zero.
- Digits behind a ten or a two that stand higher are its exponent: 10^3, where `103` would be a number of its own.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from PIL import Image

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.axes import fitted
from sokdok.figures.chart.read.find_texts import FoundText, Reading, agreed, find_texts, level_strips
from sokdok.figures.chart.read.labels import Label
from sokdok.imaging.box import Box
from sokdok.model.nano.formats import Net
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine
from sokdok.reading.reading import Calibration

_NUMERIC = ("value tick", "value label")  # roles of texts that are numbers
_NUMERALS = "0123456789.,%-−+$€£¥₩()' kKMBGTmbn천만억조"  # what numbers are written with
_POWER = re.compile(r"(?P<base>10|2) ?(?P<power>[-−–]?\d{1,2})$")  # what a power is read as
_RAISED = 0.25  # of a digit's height: so much higher than the digits before them exponents end, at least
_INK = 0.4  # of the strips' darkest ink, from which a pixel belongs to a glyph
_EXPONENTS = "0123456789-−"
_FIGURE_EM = 0.55  # width of a figure, roughly
_HALF_EM = 0.8  # of a line, up and down from its middle
_MINUS = str.maketrans("−–", "--")
_TICK_MARKS = "-–—_|┤┼┦├│·.,'`~∙= "  # what tick marks are read as


class PlaceReader(Protocol):
    """Reads lines whose places are known."""

    def read_at(self, gray: np.ndarray, lines: Sequence[DetectedLine], characters: str = "") -> list[LineText]:
        """Read lines of a grey picture (H, W) uint8; `characters`: the only ones that may be there, "" for all."""
        ...


Read = Callable[[Sequence[int], str], list[Reading]]
"""numbers of texts, and the only characters that may be there, "" for all → what they say"""


@dataclass(frozen=True)
class ChartTexts:
    """Reads the texts of charts."""

    net: Net  # finds them (`model.nano.formats.figures`)
    reader: PlaceReader
    calibration: Calibration = Calibration()

    def read(self, pixels: np.ndarray) -> list[Label]:
        """Read all texts of a picture (H, W, 3) uint8 RGB."""
        gray = Image.fromarray(pixels).convert("L")
        found = find_texts(self.net, pixels)
        found = agreed(found, lambda texts: self._strips(gray, texts)(range(len(texts)), ""))
        read = self._strips(gray, found)
        said = read(range(len(found)), "")
        apart = [part for row, text in zip(found, said, strict=True) for part in _parted(row, text)]
        if len(apart) > len(found):
            found, read = apart, self._strips(gray, apart)
            said = read(range(len(found)), "")
        numbers = [i for i, text in enumerate(found) if text.role in _NUMERIC]  # of notes' signs some are exponents
        doubtful = [i for i in numbers if not parse_number(said[i].text) or said[i].text[-1:] in "*†‡"]
        for i, text in zip(doubtful, read(doubtful, _NUMERALS), strict=True):
            said[i] = text if parse_number(text.text) else said[i]  # what is none either way stays
        return [
            Label(text.text, _box(place), text.confidence, place.angle, place.role, place.em)
            for place, text in zip(found, said, strict=True)
            if text.text
        ]

    def _strips(self, gray: Image.Image, found: Sequence[FoundText]) -> Read:
        """Lay texts level; return what reads some of them."""
        strips, lines = level_strips(gray, found)

        def read(numbers: Sequence[int], characters: str) -> list[Reading]:
            texts = self.reader.read_at(strips, [lines[i] for i in numbers], characters)
            said = [text.text for text in texts]
            places = {k: place for k, i in enumerate(numbers) if (place := _exponent(texts[k], strips, lines[i]))}
            exponents = self.reader.read_at(strips, list(places.values()), _EXPONENTS)
            for k, exponent in zip(places, exponents, strict=True):
                said[k] = _POWER.sub(rf"\g<base>^{exponent.text.translate(_MINUS)}", said[k])
            sure = [self.calibration.word(text.probability, text.probability) for text in texts]
            return [Reading(without_ticks(line), share) for line, share in zip(said, sure, strict=True)]

        return read


def _parted(row: FoundText, said: Reading) -> list[FoundText]:
    """Part numbers of an axis that were found as one text: they stand at even steps, if an axis goes through them."""
    words = said.text.split()
    if row.angle or len(words) < 2 or parse_number(said.text) or not all(map(parse_number, words)):
        return [row]
    (start, y), (end, _), halves = row.left, row.right, [_FIGURE_EM / 2 * row.em * len(word) for word in words]
    middles = np.linspace(start + halves[0], end - halves[-1], len(words))
    sides = zip(middles.tolist(), halves, strict=True)
    parts = [replace(row, left=(x - half, y), right=(x + half, y)) for x, half in sides]
    labels = [Label(word, _box(part)) for word, part in zip(words, parts, strict=True)]
    return parts if fitted(middles, labels) else [row]


def _exponent(text: LineText, strips: np.ndarray, line: DetectedLine) -> DetectedLine | None:
    """Find the digits behind a ten or a two on a line of strips (H, W) if they are raised: a line of their own."""
    match = _POWER.search(text.text)
    if match is None or len(text.places) != len(text.text):
        return None
    y, half = (line.left[1] + line.right[1]) / 2, _HALF_EM * line.em
    top = max(0, round(y - half))
    ink = np.abs(strips[top : round(y + half)].astype(np.int16) - int(strips[round(y), 0]))
    between = line.left[0] + (text.places[1:] + text.places[:-1]) / 2
    edges = np.concatenate([[line.left[0]], between, [line.right[0]]]).round().astype(int)
    rows = [np.flatnonzero((ink[:, a : b + 1] > _INK * ink.max()).any(1)) for a, b in itertools.pairwise(edges)]
    base, digit = rows[match.start() : match.end("base")], rows[match.end() - 1]
    if not all(map(len, [*base, digit])):
        return None
    foot, height = float(np.mean([found[-1] for found in base])), float(np.mean([np.ptp(found) for found in base]))
    if foot - digit[-1] < _RAISED * height:
        return None
    middle, em = top + float(digit[0] + digit[-1]) / 2, line.em * max(0.5, float(np.ptp(digit)) / max(height, 1.0))
    return DetectedLine((float(edges[match.start("power")]), middle), (line.right[0], middle), em, "text", 1.0)


def without_ticks(text: str) -> str:
    """Strip what tick marks beside a number were read as; a text that is no number stays."""
    if parse_number(whole := text.replace(", ", ",")):  # narrow type is read with spaces behind its commas
        return whole
    bare = text.strip(_TICK_MARKS) if not text.strip().startswith(("-", "−", "–")) else text.rstrip(_TICK_MARKS)
    return next((form for form in (bare, bare.lstrip(_TICK_MARKS)) if parse_number(form)), text.strip())


def _box(text: FoundText) -> Box:
    """Draw a box around a text's em boxes."""
    (x0, y0), (x1, y1) = text.left, text.right
    half = text.em / 2
    dx, dy = half * abs(math.sin(math.radians(text.angle))), half * abs(math.cos(math.radians(text.angle)))
    return Box(min(x0, x1) - dx, min(y0, y1) - dy, max(x0, x1) + dx, max(y0, y1) + dy)
