"""Pies and rings: the ends of sectors' rims around a middle, and the names and numbers at them.

A turn is a share of the circle, from the top clockwise.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.axes import Axis
from sokdok.figures.chart.read.drawn import Found, Shape
from sokdok.figures.chart.read.labels import Label, joined, stacked, written_cell
from sokdok.figures.chart.read.marks import Marks, alike
from sokdok.figures.chart.read.plot import Plot
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import consecutive

_DIRECTIONS = 720
_LEAST_SHARE = 0.006  # of the turn of the thinnest sector
_SEEN_RADII = (0.82, 0.88, 0.94)  # where sectors have their colours
_EDGE_RADII, _FITS = (0.7, 1.4), 3  # between which the edge of the circle is looked for, and how often
_WRITTEN_SHARE = 0.5  # share of the sectors with a number from which these are the values
_BESIDE_RADIUS = 1.1  # from which the distance to a text is measured
_INSIDE_DISTANCE = 0.05  # radii that a text in its sector counts as away
_FINEST_SHARE = 0.002  # of the whole, to which a share is measured
_TURN_SLACK = 0.01  # turns that a text may lie outside its sector
_NEAR_RADII = 0.75  # from a sector to its text, at most
_SAME_SHARE, _MISFIT_RADII = 0.015, 0.35
"""turns by which a percentage differs from its sector, at most; and what one that differs more adds to the distance"""
_ROLES = ("category", "value label", "value tick")  # of most texts at sectors
_NAME_AND_NUMBER = re.compile(r"(?P<name>.*?\D)[\s:(]+(?P<number>[$€£¥₩]?[-−]?\d[\d.,]*\s?(?:%|억|만|천|조|[KMB])?)\)?")
_NAME_AND_PERCENTAGE = re.compile(r"(?P<name>.*?[^\W\d])(?P<number>\d[\d.]*%)")
"""a percentage is one, too, where its space was not seen"""


@dataclass(frozen=True)
class _Sector:
    """A part of the circle, in turns."""

    start: float
    end: float
    color: np.ndarray  # (3,) of most of it: what is written in it has others

    @property
    def share(self) -> float:
        return self.end - self.start

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class _Part:
    """A text around the circle: the name in it and the number at its end."""

    name: str
    number: Label | None
    label: Label


@dataclass(frozen=True)
class _Circle:
    x: float
    y: float
    radius: float

    def at(self, turn: float, radii: float) -> tuple[float, float]:
        """The place at a turn, so many radii from the middle."""
        angle = 2 * math.pi * turn
        return self.x + radii * self.radius * math.sin(angle), self.y - radii * self.radius * math.cos(angle)


def read_pie(plot: Plot) -> Found | None:
    """Read a pie or ring; None if the picture is none."""
    marks, texts, keys = plot.marks, plot.texts, plot.keys
    if not marks.pies:
        return None
    circle = _circle(marks)
    sectors = _sectors(circle, marks.pixels, marks.ground)
    if len(sectors) < 2:
        return None
    series, number = keys.series(np.array([sector.color for sector in sectors]))
    entries = [series[i] if i >= 0 else "" for i in number]
    parts = _parts(texts.labels)
    at_number = _matched(circle, sectors, [part for part in parts if part.number and part.label.role in _ROLES])
    # What stands above the circle looks like a title, or a part of the legend, too.
    at_name = dict[int, _Part]()
    for likely in (True, False):
        free = [p for p in parts if p.name and p not in at_name.values() and (p.label.role in _ROLES) is likely]
        at_name = _matched(circle, sectors, free) | at_name
    names, numbers = [], []
    for i, entry in enumerate(entries):
        own = _split(Label(entry, Box(0, 0, 0, 0))) if entry else None
        names.append((own.name or entry) if own else at_name[i].name if i in at_name else "")
        beside = at_number[i].number if i in at_number else None
        numbers.append(own.number if own and own.name and own.number else beside)
    values, misread = _values(sectors, numbers)
    shapes, confidence = tuple(_shapes(marks, circle, sectors, values)), max(pie.score for pie in marks.pies)
    return Found("pie", tuple(names), ("",), (values,), confidence, shapes=shapes, lost=misread)


def _values(sectors: Sequence[_Sector], numbers: Sequence[Label | None]) -> tuple[tuple[str, ...], bool]:
    """The number written at each sector that is as large as it says, else its share; and whether one says otherwise."""
    read = np.array([label.number.value if label and label.number else np.nan for label in numbers])
    shares = np.array([sector.share for sector in sectors])
    wholes = [100.0, *(read / shares)[read > 0].tolist()]
    fits, whole = max(((np.abs(read / w - shares) <= _SAME_SHARE, w) for w in wholes), key=lambda found: found[0].sum())
    own = tuple(label for label, fit in zip(numbers, fits, strict=True) if label and fit)
    if len(own) < _WRITTEN_SHARE * len(sectors):
        whole, own, fits = 100.0, (Label("100%", Box(0, 0, 0, 0)),), np.zeros(len(sectors), bool)
    scale = Axis(whole * _FINEST_SHARE, 0.0, own)
    cells = [
        written_cell(label) if label and fit else scale.write(whole * share)
        for label, fit, share in zip(numbers, fits, shares.tolist(), strict=True)
    ]
    return tuple(cells), bool((~np.isnan(read) & ~fits).any())


def _circle(marks: Marks) -> _Circle:
    """The circle around the middle that most ends of rims vote for, moved to where the sectors end on paper."""
    pie = max(marks.pies, key=lambda pie: len(pie.rim))
    (x, y), radius = pie.middle.tolist(), float(np.median(np.hypot(*(pie.rim - pie.middle).T)))
    circle, (height, width) = _Circle(x, y, radius), marks.pixels.shape[:2]
    radii = np.linspace(*_EDGE_RADII, 96)
    for _ in range(_FITS):
        # 1. From within outward, in every direction, to the first paper.
        places = np.array([[circle.at(turn, radius) for radius in radii] for turn in np.arange(0, 1, 1 / 96)])
        x, y = places[..., 0].astype(int).clip(0, width - 1), places[..., 1].astype(int).clip(0, height - 1)
        paper = alike(marks.pixels[y, x], marks.ground)
        ends = places[np.arange(len(places)), paper.argmax(1)][paper.any(1) & ~paper[:, 0]]
        # 2. The circle through these ends, less those that lie off it, as lines between sectors and to texts do.
        for _ in range(_FITS):
            if len(ends) < 3:
                return circle
            # Of all ends |p|^2 = 2 p·middle + (radius^2 - |middle|^2).
            fit = np.linalg.lstsq(np.c_[2 * ends, np.ones(len(ends))], (ends**2).sum(1), rcond=None)[0]
            off = np.hypot(*(ends - fit[:2]).T)
            circle = _Circle(float(fit[0]), float(fit[1]), float(np.median(off)))
            ends = ends[np.abs(off - circle.radius) <= max(1.0, float(np.median(np.abs(off - circle.radius))) * 2)]
    return circle


def _sectors(circle: _Circle, pixels: np.ndarray, ground: np.ndarray) -> list[_Sector]:
    """Sectors by their colours along the rim; narrow runs are lines or blends between them."""
    turns = (np.arange(_DIRECTIONS) + 0.5) / _DIRECTIONS
    places = np.array([[circle.at(turn, radius) for turn in turns] for radius in _SEEN_RADII]).astype(int)
    x, y = (places[..., i].clip(0, pixels.shape[1 - i] - 1) for i in (0, 1))
    seen = np.median(pixels[y, x].astype(float), axis=0)
    # 1. Directions of one colour run together; those that go on over the top are one run.
    starts = [i for i in range(_DIRECTIONS) if not alike(seen[i], seen[i - 1])]
    runs = [(i, j if j > i else j + _DIRECTIONS) for i, j in zip(starts, [*starts[1:], *starts[:1]], strict=True)]
    wide = [run for run in runs if run[1] - run[0] > _LEAST_SHARE * _DIRECTIONS]
    # 2. What is written across a sector parts runs of one colour.
    colors = [np.median(seen[np.arange(start, end) % _DIRECTIONS], axis=0) for start, end in wide]
    first = next((i for i in range(len(wide)) if not alike(colors[i], colors[i - 1])), 0)
    joined: list[tuple[int, int, np.ndarray]] = []
    for (start, end), color in [*zip(wide, colors, strict=True)][first:] + [*zip(wide, colors, strict=True)][:first]:
        if joined and alike(joined[-1][2], color):
            joined[-1] = joined[-1][0], end, color
        else:
            joined.append((start, end, color))
    # 3. Two neighbours meet in the middle of what is between them.
    ends = [(joined[i - 1][1] % _DIRECTIONS, start) for i, (start, _, _) in enumerate(joined)]
    cuts = [(low + ((high - low) % _DIRECTIONS) / 2) / _DIRECTIONS % 1 for low, high in ends]
    found = [
        _Sector(cut, end if end > cut else end + 1, color)
        for cut, end, (_, _, color) in zip(cuts, cuts[1:] + cuts[:1], joined, strict=True)
    ]
    return [sector for sector in found if not alike(sector.color, ground)]


def _shapes(marks: Marks, circle: _Circle, sectors: Sequence[_Sector], values: Sequence[str]) -> Iterator[Shape]:
    """Draw the sectors as large as their values say, less the hole of a ring."""
    read = [parse_number(value) for value in values]
    total = sum(number.value for number in read if number) or 1.0
    radii = np.linspace(0.02, 0.9, 30)
    on = [
        np.abs(marks.colors(np.array([circle.at(s.middle, radius) for s in sectors]), 0) - marks.ground).max(-1) < 12
        for radius in radii
    ]
    hole = max((radius for radius, empty in zip(radii, on, strict=True) if empty.mean() > 0.5), default=0.0)
    start = sectors[0].start
    for number, sector in zip(read, sectors, strict=True):
        share = number.value / total if number else 0.0
        turns = np.linspace(start, start + share, max(2, round(_DIRECTIONS * share)))
        rim = [circle.at(turn, 1.0) for turn in turns]
        yield Shape(sector.color, np.array([*rim, *(circle.at(turn, hole) for turn in reversed(turns))]))
        start += share


def _matched(circle: _Circle, sectors: Sequence[_Sector], parts: Sequence[_Part]) -> dict[int, _Part]:
    """Match texts and sectors, nearest first; a percentage that is not the sector's share makes it farther."""
    pairs = []
    for (i, sector), (j, part) in itertools.product(enumerate(sectors), enumerate(parts)):
        number = part.number.number if part.number else None
        misfits = number and number.unit in ("%", "％") and abs(number.value / 100 - sector.share) > _SAME_SHARE
        pairs.append((_distance(circle, sector, part.label) + bool(misfits) * _MISFIT_RADII, i, j))
    found: dict[int, _Part] = {}
    for distance, i, j in sorted(pairs):
        if distance < _NEAR_RADII and i not in found and parts[j] not in found.values():
            found[i] = parts[j]
    return found


def _distance(circle: _Circle, sector: _Sector, label: Label) -> float:
    """Compute the radii from a sector's middle to a text; the text's nearest point counts outside the circle."""
    right, down = label.x - circle.x, label.y - circle.y
    if math.hypot(right, down) < circle.radius:
        turn = (math.atan2(right, -down) / (2 * math.pi)) % 1
        low, high = sector.start - _TURN_SLACK, sector.end + _TURN_SLACK
        within = low <= turn <= high or sector.start <= turn + 1 <= sector.end
        from_middle = abs((turn - sector.middle + 0.5) % 1 - 0.5)
        return _INSIDE_DISTANCE + from_middle if within else math.inf
    x, y = circle.at(sector.middle, _BESIDE_RADIUS)
    box = label.box
    return math.hypot(min(max(x, box.left), box.right) - x, min(max(y, box.top), box.bottom) - y) / circle.radius


def _parts(labels: Sequence[Label]) -> list[_Part]:
    """Numbers, and names with all their lines, each with the number at its end."""
    lines = [
        own
        for group in stacked(labels)
        for own in consecutive(
            group, lambda label: label.y, lambda above, label: not (label.number or _split(above[-1]).number)
        )
    ]
    roles = (next((label.role for label in own if label.role in _ROLES), "") for own in lines)
    return [_split(replace(joined(own), role=role)) for own, role in zip(lines, roles, strict=True)]


def _split(label: Label) -> _Part:
    """Take a text apart into a name and the number at its end."""
    text = label.text.strip().lstrip("•·-– ").strip()
    if label.number is not None:
        return _Part("", label, label)
    match = _NAME_AND_NUMBER.fullmatch(text) or _NAME_AND_PERCENTAGE.fullmatch(text)
    if match and parse_number(match["number"].strip()):
        return _Part(match["name"].strip(" :("), Label(match["number"].strip(), label.box, label.confidence), label)
    return _Part(text, None, label)
