"""Small pictures as SVG in the page: they take their colours from it, light or dark."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sokdok.bulk.report.facts import Course
from sokdok.files.markup import Markup, escape, fill, joined

WIDTH, HEIGHT = 720, 240
_LEFT, _BOTTOM, _TOP, _RIGHT = 64, 36, 12, 16
POINTS = 200
"""of a curve"""
PAUSE_S = 60.0
"""without anything being read, from which on a run was interrupted"""
LEAST_S = 1e-3
"""that a unit is taken to last"""

Point = tuple[float, float]


def bar(share: float, kind: str = "") -> Markup:
    """A bar as long as a share, 0 to 1, of its place."""
    return fill(
        '<svg class="bar {kind}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rest" width="100" height="8"/><rect width="{width}" height="8"/></svg>',
        kind=kind,
        width=f"{100 * min(max(share, 0.0), 1.0):.2f}",
    )


def stack(parts: Sequence[tuple[str, float]], colours: Sequence[int] = range(100)) -> Markup:
    """Shares of a whole beside each other, named below the mouse; `colours` are numbers in the style."""
    total = sum(value for _, value in parts) or 1.0
    drawn, at = [], 0.0
    for colour, (name, value) in zip(colours, parts, strict=False):
        width = 100 * value / total
        drawn.append(
            fill(
                '<rect class="part{colour}" x="{x}" width="{width}" height="8"><title>{name}: {share}</title></rect>',
                colour=colour,
                x=f"{at:.2f}",
                width=f"{width:.2f}",
                name=name,
                share=f"{value / total:.1%}",
            )
        )
        at += width
    return fill(
        '<svg class="stack" viewBox="0 0 100 8" preserveAspectRatio="none" role="img">{drawn}</svg>',
        drawn=joined(drawn),
    )


def busy_course(course: Course) -> tuple[list[Point], float, int]:
    """Pages read over the time in which anybody read, in seconds; that time, and how often it was interrupted.

    A run that was killed and went on the next day shows without the night.
    """
    if not course.begun:
        return [], 0.0, 0
    order = np.argsort(np.frombuffer(course.begun))
    begun, ended = np.frombuffer(course.begun)[order], np.frombuffer(course.ended)[order]
    pages = np.frombuffer(course.pages)[order]
    reach = np.maximum.accumulate(ended)
    idle = np.maximum(begun[1:] - reach[:-1], 0.0)  # between a unit's beginning and the end of all before it
    before = np.r_[0.0, np.cumsum(idle)] + begun[0]
    starts, ends = begun - before, ended - before
    # A unit's pages are read one after the other between its beginning and its end: a ramp, which is two half-lines.
    lasted = np.maximum(ends - starts, LEAST_S)
    busy = float((starts + lasted).max())
    times = np.linspace(0.0, busy, POINTS)
    done = _above(times, starts, pages / lasted) - _above(times, starts + lasted, pages / lasted)
    return list(zip(times.tolist(), done.tolist(), strict=True)), busy, int((idle > PAUSE_S).sum())


def _above(times: NDArray[np.float64], begins: NDArray[np.float64], rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of what rises at each rate from where it begins on."""
    order = np.argsort(begins)
    rate, missed = np.r_[0.0, np.cumsum(rates[order])], np.r_[0.0, np.cumsum(rates[order] * begins[order])]
    at = np.searchsorted(begins[order], times, side="right")
    return np.maximum(times * rate[at] - missed[at], 0.0)


def curve(points: Sequence[Point], x_label: str, y_label: str) -> Markup:
    """A line over an area, from 0, with marks at round numbers."""
    most_x, most_y = max(x for x, _ in points) or 1.0, max(y for _, y in points) or 1.0
    marks_x, marks_y = _marks(most_x), _marks(most_y)

    def place(x: float, y: float) -> str:
        left = _LEFT + (WIDTH - _LEFT - _RIGHT) * x / most_x
        return f"{left:.1f},{HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * y / most_y:.1f}"

    line = " ".join(place(x, y) for x, y in points)
    axes = [_mark_x(mark, place(mark, 0.0)) for mark in marks_x] + [_mark_y(mark, place(0.0, mark)) for mark in marks_y]
    return fill(
        '<svg class="curve" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{axes}'
        '<polygon points="{start} {line} {end}"/><polyline points="{line}"/>'
        '<text x="{width}" y="{height}" dx="-16" dy="-4" text-anchor="end">{x_label}</text>'
        '<text x="{left}" y="12" dx="8">{y_label}</text></svg>',
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        label=f"{y_label} over {x_label}",
        axes=joined(axes),
        line=escape(line),
        start=place(points[0][0], 0.0),
        end=place(points[-1][0], 0.0),
        x_label=x_label,
        y_label=y_label,
    )


def _mark_x(mark: float, place: str) -> Markup:
    x, y = place.split(",")
    return fill('<text x="{x}" y="{y}" dy="16" text-anchor="middle">{mark}</text>', x=x, y=y, mark=f"{mark:,.6g}")


def _mark_y(mark: float, place: str) -> Markup:
    x, y = place.split(",")
    return fill(
        '<path d="M{x} {y}H{right}"/><text x="{x}" y="{y}" dx="-8" dy="4" text-anchor="end">{mark}</text>',
        x=x,
        y=y,
        right=WIDTH - _RIGHT,
        mark=f"{mark:,.6g}",
    )


def _marks(most: float) -> list[float]:
    """Round numbers from 0 up to the greatest value, four to eight of them."""
    step = 10 ** math.floor(math.log10(most))
    step = next(step / part for part in (1, 2, 5, 10) if most / (step / part) >= 3)
    return [number * step for number in range(int(most / step + 1e-9) + 1)]
