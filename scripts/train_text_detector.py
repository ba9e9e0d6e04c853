"""Train the text detector: `python scripts/train_text_detector.py --text CORPUS --fonts FONTS --out RUN ...`.

Resumes by itself. Crops, targets and loss are those of the line finder (`training.lines`); what is new is the net, a
quarter of the arithmetic, and the pictures: strips of many fonts and much wear, and handwriting, beside pages, tables
and charts.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from sokdok.model.alphabet import Alphabet, recogniser_chars
from sokdok.model.text_detector import TextDetector
from sokdok.synth.charts import ChartMaker
from sokdok.synth.fonts import FontBook
from sokdok.synth.handwriting import HandwritingMaker, hands_of
from sokdok.synth.pages import PageMaker
from sokdok.synth.strips import StripMaker
from sokdok.synth.tables import TableMaker
from sokdok.training.lines import LineBatches, Picture, loss, strip_of, strips_of
from sokdok.training.nets import fit
from sokdok.training.text import TextSource

KINDS = {"en": 45, "print": 10, "ko": 30, "words ko": 5, "numbers": 10, "code": 5, "accents": 8}
TURNS = ("chart", "chart", "chart", "table", "table", "strip", "strip", "hand", *("page",) * 7)


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="folder of scripts/fetch_corpus.py")
    parser.add_argument("--fonts", type=Path, required=True, help="folder of scripts/fetch_fonts.py")
    parser.add_argument(
        "--handwriting", type=Path, required=True, help="folder of scripts/fetch_fonts.py --handwriting"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=8000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    source, chars = TextSource(options.text, recogniser_chars()), Alphabet(recogniser_chars()).code_points
    book, hands = FontBook(options.fonts), FontBook(options.handwriting)
    makers = {
        "page": PageMaker(book, source, KINDS, side=1100, ems=(4.6, 20), square=False, chars=chars).page,
        "table": TableMaker(book, source, KINDS).table,
        "strip": StripMaker(book, hands_of(hands), source, KINDS, chars).strip,
        "hand": HandwritingMaker(hands, source, {"en": 0.7, "ko": 0.3}).page,
    }
    charts = ChartMaker(book)

    def picture(seed: int) -> Picture:
        """Kinds of pictures in turns."""
        turn = TURNS[seed % len(TURNS)]
        if turn == "chart":
            return chart_picture(charts, seed)
        page = makers[turn](seed)
        return np.asarray(Image.fromarray(page.pixels).convert("L")), strips_of(page)

    torch.manual_seed(0)
    fit(TextDetector(), LineBatches(picture, size=12), loss, options.out, steps=options.steps)


if __name__ == "__main__":
    main()
