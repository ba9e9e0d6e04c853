"""Tags against limits: which rule drops a document, and which is only counted."""

from __future__ import annotations

from sokdok.bulk.quality.recipe import Recipe, parse_recipe
from sokdok.bulk.quality.tags import Attributes
from sokdok.bulk.quality.verdict import Broken, Verdict, language_of, verdict


def recipe() -> Recipe:
    limits = {
        "lines": {"least": 0.12, "paper": "tag"},
        "words": {"least": 50, "most": 100},
        "hashes": {"most": 0.1},
    }
    return parse_recipe({"version": 1, "rules": {"web": {"any": limits, "ko": {"words": {"least": 30}}}}})


def tags(**values: float) -> Attributes:
    return {name: ((0, 10, value),) for name, value in values.items()}


def test_a_document_within_all_limits_is_kept() -> None:
    assert verdict(tags(web__lines=0.12, web__words=50, web__hashes=0.1), recipe()) == Verdict("")


def test_the_first_rule_that_drops_is_the_reason_and_all_are_counted() -> None:
    found = verdict(tags(web__lines=0.5, web__words=101, web__hashes=0.2), recipe())
    assert not found.kept and found.rule == "web__words"
    assert found.broken == (Broken("web__words", 101, 100, True), Broken("web__hashes", 0.2, 0.1, True))


def test_what_nobody_measured_breaks_nothing() -> None:
    assert verdict({}, recipe()).kept
    assert verdict({"web__words": ()}, recipe()).kept


def test_a_language_has_its_own_limits() -> None:
    few = tags(web__words=40)
    assert verdict(few, recipe()).rule == "web__words"
    assert verdict({**few, **tags(languages__ko=0.9, languages__en=0.1)}, recipe()) == Verdict("ko")
    assert verdict({**few, **tags(languages__ko=0.4, languages__en=0.6)}, recipe()).rule == "web__words"


def test_line_rules_only_count_on_pdfs_and_pictures() -> None:
    lines = tags(web__lines=0.0)
    assert verdict({**lines, **tags(pages__paper_share=0.5)}, recipe()).rule == "web__lines"
    read = verdict({**lines, **tags(pages__paper_share=0.6)}, recipe())
    assert read.kept and read.broken == (Broken("web__lines", 0.0, 0.12, False),)
    assert verdict({**tags(web__words=1), **tags(pages__paper_share=1.0)}, recipe()).rule == "web__words"


def test_the_language_is_the_likeliest_and_the_same_every_time() -> None:
    assert language_of({}) == ""
    assert language_of(tags(languages__en=0.5, languages__ko=0.5)) == "ko"
    assert language_of(tags(languages__ko=0.5, languages__en=0.5, language__score=0.9)) == "ko"
