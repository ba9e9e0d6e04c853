"""Conversations out of a folder, baselines, facts planted, and what is left of those, on cases worked by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fakes.bench import write_manifest
from fakes.bench.memory import WORDS
from sokdok.errors import InputError
from sokdok.memory.forgetting.pages import Picture
from sokdok.memory.turn import NewTurn
from sokdok.memory.view import Part, View
from sokdok_lab.bench.memory.baselines import keep_last, shown_text, summary
from sokdok_lab.bench.memory.material import MAX_PARAGRAPH_CHARS, Talk, builtin_talk, gather
from sokdok_lab.bench.memory.planting import Planted, fact_rows, plant, sentence_legible, view_row


def talk(*texts: str) -> Talk:
    return Talk("t", tuple(NewTurn("user", text) for text in texts))


def test_texts_become_turns_by_language(tmp_path: Path) -> None:
    long = " ".join(f"Sentence number {n} is here." for n in range(100))
    rows: list[dict[str, object]] = [
        {"id": "e", "kind": "long_text_en", "truth": f"One.\nStill one.\n\nTwo.\n \n{long}"},
        {"id": "f", "kind": "long_text_en", "truth": "Three."},
        {"id": "k", "kind": "long_text_ko", "truth": "하나.\n\n둘."},
        {"id": "p", "kind": "dialog_pairs_ko", "truth": [["가", "나"]]},
    ]
    (data := tmp_path / "texts").mkdir()
    write_manifest(data, rows)
    english, korean = gather(data)
    assert [turn.text for turn in english.turns[:2]] == ["One.\nStill one.", "Two."]
    assert english.turns[-1].text == "Three."
    long = [turn.text for turn in english.turns[2:-1]]
    assert len(long) == 3 and max(map(len, long)) <= MAX_PARAGRAPH_CHARS
    assert " ".join(long) == " ".join(f"Sentence number {n} is here." for n in range(100))
    assert [turn.role for turn in korean.turns] == ["user", "assistant"]
    assert (english.name, korean.name) == ("english", "korean")
    write_manifest(data, [{"id": "x", "truth": "text"}])
    with pytest.raises(InputError, match="no rows of kind long_text_en"):
        gather(data)


def test_own_conversations_are_long_and_do_not_repeat() -> None:
    talk = builtin_talk("ko", 300)
    assert talk.turns == builtin_talk("ko", 300).turns
    assert Counter(turn.text for turn in talk.turns).most_common(1)[0][1] <= 8  # one of 60 sentences alone


def test_facts_are_exact_unlike_each_other_and_spread_over_ages() -> None:
    talk = builtin_talk("en", 1000)
    planted, facts = plant(talk, 100)
    assert planted == plant(talk, 100)[0]
    assert len({fact.text for fact in facts}) == len({fact.turn for fact in facts}) == 100
    text = "\n".join(turn.text for turn in planted.turns)
    for fact in facts:
        assert planted.turns[fact.turn - 1].text == f"{talk.turns[fact.turn - 1].text} {fact.sentence}"
        assert fact.text in fact.sentence and text.count(fact.text) == 1
    decades = Counter(len(str(1000 - fact.turn)) for fact in facts)  # ages 0-9 fill up: one fact a turn
    assert 5 <= decades[1] <= 10 and decades[2] > 30 and decades[3] > 30
    korean = plant(builtin_talk("ko", 50), 10)[1]
    assert all("가" <= fact.sentence.rstrip(".")[-1] <= "힣" for fact in korean)


def test_no_more_facts_than_turns() -> None:
    assert [fact.turn for fact in plant(builtin_talk("en", 3), 9)[1]] == [1, 2, 3]


def test_keep_last_keeps_the_newest_and_the_end_of_the_next() -> None:
    history = talk("a b c d", "e f", "g h")
    assert keep_last(history, 9, WORDS).turns == {1: " c d", 2: "e f", 3: "g h"}
    assert keep_last(history, 9, WORDS).tokens == 9
    assert keep_last(history, 6, WORDS).turns == {2: "e f", 3: "g h"}
    assert keep_last(history, 99, WORDS).turns == {1: "a b c d", 2: "e f", 3: "g h"}


def test_a_summary_is_newest_turns_and_telling_sentences() -> None:
    history = talk("We met there. The code of it is 4417. We met there again.", "We met there.", "we all met")
    made = summary(history, 13, WORDS)
    assert made.turns == {1: "The code of it is 4417.", 2: " there.", 3: "we all met"}
    assert made.tokens == 13


def test_facts_by_age() -> None:
    facts = [Planted(1, "id", "AB-1", "The id is AB-1."), Planted(12, "id", "CD-2", "The id is CD-2.")]
    rows = fact_rows({"system": "sokdok"}, 12, facts, "id is  AB-1\nsaid The id is CD-2.")
    found = {row["age"]: (row["system"], row["facts"], row["survived"], row["sentences"]) for row in rows}
    assert found == {"0-9": ("sokdok", 1, 1, 1), "10-11": ("sokdok", 1, 1, 0), "all": ("sokdok", 2, 1, 0.5)}


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


def test_a_view_in_numbers_and_as_it_is_read() -> None:
    page = Part("page", 6, 1, 2, "[1 user] one two", picture=Picture("", b"", (1, 1)))
    parts = (Part("preamble", 1, text="What follows"), page, Part("turn", 2, 3, 3, "bye"))
    view = View("t", "nano", 10, 3, True, parts)
    row = view_row(talk("one two", "", "bye"), view, {id(page): "[1 user] one tw"}, 18)
    assert [row[key] for key in ("view_tokens", "used", "ratio", "pages", "text_turns")] == [9, 0.9, 2.0, 1, 1]
    assert row["fidelity"] == row["worst"] == 1 - 1 / 16
    assert shown_text(view, {id(page): "[1 user] one tw"}) == "[1 user] one tw\nbye"
