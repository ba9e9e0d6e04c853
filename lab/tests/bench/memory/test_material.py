"""Conversations out of a folder, and facts planted in them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fakes.bench import write_manifest
from sokdok.errors import InputError
from sokdok_lab.bench.memory.material import MAX_PARAGRAPH_CHARS, builtin_talk, gather
from sokdok_lab.bench.memory.planting import plant


def dialogue(name: str) -> dict[str, Any]:
    first = {"n": 1, "date": "1:56 pm on 8 May, 2023", "turns": [["D1:1", "Ann", "Hi Bo!"], ["D1:2", "Bo", "I ski."]]}
    second = {"n": 2, "date": "9:05 am on 9 May, 2023", "turns": [["D2:1", "Ann", "I row."]]}
    questions = [
        {"question": "Who skis?", "answer": "Bo", "category": 4, "evidence": ["D1:2"]},
        {"question": "What do they do?", "answer": "ski, row", "category": 1, "evidence": ["D1:2", "D2:1"]},
        {"question": "Lost?", "answer": "yes", "category": 4, "evidence": ["D9:1"]},
        {"question": "Does Ann ski?", "adversarial_answer": "yes", "category": 5, "evidence": ["D1:2"]},
    ]
    truth = {"speakers": ["Ann", "Bo"], "sessions": [first, second], "qa": questions}
    return {"id": name, "kind": "conversation_qa", "truth": truth}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "texts"
    data.mkdir()
    long = " ".join(f"Sentence number {n} is here." for n in range(100))
    rows: list[dict[str, object]] = [
        {"id": "e", "kind": "long_text_en", "truth": f"One.\nStill one.\n\nTwo.\n \n{long}"},
        {"id": "f", "kind": "long_text_en", "truth": "Three."},
        {"id": "k", "kind": "long_text_ko", "truth": "하나.\n\n둘."},
        {"id": "p", "kind": "dialog_pairs_ko", "truth": [["가", "나"]]},
        dialogue("d1"),
        dialogue("d2"),
    ]
    write_manifest(data, rows)
    return data


def test_texts_become_turns_by_language(folder: Path) -> None:
    material = gather(folder)
    english, korean, dialogues = material.histories
    assert [turn.text for turn in english.turns[:2]] == ["One.\nStill one.", "Two."]
    assert english.turns[-1].text == "Three."
    long = [turn.text for turn in english.turns[2:-1]]
    assert len(long) == 3 and max(map(len, long)) <= MAX_PARAGRAPH_CHARS
    assert " ".join(long) == " ".join(f"Sentence number {n} is here." for n in range(100))
    assert [turn.role for turn in korean.turns] == ["user", "assistant"]
    assert (english.name, korean.name, dialogues.name, material.source) == ("english", "korean", "dialogues", "texts")


def test_dialogues_keep_names_times_and_evidence(folder: Path) -> None:
    material = gather(folder)
    first = material.dialogues[0]
    assert [turn.meta["name"] for turn in first.turns] == ["Ann", "Bo", "Ann"]
    assert first.turns[1].time == datetime(2023, 5, 8, 13, 57, tzinfo=UTC)
    assert [(q.answer, q.evidence) for q in first.questions] == [("Bo", (2,)), ("ski, row", (2, 3)), ("", (2,))]
    joined = material.histories[-1]
    assert [q.evidence for q in joined.questions[3:]] == [(5,), (5, 6), (5,)]
    assert [q.text for q in first.limited(2).questions] == ["Who skis?", "Does Ann ski?"]


def test_what_is_no_dialogue_is_named(tmp_path: Path) -> None:
    write_manifest(tmp_path, [{"id": "x", "kind": "conversation_qa", "truth": {"sessions": []}}])
    with pytest.raises(InputError, match="row x: no LoCoMo dialogue"):
        gather(tmp_path)
    write_manifest(tmp_path, [{"id": "x", "truth": "text"}])
    with pytest.raises(InputError, match="no rows of kind long_text_en"):
        gather(tmp_path)


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
