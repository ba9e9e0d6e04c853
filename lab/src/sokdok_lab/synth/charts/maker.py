"""Charts of every common kind with their exact truth: table, texts, marks, all to the pixel.

- Half are drawn by matplotlib, as pies and scatter plots all are, half by pillow to look like those of reports and web
  libraries, which most real charts are.
- English or Korean, in any of the fonts of a book; facts are made up, so nothing can be guessed.
- Everything depends on the seed alone: the same seed and fonts give the same chart.

    chart = ChartMaker(FontBook(folder)).chart(seed=7)
    chart.pixels, chart.data.html, chart.texts, chart.marks
"""

from __future__ import annotations

import random

from sokdok_lab.synth.charts.data import choose_data
from sokdok_lab.synth.charts.matplotlib import draw_with_matplotlib
from sokdok_lab.synth.charts.reports import KINDS, draw_like_report
from sokdok_lab.synth.charts.style import choose_style
from sokdok_lab.synth.charts.truth import SyntheticChart
from sokdok_lab.synth.pages.fonts import FontBook

KOREAN = 0.4  # share of the charts with Korean texts, where the book has a font for them


class ChartMaker:
    """Draws charts in the fonts of a book."""

    def __init__(self, book: FontBook) -> None:
        self.book = book

    def chart(self, seed: int | str, kind: str | None = None) -> SyntheticChart:
        """Draw one chart of a kind (see `truth.KINDS`), a random one if None."""
        rng = random.Random(seed)
        korean = bool(self.book.korean) and rng.random() < KOREAN
        data = choose_data(rng, "ko" if korean else "en", kind)
        web = rng.random() < 0.5 and data.kind in KINDS
        style = choose_style(data, self.book, rng, korean, web)
        if web:
            return draw_like_report(data, style, rng, "ko" if korean else "en")
        return draw_with_matplotlib(data, style, rng)
