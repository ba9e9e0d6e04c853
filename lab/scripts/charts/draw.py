#!/usr/bin/env python3
"""Draw pictures of charts, a folder a kind: what figure_kind, chart_texts and chart_marks (`sokdok train`) learn.

    python lab/scripts/charts/draw.py --fonts data/fonts [--out data/charts] [--count 200] [--kind chart …]

Most are of kinds that no reader reads (box plots, maps …) and that `sokdok parse` has to refuse; `chart` are those that
are read, in the same looks, or looks alone would say the kind. matplotlib in its own styles and many others, Vega-Lite;
some 80 CPU-ms a picture. The same options give the same pictures; those that are there are not drawn again.

Beside pictures of MARKED lies what `sokdok train chart_marks` and `chart_texts` learn: the library's name, where marks
are, and the texts: [text, x and y of the middle of its left and right end, em, role].
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import warnings
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import chart_axes as axes
import chart_shapes as shapes
import matplotlib as mpl
import matplotlib.style
import numpy as np
import vega_unread
from chart_facts import SCALES, Draw, Facts
from chart_marks import Marks, marks_of_figure, texts_of_figure
from chart_sheet import SHARE, on_a_sheet
from chart_vega import KOREAN, VegaDrawer
from cycler import cycler
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from PIL import Image

from sokdok_lab.synth.charts.data import ChartText
from sokdok_lab.synth.charts.maker import ChartMaker, shared_figure
from sokdok_lab.synth.pages.fonts import FontBook

PLAIN = 0.35  # share in a look near matplotlib's own
VEGA_SHARE = 0.4  # of the charts of a kind that both Vega-Lite and matplotlib draw
READ_SHARES = {"plot": 0.2, "powers": 0.12, "report": 0.28, "vega": 0.4}
"""of the charts that are read: in a library's looks, over powers of ten in them, as in reports
(`synth.charts.maker`), by Vega-Lite"""
TOUCHING = ("grouped", "stacked", "pie", "area")  # kinds whose marks touch: half of the charts of reports
MARKED = ("chart", "box plot", "heat map")  # kinds of which it is written where their marks are
MOST_SIDE_PX = 640
GROUPS = ["tab10", "tab20", "Set1", "Set2", "Set3", "Dark2", "Paired", "Accent", "Pastel1", "tab20b"]
"""colour maps of groups, as matplotlib calls them"""
DRAWERS: dict[str, tuple[Draw, ...]] = {
    "chart": (
        axes.bars,
        axes.bars,
        axes.lines,
        axes.lines,
        axes.points,
        axes.bins,
        axes.pie,
        axes.pie,
        axes.combined,
        axes.combined,
    ),
    "box plot": (axes.box_plot,),
    "heat map": (axes.heat_map, axes.heat_map, axes.density),
    "3-D chart": (axes.in_space, axes.in_space, axes.solid_bars, shapes.solid_pie),
    "map": (shapes.map, shapes.map, shapes.streets),
    "radar chart": (shapes.radar,),
    "tree map": (shapes.tree_map, shapes.tree_map, shapes.rings, shapes.bubbles),
    "flow chart": (shapes.flow, shapes.flow, shapes.chords),
    "candlestick chart": (axes.candles,),
    "Gantt chart": (axes.gantt,),
    "gauge": (shapes.gauge,),
    "network": (shapes.network, shapes.network, axes.merges),
    "other chart": (axes.currents, axes.swarms, axes.parallels, shapes.circles, shapes.word_cloud, shapes.waffle),
}  # how charts of a kind (`model.nano.formats.figures`) may look


class Gallery:
    """Draws pictures of charts in the fonts of a book."""

    def __init__(self, book: FontBook) -> None:
        self.book = book

    @cached_property
    def _fonts(self) -> tuple[list[str], list[str]]:
        """Names by which matplotlib knows the fonts: all, and those with Korean."""

        def known(families: Sequence[Any]) -> list[str]:
            names = []
            for family in families:
                path = str(family.style("regular").path)
                if not path.endswith(".ttc"):
                    fontManager.addfont(path)
                    names.append(FontProperties(fname=path).get_name())
            return names

        logging.getLogger("matplotlib").setLevel(logging.ERROR)  # which warns of glyphs and weights that a font lacks
        return known(self.book.latin), known(self.book.korean)

    def picture(
        self, seed: int | str, kind: str, draw: Draw | None = None
    ) -> tuple[np.ndarray, Marks, Sequence[ChartText]]:
        """Draw one of a kind of `DRAWERS` (by `draw`, if given); its marks and texts are known if it is of MARKED."""
        rng = random.Random(seed)
        korean = bool(self._fonts[1]) and rng.random() < KOREAN
        facts = Facts(rng, np.random.default_rng(rng.getrandbits(64)), "ko" if korean else "en")
        with mpl.rc_context(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of letters that a font lacks and names that leave no room: so be it
            if rng.random() > PLAIN:
                matplotlib.style.use(rng.choice([name for name in matplotlib.style.available if name[0] != "_"]))
            mpl.rcParams.update(look(rng, rng.choice(self._fonts[korean])))
            figure = Figure(figsize=(rng.uniform(3, 7), rng.uniform(2.4, 5.5)), dpi=rng.choice((60, 72, 90, 100)))
            canvas = FigureCanvasAgg(figure)
            (draw or rng.choice(DRAWERS[kind]))(figure, facts)
            canvas.draw()
            known = (marks_of_figure(figure), texts_of_figure(figure)) if kind in MARKED else (Marks(), ())
            return np.asarray(canvas.buffer_rgba())[..., :3].copy(), *known


def look(rng: random.Random, font: str) -> dict[str, Any]:
    """Choose matplotlib's settings: font, colours, frame, grid."""
    look: dict[str, Any] = {
        "font.family": [font, "DejaVu Sans"],
        "font.size": rng.uniform(7, 13),
        "axes.unicode_minus": False,
    }
    look |= {"image.cmap": rng.choice(SCALES), "figure.constrained_layout.use": True, "axes.axisbelow": True}
    if rng.random() < 0.75:
        grid = rng.random() < 0.5
        look |= {"axes.grid": grid, "grid.linestyle": rng.choice(("-", "--", ":")), "grid.alpha": rng.uniform(0.2, 1)}
        sides = {f"axes.spines.{side}": rng.random() < 0.5 for side in ("top", "right")}
        look |= sides | {"axes.spines.left": rng.random() < 0.8, "axes.spines.bottom": rng.random() < 0.85}
        look |= {"lines.linewidth": rng.uniform(0.7, 2.8), "axes.titleweight": rng.choice(("normal", "bold"))}
        look |= {"xtick.direction": rng.choice(("in", "out")), "axes.titlelocation": rng.choice(("center", "left"))}
    if rng.random() < 0.6:
        colors = [mpl.colormaps[rng.choice(SCALES)](rng.uniform(0.05, 0.95)) for _ in range(8)]
        if rng.random() < 0.6:
            colors = list(mpl.colormaps[rng.choice(GROUPS)].colors)
        look["axes.prop_cycle"] = cycler(color=colors)
    if rng.random() < 0.15:
        look["axes.facecolor"] = rng.choice(("#f2f2f2", "#eaeaf2", "#fffbea", "#eef4fa"))
    return look


def main() -> None:
    """Read the options, draw, and say how many pictures there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, required=True, help="folder of fonts (lab/scripts/fetch_fonts.py)")
    parser.add_argument("--out", type=Path, default=Path("data/charts"), help="gets a folder a kind")
    parser.add_argument("--count", type=int, default=200, help="pictures of each kind")
    parser.add_argument("--kind", action="append", choices=list(DRAWERS), help="these kinds alone")
    options = parser.parse_args()
    book = FontBook(options.fonts)
    gallery, reports, vega = Gallery(book), ChartMaker(book), VegaDrawer(book)
    kinds = options.kind or list(DRAWERS)

    def drawn(seed: str, kind: str) -> tuple[str, np.ndarray, Marks, Sequence[ChartText]]:
        """A picture, what drew it, its marks, and its texts where they are known."""
        rng = random.Random(seed)
        library = rng.choices(list(READ_SHARES), list(READ_SHARES.values()))[0] if kind == "chart" else ""
        if library == "report":
            chart = reports.chart(seed, rng.choice(TOUCHING) if rng.random() < 0.5 else None)
            return "matplotlib", chart.pixels, marks_of_figure(shared_figure()[0]), chart.texts
        if library == "vega":
            pixels, texts, marks = vega.chart(seed)
            return "vega", pixels, marks, texts
        if kind in vega_unread.UNREAD and rng.random() < VEGA_SHARE:
            return "vega", vega_unread.picture(vega, seed, kind), Marks(), ()
        return "matplotlib", *gallery.picture(seed, kind, axes.powers if library == "powers" else None)

    for kind in kinds:
        (options.out / kind).mkdir(parents=True, exist_ok=True)
        for number in range(options.count):
            path = options.out / kind / f"{number:05}.png"
            if path.exists():
                continue
            seed = f"{kind} {number}"
            library, pixels, marks, texts = drawn(seed, kind)
            around = random.Random(f"sheet {seed}")
            if marks.peaks and around.random() < SHARE:
                korean = bool(book.korean) and around.random() < KOREAN
                pixels, marks, texts = on_a_sheet(pixels, marks, texts, book, korean, around)
            image = Image.fromarray(pixels)
            image.thumbnail((MOST_SIDE_PX, MOST_SIDE_PX), Image.Resampling.BOX)
            if marks.peaks:
                scale = image.width / pixels.shape[1]
                lines = [[t.text, *(scale * np.array([*t.left, *t.right, t.em])).round(2), t.role] for t in texts]
                truth = {"library": library} | vars(marks.scaled(scale)) | {"texts": lines}
                path.with_suffix(".json").write_text(json.dumps(truth), encoding="utf-8")
            image.save(path)
    print(f"{options.count * len(kinds):,} pictures in {options.out}")


if __name__ == "__main__":
    main()
