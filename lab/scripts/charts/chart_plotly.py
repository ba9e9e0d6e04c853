#!/usr/bin/env python3
"""Draw charts by plotly, the library that training never shows, with their tables and where their marks are.

    pip install plotly
    python lab/scripts/charts/chart_plotly.py OUT/charts_plotly [--count 80]
    sokdok bench figures --data OUT --set charts_plotly --no-baselines

manifest.jsonl has the tables, `images` NUMBER.png and NUMBER.json with the library's name and peaks (`chart_marks`).
plotly's own JavaScript draws, in Chromium, and says where each mark is. The same options give the same charts.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np
from chart_set import asked_set

from sokdok_lab.synth.charts.data import KINDS, ChartData, choose_data

TEMPLATES = ("plotly", "plotly", "plotly_white", "simple_white", "ggplot2", "seaborn", "plotly_dark", "none")
PLACES = """() => {
  const found = [];
  const each = (query, points, name, kind) => document.querySelectorAll(query).forEach(path => {
    for (const [x, y] of points(path)) {
      const at = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
      found.push([name, at.x, at.y, kind]);
    }
  });
  const corner = (right, down) => path => {
    const box = path.getBBox();
    return [[box.x + right * box.width, box.y + down * box.height]];
  };
  const shown = path => Math.min(path.getBBox().width, path.getBBox().height) >= .5;
  each('.barlayer .point path', path => shown(path) ? corner(0, 0)(path) : [], 'near', 'bar');
  each('.barlayer .point path', path => shown(path) ? corner(1, 1)(path) : [], 'far', 'bar');
  each('.scatterlayer .points path', () => [[0, 0]], 'point', 'marker');
  each('path.xtick', corner(0, 0), 'tick', 'below');
  each('path.ytick', corner(1, 0), 'tick', 'left');
  each('.pielayer path.surface', path => {
    const drawn = path.getAttribute('d'), numbers = drawn.match(/-?[\\d.]+(e-?\\d+)?/g).map(Number);
    const [x, y, right, down] = numbers;  // a sector of a whole pie begins in the middle
    return [/^M[-\\d.,e\\s]*l/.test(drawn) ? [x + right, y + down] : [x, y]];
  }, 'rim', '');
  return found;
}"""
"""corners of bars, markers, ticks, and the places where a pie's sectors begin, in pixels of the window"""
DRAW = "figure => Plotly.newPlot('chart', figure.data, figure.layout, {staticPlot: true})"


def specification(rng: random.Random, data: ChartData) -> dict[str, Any]:
    """Make up a figure of plotly that shows all of the facts, in one of its looks."""
    sideways, names = data.kind == "horizontal bar", list(data.categories)
    numeric = data.kind == "scatter"
    traces: list[dict[str, Any]] = []
    written = data.kind in ("bar", "horizontal bar", "stacked") and rng.random() < 0.4
    for series, row in zip(data.series, data.values, strict=True):
        places: dict[str, Any] = {"x": [float(name) for name in names] if numeric else names, "y": list(row)}
        if sideways:
            places = {"x": places["y"], "y": places["x"], "orientation": "h"}
        trace: dict[str, Any] = {"type": "bar", "name": series} | places
        if data.kind == "pie":
            trace = {"type": "pie", "labels": names, "values": list(row), "sort": False}
            trace |= {"hole": rng.choice((0, 0, 0.4))}
            trace |= {"textinfo": rng.choice(("label+percent", "percent", "value", "label+value"))}
        elif data.kind in ("line", "area", "scatter"):
            mode = "markers" if numeric else rng.choice(("lines", "lines+markers"))
            trace = {"type": "scatter", "name": series, "mode": mode} | places
            trace |= {"stackgroup": "one"} if data.kind == "area" else {}
        elif written:
            trace |= {"text": list(map(data.cell, row)), "textposition": rng.choice(("auto", "inside", "outside"))}
        traces.append(trace)
    value, category = (_titled(rng, text) for text in (data.value_title, data.category_title))
    value |= {"ticksuffix": data.unit}
    if not numeric:
        category |= {"type": "category"}
    layout: dict[str, Any] = {
        "xaxis": value if sideways else category,
        "yaxis": category | {"autorange": "reversed"} if sideways else value,
        "barmode": "stack" if data.kind == "stacked" else "group",
        "showlegend": len(data.series) > 1 or data.kind == "pie",
        "width": rng.randint(380, 720),
        "height": rng.randint(300, 460),
        "font": {"family": "NanumGothic, Liberation Sans, sans-serif", "size": rng.randint(10, 15)},
    }
    if rng.random() < 0.4:
        layout["legend"] = {"orientation": "h", "y": -0.25}
    return {"data": traces, "layout": layout | _titled(rng, data.title)}


def as_drawn(data: ChartData, layout: Mapping[str, Any]) -> ChartData:
    """Leave out the titles, and the name of an only series, that a figure does not show: nobody can read them."""
    shown = {part["title"]["text"] for part in (layout, layout["xaxis"], layout["yaxis"]) if "title" in part}
    titles = {"title": data.title, "category_title": data.category_title, "value_title": data.value_title}
    series = data.series if len(data.series) > 1 else ("",)
    return replace(data, series=series, **{name: title if title in shown else "" for name, title in titles.items()})


def _titled(rng: random.Random, text: str) -> dict[str, Any]:
    return {"title": {"text": text}} if text and rng.random() < 0.8 else {}


def main() -> None:
    """Read the options and draw."""
    import plotly.io
    from playwright.sync_api import sync_playwright

    source = (files("plotly") / "package_data" / "plotly.min.js").read_text("utf-8")
    with asked_set(__doc__, 80) as charts, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 800, "height": 600})
        page.set_content("<body style='margin:0'><div id=chart></div>")
        page.add_script_tag(content=source)
        for number in range(charts.count):
            rng = random.Random(f"plotly {number}")
            data = choose_data(rng, rng.choice(("en", "en", "ko")), KINDS[number % len(KINDS)])
            figure = specification(rng, data)
            template = plotly.io.templates[rng.choice(TEMPLATES)].to_plotly_json()
            figure["layout"]["template"] = json.loads(json.dumps(template, default=np.ndarray.tolist))
            page.evaluate(DRAW, figure)
            (charts.images / f"{number:05}.png").write_bytes(page.locator("#chart .svg-container").screenshot())
            peaks: dict[str, list[list[Any]]] = {}
            for name, *place in page.evaluate(PLACES):
                peaks.setdefault(name, []).append(place)
            truth = {"library": "plotly", "peaks": peaks, "strokes": {}, "texts": []}
            (charts.images / f"{number:05}.json").write_text(json.dumps(truth), encoding="utf-8")
            charts.add(number, as_drawn(data, figure["layout"]))
        browser.close()


if __name__ == "__main__":
    main()
