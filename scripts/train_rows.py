"""Train nano's line reader: `python scripts/train_rows.py --text CORPUS --fonts FONTS --out RUN`; resumes by itself.

With `--init` it goes on from the weights of a checkpoint folder, at a lower rate and with more to read: `--init
src/sokdok/nano --peak 4e-4 --handwriting HANDS`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.export import load_nets
from sokdok.model.nano.recogniser import RowReader
from sokdok.synth.pages.fonts import FontBook
from sokdok.synth.pages.handwriting import HandwritingMaker
from sokdok.synth.pages.maker import PageMaker
from sokdok.synth.pages.tables import TableMaker
from sokdok.synth.pages.truth import SyntheticPage
from sokdok.training.nets import fit
from sokdok.training.tasks.recogniser import RowBatches, loss
from sokdok.training.text import TextSource

KINDS = {
    "en": 24, "print": 18, "capitals": 3, "ko": 26, "words ko": 6, "code": 4, "numbers": 9, "ids": 3, "letters": 5,
    "syllables": 6, "alphabet": 3,
}  # fmt: skip
LABELS = 0.3
"""share of windows with short texts"""


def pictures(fonts: Path, hands: Path | None, text: Path, alphabet: Alphabet) -> Callable[[int], SyntheticPage]:
    """Pages, tables and, where there are fonts for it, handwriting, in turns."""
    source, book = TextSource(text, default_chars()), FontBook(fonts)
    pages = PageMaker(book, source, KINDS, side=1100, ems=(4.6, 18), square=False, chars=alphabet.code_points)
    tables = TableMaker(book, source, KINDS)
    writing = HandwritingMaker(FontBook(hands), source, {"en": 0.7, "ko": 0.3}) if hands else None

    def picture(seed: int) -> SyntheticPage:
        if seed % 20 < 3:
            return tables.table(seed)
        if writing and seed % 20 < 6:
            page = writing.page(seed)
            return replace(page, pixels=np.asarray(Image.fromarray(page.pixels).convert("L")))
        return pages.page(seed)

    return picture


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="folder of scripts/fetch_corpus.py")
    parser.add_argument("--fonts", type=Path, required=True, help="folder of scripts/fetch_fonts.py")
    parser.add_argument("--handwriting", type=Path, help="folder of scripts/fetch_fonts.py --handwriting")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="folder of a nano whose weights to start from")
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--peak", type=float, default=1.5e-3, help="highest learning rate (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    alphabet = Alphabet(default_chars())
    picture = pictures(options.fonts, options.handwriting, options.text, alphabet)
    torch.manual_seed(0)
    model = load_nets(options.init)["rows"] if options.init else RowReader(alphabet.classes)
    fit(model, RowBatches(picture, alphabet, labels=LABELS), loss, options.out, steps=options.steps, peak=options.peak)


if __name__ == "__main__":
    main()
