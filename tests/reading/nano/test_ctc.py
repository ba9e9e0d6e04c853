"""CTC decoding of the recogniser's outputs."""

from __future__ import annotations

import numpy as np

from sokdok.model.nano.alphabet import Alphabet
from sokdok.reading.nano.ctc import decode

ALPHABET = Alphabet(" abcdefgh가나")


def test_repeats_are_collapsed_and_blanks_dropped() -> None:
    blank = ALPHABET.classes
    classes = ALPHABET.encode(np.array([ord(c) for c in "aab가나"]))[:, 0]
    frames = [blank, classes[0], classes[0], blank, classes[1], classes[2], blank, classes[3], classes[4], blank]
    first = 20 * np.eye(blank + 1, dtype=np.float32)[frames]
    vowel, final = np.zeros((10, 22), np.float32), np.zeros((10, 29), np.float32)
    read = decode([first, vowel, final], ALPHABET, pitch=2.0)
    assert read.text == "aab가나" and read.places.tolist() == [4, 9, 11, 15, 17]
    assert (read.probability > 0.99).all()


def test_a_line_of_blanks_says_nothing() -> None:
    first = np.zeros((4, ALPHABET.classes + 1), np.float32)
    first[:, -1] = 9
    read = decode([first, np.zeros((4, 22), np.float32), np.zeros((4, 29), np.float32)], ALPHABET)
    assert read.text == "" and len(read.places) == 0 and read.confidence == 0
