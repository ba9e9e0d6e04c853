"""Syllables of Hangul: every one can be written, its letters in their places."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pytest

from sokdok_lab.synth.cursive.hangul import BOTTOM, FINALS, INITIALS, LETTERS, PAIRS, SIDE, VOWELS, syllable
from sokdok_lab.synth.cursive.letters import Form, forms
from sokdok_lab.synth.cursive.writer import Writer


def first_form(letter: str) -> Form:
    return forms()[letter][0]


def composed(char: str, flow: float = 0.0) -> Form:
    return syllable(char, first_form, flow, random.Random(0))


def test_every_letter_has_a_form_or_is_two_that_have() -> None:
    simple = {part for letter in LETTERS - {" "} for part in PAIRS.get(letter, letter)}
    vowels = {"ㅘ", "ㅙ", "ㅚ", "ㅝ", "ㅞ", "ㅟ", "ㅢ"}
    assert simple - vowels <= set(forms())


def test_the_tables_of_letters_are_in_the_order_of_unicode() -> None:
    for char in ("각", "꿻", "힣", "뷁", "쓰", "의", "값"):
        parts = unicodedata.normalize("NFD", char)
        order = ord(char) - ord("가")
        assert unicodedata.name(parts[0]).removeprefix("HANGUL CHOSEONG ") in name(INITIALS[order // 588])
        assert unicodedata.name(parts[1]).removeprefix("HANGUL JUNGSEONG ") in name(VOWELS[order // 28 % 21])
        if len(parts) > 2:
            assert unicodedata.name(parts[2]).removeprefix("HANGUL JONGSEONG ") in name(FINALS[order % 28])


def name(letter: str) -> str:
    return unicodedata.name(letter).replace("LETTER ", "")


@pytest.mark.parametrize("char", [chr(code) for code in range(ord("가"), ord("힣") + 1, 97)])
def test_a_syllable_stays_in_its_square(char: str) -> None:
    points = np.concatenate(composed(char).strokes)
    assert -0.1 < points[:, 0].min() < points[:, 0].max() < 1.1 * SIDE
    assert BOTTOM - 0.1 < points[:, 1].min() < points[:, 1].max() < SIDE * 1.15 + BOTTOM


def test_a_final_consonant_lies_below_what_it_closes() -> None:
    """The last strokes of 악 are its ㄱ, all others higher."""
    *above, final = composed("악").strokes
    assert final[:, 1].max() < min(stroke[:, 1].min() for stroke in above) + 0.1


def test_vowels_stand_beside_or_below() -> None:
    consonant, *beside = composed("시").strokes[:1], composed("시").strokes[-1]
    assert beside[0][:, 0].min() > max(stroke[:, 0].max() for stroke in consonant)
    *_, below = composed("스").strokes
    assert below[:, 1].max() < min(stroke[:, 1].min() for stroke in composed("스").strokes[:-1])


def test_a_flowing_hand_lifts_the_pen_less_often() -> None:
    assert len(composed("봄", flow=1.0).strokes) == 1 < len(composed("봄").strokes)


def test_a_korean_writer_writes_syllables_and_latin() -> None:
    writer = Writer(random.Random(3), korean=True)
    written = writer.word("속독AI")
    assert len(written.starts) == 4 and np.all(np.diff(written.starts) > 0)
    assert abs(writer.habits.slant) < 0.6
