from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.memory import tools
from sokdok.memory.memory import Memory
from sokdok.memory.tools import MAX_ANSWER_CHARS, run_tool, tool_definitions

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
LONG = " ".join(f"word{n}" for n in range(20_000))


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    with Memory(tmp_path_factory.mktemp("tools") / "chat.db") as memory:
        memory.add("user", "The gate code is 998877.", time=NOON, name="Mina")
        memory.add("assistant", "I will keep  that,\n\tword for word.", time=NOON)
        memory.add("user", "회의는 목요일 오후 3시로 옮겼어요. 장소는 그대로예요.", time=NOON)
        memory.add("tool", LONG, time=NOON)
        for number in range(5, 25):
            memory.add("user", f"Parcel {number} went out. " + "x" * 700, time=NOON)
        yield memory


def test_definitions_are_valid_schemas_in_both_styles() -> None:
    for openai, anthropic in zip(tool_definitions("openai"), tool_definitions("anthropic"), strict=True):
        function = openai["function"]
        assert openai["type"] == "function"
        assert (function["name"], function["description"]) == (anthropic["name"], anthropic["description"])
        assert function["parameters"] == anthropic["input_schema"]
        jsonschema.Draft202012Validator.check_schema(function["parameters"])
    assert [tool["name"] for tool in tool_definitions("anthropic")] == ["search_memory", "recall_memory"]
    with pytest.raises(InputError, match="choose one of openai, anthropic"):
        tool_definitions("gemini")  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [{"query": "gate"}, '{"query": "GATE code"}', {"query": 998877, "limit": "3"}])
def test_a_search_names_turn_speaker_date_and_exact_text(memory: Memory, arguments: Any) -> None:
    answer = run_tool(memory, "search_memory", arguments)
    assert answer == "[1 Mina, 2026-01-31 12:00 UTC]\n  The gate code is 998877."


def test_a_search_that_finds_nothing_says_how_to_go_on(memory: Memory) -> None:
    answer = run_tool(memory, "search_memory", {"query": "windmill  keeper?"})
    assert answer.startswith("No turn holds any of: windmill keeper?") and "parts of words" in answer


@pytest.mark.parametrize(("limit", "hits"), [(None, 5), (3, 3), (-1, 1), (10**30, 20), (2.9, 2)])
def test_the_number_of_hits_is_clipped(memory: Memory, limit: Any, hits: int) -> None:
    answer = run_tool(memory, "search_memory", {"query": "parcel", "limit": limit})
    assert answer.count("Parcel") == hits


def test_a_hit_in_a_long_turn_is_shown_around_the_words_and_says_where(memory: Memory) -> None:
    answer = run_tool(memory, "search_memory", {"query": "word15000"})
    header, text = answer.split("\n", 1)
    first, last = header.replace(",", "").split("characters ")[1].split(" of ")[0].split("-")
    assert header.startswith("[4 tool, 2026-01-31 12:00 UTC, characters ") and header.endswith(f" of {len(LONG):,}]")
    assert text == f"  {LONG[int(first) - 1 : int(last)]}" and "word15000" in text
    assert MAX_ANSWER_CHARS - 300 < len(answer) <= MAX_ANSWER_CHARS


@pytest.mark.parametrize("turns", ["1-3", " #1 – 3 "])
def test_a_recall_gives_exact_turns_in_order(memory: Memory, turns: str) -> None:
    assert run_tool(memory, "recall_memory", {"turns": turns}) == (
        "[1 Mina, 2026-01-31 12:00 UTC]\n  The gate code is 998877.\n\n"
        "[2 assistant, 2026-01-31 12:00 UTC]\n  I will keep  that,\n  \tword for word.\n\n"
        "[3 user, 2026-01-31 12:00 UTC]\n  회의는 목요일 오후 3시로 옮겼어요. 장소는 그대로예요."
    )


def test_a_recall_beyond_the_bound_gives_whole_turns_and_names_the_rest(memory: Memory, monkeypatch) -> None:
    monkeypatch.setattr(tools, "MAX_ANSWER_CHARS", 3000)
    answer = run_tool(memory, "recall_memory", {"turns": "5-24"})
    assert len(answer) <= 3000
    assert [f"Parcel {n} " in answer for n in range(5, 25)] == [n < 8 for n in range(5, 25)]
    assert answer.endswith("\n\n[no room for more: recall 8-24 by itself]")


def test_a_recall_of_a_giant_turn_is_cut_and_says_so(memory: Memory) -> None:
    answer = run_tool(memory, "recall_memory", {"turns": "4-5"})
    header, text = answer.split("\n", 1)
    assert header.startswith("[4 tool, 2026-01-31 12:00 UTC, characters 1-7,") and text.startswith("  word0 word1 ")
    assert answer.endswith("finds words in the rest of it]\n\n[no room for more: recall 5 by itself]")


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("search_memory", {}, "'query' must be a text that is not empty"),
        ("search_memory", {"query": "x" * 201}, "'query' is too long: 200 characters at most"),
        ("search_memory", {"query": "\ud800"}, "surrogate"),
        ("search_memory", {"query": "gate", "limit": "many"}, "'limit' must be a whole number from 1 to 20"),
        ("search_memory", '{"query": ', "not valid JSON"),
        ("search_memory", "[" * 100_000, "not valid JSON"),
        ("search_memory", '["gate"]', "no JSON object"),
        ("search_memory", None, "'query' must be a text"),
        ("recall_memory", {"turns": "99"}, "its turns are 1 to 24"),
        ("recall_memory", {"turns": "-3"}, "is no turn (12) or range of turns (12-20)"),
        ("recall_memory", {"turns": "1-9999999999"}, "recall at most 200 at once"),
        ("recall_memory", {"turns": "\ud800"}, "is no turn (12)"),
        ("delete_memory", {}, "there are search_memory, recall_memory"),
        ("\ud800" * 10_000, {}, "there is no tool"),
    ],
)
def test_a_bad_call_is_answered_in_one_line(memory: Memory, name: str, arguments: Any, says: str) -> None:
    answer = run_tool(memory, name, arguments)
    assert answer.startswith("error: ") and says in answer
    assert "\n" not in answer and len(answer) <= 400
    answer.encode()


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["search_memory", "recall_memory"]),
    arguments=st.dictionaries(
        st.sampled_from(["query", "turns", "limit"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=250), st.lists(st.integers()),
            st.sampled_from(["parcel", "x", "word", "1-24", "4", "4-9", "24", "회의"]),
        ),
    ),
)  # fmt: skip
def test_whatever_a_model_asks_the_answer_keeps_its_bound(memory: Memory, name: str, arguments: Any) -> None:
    assert 0 < len(run_tool(memory, name, arguments)) <= MAX_ANSWER_CHARS
