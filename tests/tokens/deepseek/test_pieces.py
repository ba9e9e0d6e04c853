from __future__ import annotations

import random

import pytest

from sokdok.errors import InputError
from sokdok.tokens.deepseek.pieces import _pieces, pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Hello world", ["Hello", " world"]),
        ("12345", ["123", "45"]),
        ("a1b22", ["a", "1", "b", "22"]),
        ("안녕하세요, 세계!", ["안녕하세요", ",", " 세계", "!"]),
        ("漢字かなカナ語", ["漢字かなカナ語"]),
        ("Han漢字", ["Han", "漢字"]),
        ("(self.name)", ["(self", ".name", ")"]),  # one ASCII mark leads a word
        ("«oui»", ["«", "oui", "»"]),  # other punctuation does not
        ("x  \n\n y", ["x", "  \n\n", " y"]),
        ("if x:\n    y", ["if", " x", ":\n", "   ", " y"]),  # the last space belongs to the word
        ("a  1", ["a", "  ", "1"]),  # the look-ahead ends with the piece: both spaces stay together before a digit
        ("a  漢", ["a", "  ", "漢"]),  # and before Han
        ("a  !", ["a", " ", " !"]),
        ("e\u0301\u0301t", ["e\u0301\u0301t"]),
        ("\x00\x01\x02a", ["\x00\x01", "\x02a"]),  # what no pattern matches stays together
        ("\x1c \x85", ["\x1c", " \x85"]),  # U+001C is no white space here, U+0085 is
        ("👩\u200d👧!\n", ["👩", "\u200d", "👧!\n"]),
    ],
)
def test_cuts(text: str, expected: list[str]) -> None:
    assert list(pieces(text)) == expected


def test_a_lone_surrogate_is_named() -> None:
    with pytest.raises(InputError, match="surrogate at character 2"):
        list(pieces("ab\ud800"))


@pytest.mark.parametrize("alphabet", ["".join(map(chr, range(128))), "aB1 \n\r\t.\x01", " \n\ta", "a.1\x00"])
def test_ascii_is_cut_as_its_kinds_are(alphabet: str) -> None:
    chance = random.Random(alphabet)
    for _ in range(300):
        text = "".join(chance.choices(alphabet, k=chance.randrange(40)))
        assert list(pieces(text)) == list(_pieces(text))
