"""Questions of others: read from BEAM's and LoCoMo's files, what they need, what a view shows of it, answers judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.bench.memory import WORDS, knowing_reader
from fakes.remote import FakeEndpoint, Reply, Request, completion
from sokdok.errors import InputError
from sokdok.memory.turn import NewTurn
from sokdok_lab.bench.memory.asked import Needs, Shown, question_rows
from sokdok_lab.bench.memory.baselines import Search, corrected
from sokdok_lab.bench.memory.judged import score
from sokdok_lab.bench.memory.material import NOT_SAID, Question, Talk, beam_talks, locomo_talks

Bench = Callable[..., tuple[str, str]]
SAID = (
    "I keep bees near Oslo. My budget for hives is $75.",
    "Hives come in sizes.\nLangstroth hives hold ten frames.",
    "The weather is fine today. Now the budget is $90, I think.",
)
BUDGET = Question("What is my budget?", "$90", "knowledge update", (1, 3), ("$90",), ("budget $90",))


def talk(*questions: Question) -> Talk:
    turns = (NewTurn(("user", "assistant")[n % 2], text) for n, text in enumerate(SAID))
    return Talk("BEAM 1", tuple(turns), questions)


@pytest.fixture
def beam(tmp_path: Path) -> Path:
    """One chat of 120 turns in two batches, and a question each of three abilities."""
    messages = [
        {"role": ("user", "assistant")[n % 2], "id": n, "content": f"Pier {n} was built by crew {n * 7}. It is fine."}
        for n in range(120)
    ]
    messages[0] |= {"time_anchor": "March-15-2024", "content": f"{messages[0]['content']} ->-> 1,1"}
    chat = [{"turns": [messages[:60]]}, {"turns": [messages[60:]]}]
    rubric = ["LLM response should state: pier 10, crew 70"]
    crew = {"question": "Which crew built pier 10?", "answer": "crew 70", "rubric": rubric}
    brief = {"question": "Tell me of pier 118", "expected_compliance": "brief", "rubric": ["few words"]}
    said = {"instruction_being_tested": "pier 118 was built by crew 826", "source_chat_ids": [118]}
    asked = {
        "information_extraction": [crew | {"source_chat_ids": {"first": [10], "second": 999}}],
        "instruction_following": [brief | said],
        "abstention": [{"question": "Who paid?", "ideal_response": "Not said", "rubric": ["nobody said"]}],
    }
    (questions := tmp_path / "7" / "probing_questions").mkdir(parents=True)
    (tmp_path / "7" / "chat.json").write_text(json.dumps(chat), encoding="utf-8")
    (questions / "probing_questions.json").write_text(json.dumps(asked), encoding="utf-8")
    return tmp_path


def test_beam(beam: Path) -> None:
    (read,) = beam_talks(beam)
    first = read.turns[0]
    assert (read.name, len(read.turns), first.text) == ("BEAM 7", 120, "Pier 0 was built by crew 0. It is fine.")
    assert [f"{turn.time:%Y-%m-%d %H:%M}" for turn in read.turns[:2]] == ["2024-03-15 00:00", "2024-03-15 00:01"]
    extraction, instruction, abstention = read.questions
    assert (extraction.evidence, extraction.rubric, extraction.stated) == ((11,), *[("pier 10, crew 70",)] * 2)
    assert (instruction.answer, instruction.stated) == ("brief", ("pier 118 was built by crew 826",))
    assert (abstention.ability, abstention.evidence) == ("abstention", ())
    (beam / "7" / "chat.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(InputError, match="laid out otherwise"):
        beam_talks(beam)


def test_locomo(tmp_path: Path) -> None:
    said = {
        "speaker_a": "Ann",
        "session_2_date_time": "9:05 am on 9 May, 2023",
        "session_2": [{"speaker": "Ann", "dia_id": "D2:1", "text": "I row."}],
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [{"speaker": name, "dia_id": f"D1:{n}", "text": f"{name} skis."} for n, name in enumerate("AB")],
    }
    asked = [
        {"question": "What do they do?", "answer": 2, "category": 1, "evidence": ["D1:1; D2:1"]},
        {"question": "Lost?", "answer": "yes", "category": 4, "evidence": ["D9:1"]},
        {"question": "Does Ann fly?", "adversarial_answer": "yes", "category": 5, "evidence": ["D1:1"]},
    ]
    file = tmp_path / "locomo10.json"
    file.write_text(json.dumps([{"sample_id": "conv-1", "conversation": said, "qa": asked}]), encoding="utf-8")
    (read,) = locomo_talks(file)
    assert [(turn.text, turn.meta["name"]) for turn in read.turns[1:]] == [("B skis.", "B"), ("I row.", "Ann")]
    several, adversarial = read.questions
    assert (several.answer, several.evidence, several.whole) == ("2", (2, 3), True)
    assert (adversarial.rubric, adversarial.stated) == ((NOT_SAID,), ())
    assert [question.text for question in read.questions] == ["What do they do?", "Does Ann fly?"]
    file.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="is not JSON"):
        locomo_talks(file)


def test_what_a_question_needs() -> None:
    needs = Needs(talk(BUDGET))
    key, (fact,) = needs.needed(BUDGET)
    assert key == ("My budget for hives is $75.", "Now the budget is $90, I think.")
    assert needs.is_found(fact, Shown("notes\n[3] budget $90; Oslo"))
    assert not needs.is_found(fact, Shown("budget 75. It is 90."))
    unsaid = Question("Who paid?", "", "abstention", (), ("nobody said",), ("nobody said",))
    assert needs.needed(unsaid) == ((), ())


def test_what_pages_and_texts_show() -> None:
    shown = Shown("[1 user] I keep bees near\n[1 ..]  Oslo. My budget\nfor hives is\n… $75.\n[2 Bo] Hives come in two.")
    assert all(map(shown.holds, ("I keep bees near Oslo.", "My budget for hives is$75.", "Hives come in two.")))
    assert not shown.holds("Langstroth hives hold ten frames.")
    assert shown.share(["Hives come in two.", "Hives come in six"]) == 18 / 35


def test_what_was_read_with_few_mistakes_stands_as_it_is_written() -> None:
    written = "The code is 4417 here. All is well."
    assert corrected(written, "The code is 4417 here. AlI is well.") == written
    assert corrected(written, damaged := "The cod ls 44 hre. All is well.") == damaged and corrected(written, "") == ""


def test_search_takes_whole_turns_that_fit_in_their_order() -> None:
    search = Search(talk(), WORDS)
    assert search.best("what budget of hives?", 99).turns == dict(enumerate(SAID, 1))
    one = search.best("frames of a hive", 12)
    assert (one.turns, one.tokens) == ({2: SAID[1]}, 10)


@pytest.mark.parametrize(
    ("judgement", "mean"),
    [("[1, 0.5]", 0.75), ("So:\n[0,0]", 0.0), ("[1]", None), ("[2, 1]", None), ("[1,,]", None), ("well", None)],
)
def test_scores_of_a_judge(judgement: str, mean: float | None) -> None:
    assert score(judgement, 2) == mean


def test_means_leave_out_what_has_no_value() -> None:
    shared = {"conversation": "BEAM 1", "model": "nano", "budget": 9, "system": "sokdok", "tokens": 5, "pages": 1}
    found = [
        {**shared, "ability": ability, "readable": readable, "facts": None, "conversation_read": 1.0}
        for ability, readable in (("time", 1.0), ("time", 0.0), ("abstention", None))
    ]
    rows = {row["ability"]: (row["questions"], row["readable"], row["facts"]) for row in question_rows(found)}
    assert rows == {"all": (3, 0.5, None), "time": (2, 0.5, None), "abstention": (1, None, None)}


def test_questions_by_price_and_by_eye(
    beam: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bench: Bench
) -> None:
    reader = knowing_reader(monkeypatch, tmp_path / "config")
    monkeypatch.setattr("sokdok.reading.load", lambda model: reader)
    reader.damage = lambda text, decoder: ""
    arguments = ("--model", "nano", "--budget", "1500", "--read", "9", "--json", "-", "--plot", tmp_path)
    stdout, stderr = bench("memory", "--beam", beam, *arguments)
    assert (tmp_path / "memory-questions.png").is_file() and "BEAM, nano, budget 1,500: readable / facts" in stderr
    rows = json.loads(stdout)
    found = {(row["system"], row["ability"]): row for row in rows}
    assert all(row["tokens"] <= 1500 for row in rows if row["system"] != "whole")
    ours, blind = found["sokdok", "all"], found["sokdok, read back", "all"]
    assert ours["pages"] and ours["conversation_read"] > blind["conversation_read"]
    asked = {system: found[system, "information extraction"] for system in ("keep last", "BM25")}
    assert [(row["readable"], row["facts"]) for row in asked.values()] == [(0, 0), (1, 1)]
    assert found["keep last", "instruction following"]["readable"] == found["whole", "all"]["conversation_read"] == 1
    assert found["whole", "abstention"]["readable"] is None


@pytest.mark.process
def test_an_endpoint_answers_and_judges(beam: Path, bench: Bench) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        if len(request.body["messages"]) > 120:
            return Reply({"error": {"message": "too long"}}, 400)
        judging = "point by point" in str(request.body["messages"][-1]["content"])
        return Reply(completion("[1]" if judging else "crew 70"))

    with FakeEndpoint() as fake:
        fake.answer = answer
        models = ("--model", f"{fake.url}#gpt-4o", "--judge", f"{fake.url}#strict")
        rows = json.loads(bench("memory", "--beam", beam, *models, "--budget", "1500", "--json", "-")[0])
    questions = [row for row in rows if row["table"] == "questions"]
    assert {row["judged"] for row in questions if row["system"] != "whole"} == {1.0}
    assert {row["judged"] for row in questions if row["system"] == "whole"} == {None}
    answers = [row["answer"] for row in rows if row["table"] == "answers"]
    assert answers.count("crew 70") == 3 * 4 and sum("too long" in answer for answer in answers) == 3
    assert {request.body["model"] for request in asked} == {"gpt-4o", "strict"}
    whole = max((request.body["messages"] for request in asked), key=len)
    assert len(whole) == 121 and whole[10]["content"] == "Pier 10 was built by crew 70. It is fine."
