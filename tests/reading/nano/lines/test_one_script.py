"""Lines of letters of two scripts."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.model.nano.alphabet import FINALS, VOWELS, Alphabet
from sokdok.reading.nano.lines.decoding import decode

ALPHABET = Alphabet(" -ABOKTXm1ΑΒΚΟΤμАВОКТХ")
BLANK = ALPHABET.classes
TWINS = ["AΑА", "BΒВ", "KΚК", "OΟО", "TΤТ", "XХ"]


def read(text: str, sure: float) -> str:
    """What is read of letters, each `sure` times likelier than those that look like it."""
    logits = [np.full((2 * len(text), size), -9.0, np.float32) for size in (BLANK + 1, VOWELS + 1, FINALS + 1)]
    for i, char in enumerate(text):
        for twin in next((twins for twins in TWINS if char in twins), "μm" if char == "μ" else ""):
            logits[0][2 * i, _class(twin)] = 9 - np.log(sure)
        logits[0][2 * i, _class(char)] = 9
        logits[0][2 * i + 1, BLANK] = 9
    return decode(logits, ALPHABET).text


def _class(char: str) -> int:
    return int(ALPHABET.encode(np.array([ord(char)]))[0, 0])


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("X-BООΚ AT", "X-BOOK AT"),
        ("АВООК ТОK", "АВООК ТОК"),
        ("TABXB ТО", "TABXB TO"),
        ("AB Α K", "AB Α K"),  # a letter by itself
        ("ВО", "BO"),  # Latin where little speaks against it
    ],
)
def test_letters_are_read_in_the_script_of_their_line(said: str, text: str) -> None:
    assert read(said, sure=5) == text


def test_a_letter_that_is_sure_stays() -> None:
    assert read("TAB μm", sure=200) == "TAB μm" and read("TABОK", sure=200) == "TABOK"


def test_one_glyph_told_in_two_scripts_is_one_letter() -> None:
    """The frames of both touch, so they are one symbol once they are of one script."""
    logits = [np.zeros((6, size), np.float32) for size in (BLANK + 1, VOWELS + 1, FINALS + 1)]
    for frame, char in enumerate("_BAА_X"):
        logits[0][frame, BLANK if char == "_" else _class(char)] = 9
    logits[0][3, _class("A")] = 8
    assert decode(logits, ALPHABET).text == "BAX"


def test_a_speck_beside_latin_letters_is_no_hangul() -> None:
    logits = [np.zeros((5, size), np.float32) for size in (BLANK + 1, VOWELS + 1, FINALS + 1)]
    triples = ALPHABET.encode(np.array([ord(char) for char in "BOX형A"]))
    for head, classes in zip(logits, triples.T, strict=True):
        head[np.arange(5), classes] = 9
    logits[0][3, _class("T")] = 7
    assert decode(logits, ALPHABET).text == "BOXTA"


def test_hangul_beside_latin_letters_stays() -> None:
    logits = [np.zeros((3, size), np.float32) for size in (BLANK + 1, VOWELS + 1, FINALS + 1)]
    triples = ALPHABET.encode(np.array([ord(char) for char in "A형B"]))
    for head, classes in zip(logits, triples.T, strict=True):
        head[np.arange(3), classes] = 9
    assert decode(logits, ALPHABET).text == "A형B"
