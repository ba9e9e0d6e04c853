"""Frames to texts: repeats, blanks, syllables, places."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.model.nano.alphabet import FINALS, VOWELS, Alphabet
from sokdok.reading.nano.lines.decoding import decode

ALPHABET = Alphabet(" abcdef")
BLANK = ALPHABET.classes


def answers(symbols: list[int | None]) -> list[np.ndarray]:
    """Sure logits for symbols (None is blank)."""
    triples = ALPHABET.encode(np.array([s or ord("a") for s in symbols]))
    out = [np.zeros((len(symbols), size), np.float32) for size in (BLANK + 1, VOWELS + 1, FINALS + 1)]
    for i, symbol in enumerate(symbols):
        out[0][i, BLANK if symbol is None else triples[i, 0]] = 20
        out[1][i, triples[i, 1]] = out[2][i, triples[i, 2]] = 20
    return out


def spelt(text: str) -> list[int | None]:
    return [None if char == "_" else ord(char) for char in text]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("__aa_b__", "ab"),
        ("a_a", "aa"),
        ("aaa", "a"),
        ("_한한_글_", "한글"),
        ("____", ""),
        ("__ a b _", "a b"),
        ("각_가", "각가"),
        ("_aab_", "ab"),
    ],
)
def test_runs_are_symbols_and_blanks_part_them(answer: str, text: str) -> None:
    assert decode(answers(spelt(answer)), ALPHABET).text == text


def test_places_are_the_middles_of_runs_in_frames() -> None:
    read = decode(answers(spelt("__aa__b_")), ALPHABET)
    assert read.places.tolist() == [3, 6.5]
    assert read.confidence == pytest.approx(1, abs=1e-4)
