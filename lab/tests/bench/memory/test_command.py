"""`sokdok bench memory` from a folder or the built-in texts to tables, files and pictures; how a view grows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.bench import FakeReader, write_manifest
from fakes.bench.memory import knowing_reader
from sokdok.errors import SokdokError
from sokdok.tokens.models import find_model
from sokdok_lab.bench.memory import growth as memory_growth
from sokdok_lab.bench.memory.growth import measure, sizes_up_to


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeReader:
    reader = knowing_reader(monkeypatch, tmp_path / "config")
    monkeypatch.setattr("sokdok.reading.load", lambda model: reader)
    return reader


Bench = Callable[..., tuple[str, str]]


def test_curve_and_facts_of_our_own_texts(tmp_path: Path, reader: FakeReader, bench: Bench) -> None:
    options = ("--only", "curve", "--only", "facts", "--budget", "2000", "--limit", "250")
    stdout, stderr = bench("memory", *options, "--json", "-", "--plot", tmp_path)
    assert {path.name for path in tmp_path.glob("*.png")} == {"memory-forgetting.png", "memory-facts.png"}
    rows = json.loads(stdout)
    assert rows.keys() == {"views", "levels", "curve", "facts"}
    for row in rows["views"]:
        assert row["view_tokens"] <= 2000 < row["raw_tokens"] and row["pages"] > 0
        assert row["facts_exact"] in (None, 1)
    assert {row["fidelity"] for row in rows["levels"]} == {1.0}  # the reader knows the pages
    assert all(row["tokens"] <= 2000 for row in rows["curve"] + rows["facts"])
    newest = {(row["conversation"], row["system"]): row["words_left"] for row in rows["curve"] if row["age"] == "0-9"}
    assert newest["english", "sokdok"] == newest["korean", "sokdok"] == newest["english", "keep last"] == 1.0
    survived = {(row["conversation"], row["system"], row["group"]): row["survived"] for row in rows["facts"]}
    for language in ("english", "korean"):
        assert survived[language, "keep last", "100-249"] == 0 < survived[language, "sokdok", "100-249"]
        assert survived[language, "sokdok", "text"] == 1
    assert "Words left, english, budget 2,000" in stderr  # the tables, where the rows have stdout


def test_what_the_reader_loses_is_lost(reader: FakeReader, bench: Bench) -> None:
    reader.damage = lambda text, decoder: ""
    rows = json.loads(bench("memory", "--only", "facts", "--budget", "2000", "--limit", "120", "--json", "-")[0])[
        "facts"
    ]
    survived = {(row["system"], row["group"]): row["survived"] for row in rows if row["conversation"] == "english"}
    assert survived["sokdok, no facts", "whole page"] == 0 and survived["sokdok", "text"] == 1


def test_questions_of_dialogues(tmp_path: Path, reader: FakeReader, bench: Bench) -> None:
    turns = [
        [f"D1:{n}", ("Ann", "Bo")[n % 2], f"Turn {n} is about the ferry and the {n}th pier."] for n in range(1, 200)
    ]
    session = {"n": 1, "date": "1:56 pm on 8 May, 2023", "turns": turns}
    asked = [{"question": "?", "answer": f"the {n}th pier", "category": 4, "evidence": [f"D1:{n}"]} for n in (20, 199)]
    truth = {"speakers": ["Ann", "Bo"], "sessions": [session], "qa": asked}
    write_manifest(tmp_path, [{"id": "d", "kind": "conversation_qa", "truth": truth}])
    stdout, _ = bench("memory", "--data", tmp_path, "--only", "questions", "--budget", "2000", "--json", "-")
    rows = json.loads(stdout)["questions"]
    assert {row["category"] for row in rows} == {"one turn", "all"}
    legible = {row["system"]: (row["legible"], row["answers"], row["answer_there"]) for row in rows}
    assert legible["sokdok"] == (1.0, 2, 1.0) and legible["keep last"] == (0.5, 2, 0.5)


def test_what_is_finished_before_an_interruption_is_kept(tmp_path: Path, reader: FakeReader, bench: Bench) -> None:
    read = reader.read

    def interrupted(pages: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
        if reader.batches:
            raise KeyboardInterrupt
        return read(pages, *arguments, **options)

    reader.read = interrupted  # type: ignore[method-assign]
    bench("memory", "--only", "curve", "--budget", "2000", "--limit", "60", "--json", tmp_path / "rows.json", code=130)
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert {row["conversation"] for row in rows["curve"]} == {"english"}


def test_growth(tmp_path: Path, reader: FakeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_growth, "COLD_STARTS", 1)
    monkeypatch.setattr(memory_growth, "NEXT_TURNS", 3)
    assert (sizes_up_to(1000), sizes_up_to(5000)) == ([1000], [1000, 5000])
    appended: list[int] = []
    first, second = measure(tmp_path, 2000, find_model("nano"), 1400, appended.append)
    assert (first["turns"], second["turns"]) == (1000, 1400) and sum(appended) == 1400 - 3  # three by timing
    for row in (first, second):
        assert 0.9 <= row["used"] <= 1 and row["view_tokens"] <= 2000 < row["raw_tokens"]
        assert (
            min(row["cold_ms"], row["opened_ms"], row["unchanged_ms"]) > 0
            and row["worst_next_ms"] >= row["next_ms"] > 0
        )
        assert min(row["batch_rate"], row["single_rate"], row["message_bytes"]) > 0
    assert first["raw_tokens"] < second["raw_tokens"] and first["file_bytes"] < second["file_bytes"]


def test_a_process_that_fails_says_why(tmp_path: Path, reader: FakeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_growth, "_COLD", "raise SystemExit('no room')")
    with pytest.raises(SokdokError, match="could not make the view: no room"):
        list(measure(tmp_path, 2000, find_model("nano"), 1000))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "speed"], "unknown part 'speed'; choose one of curve, facts, questions, growth"),
        (
            ["--only", "questions"],
            "the built-in texts have no questions; name a folder with LoCoMo dialogues with --data",
        ),
        (["--data", "/nowhere"], "/nowhere is not a folder"),
        (["--plot", "/nowhere"], "/nowhere is not a folder"),
    ],
)
def test_bad_options_are_one_line(arguments: list[str], message: str, reader: FakeReader, bench: Bench) -> None:
    _, stderr = bench("memory", *arguments, code=2)
    assert message in stderr and len(stderr.strip().splitlines()) == 1
