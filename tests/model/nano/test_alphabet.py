"""Symbols to classes and back, without a loss and without a neighbour."""

import numpy as np
import pytest

from sokdok.model.config import NANO
from sokdok.model.nano.alphabet import (
    FINALS,
    INITIALS,
    NO_FINAL,
    NO_VOWEL,
    UNREAD_CHARS,
    UNREAD_MARK,
    VOWELS,
    Alphabet,
    as_read,
    default_chars,
    recogniser_chars,
)
from sokdok.pages.cells import CELLS, MARKS

HANGUL = np.arange(0xAC00, 0xD7A4)


@pytest.fixture(scope="module")
def alphabet() -> Alphabet:
    return Alphabet(default_chars())


def test_every_syllable_comes_back_by_a_triple_of_its_own(alphabet: Alphabet) -> None:
    triples = alphabet.encode(HANGUL)
    assert triples.shape == (11_172, 3)
    assert (alphabet.decode(triples) == HANGUL).all()
    assert len(np.unique(triples, axis=0)) == 11_172 == INITIALS * VOWELS * FINALS
    assert triples[:, 0].min() == len(alphabet.plain)
    assert triples[:, 0].max() == alphabet.classes - 1
    assert (triples[:, 1:] < (NO_VOWEL, NO_FINAL)).all()


def test_worked_values(alphabet: Alphabet) -> None:
    first = len(alphabet.plain)
    # 한 = ㅎ (18), ㅏ (0), ㄴ (4); 가 = ㄱ (0), ㅏ (0), no final; 힣 = ㅎ, ㅣ (20), ㅎ (27)
    expected = [[first + 18, 0, 4], [first, 0, 0], [first + 18, 20, 27]]
    assert alphabet.encode(np.array([ord(c) for c in "한가힣"])).tolist() == expected
    letter = int(alphabet.encode(np.array([ord("a")]))[0, 0])  # the first class rules, whatever a model pairs it with
    odd = np.array([[letter, 3, 4], [first, NO_VOWEL, NO_FINAL]])
    assert "".join(map(chr, alphabet.decode(odd))) == "a가"


def test_every_other_symbol_comes_back(alphabet: Alphabet) -> None:
    symbols = np.array([*map(ord, alphabet.chars), *MARKS])
    triples = alphabet.encode(symbols)
    assert (alphabet.decode(triples) == symbols).all()
    assert sorted(triples[:, 0]) == list(range(len(alphabet.plain)))
    assert (triples[:, 1:] == (NO_VOWEL, NO_FINAL)).all()


@pytest.mark.parametrize("char", ["漢", "あ", "\n", "\u0301", "\U0001f600", "\ud7a4", "\uabff", "\u3164"])
def test_a_symbol_beyond_the_alphabet_is_named(alphabet: Alphabet, char: str) -> None:
    with pytest.raises(KeyError, match=f"U\\+{ord(char):04X}"):
        alphabet.encode(np.array([ord("a"), ord(char)]))


def test_the_default_is_nanos_and_can_be_drawn(alphabet: Alphabet) -> None:
    assert alphabet.classes == NANO.classes
    assert alphabet.start == alphabet.classes  # one more row of the embedding, no class of the head
    assert len(set(alphabet.chars)) == len(alphabet.chars)
    codes = np.array(sorted(alphabet.code_points))
    assert len(codes) == len(alphabet.chars) + 11_172
    # Not all 910: where two look the same, as Latin A and Greek Alpha, the second is drawn as an escape.
    drawn = CELLS["8x16"].glyphs.has
    assert drawn(HANGUL).all()
    assert drawn(np.arange(0x20, 0x7F)).all()


def test_the_recogniser_tells_apart_what_a_picture_can() -> None:
    chars = recogniser_chars()
    assert len(set(chars)) == len(chars) and Alphabet(chars).classes == 1765
    assert {*as_read(default_chars())} <= {*chars}
    assert {*"ąđệΑяћ½→①"} <= {*chars} and as_read("\ufb01nd 5 \u2126") == "find 5 \u03a9" and "\u2126" not in chars
    assert as_read(chars) == chars


def test_letters_that_cannot_be_read_become_a_mark() -> None:
    assert as_read("\ufb01 \u97d3\u570b(\ud55c\uad6d) \u3042\u30a2") == "fi \u3013\u3013(\ud55c\uad6d) \u3013\u3013"
    assert UNREAD_MARK in recogniser_chars() and not set(map(chr, UNREAD_CHARS)) & set(recogniser_chars())
