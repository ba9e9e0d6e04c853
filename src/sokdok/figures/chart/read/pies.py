"""Pies and rings: the circle that the marks fill, and the colours round it.

- The circle comes from the box of the marks that touch; its rim must be marks and the corners of its box must not.
- Each of 720 directions takes the commonest colour along its outer radius; what is in between two sectors is neither.
- Names come from the legend or stand at the sector; so do values, else the share of the turn is the value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.bars import written_cell
from sokdok.figures.chart.read.colors import BLEND, Area
from sokdok.figures.chart.read.scene import Found, Scene
from sokdok.figures.chart.read.text import Label, paragraph

_DIRECTIONS = 720
_LEAST = 0.006
"""share of the turn of the thinnest sector"""
_NAME_AND_NUMBER = re.compile(r"(?P<name>.*?\D)[\s:(]+(?P<number>[$€£¥₩]?[-−]?\d[\d.,]*\s?(?:%|억|만|천|조|[KMB])?)\)?")


@dataclass(frozen=True)
class _Sector:
    """A part of the circle, in turns clockwise from twelve o'clock."""

    code: int
    start: float
    end: float

    @property
    def share(self) -> float:
        return self.end - self.start

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def find_pie(scene: Scene) -> Found | None:
    """The table of a pie or ring, None if the picture is none."""
    circle = _circle(scene)
    if circle is None:
        return None
    pie = _Pie(scene, *circle)
    return pie.table() if len(pie.sectors) >= 2 else None


def _circle(scene: Scene) -> tuple[float, float, float] | None:
    """Middle x, y and radius."""
    solid = [area for area in scene.marks if area.size > 60 and min(area.width, area.height) > 5]
    for group in _touching(solid):
        boxes = np.array([area.box for area in group])
        (left, top), (right, bottom) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        radius = (right - left + bottom - top) / 4
        if radius < 20 or abs((right - left) - (bottom - top)) > 0.05 * radius + 3:
            continue
        x, y = (left + right) / 2, (top + bottom) / 2
        if _is_round(scene, x, y, radius):
            return float(x), float(y), float(radius)
    return None


def _touching(areas: Sequence[Area], gap: int = 4) -> list[list[Area]]:
    """Groups of areas whose boxes nearly touch, the largest first."""
    groups: list[list[Area]] = []
    for area in areas:
        near = [group for group in groups if any(_near(area, other, gap) for other in group)]
        groups = [group for group in groups if group not in near] + [[area, *(a for group in near for a in group)]]
    return sorted(groups, key=lambda group: -sum(area.size for area in group))


def _near(one: Area, other: Area, gap: int) -> bool:
    return (
        one.box[0] - gap < other.box[2]
        and other.box[0] - gap < one.box[2]
        and one.box[1] - gap < other.box[3]
        and other.box[1] - gap < one.box[3]
    )


def _ring(scene: Scene, x: float, y: float, radius: float) -> np.ndarray:
    """Codes at every direction on a circle; the ground outside the picture."""
    turns = np.arange(_DIRECTIONS) / _DIRECTIONS * 2 * math.pi
    columns = np.round(x - 0.5 + radius * np.sin(turns)).astype(int)
    rows = np.round(y - 0.5 - radius * np.cos(turns)).astype(int)
    width, height = scene.size
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    codes = scene.flat.codes[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    return np.where(inside, codes, min(scene.flat.grounds))


def _is_round(scene: Scene, x: float, y: float, radius: float) -> bool:
    ground = list(scene.flat.grounds)
    rim = np.mean([~np.isin(_ring(scene, x, y, radius * share), ground) for share in (0.85, 0.9, 0.95)])
    outside = np.mean(~np.isin(_ring(scene, x, y, radius * 1.07), ground))
    return bool(rim > 0.88 and outside < 0.35)


@dataclass(frozen=True)
class _Pie:
    scene: Scene
    x: float
    y: float
    radius: float

    @cached_property
    def sectors(self) -> list[_Sector]:
        """Clockwise; the first is the one that begins at or after twelve o'clock."""
        ground = list(self.scene.flat.grounds)
        rings = np.stack([_ring(self.scene, self.x, self.y, self.radius * s) for s in np.linspace(0.72, 0.96, 13)])
        rings = np.where(np.isin(rings, ground), BLEND, rings)
        codes = np.array([_mode(rings[:, i]) for i in range(_DIRECTIONS)])
        return _sectors(codes)

    def table(self) -> Found | None:
        names = [self._name(sector) for sector in self.sectors]
        labels = [self._value_label(sector) for sector in self.sectors]
        written = sum(label is not None for label in labels)
        values = []
        for sector, label in zip(self.sectors, labels, strict=True):
            share = f"{100 * sector.share:.1f}%"
            values.append(written_cell(label) if label and 2 * written >= len(labels) else share)
        named = float(np.mean([bool(name) for name in names]))
        confidence = (0.3 + 0.6 * named) * (1.0 if self.scene.labels else 0.1)
        return Found("pie", tuple(names), ("",), (tuple(values),), confidence)

    @cached_property
    def _parts(self) -> list[tuple[str, Label | None, Label]]:
        """Name, number and the text they stand in, for every text around the circle."""
        legend = {id(label) for _, label in self.scene.legend.values()}
        return [_split(label) for label in self.scene.labels if id(label) not in legend and not label.angle]

    def _distance(self, sector: _Sector, label: Label) -> float:
        """From a sector's middle to a text, in radii; the text's nearest point counts outside the circle."""
        angle = 2 * math.pi * sector.middle
        dx, dy = math.sin(angle), -math.cos(angle)
        inside = math.hypot(label.x - self.x, label.y - self.y) < self.radius
        if inside:
            turn = (math.atan2(label.x - self.x, self.y - label.y) / (2 * math.pi)) % 1
            within = sector.start - 0.01 <= turn <= sector.end + 0.01 or sector.start <= turn + 1 <= sector.end
            return 0.05 + abs((turn - sector.middle + 0.5) % 1 - 0.5) if within else 9.0
        x = self.x + 1.1 * self.radius * dx
        y = self.y + 1.1 * self.radius * dy
        near = (min(max(x, label.box[0]), label.box[2]), min(max(y, label.box[1]), label.box[3]))
        return math.hypot(near[0] - x, near[1] - y) / self.radius

    def _nearest(self, sector: _Sector, wants_name: bool) -> Label | None:
        """The text whose nearest sector is this one and that is nearest to it."""
        pool = [part for part in self._parts if (part[0] if wants_name else part[1])]
        mine = []
        for _, _, label in pool:
            distances = [self._distance(other, label) for other in self.sectors]
            index = int(np.argmin(distances))
            if self.sectors[index] == sector and distances[index] < 0.75:
                mine.append((distances[index], label))
        return min(mine, key=lambda pair: pair[0])[1] if mine else None

    def _name(self, sector: _Sector) -> str:
        named = self.scene.name_of(sector.code)
        if named:
            return _split(self.scene.legend[sector.code][1])[0] or named
        label = self._nearest(sector, True)
        if label is None:
            return ""
        return _split(paragraph(label, [other for name, _, other in self._parts if name]))[0]

    def _value_label(self, sector: _Sector) -> Label | None:
        legend = self.scene.legend.get(sector.code)
        if legend and (number := _split(legend[1])[1]) and _split(legend[1])[0]:
            return number
        label = self._nearest(sector, False)
        return _split(label)[1] if label else None


def _split(label: Label) -> tuple[str, Label | None, Label]:
    """The name in a text, the number at its end, and the text."""
    text = label.text.strip().lstrip("•·-– ").strip()
    if label.number is not None:
        return "", label, label
    match = _NAME_AND_NUMBER.fullmatch(text)
    if match and parse_number(match["number"].strip()):
        return match["name"].strip(" :("), Label(match["number"].strip(), label.box, label.confidence), label
    return text, None, label


def _mode(codes: np.ndarray) -> int:
    known = codes[codes != BLEND]
    if known.size < 0.3 * codes.size:
        return BLEND
    return int(np.bincount(known).argmax())


def _sectors(codes: np.ndarray) -> list[_Sector]:
    """Runs of one code around the circle; what separates them is shared between neighbours."""
    known = np.flatnonzero(codes != BLEND)
    if known.size < 0.6 * len(codes):
        return []
    nearest = known[np.abs(((np.arange(len(codes))[:, None] - known[None] + 360) % 720) - 360).argmin(1)]
    filled = codes[nearest]
    cuts = np.flatnonzero(filled != np.roll(filled, 1))
    if len(cuts) < 2:
        return []
    ends = np.roll(cuts, -1) + np.where(np.arange(len(cuts)) == len(cuts) - 1, len(codes), 0)
    found = [
        _Sector(int(filled[a]), a / len(codes), b / len(codes))
        for a, b in zip(cuts.tolist(), ends.tolist(), strict=True)
    ]
    return [sector for sector in found if sector.share > _LEAST]
