from __future__ import annotations

import pytest

from sokdok.bulk.quality.text.words import lines_of, paragraphs_of, sentences_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It isn't 1,000.5, is it?", ["It", "isn't", "1,000.5", ",", "is", "it", "?"]),
        ("well-known a_b", ["well", "-", "known", "a", "_", "b"]),
        ("나는 학교에 간다.", ["나는", "학교에", "간다", "."]),
        ("今日は2024年", ["今", "日", "は", "2024", "年"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_lines_and_paragraphs_are_without_blanks_around_them() -> None:
    text = "  a b \n\n \t\nc\nd  \n\ne"
    assert [text[start:end] for start, end in lines_of(text)] == ["a b", "c", "d", "e"]
    assert paragraphs_of(text) == ["a b", "c\nd", "e"]


def test_sentences() -> None:
    assert sentences_of('He said "No." Then 3.5 came... And so on') == [
        'He said "No."',
        "Then 3.5 came...",
        "And so on",
    ]
    assert sentences_of("비가 온다. 그래도 간다!") == ["비가 온다.", "그래도 간다!"]
