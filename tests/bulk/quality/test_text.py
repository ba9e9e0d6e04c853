"""Texts before they are judged: counted, and cleaned."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.bulk.runs import document
from sokdok.bulk.quality import text as markup
from sokdok.bulk.quality.clean import Edit, Moved, clean
from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.quality.rules import personal
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
    assert sentences_of('He said "No." Then 3.5 came... And so') == ['He said "No."', "Then 3.5 came...", "And so"]
    assert sentences_of("비가 온다. 그래도 간다!") == ["비가 온다.", "그래도 간다!"]


RECIPE = Recipe(version=1, leave_out=("heads__line",))


def test_masks_only_what_is_asked_for() -> None:
    made = document("a@example.com and 010-1234-5678\n", "b@example.com.\n")
    tags = personal(made)
    assert clean(made, tags, RECIPE) == (made, tags)
    masked, moved = clean(made, tags, RECIPE, ["email"])
    assert masked.text == "[EMAIL] and 010-1234-5678\n[EMAIL].\n"
    assert masked.page_ends == (26, 35)
    assert [masked.text[start:end] for start, end, _ in moved["personal__email"]] == ["[EMAIL]", "[EMAIL]"]
    assert [masked.text[start:end] for start, end, _ in moved["personal__phone"]] == ["010-1234-5678"]
    both, _ = clean(made, tags, RECIPE, ["email", "phone"])
    assert both.text == "[EMAIL] and [PHONE]\n[EMAIL].\n"


def test_lines_are_left_out_and_their_tags_with_them() -> None:
    made = document("Head\none\n", "Head\ntwo\n")
    tags = {
        "heads__line": ((0, 5, 1.0), (9, 14, 1.0)),
        "gopher__words": ((0, 18, 4.0),),
        "page_languages__en": ((0, 9, 0.9), (9, 18, 0.9)),
    }
    kept, moved = clean(made, tags, RECIPE)
    assert kept.text == "one\ntwo\n" and kept.page_ends == (4, 8)
    assert moved == {"gopher__words": ((0, 8, 4.0),), "page_languages__en": ((0, 4, 0.9), (4, 8, 0.9))}


def test_what_is_left_out_is_not_masked() -> None:
    made = document("Mail a@example.com\ntext\n")
    tags = {**personal(made), "heads__line": ((0, 19, 1.0),)}
    kept, moved = clean(made, tags, RECIPE, ["email"])
    assert kept.text == "text\n" and moved == {}


@given(st.text(min_size=1, max_size=60), st.lists(st.tuples(st.integers(0, 59), st.integers(1, 9), st.booleans())))
def test_untouched_text_is_found_at_its_new_place(text: str, wanted: list[tuple[int, int, bool]]) -> None:
    edits, at = [], 0
    for gap, size, masked in wanted:
        start = at + gap % 7
        if start + size > len(text):
            break
        edits.append(Edit(start, start + size, "[X]" if masked else ""))
        at = start + size
    moved = Moved(edits)
    new = moved.text(text)
    inside = {place for edit in edits for place in range(edit.start, edit.end)}
    for place in set(range(len(text))) - inside:
        start, end = moved.place(place, end=False), moved.place(place + 1)
        assert new[start:end] == text[place]
    assert (moved.place(0, end=False), moved.place(len(text))) == (0, len(new))
    for edit in edits:
        assert new[moved.place(edit.start, end=False) : moved.place(edit.end)] == edit.text
