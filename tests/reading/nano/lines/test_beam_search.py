"""Texts by frames and by the language: when each of them decides, and what comes with the text."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sokdok.model.nano.alphabet import FINALS, NO_FINAL, NO_VOWEL, VOWELS, Alphabet
from sokdok.model.nano.ngrams import ENTRY, SCALE, CharacterNgrams, key_of
from sokdok.reading.nano.lines.beam_search import LANGUAGE, SYMBOL, LanguageDecoder
from sokdok.reading.nano.lines.decoding import decode
from sokdok.reading.nano.lines.line_text import LineText

ALPHABET = Alphabet(" abcdenou")
BLANK = ALPHABET.classes


def frames(*rows: dict[str, float]) -> list[np.ndarray]:
    """Logits of frames with these probabilities of symbols; what is left is that of no symbol."""
    first = np.full((len(rows), BLANK + 1), 1e-9)
    vowels, finals = np.zeros((len(rows), VOWELS + 1)), np.zeros((len(rows), FINALS + 1))
    vowels[:, NO_VOWEL] = finals[:, NO_FINAL] = 9
    for at, row in enumerate(rows):
        for char, probability in row.items():
            symbol, vowel, final = ALPHABET.encode(np.array([ord(char)]))[0]
            first[at, symbol] = probability
            vowels[at, vowel] = finals[at, final] = 20
        first[at, BLANK] = max(1 - sum(row.values()), 1e-9)
    return [np.log(first).astype(np.float32), vowels.astype(np.float32), finals.astype(np.float32)]


def language(**likely: float) -> CharacterNgrams:
    """A language of these runs and of no others: each symbol alone has a probability of .05."""
    runs = dict.fromkeys(" abcdenou\u1100\u1112", 0.05) | likely
    stored = {key_of(run): (round(-math.log(p) * SCALE), 0) for run, p in runs.items()}
    return CharacterNgrams(np.array([(key, *stored[key]) for key in sorted(stored)], ENTRY))


def read(logits: list[np.ndarray], ngrams: CharacterNgrams) -> LineText:
    return LanguageDecoder(ALPHABET, ngrams)(logits)


@pytest.mark.parametrize("spelt", ["__aa_b__", "a_a", "aaa", "_한한_가_", "____", "__ a b _", "한_하", "ab"])
def test_what_the_frames_are_sure_of_is_read_as_without_a_language(spelt: str) -> None:
    logits = frames(*({} if char == "_" else {char: 1.0} for char in spelt))
    assert read(logits, language()).text == decode(logits, ALPHABET).text


def test_the_language_decides_between_letters_that_look_alike() -> None:
    logits = frames({"b": 1.0}, {}, {"n": 0.5, "u": 0.4}, {}, {"d": 1.0})
    assert read(logits, language()).text == "bnd"
    assert read(logits, language(bu=0.6)).text == "bud"
    # Against what the net sees clearly it has no say.
    assert read(frames({"b": 1.0}, {}, {"n": 0.995}), language(bu=0.9)).text == "bn"


def test_a_faint_letter_is_read_where_the_language_expects_it() -> None:
    logits = frames({"o": 1.0}, {}, {"n": 0.3}, {}, {"e": 1.0})
    assert decode(logits, ALPHABET).text == "oe"
    assert read(logits, language(on=0.9, one=0.9)).text == "one"


def test_a_letter_seen_in_several_frames_unsurely_is_summed_over_them() -> None:
    unsure = {"a": 0.45}
    assert read(frames(unsure, unsure, unsure), language()).text == "a"


def test_places_and_probabilities_come_with_the_symbols() -> None:
    text = read(frames({}, {"a": 0.9}, {"a": 0.6}, {}, {" ": 0.9}, {"n": 0.5, "u": 0.4}, {" ": 0.9}), language())
    assert text.text == "a n"
    assert text.places.tolist() == [1.5, 4.5, 5.5]
    assert text.probability.argmin() == 2


def test_a_probability_is_by_the_frame_and_the_language_and_no_symbol_counts_beside_the_others() -> None:
    logits = frames({"b": 1.0}, {"n": 0.5, "u": 0.4})
    n, u = (p * spoken**LANGUAGE * math.exp(SYMBOL) for p, spoken in ((0.5, 0.6), (0.4, 0.05)))
    assert read(logits, language(bn=0.6)).probability[1] == pytest.approx(n / (n + u + 0.1), abs=0.02)
