"""Pies and rings: the circle that the marks fill, and the colours round it.

- The circle comes from the box of the marks that touch; its rim must be marks and the corners of its box must not.
- Each of 720 directions takes the commonest colour along its outer radius; what is in between two sectors is neither.
- Names come from the legend or stand at the sector; so do values, else the share of the turn is the value.

Radii in shares of the circle's radius; turns in 0 to 1, clockwise from twelve o'clock.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.colors import BLEND
from sokdok.figures.chart.read.labels import Label, paragraph, written_cell
from sokdok.figures.chart.read.scene import Found, Scene, Shape
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, gaps_to

_MARK_PX, _MARK_SIDE_PX = 60, 5  # pixels of a mark that may be a sector, and its shorter side; all are more
_GAP_PX = 4  # between the boxes of neighbouring sectors, at most
_RADIUS_PX = 20  # of the circle, at least
_SQUARE_SHARE, _SQUARE_PX = 0.05, 3
"""share of the radius, and pixels more, that width and height of the circle differ, at most"""

_DIRECTIONS = 720
_RIM_RADII, _OUTSIDE_RADIUS = (0.85, 0.9, 0.95), 1.07  # where there must be marks and where there mustn't
_RIM_SHARE, _OUTSIDE_SHARE = 0.88, 0.35  # share of the directions with marks on the rim, at least, and outside, at most
_SECTOR_RADII = np.linspace(0.72, 0.96, 13)  # where sectors have their colours
_HOLE_RADII = np.linspace(0.02, 0.7, 18)  # where a ring has its hole
_COLORED_SHARE = 0.3  # share of these radii with a mark in a direction of a sector
_COVERED_SHARE = 0.6  # share of the directions of sectors, at least
_LEAST_SHARE = 0.006  # share of the turn of the thinnest sector

_WRITTEN_SHARE = 0.5  # share of the sectors with a number from which these are the values
_CONFIDENCE, _NAMED_CONFIDENCE, _TEXTLESS = 0.3, 0.6, 0.1
"""of a pie; what names of all sectors add; and the share that is left where there is no text at all"""
_BESIDE_RADIUS = 1.1  # from which the distance to a text is measured
_INSIDE_DISTANCE = 0.05  # radii that a text in its sector counts as away
_TURN_SLACK = 0.01  # turns that a text may lie outside its sector
_NEAR_RADII = 0.75  # from a sector to its text, at most
_SAME_SHARE, _MISFIT_RADII = 0.015, 0.35
"""turns by which a percentage differs from its sector, at most; and what one that differs more adds to the distance"""
_NAME_AND_NUMBER = re.compile(r"(?P<name>.*?\D)[\s:(]+(?P<number>[$€£¥₩]?[-−]?\d[\d.,]*\s?(?:%|억|만|천|조|[KMB])?)\)?")
_NAME_AND_PERCENTAGE = re.compile(r"(?P<name>.*?[^\W\d])(?P<number>\d[\d.]*%)")
"""a percentage is one, too, where its space was not seen"""


@dataclass(frozen=True)
class _Circle:
    """Middle and radius in pixels."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class _Sector:
    """A part of the circle."""

    code: int
    start: float
    end: float

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


def find_pie(scene: Scene) -> Found | None:
    """Read a pie or ring; None if the picture is none."""
    circle = _circle(scene)
    sectors = _sectors_of(scene, circle) if circle else []
    return _table(scene, circle, sectors) if circle and len(sectors) >= 2 else None


def _circle(scene: Scene) -> _Circle | None:
    """Find the circle that touching marks fill, the largest first."""
    solid = [area for area in scene.marks if area.size > _MARK_PX and min(area.width, area.height) > _MARK_SIDE_PX]
    gaps = gaps_to([area.box for area in solid])
    touching = connected(len(solid), lambda at: np.maximum(*gaps(at)) < _GAP_PX)
    groups = [[solid[i] for i in group] for group in touching]
    for group in sorted(groups, key=lambda group: -sum(area.size for area in group)):
        box = Box.around(area.box for area in group)
        circle = _Circle(*box.middle, (box.width + box.height) / 4)
        square = abs(box.width - box.height) <= _SQUARE_SHARE * circle.radius + _SQUARE_PX
        if circle.radius >= _RADIUS_PX and square and _is_round(scene, circle):
            return circle
    return None


def _ring(scene: Scene, circle: _Circle, share: float) -> np.ndarray:
    """Get the code in every direction at a share of the radius; the ground outside the picture."""
    turns = np.arange(_DIRECTIONS) / _DIRECTIONS * 2 * math.pi
    columns = np.round(circle.x - 0.5 + circle.radius * share * np.sin(turns)).astype(int)
    rows = np.round(circle.y - 0.5 - circle.radius * share * np.cos(turns)).astype(int)
    width, height = scene.size
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    codes = scene.flat.codes[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    return np.where(inside, codes, scene.flat.ground)


def _is_round(scene: Scene, circle: _Circle) -> bool:
    grounds = list(scene.flat.grounds)
    rim = np.mean([~np.isin(_ring(scene, circle, share), grounds) for share in _RIM_RADII])
    outside = np.mean(~np.isin(_ring(scene, circle, _OUTSIDE_RADIUS), grounds))
    return bool(rim > _RIM_SHARE and outside < _OUTSIDE_SHARE)


def _sectors_of(scene: Scene, circle: _Circle) -> list[_Sector]:
    """Find the sectors, clockwise; the first is the one that begins at or after twelve o'clock."""
    rings = np.stack([_ring(scene, circle, share) for share in _SECTOR_RADII])
    rings = np.where(np.isin(rings, list(scene.flat.grounds)), BLEND, rings)
    return _sectors(np.array([_commonest_code(rings[:, i]) for i in range(_DIRECTIONS)]))


def _commonest_code(codes: np.ndarray) -> int:
    known = codes[codes != BLEND]
    if known.size < _COLORED_SHARE * codes.size:
        return BLEND
    return int(np.bincount(known).argmax())


def _sectors(codes: np.ndarray) -> list[_Sector]:
    """Cut the turn into runs of one code (N,); what separates them is shared between neighbours."""
    count = len(codes)
    known = np.flatnonzero(codes != BLEND)
    if known.size < _COVERED_SHARE * count:
        return []
    distance = np.abs((np.arange(count)[:, None] - known[None] + count // 2) % count - count // 2)
    filled = codes[known[distance.argmin(1)]]
    cuts = np.flatnonzero(filled != np.roll(filled, 1))
    if len(cuts) < 2:
        return []
    ends = [*cuts[1:].tolist(), int(cuts[0]) + count]
    found = [_Sector(int(filled[a]), a / count, b / count) for a, b in zip(cuts.tolist(), ends, strict=True)]
    return [sector for sector in found if sector.share > _LEAST_SHARE]


def _table(scene: Scene, circle: _Circle, sectors: Sequence[_Sector]) -> Found:
    """Put names and values of the sectors together."""
    parts = [_split(label) for label in scene.labels if label not in scene.legend_labels and not label.angle]
    named_parts = [part for part in parts if part.name]
    at_name = _matched(circle, sectors, named_parts)
    at_number = _matched(circle, sectors, [part for part in parts if part.number])
    names = [_name(scene, sector, at_name.get(i), named_parts) for i, sector in enumerate(sectors)]
    numbers = [_number(scene, sector, at_number.get(i)) for i, sector in enumerate(sectors)]
    written = sum(number is not None for number in numbers) >= _WRITTEN_SHARE * len(numbers)
    values = tuple(
        written_cell(number) if number and written else f"{100 * sector.share:.1f}%"
        for sector, number in zip(sectors, numbers, strict=True)
    )
    named = float(np.mean([bool(name) for name in names]))
    confidence = (_CONFIDENCE + _NAMED_CONFIDENCE * named) * (1.0 if scene.labels else _TEXTLESS)
    return Found(
        "pie", tuple(names), ("",), (values,), confidence, shapes=tuple(_shapes(scene, circle, sectors, values))
    )


def _shapes(scene: Scene, circle: _Circle, sectors: Sequence[_Sector], values: Sequence[str]) -> Iterator[Shape]:
    """Draw the sectors as large as their values say, less the hole of a ring."""
    read = [parse_number(value) for value in values]
    total = sum(number.value for number in read if number) or 1.0
    shares, start = [number.value / total if number else 0.0 for number in read], sectors[0].start
    marked = [np.mean(~np.isin(_ring(scene, circle, share), list(scene.flat.grounds))) > 0.5 for share in _HOLE_RADII]
    hole = max((share for share, mark in zip(_HOLE_RADII, marked, strict=True) if not mark), default=0.0)
    for sector, share in zip(sectors, shares, strict=True):
        turns = 2 * math.pi * np.linspace(start, start + share, max(2, round(_DIRECTIONS * share)))
        rim = [(circle.radius * math.sin(turn), -circle.radius * math.cos(turn)) for turn in turns]
        around = [*rim, *((hole * x, hole * y) for x, y in reversed(rim))]
        yield Shape(sector.code, tuple((circle.x + x, circle.y + y) for x, y in around))
        start += share


def _name(scene: Scene, sector: _Sector, at_it: _Part | None, parts: Sequence[_Part]) -> str:
    """Find the name of a sector: in the legend, or in the text at it and its further lines."""
    named = scene.name_of(sector.code)
    if named:
        return _split(scene.legend[sector.code][1]).name or named
    return _split(paragraph(at_it.label, [part.label for part in parts])).name if at_it else ""


def _number(scene: Scene, sector: _Sector, at_it: _Part | None) -> Label | None:
    """Find the number of a sector: behind its name in the legend, or in the text at it."""
    entry = scene.legend.get(sector.code)
    part = _split(entry[1]) if entry else None
    if part and part.name and part.number:
        return part.number
    return at_it.number if at_it else None


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
        slack = _TURN_SLACK
        within = sector.start - slack <= turn <= sector.end + slack or sector.start <= turn + 1 <= sector.end
        from_middle = abs((turn - sector.middle + 0.5) % 1 - 0.5)
        return _INSIDE_DISTANCE + from_middle if within else math.inf
    angle = 2 * math.pi * sector.middle
    x = circle.x + _BESIDE_RADIUS * circle.radius * math.sin(angle)
    y = circle.y - _BESIDE_RADIUS * circle.radius * math.cos(angle)
    box = label.box
    return math.hypot(min(max(x, box.left), box.right) - x, min(max(y, box.top), box.bottom) - y) / circle.radius


def _split(label: Label) -> _Part:
    """Take a text apart into a name and the number at its end."""
    text = label.text.strip().lstrip("•·-– ").strip()
    if label.number is not None:
        return _Part("", label, label)
    match = _NAME_AND_NUMBER.fullmatch(text) or _NAME_AND_PERCENTAGE.fullmatch(text)
    if match and parse_number(match["number"].strip()):
        return _Part(match["name"].strip(" :("), Label(match["number"].strip(), label.box, label.confidence), label)
    return _Part(text, None, label)
