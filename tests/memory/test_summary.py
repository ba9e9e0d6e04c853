"""Summaries of turns, and turns that come as a stream."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.memory.stream import INDENT, cells, continued, cut_at, entry, fits, indented, new_day, pinned_entry
from sokdok.memory.summary import MAX_SUMMARY_CELLS, MAX_THING_CHARS, chosen, derive, sentences, summarize, value
from sokdok.model.nano.alphabet import nano_code_points
from sokdok.pages.cells import CELLS, slot
from sokdok.pages.layout import symbols_of


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("", 0),
        ("and/or 1 2 3, so it goes", 0),
        ("오늘은 날씨가 참 좋다", 0),
        ("the gate code is 4417, ok?", 2),
        ("see https://example.com/a?b=1).", 3),
        ("mail kim.minsu@example.co.kr today", 3),
        ("edit /etc/nginx/nginx.conf now", 3),
        (r"open C:\logs\today.txt", 3),
        ("order INV-2024-0013", 3),
        ("set MAX_TOKENS", 3),
        ("예산은 3,400,000원입니다", 2),
        ("전화는 010-1234-5678", 2),
        ("talked to Melanie Brown", 2),
    ],
)
def test_exact_things_have_the_value_of_their_kind(text: str, worth: float) -> None:
    assert worth <= value(text) < worth + 1


def test_an_exact_thing_counts_once_and_only_if_it_is_short() -> None:
    assert value("code 4417 and code 4417") == value("code 4417 and")
    assert value("http://" + "a" * (MAX_THING_CHARS + 1)) < 1


@pytest.mark.parametrize("piece", ["a-", "a.", "1-", "가-", "@a.", "~/.", "a_", "[ "])
def test_hostile_texts_take_no_time_to_speak_of(piece: str) -> None:
    """Any backtracking that grows with the square would run for minutes here."""
    assert value(piece * 100_000) < 1


def test_a_summary_is_the_text_itself_or_its_most_telling_sentences() -> None:
    assert summarize("short  and\nplain") == "short and plain"
    filler = "And so on it went, as these things do. " * 10
    text = f"{filler}The gate code is 4417 at Harbour Street. {filler}"
    assert "The gate code is 4417 at Harbour Street." in summarize(text)
    korean = "그렇게 하기로 했습니다. " * 20 + "현관 비밀번호는 4417번입니다. " + "잘 알겠습니다. " * 20
    assert "비밀번호는 4417번" in summarize(korean)


@pytest.mark.parametrize("text", ["word " * 30 + ".\n" + "word " * 50, "One. Two? 셋! " * 500, "짧은 문장. " * 900])
def test_a_summary_is_bounded_and_its_sentences_are_whole(text: str) -> None:
    short = summarize(text)
    assert 100 < cells(short) <= MAX_SUMMARY_CELLS
    assert "\n" not in short
    whole = {" ".join(each.text.split()) for each in sentences(text)}
    assert all(part in whole for part in short.split(" .. "))


def test_sentences_that_follow_each_other_stand_as_they_were_said_in_exactly_the_room_they_have() -> None:
    text = f"# Steps\n1. Call Mina. Ask her.\n{'so ' * 100}.\n- Pay 4417.\n\nDone?"
    found = [(1 / (1 + each.place), 7, each) for each in sentences(text)]
    whole = "# Steps\n1. Call Mina. Ask her. .. - Pay 4417.\nDone?"
    assert chosen(found, len(whole) + 9, lambda turn: 9) == {7: whole}
    assert chosen(found, len(whole) + 8, lambda turn: 9) == {7: whole.removesuffix("\nDone?")}


@pytest.mark.parametrize("text", ["x" * 5000, "가" * 5000, "word " * 5000, "漢字" * 900])
def test_a_sentence_that_is_longer_than_a_summary_is_left_out(text: str) -> None:
    assert summarize(text) == ""
    assert summarize(f"{text}\nThe code is 4417.") == "The code is 4417."


def test_what_says_more_in_fewer_cells_weighs_more_and_importance_most() -> None:
    greeting, exact = "Hey there, how are you?", "The id of the furnace job is XVF-30785-Y8."
    story = "It was a long winter and the boats lay idle in the harbour while nobody thought of the lighthouse at all."
    weights = [derive(text, "user", 1, NOON, None, False).weight for text in (greeting, story, exact)]
    assert weights == sorted(weights)
    assert weights[0] < weights[1] < weights[2]
    assert derive(greeting, "user", 1, NOON, None, True).weight > weights[2]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TEXT = st.text(st.sampled_from(list("a[1 ]\n\r\v\f\x1c\x85\u2028\u2029가")), max_size=60)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@settings(deadline=None)
@given(ANY_TEXT, st.sampled_from(list(CELLS.values())), st.sampled_from([None, nano_code_points()]))
def test_cells_are_an_upper_bound_for_every_atlas_and_reader(text: str, cell, alphabet) -> None:
    drawn = cell.glyphs.widths[slot(symbols_of(text, cell, alphabet))]
    assert int(np.sum(drawn, dtype=np.int64)) <= cells(text)


@settings(deadline=None)
@given(ANY_TEXT, st.integers(1, 40))
def test_cuts_at_fixed_places_give_the_text_back(text: str, step: int) -> None:
    pieces = cut_at(text, range(step, cells(text) + 2 * step, step))
    assert "".join(pieces) == text and all(cells(piece) < step + 9 for piece in pieces)


def test_entries_name_their_turn_and_a_new_day() -> None:
    assert entry(12, "user", "hi").text == "[12 user] hi\n"
    assert entry(1, "user", "hi", new_day(NOON, None)).text == "[day 2026-03-01]\n[1 user] hi\n"
    assert new_day(NOON + timedelta(hours=1), NOON) == ""
    assert new_day(NOON + timedelta(days=1), NOON) == "2026-03-02"


def test_the_key_stream_holds_important_turns_and_headings() -> None:
    text = "# Plan\nplain\n## Costs\nmore"
    assert pinned_entry(3, "user", text, False).text == "[3] # Plan ## Costs\n"
    assert pinned_entry(3, "user", "plain", True).text == "[3 user] plain\n"
    assert pinned_entry(3, "user", "plain #no heading", False).text == ""
    assert derive("plain", "user", 3, NOON, NOON, False).pinned_size == 0


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InputError, match="lone surrogate"):
        cells("a\ud800")


@given(TEXT, st.integers(0, 80))
def test_no_line_of_what_was_said_begins_where_a_heading_would_and_all_of_it_is_there(text: str, most: int) -> None:
    lines = indented(text).splitlines(keepends=True)
    assert all(line.startswith(INDENT) for line in [*lines, *continued(text).splitlines()[1:]])
    assert "".join(line.removeprefix(INDENT) for line in lines) == text
    length = fits(text, most)  # as much as there is room for
    assert len(indented(text[:length])) <= most
    assert length == len(text) or len(indented(text[: length + 3])) > most - 3
