"""Specifications of Vega-Lite charts of kinds that no reader reads: box plots, heat maps, maps and more."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import numpy as np
from chart_vega import KOREAN, SCHEMA, SCHEMES, THEMES, Spec, VegaDrawer, config, rendered, title

from sokdok_lab.synth.charts.data import choose_data, labels

_DAY = 86_400_000  # milliseconds


def picture(drawer: VegaDrawer, seed: int | str, kind: str) -> np.ndarray:
    """Draw one of a kind of `UNREAD`: pixels (H, W, 3) uint8."""
    rng = random.Random(seed)
    korean = bool(drawer.book.korean) and rng.random() < KOREAN
    language, font = "ko" if korean else "en", drawer.family(rng, korean).name
    values, rest = UNREAD[kind](rng, language)
    spec: Spec = {"$schema": SCHEMA, "width": rng.randint(140, 460), "height": rng.randint(120, 340)}
    spec |= {"data": {"values": values}, "config": config(rng, font), **rest}
    if rng.random() < 0.45:
        spec["title"] = title(rng, choose_data(rng, language, "bar"))
    return rendered(spec, rng.choice(THEMES), rng.choice((1.0, 1.0, 1.5)))[1]


def _box_plot(rng: random.Random, language: str) -> tuple[list[Spec], Spec]:
    names = labels(rng, language, rng.randint(1, 9))
    values = [
        {"name": name, "value": rng.gauss(middle, wide)}
        for name in names
        for middle, wide in [(rng.uniform(20, 60), rng.uniform(3, 12))]
        for _ in range(rng.randint(10, 80))
    ]
    mark = {
        "type": "boxplot",
        "extent": rng.choice(("min-max", 1.5)),
        "size": rng.randint(8, 40),
        "ticks": rng.random() < 0.5,
    }
    x, y = {"field": "name", "type": "nominal"}, {"field": "value", "type": "quantitative", "scale": {"zero": False}}
    x, y = (y, x) if rng.random() < 0.3 else (x, y)
    color = {"color": {"field": "name", "legend": None, "scale": {"scheme": rng.choice(SCHEMES)}}}
    return values, {"mark": mark, "encoding": {"x": x, "y": y, **(color if rng.random() < 0.5 else {})}}


def _heat_map(rng: random.Random, language: str) -> tuple[list[Spec], Spec]:
    many, wide = (rng.randint(2, 5 if rng.random() < 0.3 else most) for most in (12, 24))
    rows, columns = labels(rng, language, many), [str(i + 1) for i in range(wide)]
    values = [
        {"row": row, "column": column, "value": rng.gauss(0, 1)}
        for row in rows
        for column in columns
        if rng.random() < 0.95
    ]
    color = {
        "field": "value",
        "type": "quantitative",
        "scale": {"scheme": rng.choice(("viridis", "blues", "reds", "magma", "redblue"))},
    }
    places = {"x": {"field": "column", "type": "ordinal", "sort": None}, "y": {"field": "row", "type": "nominal"}}
    layers: list[Spec] = [{"mark": {"type": "rect"}, "encoding": {"color": color}}]
    if rng.random() < 0.35:
        layers.append(
            {"mark": {"type": "text", "fontSize": 8}, "encoding": {"text": {"field": "value", "format": ".1f"}}}
        )
    return values, {"encoding": places, "layer": layers}


def _map(rng: random.Random, language: str) -> tuple[list[Spec], Spec]:
    """Regions on a crooked net whose knots neighbours share."""
    columns, rows = rng.randint(2, 9), rng.randint(2, 7)
    knots = {
        (i, j): (i + rng.gauss(0, 0.22), j + rng.gauss(0, 0.22)) for i in range(columns + 1) for j in range(rows + 1)
    }
    middle = columns / 2, rows / 2
    cells = [
        (i, j)
        for i in range(columns)
        for j in range(rows)
        if math.hypot((i + 0.5 - middle[0]) / columns, (j + 0.5 - middle[1]) / rows) < rng.uniform(0.4, 0.7)
    ]
    values: list[Spec] = []
    for i, j in cells or [(0, 0)]:
        corners = [knots[place] for place in ((i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j), (i, j))]
        ring = [
            [a[0] + (b[0] - a[0]) * t + rng.gauss(0, 0.02 * bool(t)), a[1] + (b[1] - a[1]) * t]
            for a, b in itertools.pairwise(corners)
            for t in (0.0, 0.25, 0.5, 0.75)
        ]
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        values.append({"type": "Feature", "geometry": geometry, "properties": {"v": rng.random()}})
    shape: Spec = {"mark": {"type": "geoshape", "stroke": rng.choice(("white", "black", "#888")), "fill": "#ddd"}}
    if rng.random() < 0.8:
        shape["mark"].pop("fill")
        shape["encoding"] = {
            "color": {
                "field": "properties.v",
                "type": "quantitative",
                "scale": {"scheme": rng.choice(("viridis", "blues", "greens"))},
            }
        }
    return values, {"projection": {"type": rng.choice(("identity", "mercator"))}, **shape}


def _gantt(rng: random.Random, language: str) -> tuple[list[Spec], Spec]:
    first, at, values = rng.randint(3 * 10**11, 17 * 10**11), 0.0, []
    for name in labels(rng, language, rng.randint(4, 14)):
        long = rng.uniform(3, 30)
        values.append(
            {"name": name, "begin": first + at * _DAY, "end": first + (at + long) * _DAY, "group": rng.choice("ABC")}
        )
        at = max(0.0, at + long * rng.uniform(-0.2, 1.1))
    x = {"field": "begin", "type": "temporal"}
    encoding = {"y": {"field": "name", "type": "nominal", "sort": None}, "x": x, "x2": {"field": "end"}}
    color = {"color": {"field": "group", "scale": {"scheme": rng.choice(SCHEMES)}}}
    return values, {"mark": {"type": "bar"}, "encoding": encoding | (color if rng.random() < 0.5 else {})}


def _candles(rng: random.Random, language: str) -> tuple[list[Spec], Spec]:
    first, close, values = rng.randint(3 * 10**11, 17 * 10**11), 100.0, []
    for day in range(rng.randint(15, 70)):
        begin = close + rng.gauss(0, 0.5)
        close = begin + rng.gauss(0, 1.5)
        low, high = min(begin, close) - abs(rng.gauss(0, 1)), max(begin, close) + abs(rng.gauss(0, 1))
        values.append({"day": first + day * _DAY, "open": begin, "close": close, "low": low, "high": high})
    up, down = rng.choice((("#06982d", "#ae1325"), ("#26a69a", "#ef5350"), ("black", "#999"), ("red", "blue")))
    color = {"condition": {"test": "datum.open < datum.close", "value": up}, "value": down}
    wick = {
        "mark": "rule",
        "encoding": {"y": {"field": "low", "type": "quantitative", "scale": {"zero": False}}, "y2": {"field": "high"}},
    }
    body = {
        "mark": {"type": "bar", "size": rng.randint(2, 7)},
        "encoding": {"y": {"field": "open", "type": "quantitative"}, "y2": {"field": "close"}},
    }
    return values, {"encoding": {"x": {"field": "day", "type": "temporal"}, "color": color}, "layer": [wick, body]}


def _rose(rng: random.Random, language: str) -> tuple[list[Spec], Spec]:
    values = [{"name": name, "value": rng.uniform(1, 10)} for name in labels(rng, language, rng.randint(4, 12))]
    radius = {"field": "value", "scale": {"type": "sqrt", "zero": True, "rangeMin": rng.choice((0, 20))}}
    theta, color = {"field": "name", "type": "nominal"}, {"field": "name", "scale": {"scheme": rng.choice(SCHEMES)}}
    return values, {
        "mark": {"type": "arc", "stroke": "#fff"},
        "encoding": {"theta": theta, "radius": radius, "color": color},
    }


def _strips(rng: random.Random, language: str) -> tuple[list[Spec], Spec]:
    values = [
        {"name": name, "value": rng.gauss(middle, 8)}
        for name in labels(rng, language, rng.randint(2, 8))
        for middle in [rng.uniform(20, 60)]
        for _ in range(rng.randint(15, 60))
    ]
    encoding = {"x": {"field": "value", "type": "quantitative"}, "y": {"field": "name", "type": "nominal"}}
    return values, {"mark": {"type": rng.choice(("tick", "point"))}, "encoding": encoding}


UNREAD: dict[str, Callable[[random.Random, str], tuple[list[Spec], Spec]]] = {
    "box plot": _box_plot,
    "heat map": _heat_map,
    "map": _map,
    "Gantt chart": _gantt,
    "candlestick chart": _candles,
    "radar chart": _rose,
    "other chart": _strips,
}  # kind (`model.nano.formats.figures`) -> what makes up its values and the rest of its specification
