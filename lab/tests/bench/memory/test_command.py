"""`sokdok bench memory` from a folder or the built-in texts to tables, files and pictures; how a view grows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.bench import FakeReader
from fakes.bench.memory import knowing_reader
from sokdok.errors import SokdokError
from sokdok.tokens.models import find_model
from sokdok_lab.bench.memory import growth as memory_growth
from sokdok_lab.bench.memory import material
from sokdok_lab.bench.memory.command import plot_all
from sokdok_lab.bench.memory.growth import measure
from sokdok_lab.bench.output import grouped


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeReader:
    reader = knowing_reader(monkeypatch, tmp_path / "config")
    monkeypatch.setattr("sokdok.reading.load", lambda model: reader)
    monkeypatch.setattr(material, "BUILTIN_TURNS", 250)
    return reader


Bench = Callable[..., tuple[str, str]]


def test_facts_planted_in_our_own_texts(tmp_path: Path, reader: FakeReader, bench: Bench) -> None:
    stdout, stderr = bench("memory", "--only", "facts", "--budget", "2000", "--json", "-", "--plot", tmp_path)
    assert {path.name for path in tmp_path.glob("*.png")} == {"memory-facts.png"}
    rows = grouped(json.loads(stdout), "table")
    assert rows.keys() == {"views", "facts"}
    for row in rows["views"]:
        assert row["view_tokens"] <= 2000 < row["raw_tokens"] and row["pages"] > 0
        assert row["fidelity"] == 1.0  # the reader knows the pages
    assert all(row["tokens"] <= 2000 for row in rows["facts"])
    survived = {(row["conversation"], row["system"], row["age"]): row["survived"] for row in rows["facts"]}
    for language in ("english", "korean"):
        assert survived[language, "keep last", "100-249"] == 0 < survived[language, "sokdok", "100-249"]
        assert survived[language, "sokdok", "0-9"] == survived[language, "keep last", "0-9"] == 1
    assert "Planted facts found, english, budget 2,000" in stderr  # the tables, where the rows have stdout


def test_what_the_reader_loses_is_lost(reader: FakeReader, bench: Bench) -> None:
    reader.damage = lambda text, decoder: ""
    stdout, _ = bench("memory", "--only", "facts", "--budget", "2000", "--json", "-")
    found = grouped(json.loads(stdout), "table")
    facts = [row for row in found["facts"] if row["conversation"] == "english"]
    survived = {(row["system"], row["age"]): row["survived"] for row in facts}
    assert survived["sokdok", "100-249"] < 0.1 and survived["sokdok", "0-9"] > 0.5


def test_what_is_finished_before_an_interruption_is_kept(tmp_path: Path, reader: FakeReader, bench: Bench) -> None:
    read = reader.read

    def interrupted(pages: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
        if reader.batches:
            raise KeyboardInterrupt
        return read(pages, *arguments, **options)

    reader.read = interrupted  # type: ignore[method-assign]
    bench("memory", "--only", "facts", "--budget", "2000", "--json", tmp_path / "rows.json", code=130)
    rows = grouped(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8")), "table")
    assert {row["conversation"] for row in rows["facts"]} == {"english"}


def test_growth(tmp_path: Path, reader: FakeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_growth, "COLD_STARTS", 1)
    monkeypatch.setattr(memory_growth, "NEXT_TURNS", 3)
    appended: list[int] = []
    first, second = measure(tmp_path, 2000, find_model("nano"), 1400, appended.append)
    assert (first["turns"], second["turns"]) == (1000, 1400) and sum(appended) == 1400 - 3  # three by timing
    for row in (first, second):
        assert 0.9 <= row["used"] <= 1 and row["view_tokens"] <= 2000 < row["raw_tokens"]
        assert row["worst_next_ms"] >= row["next_ms"] > 0 < min(row["cold_ms"], row["opened_ms"], row["unchanged_ms"])
        assert min(row["batch_rate"], row["single_rate"], row["message_bytes"]) > 0
    assert first["raw_tokens"] < second["raw_tokens"] and first["file_bytes"] < second["file_bytes"]
    plot_all([{"table": "growth", **row} for row in (first, second)], tmp_path)
    assert [path.name for path in tmp_path.glob("*.png")] == ["memory-growth.png"]


def test_a_process_that_fails_says_why(tmp_path: Path, reader: FakeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_growth, "_COLD", "raise SystemExit('no room')")
    with pytest.raises(SokdokError, match="could not make the view: no room"):
        list(measure(tmp_path, 2000, find_model("nano"), 1000))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "speed"], "unknown part 'speed'; choose one of facts, growth"),
        (["--data", "/nowhere"], "/nowhere is not a folder"),
        (["--beam", "/nowhere"], "/nowhere has no folders with a chat.json; name one of BEAM's chats, as chats/100K"),
        (["--locomo", "/nowhere"], "/nowhere: No such file or directory"),
        (["--plot", "/nowhere"], "/nowhere is not a folder"),
    ],
)
def test_bad_options_are_one_line(arguments: list[str], message: str, reader: FakeReader, bench: Bench) -> None:
    _, stderr = bench("memory", *arguments, code=2)
    assert message in stderr and len(stderr.strip().splitlines()) == 1
