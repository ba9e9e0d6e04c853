"""What is no prose becomes blanks, and nothing moves; words, lines and sentences of the rest."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.bulk.quality import text as markup
from sokdok.bulk.quality.text import lines_of, paragraphs_of, sentences_of, words_of


def found(places: list[markup.Range], text: str) -> list[str]:
    return [text[start:end] for start, end in places]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("so $a_1 = 2$ and \\(b\\) hold", ["$a_1 = 2$", "\\(b\\)"]),
        ("\\[ x\n+ y \\] and $$z\nw$$", ["\\[ x\n+ y \\]", "$$z\nw$$"]),
        ("it costs $5 and $10 today", []),
        ("it costs $5 and\n10$ today", []),
        ("from \\$5 to \\$6 $x$", ["$x$"]),
        ("\\( open and $x$", ["$x$"]),
        ("price $5 or $y$", ["$y$"]),
        ("$", []),
    ],
)
def test_formulas(text: str, formulas: list[str]) -> None:
    assert found(markup.formulas(text), text) == formulas


def test_code_goes_to_the_end_of_its_fence() -> None:
    text = "a\n```python\nx = {1}\n~~~\n```\nb\n~~~~\n```\n~~~\n"
    assert found(markup.code(text), text) == ["```python\nx = {1}\n~~~\n```\n", "~~~~\n```\n~~~\n"]


def test_tables_and_marks() -> None:
    text = "# Head\n> said\n<table><tr><td>1</td></tr></table>\n![chart](a/b.png) [here](http://x.org/y)\nC# a<b"
    assert found(markup.tables(text), text) == ["<table><tr><td>1</td></tr></table>"]
    left = markup.blanked(text, markup.marks(text))
    assert left.split() == ["Head", "said", "1", "[here]", "C#", "a<b"]
    assert found(markup.tables("a <table> b"), "a <table> b") == ["<table> b"]


@given(st.text(alphabet="ab$\\[]()`~<>/table!# \n|", max_size=200))
def test_every_place_stays(text: str) -> None:
    ranges = [*markup.code(text), *markup.formulas(text), *markup.tables(text), *markup.marks(text)]
    left = markup.blanked(text, ranges)
    assert len(left) == len(text)
    assert all(now in (was, " ") and (was == "\n") <= (now == "\n") for was, now in zip(text, left, strict=True))


@pytest.mark.parametrize("piece", ["\\[", "$a", "```\n", "<table>", "![a](", "<!--", "](", "$$ ", "<a"])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * 100_000
    start = time.process_time()
    for look in (markup.code, markup.formulas, markup.tables, markup.marks):
        look(text)
    assert time.process_time() - start < 3


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
