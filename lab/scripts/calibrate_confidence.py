"""Fit nano's confidence, and draw how far it holds: `python lab/scripts/calibrate_confidence.py --data DATA`.

Fits to pages that nano has not seen: drawn from seeds that no training uses, printed ones also worn. What pages of an
evaluation folder, with text as truth, say is in the table and the picture only. Writes `confidence.json` into the nano
folder, which says how often a word is right that has a given score (`reading.reading`).
To be run anew whenever the recogniser changes; then `python scripts/write_checksums.py`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from sokdok.model.nano.session import bundled_folder
from sokdok.pages import Page
from sokdok.pages.files import open_pages
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.reading import Calibration
from sokdok_lab.bench.evaluation import documents
from sokdok_lab.bench.evaluation.evaluate import Case, load_cases
from sokdok_lab.bench.evaluation.printed import printed_sets
from sokdok_lab.bench.evaluation.synthetic import synthetic_cases
from sokdok_lab.bench.plots import check_plot, save_figure
from sokdok_lab.synth.wear import Wear

SETS = ("fox", "docs_en_dense", "docs_ko", "scans_loc", "funsd", "sroie", "handwriting_loc")
POOR = Wear(
    pressed=(0.4, 0.4, 1.2), ghost=(0.15, 0.05, 0.25), coarse=(0.5, 0.45, 0.9), blurred=(0.5, 0.4, 1.4),
    toned=(0.5, (40, 140), (180, 255)), lit=(0.2, 0.05, 0.25), noisy=(0.4, 4, 20), bilevel=(0.3, 0.35, 0.7),
    specked=(0.2, 0.0003, 0.003), jpeg=(0.5, 12, 60),
)  # fmt: skip
"""of pages that are hard to read: copies of copies, faxes, photos, small type"""
BINS = 10
MIN_WORDS = 20  # of a point in the picture
_KNOTS = 12  # points of a fitted curve, at most
_PLAIN = str.maketrans("‘’“”–—‐", "''\"\"---")  # marks that look alike are no error


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
    drawn = {name: [_judged(lines, text) for text in texts] for name, texts in _drawn(options.fonts, options.limit)}
    curve = fitted([together(found) for found in drawn.values()])
    stored = {name: list(values) for name, values in dataclasses.asdict(curve).items()}
    (options.nano / "confidence.json").write_text(json.dumps(stored) + "\n", encoding="utf-8")
    before = {name: together(found) for name, found in drawn.items()}
    for name, texts in _kept(options.data):
        before[name] = together(_judged(lines, text) for text in islice(texts, options.limit))
    after = {name: _by(curve, judged) for name, judged in before.items()}
    _print(before, after)
    plot(together(before.values()), after, options.picture)


def _drawn(fonts: Path | None, limit: int) -> Iterator[tuple[str, Texts]]:
    """Synthetic pages and what they say, by the name of their set, and the printed ones worn."""
    for evalset in documents.SYNTHETIC:
        cases = synthetic_cases(evalset, limit, fonts)
        yield evalset.name, _texts(cases, case=False)
        if evalset.kind == "page":
            yield f"{evalset.name}, worn", map(_worn, _texts(cases, case=False), range(limit))


def _worn(text: Text, seed: int) -> Text:
    pixels = POOR(np.asarray(text.page.image.convert("L")), random.Random(seed))
    return text._replace(page=Page(Image.fromarray(pixels).convert("RGB"), text.page.source))


def _kept(data: Path | None) -> Iterator[tuple[str, Texts]]:
    """Pages of an evaluation folder and what they say, by the name of their set."""
    if data is not None:
        for evalset in (found for found in documents.SETS if found.name in SETS):
            yield evalset.name, _texts(load_cases(evalset, data / evalset.name))
        yield "printed, scanned", _scans(data / "printed")


def _texts(cases: Sequence[Case], *, case: bool = True) -> Texts:
    for each in cases:
        placed = not isinstance(each.truth, str)  # forms and receipts: words with their places come first
        yield Text(each.page(), " ".join(word for word, _ in each.truth[0]) if placed else each.truth, case=case)


def _scans(data: Path) -> Texts:
    """The pages of scanned files, each with the text of its whole file: a word is right if it is there."""
    for case in (case for evalset, cases in printed_sets(data) if evalset.name.startswith("scan") for case in cases):
        text = " ".join([case.truth["text"], *(line["text"] for line in case.truth["furniture"])])
        yield from (Text(page, text, joined=True) for page in open_pages(case.picture) if isinstance(page, Page))


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


class Judged(NamedTuple):
    """Words of one set, N of them."""

    confidence: np.ndarray  # (N,) what was said of each
    right: np.ndarray  # (N,) bool


def judge(words: Iterable[tuple[str, float]], truth: str, *, case: bool = True) -> Judged:
    """Hold words and what is said of them against a page's text: right is what stands there as often.

    `case`: whether capitals count; fonts of synthetic pages may draw them for small letters.
    """

    def alike(word: str) -> str:
        return _plain(word) if case else _plain(word).casefold()

    there = Counter(alike(word) for word in truth.split())
    said, right = [], []
    for word, confidence in words:
        plain = alike(word)
        said.append(confidence)
        right.append(there[plain] > 0)
        there[plain] -= 1
    return Judged(np.array(said, float), np.array(right, bool))


def together(judged: Iterable[Judged]) -> Judged:
    """The words of several pages as one set."""
    found = list(judged)
    return Judged(
        np.concatenate([np.zeros(0), *(each.confidence for each in found)]),
        np.concatenate([np.zeros(0, bool), *(each.right for each in found)]),
    )


def fitted(sets: Sequence[Judged]) -> Calibration:
    """The rising curve that fits what was said of the words of several sets, each of which weighs as much."""
    from scipy.optimize import isotonic_regression

    words = together(sets)
    weights = np.concatenate([np.full(len(each.right), 1 / max(1, len(each.right))) for each in sets])
    order = np.argsort(words.confidence, kind="stable")
    said, weights = words.confidence[order], weights[order]
    rising = isotonic_regression(words.right[order].astype(float), weights=weights).x
    # A knot for each equal share of the words, and of the curve's height: most words are sure, the curve is not.
    steps = np.linspace(0, 1, _KNOTS // 2)
    shares = np.interp(steps, weights.cumsum() / weights.sum(), said)
    heights = np.interp(steps, (rising - rising[0]) / max(rising[-1] - rising[0], 1e-9), said)
    knots = np.unique(np.round(np.concatenate([[0.0, 1.0], shares, heights]), 3))
    curve = [float(rising[np.abs(said - knot) <= _near(said, knot)].mean()) for knot in knots]
    return Calibration(tuple(knots.tolist()), tuple(np.round(np.maximum.accumulate(curve), 3).tolist()))


def _near(said: np.ndarray, knot: float) -> float:
    """How far the words lie from a knot that say something about it."""
    return float(max(np.sort(np.abs(said - knot))[: max(1, len(said) // 100)].max(), 0.01))


class Bin(NamedTuple):
    """Words that much the same was said of."""

    words: int
    said: float
    right: float


def reliability(judged: Judged, bins: int = BINS) -> list[Bin]:
    """Words by what was said of them, in bins of one width; empty ones are left out."""
    at = np.minimum((judged.confidence * bins).astype(int), bins - 1)
    return [
        Bin(int(inside.sum()), float(judged.confidence[inside].mean()), float(judged.right[inside].mean()))
        for inside in (at == number for number in range(bins))
        if inside.any()
    ]


def expected_error(judged: Judged, bins: int = BINS) -> float:
    """Expected calibration error: the mean distance of said and right over bins, by their words."""
    found = reliability(judged, bins)
    total = sum(each.words for each in found)
    return sum(each.words * abs(each.said - each.right) for each in found) / max(1, total)


def plot(before: Judged, after: dict[str, Judged], path: Path) -> None:
    """Draw said against right: all words as the net says it, and each set as it is calibrated."""
    check_plot(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    axes, counts = figure.subplots(1, 2, width_ratios=(3, 2))
    axes.plot([0, 1], [0, 1], color="#b9c4d0", linewidth=1, label="as it should be")
    everything = together(after.values())
    _line(axes, before, "all, the net's own word", color="#7b8fa6", linestyle="--", marker="x")
    for name, judged in after.items():
        _line(axes, judged, f"{name} ({expected_error(judged):.3f})", marker=".", linewidth=0.8)
    _line(axes, everything, f"all ({expected_error(everything):.3f})", color="black", linewidth=2.5, marker="o")
    axes.set(xlabel="confidence of words", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    figure.legend(loc="outside right center", fontsize=7, title="set (calibration error)", title_fontsize=7)
    counts.hist(everything.confidence, BINS, range=(0, 1), color="#2b8a6e")
    counts.set(xlabel="confidence of words", ylabel="words", yscale="log")
    save_figure(figure, path, colours=128)


def _line(axes: Any, judged: Judged, label: str, **style: Any) -> None:
    found = [each for each in reliability(judged) if each.words >= MIN_WORDS]  # fewer say nothing
    axes.plot([each.said for each in found], [each.right for each in found], label=label, **style)


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).translate(_PLAIN)


if __name__ == "__main__":
    main()
