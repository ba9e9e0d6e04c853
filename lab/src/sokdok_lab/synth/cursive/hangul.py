"""Syllables of Hangul as a hand writes them: letters in their places, the pen not always lifted between two strokes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np

from sokdok.imaging.box import Box
from sokdok_lab.synth.cursive.letters import Form

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
PAIRS = {
    **{"ㄲ": "ㄱㄱ", "ㄸ": "ㄷㄷ", "ㅃ": "ㅂㅂ", "ㅆ": "ㅅㅅ", "ㅉ": "ㅈㅈ", "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ"},
    **{"ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"},
}  # consonants that are two, side by side
COMPOUND_VOWELS = {"ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ"}
"""vowels below and beside the consonant"""
BELOW = "ㅗㅛㅜㅠㅡ"  # vowels below the consonant; the others stand beside it
LETTERS = frozenset(INITIALS + VOWELS + FINALS)
SIDE = 1.75  # of a syllable, heights of an x
BOTTOM = -0.2  # of a syllable, heights of an x


def syllable(char: str, form_of: Callable[[str], Form], flow: float, rng: random.Random) -> Form:
    """Compose a syllable from forms of its letters; flow: share of strokes from which the pen goes on, not lifted."""
    strokes: list[np.ndarray] = []
    for letter, place in _placed(char):
        left, bottom, right, top = place
        for stroke in (*form_of(letter).strokes, *form_of(letter).apart):
            points = np.array([left, bottom]) + stroke * (right - left, top - bottom)
            if strokes and rng.random() < flow:
                strokes[-1] = np.concatenate([strokes[-1], points])
            else:
                strokes.append(points)
    scaled = tuple(stroke * SIDE + (0, BOTTOM) for stroke in strokes)
    return Form(scaled, 0, (), SIDE * rng.uniform(1.0, 1.2), joins=False)


def _placed(char: str) -> Iterator[tuple[str, Box]]:
    """The letters of a syllable, and the part of its unit square that each takes; y upwards."""
    order = ord(char) - ord("가")
    initial, vowel, final = INITIALS[order // 588], VOWELS[order // 28 % 21], FINALS[order % 28].strip()
    floor = 0.42 if final else 0.0  # of what stands above the final consonant
    high = 1 - floor
    across = 0.6 if vowel not in BELOW else 1.0
    bottom = floor + high * (0.1 if vowel not in BELOW and vowel not in COMPOUND_VOWELS else 0.45)
    yield from _consonant(initial, Box(0.02 if across < 1 else 0.15, bottom, 0.58 if across < 1 else 0.85, 1.0))
    below, beside = (
        (COMPOUND_VOWELS[vowel][0], COMPOUND_VOWELS[vowel][1])
        if vowel in COMPOUND_VOWELS
        else (vowel, "")
        if vowel in BELOW
        else ("", vowel)
    )
    if below:
        yield below, Box(0.0, floor + 0.02, across, bottom - 0.03)
    if beside:
        yield beside, Box(0.6, floor, 1.0, 1.0)
    if final:
        yield from _consonant(final, Box(0.15, 0.0, 0.9, 0.36))


def _consonant(letter: str, place: Box) -> Iterator[tuple[str, Box]]:
    if letter not in PAIRS:
        yield letter, place
        return
    left, bottom, right, top = place
    middle = (left + right) / 2
    yield from zip(PAIRS[letter], (Box(left, bottom, middle, top), Box(middle, bottom, right, top)), strict=True)
