"""Draw windows for the recogniser, shard after shard: `python scripts/draw_windows.py --text CORPUS --fonts FONTS ...`.

Runs until it is stopped, and goes on with new windows when it is started again. `--held-out` writes the validation
windows instead, a shard for each category, from seeds that training never draws.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from sokdok.model.alphabet import Alphabet, recogniser_chars
from sokdok.synth.fonts import FontBook
from sokdok.synth.handwriting import HandwritingMaker, hands_of
from sokdok.synth.pages import PageMaker
from sokdok.synth.strips import StripMaker, Wanted
from sokdok.synth.tables import TableMaker
from sokdok.synth.truth import SyntheticPage
from sokdok.training.shards import record, write_shards
from sokdok.training.text import TextSource
from sokdok.training.windows import Pictures, Windows

PAGES = {
    "en": 22, "print": 18, "capitals": 3, "ko": 34, "words ko": 8, "code": 4, "numbers": 9, "ids": 3, "letters": 5,
    "syllables": 6, "alphabet": 2, "accents": 6,
}  # fmt: skip
STRIPS = {
    "en": 18, "print": 14, "capitals": 4, "ko": 28, "words ko": 8, "code": 4, "numbers": 8, "ids": 3, "letters": 5,
    "syllables": 10, "alphabet": 2, "accents": 12, "vietnamese": 3, "greek": 4, "cyrillic": 6, "foreign letters": 4,
    "signs": 3,
}  # fmt: skip
LABELS = 0.22
SIZES = (14.0, 30.0)
HELD_OUT = {
    "latin": [Wanted("print", False, SIZES, 0.5)],
    "hangul": [Wanted("ko", False, SIZES, 0.5)],
    "accents": [Wanted("accents", False, SIZES, 0.5), Wanted("vietnamese", False, SIZES, 0.5)],
    "greek-cyrillic": [Wanted("greek", False, SIZES, 0.5), Wanted("cyrillic", False, SIZES, 0.5)],
    "small": [Wanted("print", False, (6.5, 9.0), 0.5), Wanted("ko", False, (7.5, 10.0), 0.5)],
    "worn": [Wanted("print", False, (12.0, 30.0), 2.5), Wanted("ko", False, (14.0, 30.0), 2.5)],
    "handwriting": [Wanted("print", True, (20.0, 48.0), 1.0), Wanted("ko", True, (20.0, 48.0), 1.0)],
    "no-language": [Wanted(kind, False, SIZES, 0.5) for kind in ("letters", "syllables", "ids", "numbers", "signs")],
}
"""categories of validation windows, and what their strips are in turn"""
HELD_OUT_WINDOWS = 192
_HELD_OUT_SEED = 900


def _grey(page: SyntheticPage) -> SyntheticPage:
    return replace(page, pixels=np.asarray(Image.fromarray(page.pixels).convert("L")))


def _held_out(strips: StripMaker, alphabet: Alphabet, folder: Path) -> None:
    """A file of records for each category."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, wanted in HELD_OUT.items():

        def draw(seed: int, wanted: list[Wanted] = wanted) -> SyntheticPage:
            return strips.strip(f"held out {seed}", wanted[seed % len(wanted)])

        windows = Windows({name: Pictures(draw, 1, 1.0)}, alphabet.code_points, 0.0, _HELD_OUT_SEED)
        np.save(folder / f"{name}.npy", record(list(islice(windows, HELD_OUT_WINDOWS))))
        print(name, flush=True)


def main() -> None:
    """Read the options and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True, help="folder of scripts/fetch_corpus.py")
    parser.add_argument("--fonts", type=Path, required=True, help="folder of scripts/fetch_fonts.py")
    parser.add_argument(
        "--handwriting", type=Path, required=True, help="folder of scripts/fetch_fonts.py --handwriting"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--keep", type=int, default=160, help="shards of 1,024 windows that are kept (19 MB each)")
    parser.add_argument("--seed", type=int, default=1, help="another for each process that draws")
    parser.add_argument("--held-out", action="store_true")
    options = parser.parse_args()
    alphabet = Alphabet(recogniser_chars())
    source, book = TextSource(options.text, recogniser_chars()), FontBook(options.fonts)
    hands = FontBook(options.handwriting)
    strips = StripMaker(book, hands_of(hands), source, STRIPS, alphabet.code_points)
    if options.held_out:
        _held_out(strips, alphabet, options.out)
        return
    pages = PageMaker(book, source, PAGES, side=1100, ems=(4.6, 18), square=False, chars=alphabet.code_points)
    tables, writing = TableMaker(book, source, PAGES), HandwritingMaker(hands, source, {"en": 0.7, "ko": 0.3})
    kinds = {
        "page": Pictures(pages.page, 16, 0.34),
        "table": Pictures(tables.table, 6, 0.08),
        "hand": Pictures(lambda seed: _grey(writing.page(seed)), 4, 0.1),
        "strip": Pictures(partial(strips.strip, wanted=None), 2, 0.48),
    }
    first = options.seed * 1000 + len(list(options.out.glob("*.npy")))
    for path in write_shards(iter(Windows(kinds, alphabet.code_points, LABELS, first)), options.out, options.keep):
        print(path.name, flush=True)


if __name__ == "__main__":
    main()
