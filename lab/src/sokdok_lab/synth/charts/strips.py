"""Texts of drawn charts, laid level one above the other as the reader of charts shows them to the recogniser."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image

from sokdok.figures.chart.read.find_texts import FoundText, Point, level_strips
from sokdok_lab.synth.charts.maker import ChartMaker
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.synth.wear import Wear

SCALES = (0.75, 1.5)  # of a chart, half of the time
WEAR = Wear(
    blurred=(0.3, 0.3, 0.7), toned=(0.2, (0, 70), (190, 255)), noisy=(0.15, 0, 6), jpeg=(0.4, 30, 90), inverted=0.05
)
OFF_EM, OFF_SIZE = 0.08, 0.07  # deviations of where a text is found, and of its size


def chart_strips(maker: ChartMaker, seed: int | str) -> SyntheticPage:
    """Cut the texts of one chart out; boxes are those of their symbols."""
    rng, chart = random.Random(f"chart strips {seed}"), maker.chart(f"strips {seed}")
    scale = rng.uniform(*SCALES) if rng.random() < 0.5 else 1.0
    gray = Image.fromarray(chart.pixels).convert("L")
    seen = gray.resize((round(gray.width * scale), round(gray.height * scale)), Image.Resampling.BILINEAR)

    def found(place: Point, em: float) -> Point:
        return place[0] + rng.gauss(0, OFF_EM) * em, place[1] + rng.gauss(0, OFF_EM) * em

    places = [
        FoundText(found(t.left, t.em), found(t.right, t.em), t.em * rng.gauss(1, OFF_SIZE), t.angle, t.role, 1.0)
        for t in chart.texts
    ]
    worn = Image.fromarray(WEAR(np.asarray(seen), rng))
    pixels, lines = level_strips(worn, [place.scaled(scale) for place in places])
    symbols, boxes = "", [np.zeros((0, 4))]
    for text, line in zip(chart.texts, lines, strict=True):
        (left, y), (right, _), half = line.left, line.right, line.em / 2
        ends = left + (right - left) * np.array([0.0, *text.ends, 1.0])  # a line feed has no width
        rows = np.full(len(ends) - 1, y)
        boxes.append(np.stack([ends[:-1], rows - half, ends[1:], rows + half], 1))
        symbols += text.text + "\n"
    block = Block("paragraph", 0, len(symbols))
    return SyntheticPage(pixels, symbols, np.concatenate(boxes).astype(np.float32), (block,))
