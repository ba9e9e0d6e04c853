#!/usr/bin/env python3
"""Compare Korean words between spaces with the morphemes that FineWeb-2's limits for Korean were set with.

    python lab/scripts/fetch_corpus.py --out data/corpus
    pip install kiwipiepy
    python lab/scripts/bulk/fit_korean_rules.py data/corpus/ko
    python lab/scripts/bulk/fit_korean_rules.py --shares FOLDER    # without Kiwi: language and syllables of any texts

Prints, over pieces of running text, how many morphemes a word of ours is, which share of the pieces is beyond
FineWeb-2's limits with its words and beyond ours with ours, and the least share of words with endings. Kiwi (218 MB
with its model) stays out of sokdok: `recipes/quality.yaml` has limits that were set anew by this comparison.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sokdok.bulk.quality.recipe import Language, load_recipe
from sokdok.bulk.quality.rules import _scores, korean_endings, ngram_characters, rare_syllables
from sokdok.bulk.quality.text import words_of

THEIRS = {
    "top_2": 0.282, "top_3": 0.228, "top_4": 0.185,
    "again_5": 0.201, "again_6": 0.184, "again_7": 0.168, "again_8": 0.154, "again_9": 0.14, "again_10": 0.127,
}  # fmt: skip
"""kor_Hang: characters of morphemes in a row"""
NEWLINES = 0.196  # kor_Hang: line ends for each morpheme
CHARACTERS = 3000  # of a piece
PIECES = 12  # of a file


def pieces(folder: Path) -> list[str]:
    """Pieces of all texts, few of each."""
    chance, found = random.Random(0), []
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        starts = range(0, len(text) - CHARACTERS, CHARACTERS)
        found += [text[start : start + CHARACTERS] for start in chance.sample(starts, min(PIECES, len(starts)))]
    return found


def beyond(words: Sequence[str], text: str, limits: dict[str, float]) -> set[str]:
    """The limits of repetition that a text is beyond."""
    found = ngram_characters(words)
    return {name for name, limit in limits.items() if found.get(name, 0) / len(text) > limit}


def shares(texts: list[str]) -> None:
    """Print what lid.176 and KS X 1001 say of pages of running text."""
    pages = [text[at : at + 1000] for text in texts for at in range(0, len(text) - 1000, 1000)]
    scores = np.array([dict(_scores(page, Language())).get("ko", 0.0) for page in pages])
    rare = [rare_syllables(text) or 0.0 for text in texts]
    print(
        f"{len(pages)} pages: Korean by lid.176 at least {scores.min():.2f}, 1 % below {np.quantile(scores, 0.01):.2f}"
    )
    print(f"{len(texts)} texts: syllables outside KS X 1001 at most {max(rare):.4f} of letters")


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shares", action="store_true", help="only what the recipe says of language and syllables")
    asked = parser.parse_args()
    if asked.shares:
        return shares([path.read_text(encoding="utf-8") for path in sorted(asked.folder.rglob("*.*"))])
    texts = pieces(asked.folder)
    from kiwipiepy import Kiwi

    kiwi = Kiwi(num_workers=1)
    limits = load_recipe().limits("ko")
    ours = {name: limits[f"repetition__{name}"].most or 1.0 for name in THEIRS}
    rows = []
    for text in texts:
        words, morphemes = words_of(text), [token.form for token in kiwi.tokenize(text)]
        lines = sum(1 for line in text.split("\n") if line.strip()) - 1
        rows.append(
            (
                len(morphemes) / len(words),
                bool(beyond(morphemes, text, THEIRS)),
                bool(beyond(words, text, THEIRS)),
                bool(beyond(words, text, ours)),
                lines / len(morphemes) > NEWLINES,
                lines / len(words) > (limits["fineweb__newlines"].most or 1.0),
                korean_endings(words) or 0.0,
            )
        )
    ratio, theirs, same, fitted, their_ends, our_ends, endings = np.array(rows, float).T
    print(f"{len(texts)} pieces; morphemes for each word of ours: {np.median(ratio):.2f}")
    print(f"beyond a limit of repetition: {theirs.mean():.1%} by morphemes, {fitted.mean():.1%} by ours;")
    print(f"  {same.mean():.1%} by our words and FineWeb-2's limits; the two agree on {(theirs == fitted).mean():.1%}")
    print(f"beyond the limit of line ends: {their_ends.mean():.1%} by morphemes, {our_ends.mean():.1%} by ours")
    print(f"words with endings: {endings.min():.3f} at least, {np.median(endings):.3f} in the middle")


if __name__ == "__main__":
    main()
