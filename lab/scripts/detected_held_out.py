"""Hold a nano's text detector against drawings that training never sees, clean and worn, by the length of lines.

`python lab/scripts/detected_held_out.py --corpus DIR --fonts DIR --handwriting DIR [--nano DIR] [--count 40]`: for each
kind of drawing the share of texts of 1, 2, 3 to 5, and more symbols that a found line holds, and how many found lines
hold no text (false). Tables have columns of single marks (`synth.pages.tables`), a quarter of them.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from sokdok.imaging.box import Box
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.reading.nano.text_detector import detect_lines
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.maker import PageMaker
from sokdok_lab.synth.pages.tables import TableMaker
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.sheets import SheetMaker
from sokdok_lab.training.export import load_nets
from sokdok_lab.training.tasks.text_detector import WEAR
from sokdok_lab.training.texts.source import TextSource

KINDS = {"en": 3, "ko": 2, "numbers": 1}
FIRST_SEED = 2 * 10**9  # beyond the seeds of training and of its validation
LENGTHS = {1: "1", 2: "2", 3: "3-5", 4: "3-5", 5: "3-5"}
FORMS = {"digit": str.isdigit, "letter": str.isalpha}


def main() -> None:
    """Read the options, look at the drawings, print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("corpus", "fonts", "handwriting"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--nano", type=Path, default=Path("src/sokdok/nano"))
    parser.add_argument("--count", type=int, default=40, help="drawings of each kind")
    options = parser.parse_args()
    torch.set_num_threads(1)
    net = load_nets(options.nano)["lines"]

    def detector(pixels: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return net(torch.from_numpy(pixels)).numpy()

    chars = Alphabet(default_chars()).code_points
    book = FontBook(options.fonts)
    source = TextSource(options.corpus, Alphabet(default_chars()).chars)
    makers = {
        "table": TableMaker(book, source, KINDS, damage=0, marks=0.25).table,
        "page": PageMaker(book, source, KINDS, side=1100, ems=(4.6, 20), square=False, chars=chars, damage=0).page,
        "sheet": SheetMaker(book, FontBook(options.handwriting).latin, source, KINDS, chars).sheet,
    }
    for kind, make in makers.items():
        pages = [make(FIRST_SEED + index) for index in range(options.count)]
        for worn in (False, True):
            print(json.dumps({"drawing": kind, "worn": worn, **scores(pages, detector, worn)}, ensure_ascii=False))


def scores(pages: list[SyntheticPage], detector, worn: bool) -> dict[str, object]:
    """Recall by length of text, of single digits and letters besides, and the number of lines without text."""
    asked, found, false = Counter[str](), Counter[str](), 0
    for index, page in enumerate(pages):
        gray = WEAR(page.pixels, random.Random(index)) if worn else page.pixels
        lines = detect_lines(detector, gray)
        texts = list(texts_of(page))
        for text, box in texts:
            x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
            hit = any(line.holds(x, y) for line in lines)
            forms = [name for name, form in FORMS.items() if len(text) == 1 and form(text)]
            names = [LENGTHS.get(len(text), "6+"), *forms]
            asked.update(names)
            found.update(names if hit else [])
        boxes = [box for _, box in texts]
        false += sum(not any(touch(line.box, box) for box in boxes) for line in lines)
    recall = {name: f"{found[name] / count:.3f} of {count}" for name, count in sorted(asked.items())}
    return {**recall, "false": false}


def texts_of(page: SyntheticPage) -> Iterator[tuple[str, Box]]:
    """Texts between wide gaps: in a table each line of a cell."""
    for line in page.lines:
        boxes = line.boxes
        yield line.text, Box(*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())


def touch(a: Box, b: Box) -> bool:
    """Whether two boxes overlap."""
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


if __name__ == "__main__":
    main()
