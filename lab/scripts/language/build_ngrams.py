"""Count in text which characters follow which: nano's table of n-grams (`sokdok.model.nano.ngrams`).

    python lab/scripts/language/build_ngrams.py --corpus data/corpus --out src/sokdok/nano/ngrams.npy

The corpus is that of `lab/scripts/fetch_corpus.py`. English prose counts in full, manuals, Korean and other
languages up to some characters a file. Prints the entropy, in bits a character, of
the end of each file, which is left out.
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np

from sokdok.model.nano.ngrams import ENTRY, ORDER, SCALE, UNKNOWN, CharacterNgrams, key_of, sign_of

SHARES = {
    "en/anarchism.txt": 6_000_000,
    "en/sword-text-kjv.txt": 3_000_000,
    "en/fortunes.txt": 2_500_000,
    "en/wordnet.txt": 1_500_000,
    "en/python-doc.txt": 500_000,
    "ko/*.txt": 500_000,
    "world/manual-*.txt": 200_000,
    "world/words-*.txt": 50_000,
}  # files, and how many of their characters count
RARE = (0, 2, 4, 8, 12, 16)  # runs of 1, 2, ... characters that are seen no more often are left out
LEFT_OUT = 10_000  # characters at a file's end by which it is measured


def main() -> None:
    """Read, count, write, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    files = [(path, share) for pattern, share in SHARES.items() for path in sorted(args.corpus.glob(pattern))]
    texts = {path: _signs(path) for path, _ in files}
    counts = [Counter[str]() for _ in range(ORDER)]
    for path, share in files:
        text = texts[path][:-LEFT_OUT][:share]
        for length, counter in enumerate(counts, 1):
            counter.update(text[at : at + length] for at in range(len(text) - length + 1))
    table = _table([_common(counter, rare) for counter, rare in zip(counts, RARE, strict=True)])
    np.save(args.out, table)
    print(f"{len(table):,} runs, {args.out.stat().st_size / 1e6:.1f} MB")
    ngrams = CharacterNgrams(table)
    for path, text in texts.items():
        print(f"{path.name}: {_entropy(ngrams, text[-LEFT_OUT:]):.2f} bits a character")


def _signs(path: Path) -> str:
    return "".join(map(sign_of, re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))))


def _common(counter: Counter[str], rare: int) -> dict[str, int]:
    return {run: count for run, count in counter.items() if count > rare}


def _table(counts: list[dict[str, int]]) -> np.ndarray:
    """Entries by rising keys, of the counts of runs of 1, 2, ... signs. What follows a run often begins one itself."""
    total, kinds = Counter[str](), Counter[str]()
    for counter in counts:
        for run, count in counter.items():
            total[run[:-1]] += count
            kinds[run[:-1]] += 1
    probability: dict[str, float] = {}
    for counter in counts:
        for run, count in counter.items():
            before = run[:-1]
            shorter = probability.get(run[1:], math.exp(-UNKNOWN / SCALE))
            probability[run] = (count + kinds[before] * shorter) / (total[before] + kinds[before])
    # Of two runs with the same key the shorter counts, which more histories come down to.
    entries = {
        key_of(run): (_stored(p), _stored(kinds[run] / (total[run] + kinds[run])) if run in kinds else 0)
        for run, p in reversed(probability.items())
    }
    return np.array([(key, *entries[key]) for key in sorted(entries)], ENTRY)


def _stored(probability: float) -> int:
    return min(255, round(-math.log(probability) * SCALE))


def _entropy(ngrams: CharacterNgrams, text: str) -> float:
    before = (text[max(0, at + 1 - ORDER) : at] for at in range(len(text)))
    return -sum(map(ngrams.log_probability, before, text)) / len(text) / math.log(2)


if __name__ == "__main__":
    main()
