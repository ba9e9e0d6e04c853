"""The context that a model gets of a conversation, and the numbers made of it, on cases worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.bench.memory import WORDS
from sokdok.memory.forgetting.plan import Level
from sokdok.memory.turn import NewTurn
from sokdok.memory.view import Part, View
from sokdok_lab.bench.memory.baselines import dropping, keep_last, summary
from sokdok_lab.bench.memory.context import Context, context_of, entries
from sokdok_lab.bench.memory.material import Question, Talk
from sokdok_lab.bench.memory.measures import (
    age_bins,
    age_rows,
    fact_rows,
    question_rows,
    sentence_legible,
    verdicts,
    view_row,
)
from sokdok_lab.bench.memory.planting import Planted

PAGE = "[day 2026-01-05]\n[3 ..] end of three\n[4 user] four,\ntwo lines\n[day 2026-01-06]\n[5 Bo] [2 x] five"


def talk(*texts: str, questions: tuple[Question, ...] = ()) -> Talk:
    return Talk("t", tuple(NewTurn("user", text) for text in texts), questions)


def context(turns: dict[int, str], system: str = "sokdok", extra: str = "") -> Context:
    return Context(system, 10, turns, dict.fromkeys(turns, "text"), extra)


def test_a_page_is_taken_apart_by_turn() -> None:
    assert list(entries(PAGE, PAGE)) == [(3, "end of three"), (4, "four,\ntwo lines"), (5, "[2 x] five")]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (("four", "fur"), {3: "end of three", 4: "fur,\ntwo lines", 5: "[2 x] five"}),
        (("[4 user] ", "(4 use] "), {3: "end of three", 4: "four,\ntwo lines", 5: "[2 x] five"}),
        (("five", "fives"), {3: "end of three", 4: "four,\ntwo lines", 5: "[2 x] fives"}),
        ((PAGE, ""), {3: "", 4: "", 5: ""}),
    ],
)
def test_what_was_misread_is_charged_to_its_turn(damage: tuple[str, str], expected: dict[int, str]) -> None:
    assert dict(entries(PAGE, PAGE.replace(*damage))) == expected


@pytest.mark.parametrize("cut", ["", "\n", "\n[", "\n[d", "\n[day", "\n[day 2026-01", "\n[day 2026-01-06]"])
def test_a_date_is_no_part_of_the_turn_before_it(cut: str) -> None:
    assert list(entries(f"[4 user] a = b{cut}", f"[4 user] a = b{cut}")) == [(4, "a = b")]


def test_turns_across_pages_and_text_are_put_together() -> None:
    level = Level(1, 6, 100, (512, 512), None)
    page = Part("page", 6, 1, 2, "[1 user] one\n[2 user] two goes", level=level)
    abridged = Part("abridged", 6, 2, 4, "[2 ..] on and\n[4 user] ..", level=replace(level, abridged=True))
    end = "on for far longer than thirty characters"
    beginning = replace(page, text=f"[5 user] it goes {end[:35]}", first_turn=5, last_turn=5)
    text = [Part("turn", 9, 5, 5, f"… {end}"), Part("turn", 3, 6, 6, "… said so")]
    seen = context_of(View("t", "nano", 99, 6, True, (page, abridged, beginning, *text)), [])
    assert seen.turns == {1: "one", 2: "two goeson and", 4: "..", 5: f"it goes {end}", 6: "… said so"}
    assert seen.zones == {1: "whole page", 2: "whole page", 4: "abridged", 5: "text", 6: "text"}


def test_text_without_turns_has_none() -> None:
    assert list(entries("== 2026-01-05 ==", "")) == []


def test_keep_last_keeps_the_newest_and_the_end_of_the_next() -> None:
    history = talk("a b c d", "e f", "g h")
    assert keep_last(history, 9, WORDS).turns == {1: " c d", 2: "e f", 3: "g h"}
    assert keep_last(history, 9, WORDS).tokens == 9
    assert keep_last(history, 6, WORDS).turns == {2: "e f", 3: "g h"}
    assert keep_last(history, 99, WORDS).turns == {1: "a b c d", 2: "e f", 3: "g h"}


def test_dropping_keeps_figures_then_rare_words_in_order() -> None:
    history = talk("the code is 4417 the end", "the gate is the gate")
    assert dropping(history, 2, WORDS).turns == {1: "4417"}
    kept = dropping(history, 4, WORDS)
    assert (kept.turns, kept.tokens) == ({1: "code 4417 end"}, 4)
    assert dropping(history, 12, WORDS).everything == "\nthe code is 4417 the end\nthe gate is the gate"


def test_a_summary_is_newest_turns_and_telling_sentences() -> None:
    history = talk("We met there. The code of it is 4417. We met there again.", "We met there.", "we all met")
    made = summary(history, 13, WORDS)
    assert made.turns == {1: "The code of it is 4417.", 2: " there.", 3: "we all met"}
    assert made.tokens == 13


def test_words_left_by_age() -> None:
    history = talk(*["one two"] * 12)
    rows = age_rows(history, 100, [context({12: "one two", 11: "one", 1: "two one"})])
    # Ages 0-9 are turns 12 to 3: one whole and one half of ten; ages 10-11 are turns 2 and 1: a half of two.
    assert [(row["age"], row["turns"], row["words_left"]) for row in rows] == [("0-9", 10, 0.15), ("10-11", 2, 0.25)]


@pytest.mark.parametrize(("turns", "bins"), [(1, [(0, 0)]), (10, [(0, 9)]), (31, [(0, 9), (10, 29), (30, 30)])])
def test_bins_cover_every_age_once(turns: int, bins: list[tuple[int, int]]) -> None:
    assert age_bins(turns) == bins


def test_facts_by_age_and_zone() -> None:
    history = talk(*["said"] * 12)
    facts = [Planted(1, "id", "AB-1", "The id is AB-1."), Planted(12, "id", "CD-2", "The id is CD-2.")]
    whole = Context("sokdok", 10, {12: "said The id is CD-2."}, {12: "text"}, "id is AB-1")
    bare = Context("bare", 10, {12: "said The id is CD-2."}, {12: "text"})
    found = {
        (row["system"], row["group"]): (row["facts"], row["survived"], row["sentences"])
        for row in fact_rows(history, 9, facts, [whole, bare])
    }
    assert found["sokdok", "0-9"] == (1, 1, 1) and found["sokdok", "10-11"] == (1, 1, 0)
    assert found["bare", "10-11"] == found["bare", "gone"] == (1, 0, 0)
    assert found["sokdok", "all"] == (2, 1, 0.5) and found["bare", "all"] == (2, 0.5, 0.5)
    assert ("sokdok", "abridged") not in found


@pytest.mark.parametrize(
    ("text", "legible"),
    [
        ("before. The code of the gate is 4417. after", True),
        ("before. The c0de of the gate is 4411. after", True),  # two of 29 characters
        ("before. The c0d of th gat is 44. after", False),
        ("", False),
    ],
)
def test_a_sentence_is_legible_with_few_mistakes(text: str, legible: bool) -> None:
    assert sentence_legible("The code of the gate is 4417.", text) is legible


def test_questions_need_all_their_evidence() -> None:
    both = Question("?", "Two words", 1, (1, 2))
    one = Question("?", "unsaid", 4, (2,))
    history = talk("This turn says two  words.", "This one says nothing.", questions=(both, one))
    ours = verdicts(history, context({2: "This one says nothing,"}, extra="… two words"))
    assert [(v["legible"], v["answer_there"]) for v in ours] == [(False, True), (True, None)]
    rows = {row["category"]: row for row in question_rows(9, "sokdok", 10, ours)}
    of_all = [rows["all"][key] for key in ("questions", "legible", "answers", "answer_there")]
    assert of_all == [2, 0.5, 1, 1]
    assert rows["several turns"]["legible"] == 0 and rows["one turn"]["legible"] == 1
    assert "time" not in rows


def test_a_view_in_numbers() -> None:
    sheet = Part("facts", 6, text="Exact details:\n[1] code 4417; /srv/a.txt\n[2] code 9999")
    view = View("t", "nano", 10, 3, True, (sheet, Part("turn", 2, 3, 3, "bye")))
    row = view_row(talk("code  4417 is in /srv/a.txt", "code 4417", "bye"), view, 16)
    assert [row[key] for key in ("view_tokens", "used", "ratio", "pages", "text_turns")] == [8, 0.8, 2.0, 0, 1]
    assert row["extracted_facts"] == 3 and row["facts_exact"] == pytest.approx(2 / 3)
