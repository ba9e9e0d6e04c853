"""Fit nano's confidence, and draw how far it holds: `python lab/scripts/calibrate_confidence.py --data DATA`.

Reads pages that nano has not seen: synthetic ones, drawn from seeds that no training uses, and those of an evaluation
folder with text as truth. Every second page of each set is fitted to, the others are what the table and the picture
tell of. Writes `confidence.json` into the nano folder, which says how often a word is right that has a given score
(`reading.confidence`). To be run anew whenever the recogniser changes; then `python scripts/write_checksums.py`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sokdok.pages import Page, open_pages
from sokdok.reading.confidence import Calibration
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.nano.session import bundled_folder
from sokdok_lab.bench.confidence import Judged, expected_error, fitted, judge, plot, reliability, together
from sokdok_lab.bench.evaluation import documents
from sokdok_lab.bench.evaluation.evaluate import Case, load_cases
from sokdok_lab.bench.evaluation.synthetic import synthetic_cases
from sokdok_lab.bench.printed.run import load_cases as printed_cases

SETS = ("fox", "docs_en_dense", "docs_ko", "scans_loc", "handwriting_loc")


class Text(NamedTuple):
    """A page and what it says."""

    page: Page
    truth: str
    joined: bool = False  # whether the truth has words whole that lines break
    case: bool = True  # whether capitals stand in it as on the page


Texts = Iterator[Text]


def main() -> None:
    """Read pages, fit, write, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of evaluation sets; without it synthetic pages alone")
    parser.add_argument("--nano", type=Path, default=bundled_folder())
    parser.add_argument("--fonts", type=Path, help="of synthetic pages; default: the system's")
    parser.add_argument("--limit", type=int, default=16, help="pages of each set")
    parser.add_argument("--picture", type=Path, default=Path("docs/images/confidence.png"))
    options = parser.parse_args()
    lines = NanoReader(options.nano, threads=1).lines
    if lines is None:
        parser.error(f"{options.nano} reads no lines")
    lines.calibration = Calibration()  # its own word
    pages = {
        name: [_judged(lines, text) for text in islice(texts, options.limit)]
        for name, texts in _sets(options.data, options.fonts, options.limit).items()
    }
    curve = fitted([together(found[::2]) for found in pages.values()])
    stored = {name: list(values) for name, values in dataclasses.asdict(curve).items()}
    (options.nano / "confidence.json").write_text(json.dumps(stored) + "\n", encoding="utf-8")
    unseen = {name: together(found[1::2]) for name, found in pages.items()}
    after = {name: _by(curve, judged) for name, judged in unseen.items()}
    _print(unseen, after)
    plot(together(unseen.values()), after, options.picture)


def _sets(data: Path | None, fonts: Path | None, limit: int) -> dict[str, Texts]:
    """Pages and what they say, by the name of their set."""
    drawn = {evalset.name: synthetic_cases(evalset, limit, fonts) for evalset in documents.SYNTHETIC}
    sets = {name: _texts(cases, case=False) for name, cases in drawn.items()}
    if data is not None:
        for evalset in (found for found in documents.SETS if found.name in SETS):
            sets[evalset.name] = _texts(load_cases(evalset, data / evalset.name))
        sets["printed, scanned"] = _scans(data / "printed")
    return sets


def _texts(cases: Sequence[Case], *, case: bool = True) -> Texts:
    for each in cases:
        yield Text(each.page(), str(each.truth), case=case)


def _scans(data: Path) -> Texts:
    """The pages of scanned files, each with the text of its whole file: a word is right if it is there."""
    for case in (case for case in printed_cases(data) if case.variant.startswith("scan")):
        text = " ".join([case.truth["text"], *(line["text"] for line in case.truth["furniture"])])
        yield from (Text(page, text, joined=True) for page in open_pages(case.path) if isinstance(page, Page))


def _judged(lines: NanoPageReader, text: Text) -> Judged:
    """Read a page; where lines break words that the truth has whole, their ends are left out, and bullets."""
    found = [line.words for line in lines.see(text.page.image).lines]
    if text.joined:
        found = [tuple(word for word in words[1:-1] if any(map(str.isalnum, word.text))) for words in found]
    return judge([(word.text, word.confidence) for words in found for word in words], text.truth, case=text.case)


def _by(curve: Calibration, judged: Judged) -> Judged:
    return Judged(np.interp(judged.confidence, curve.said, curve.right), judged.right)


def _print(before: dict[str, Judged], after: dict[str, Judged]) -> None:
    print("| set | words | right | said, own word | said, calibrated | error, own word | calibrated |")
    print("|---|---|---|---|---|---|---|")
    for name, judged in after.items():
        own = before[name]
        print(
            f"| {name} | {len(judged.right):,} | {judged.right.mean():.3f} | {own.confidence.mean():.3f} "
            f"| {judged.confidence.mean():.3f} | {expected_error(own):.3f} | {expected_error(judged):.3f} |"
        )
    print("\n| confidence | words | right |\n|---|---|---|")
    for each in reliability(together(after.values())):
        print(f"| {each.said:.2f} | {each.words:,} | {each.right:.3f} |")


if __name__ == "__main__":
    main()
