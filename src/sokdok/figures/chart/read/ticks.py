"""Numbers of an axis that were misread, put right by the others: those at even steps count up by a round number."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from rapidfuzz.distance import Levenshtein

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.axes import aligned, write_number
from sokdok.figures.chart.read.labels import Label

_LEAST = 4  # numbers of an axis, at least
_RIGHT, _RIGHT_SHARE = 2, 0.5
"""numbers that were read right, at least; and the same as a share, where those that are alike count by how much"""
_OFF_STEP = 0.2  # steps that a number is off its place, at most
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)  # steps of axes, but for powers of ten
_NEAR_ROUND = 0.03  # share by which such a step differs from that between two numbers, at most
_PLAIN = re.compile(r"[\s,]")  # what parts thousands


def mended(labels: Sequence[Label]) -> list[Label]:
    """Put right the misread numbers of vertical axes and of horizontal ones."""
    texts = list(labels)
    for vertical in (True, False):
        ticks = [label for label in texts if label.role == "value tick" and not label.angle]
        for group in aligned(ticks, vertical):
            right = put_right(group, (lambda label: label.y) if vertical else (lambda label: label.x))
            if right != list(group):
                instead = dict(zip(group, right, strict=True))
                texts = [instead.get(label, label) for label in texts]
                break
    return texts


def put_right(group: Sequence[Label], place: Callable[[Label], float]) -> list[Label]:
    """Put right the misread numbers along an axis; as they are if nothing can be said."""
    places = np.array([place(label) for label in group])
    step = float(np.median(np.diff(np.sort(places)))) if len(group) >= _LEAST else 0.0
    if step <= 0:
        return list(group)
    numbers = np.round((places - places[0]) / step)
    if np.abs(places - places[0] - numbers * step).max() > _OFF_STEP * step:
        return list(group)
    read = [label.number.value if label.number else math.nan for label in group]
    best, most = read, _RIGHT_SHARE * len(group)
    for i, j in itertools.combinations(range(len(group)), 2):
        if numbers[i] == numbers[j] or math.isnan(read[i]) or math.isnan(read[j]):
            continue
        slope = _round((read[j] - read[i]) / float(numbers[j] - numbers[i]))
        values = [read[i] + float(number - numbers[i]) * slope for number in numbers]
        likeness = sum(_likeness(label, value) for label, value in zip(group, values, strict=True)) if slope else 0.0
        if likeness >= most and sum(map(math.isclose, values, read)) >= _RIGHT:
            best, most = values, likeness
    return [
        label if value is was or math.isclose(value, was) else replace(label, text=_written(value, group))
        for label, value, was in zip(group, best, read, strict=True)
    ]


def _round(step: float) -> float:
    """Find the round step that one nearly is; 0 if there is none."""
    if not step:
        return 0.0
    power = 10.0 ** math.floor(math.log10(abs(step)))
    nearest = min((factor * power for factor in _ROUND), key=lambda value: abs(value - abs(step)))
    return math.copysign(nearest, step) if abs(nearest - abs(step)) < _NEAR_ROUND * nearest else 0.0


def _likeness(label: Label, value: float) -> float:
    """Compare what was read with how a value is written, thousands not parted; another number speaks against it."""
    alike = float(Levenshtein.normalized_similarity(_PLAIN.sub("", label.text), _written(value, [label])))
    return alike if label.number is None or math.isclose(label.number.value, value) else alike - _RIGHT_SHARE


def _written(value: float, group: Sequence[Label]) -> str:
    """Write a value with the unit and the decimals that most numbers of a group have."""
    numbers = [label.number for label in group if label.number and label.number.value]
    units = [number.unit for number in numbers] or [""]
    unit = max(set(units), key=units.count)
    decimals = [len(number.digits.partition(".")[2]) for number in numbers] or [0]
    scale = parse_number(f"1{unit}")
    scaled = value / (scale.value if scale else 1.0)
    return f"{scaled:.{max(set(decimals), key=decimals.count)}f}{unit}" if numbers else write_number(value, 6)
