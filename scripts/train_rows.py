"""Train nano's line reader: `python scripts/train_rows.py --text CORPUS --fonts FONTS --out RUN`; resumes by itself."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from sokdok.model.alphabet import Alphabet, default_chars
from sokdok.model.rows import RowReader
from sokdok.synth.fonts import FontBook
from sokdok.synth.pages import PageMaker
from sokdok.training.nets import fit
from sokdok.training.rows import RowBatches, loss
from sokdok.training.text import TextSource

KINDS = {
    "en": 24, "print": 18, "capitals": 3, "ko": 26, "words ko": 6, "code": 4, "numbers": 9, "ids": 3, "letters": 5,
    "syllables": 6, "alphabet": 3,
}  # fmt: skip


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True, help="folder of scripts/fetch_corpus.py")
    parser.add_argument("--fonts", type=Path, required=True, help="folder of scripts/fetch_fonts.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    alphabet = Alphabet(default_chars())
    source = TextSource(options.text, default_chars())
    book = FontBook(options.fonts)
    maker = PageMaker(book, source, KINDS, side=1100, ems=(4.6, 18), square=False, chars=alphabet.code_points)
    batches = RowBatches(maker.page, alphabet)
    torch.manual_seed(0)
    fit(RowReader(alphabet.classes), batches, loss, options.out, steps=options.steps, peak=1.5e-3)


if __name__ == "__main__":
    main()
