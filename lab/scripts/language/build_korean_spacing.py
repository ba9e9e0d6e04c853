"""Learn from Korean text where words part: the weights that `sokdok.layout.joining` joins lines by.

    python lab/scripts/language/build_korean_spacing.py CORPUS/ko/*.txt --out src/sokdok/layout/korean_spacing.bin

A logistic regression over hashed n-grams around each place between two characters (Latin letters as one sign, digits
as another), trained by Adagrad, stored as `TABLE` signed bytes. Lines are learned from whole and again in a few words
each, as cells of tables hold them. Prints the accuracy on every tenth line, left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sokdok.layout.joining import SCALE, SEEN, TABLE, features, signs

BATCH, EPOCHS, RATE, DECAY = 4096, 3, 0.3, 1e-6
CELL_WORDS = (1, 2, 2, 3, 4)
MAX_PLACES = 2_500_000


def places(line: str) -> tuple[list[list[int]], list[int]]:
    """Features of each place of a line at which a line could end, and whether there is a space."""
    text = signs(" ".join(line.split()))
    found, labels = [], []
    dense = text.replace(" ", "")
    at = 0
    for index, char in enumerate(text[:-1]):
        if char == " ":
            continue
        at += 1
        space = text[index + 1] == " "
        if not space and not ("가" <= char <= "힣" or "가" <= text[index + 1] <= "힣"):
            continue
        found.append(features(dense[max(0, at - SEEN) : at], dense[at : at + SEEN]))
        labels.append(int(space))
    return found, labels


def cells(line: str, rng: np.random.Generator) -> Iterator[str]:
    """A line in pieces of a few words."""
    words = line.split()
    while words:
        count = int(rng.choice(CELL_WORDS))
        yield " ".join(words[:count])
        words = words[count:]


def main() -> None:
    """Read, train, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    lines = [line for path in args.texts for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in dict.fromkeys(lines) if sum("가" <= char <= "힣" for char in line) > 8]
    rng = np.random.default_rng(0)
    rng.shuffle(lines)
    kept = [([], []), ([], [])]  # type: list[tuple[list[list[int]], list[int]]]
    for number, line in enumerate(lines):
        for part in (line, *cells(line, rng)):
            found, labels = places(part)
            kept[number % 10 == 0][0].extend(found)
            kept[number % 10 == 0][1].extend(labels)
        if len(kept[0][0]) > MAX_PLACES:
            break
    (train, target), (test, truth) = ((np.array(x, np.int32), np.array(y, np.float32)) for x, y in kept)
    weights, squares = np.zeros(TABLE, np.float32), np.full(TABLE, 1e-4, np.float32)
    for epoch in range(EPOCHS):
        order = rng.permutation(len(train))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            x = train[rows]
            error = 1 / (1 + np.exp(-weights[x].sum(1))) - target[rows]
            gradient = np.bincount(x.ravel(), np.repeat(error, x.shape[1]), TABLE).astype(np.float32) + DECAY * weights
            squares += gradient**2
            weights -= RATE * gradient / np.sqrt(squares)
        stored = np.clip(np.rint(weights * SCALE), -127, 127).astype(np.int8)
        score = stored[test].astype(np.int32).sum(1)
        print(
            f"epoch {epoch}: {len(train):,} places, {((score > 0) == truth).mean():.4f} of {len(test):,} right",
            flush=True,
        )
    args.out.write_bytes(stored.tobytes())


if __name__ == "__main__":
    main()
