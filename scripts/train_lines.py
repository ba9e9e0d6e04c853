"""Train the line finder: `python scripts/train_lines.py --text CORPUS --fonts FONTS --out RUN`; resumes by itself."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.nets import NETS
from sokdok.synth.charts.maker import ChartMaker
from sokdok.synth.pages.fonts import FontBook
from sokdok.synth.pages.maker import PageMaker
from sokdok.synth.pages.tables import TableMaker
from sokdok.training.nets import fit
from sokdok.training.tasks.text_detector import LineBatches, Picture, loss, strip_of, strips_of
from sokdok.training.text import TextSource


def chart_picture(charts: ChartMaker, seed: int) -> Picture:
    """A chart at once or twice its size; upright texts are no lines."""
    chart = charts.chart(seed)
    scale = random.Random(seed).uniform(1, 2)
    image = Image.fromarray(chart.pixels).convert("L")
    size = round(image.width * scale), round(image.height * scale)
    strips = [strip_of(text.text, text.box).moved(scale, 0, 0) for text in chart.texts if not text.angle]
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR)), strips


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True, help="folder of scripts/fetch_corpus.py")
    parser.add_argument("--fonts", type=Path, required=True, help="folder of scripts/fetch_fonts.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2700)
    options = parser.parse_args()
    torch.set_num_threads(1)
    source = TextSource(options.text, default_chars())
    kinds = {"en": 50, "ko": 30, "words ko": 5, "numbers": 10, "code": 5}
    chars = Alphabet(default_chars()).code_points
    book = FontBook(options.fonts)
    maker = PageMaker(book, source, kinds, side=1100, ems=(4.6, 20), square=False, chars=chars)

    tables, charts = TableMaker(book, source, kinds), ChartMaker(book)

    def picture(seed: int) -> Picture:
        """Pages, charts and tables in turns."""
        if seed % 20 < 7:
            return chart_picture(charts, seed)
        page = tables.table(seed) if seed % 20 < 11 else maker.page(seed)
        return page.pixels, strips_of(page)

    torch.manual_seed(0)
    fit(NETS["lines"](), LineBatches(picture), loss, options.out, steps=options.steps)


if __name__ == "__main__":
    main()
