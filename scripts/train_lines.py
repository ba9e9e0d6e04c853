"""Train the line finder: `python scripts/train_lines.py --text CORPUS --fonts FONTS --out RUN`; resumes by itself."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from sokdok.model.alphabet import Alphabet, default_chars
from sokdok.model.lines import CHANNELS
from sokdok.model.unet import UNet
from sokdok.synth.fonts import FontBook
from sokdok.synth.pages import PageMaker
from sokdok.training.lines import LineBatches, Picture, loss, strips_of
from sokdok.training.nets import fit
from sokdok.training.text import TextSource

WIDTHS = (32, 64, 96, 128)


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True, help="folder of scripts/fetch_corpus.py")
    parser.add_argument("--fonts", type=Path, required=True, help="folder of scripts/fetch_fonts.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2500)
    options = parser.parse_args()
    torch.set_num_threads(1)
    source = TextSource(options.text, default_chars())
    kinds = {"en": 50, "ko": 30, "words ko": 5, "numbers": 10, "code": 5}
    chars = Alphabet(default_chars()).code_points
    maker = PageMaker(FontBook(options.fonts), source, kinds, side=1100, ems=(4.6, 20), square=False, chars=chars)

    def picture(seed: int) -> Picture:
        page = maker.page(seed)
        return page.pixels, strips_of(page)

    torch.manual_seed(0)
    fit(UNet(1, CHANNELS, WIDTHS), LineBatches(picture), loss, options.out, steps=options.steps)


if __name__ == "__main__":
    main()
