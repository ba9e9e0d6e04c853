"""Words: made-up text looks like text, and quoted text is quoted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok_lab.synth.pages.words import Phrases, Words


def share_of_hangul(text: str) -> float:
    letters = [char for char in text if char.isalpha()]
    return sum("가" <= char <= "힣" for char in letters) / len(letters)


@pytest.mark.parametrize(("kind", "low", "high"), [("en", 0, 0), ("ko", 0.8, 1), ("mixed", 0.1, 0.9)])
def test_made_up_text_is_of_its_language_and_long_enough(kind: str, low: float, high: float) -> None:
    text = Words().sample(kind, 3000, random.Random(1))
    assert len(text) >= 3000 and low <= share_of_hangul(text) <= high
    assert text == Words().sample(kind, 3000, random.Random(1)) != Words().sample(kind, 3000, random.Random(2))


def test_a_folder_is_quoted_by_the_letters_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.txt").write_text("apple pear " * 200, encoding="utf-8")
    (tmp_path / "deep" / "b.txt").write_text("사과 배 " * 200, encoding="utf-8")
    words, rng = Words(tmp_path), random.Random(1)
    assert set(words.sample("en", 50, rng)) <= set("apple pear ")
    assert set(words.sample("ko", 50, rng)) <= set("사과 배 ")


def test_a_folder_without_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\*\.txt"):
        Words(tmp_path)


def test_phrases_are_no_longer_than_asked_and_of_the_letters_that_are_shown() -> None:
    phrases = Phrases(Words(), "en", None, lambda char: char.isalpha(), random.Random(1))
    for length in (1, 5, 30):
        for phrase in (phrases.take(length) for _ in range(30)):
            assert 1 <= len(phrase) <= length and phrase.replace(" ", "").isalnum()


def test_where_nothing_can_be_shown_there_are_ones() -> None:
    phrases = Phrases(Words(), "en", None, lambda char: False, random.Random(1))
    assert all(set(phrases.take(length)) <= set("1 ") and phrases.take(length) for length in (1, 2, 7, 3000))
