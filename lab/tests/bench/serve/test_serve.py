"""The bench of serving with a server that reads without nets: that it measures and sees what is wrong, not how fast."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.bench.serving import said, shown
from sokdok.documents.question import Question
from sokdok.documents.result import convert_file
from sokdok_lab.bench import processes
from sokdok_lab.bench.plain import PlainReaders
from sokdok_lab.bench.serve import command
from sokdok_lab.bench.serve.files import Upload, document, hostile, marks, picture
from sokdok_lab.bench.serve.measures import asked, first_page, kill, load, memory, overhead, throughput
from sokdok_lab.bench.serve.server import JOURNALED, NOTES, Serving, Task


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One for all: small, so that its queue is full at times, and reading without nets."""
    fakes = {"opens": "fakes.bench.serving:NotedFake", "files": "fakes.server.work:FakeFiles"}
    with Serving(Task(str(tmp_path_factory.mktemp("served")), workers=2, queue_pages=6, **fakes)) as running:
        yield running


def test_files_say_what_they_are(tmp_path: Path) -> None:
    upload = document(7, 2)
    (tmp_path / upload.name).write_bytes(upload.data)
    read = convert_file(tmp_path / upload.name, Question(source="text-layer"))
    assert marks(" ".join(block.text for page in read.pages for block in page.blocks)) == [7, 7]
    assert len(picture(1).text.split()) == 10 and picture(1).data != picture(2).data == picture(2).data
    files = [hostile(number) for number in range(40)]
    assert len({file.data for file in files}) == 40 and files == [hostile(number) for number in range(40)]


@pytest.mark.process
def test_the_same_pages_are_read_by_both(serving: Serving, tmp_path: Path) -> None:
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text("pages=1")
    with PlainReaders(Question(), 1) as plain:
        found = throughput(serving, plain, paths, "text-layer", clients=2, rounds=2)
        assert found["pages"] == 8 and min(found["pages_per_second"], found["read_directly"]) > 0
        assert found["ratio"] == pytest.approx(found["pages_per_second"] / found["read_directly"])
        small = overhead(serving, plain, tmp_path, 2)
    assert small["requests"] == 2 and small["read_directly"] > 0 and small["ms_of_a_page_of_ten_words"] > 0


@pytest.mark.process
def test_the_first_page_is_waited_for(serving: Serving) -> None:
    found = first_page(serving, said, 3, 5)
    assert 0 < found["first_page_s"] <= found["at_most"] < 600 and found["after_the_start"] > 0


@pytest.mark.process
def test_each_of_many_clients_gets_its_own_answer(serving: Serving) -> None:
    found = load(serving, lambda number: said(number, 1, 0.2), shown, clients=12, requests=21)
    assert [found[key] for key in ("lost", "doubled", "mixed_up", "refused_without_retry_after")] == [0, 0, 0, 0]
    assert found["pictures"] == 2 and found["refused"] and 0 < found["p50_s"] <= found["p95_s"]


@pytest.mark.process
def test_answers_that_are_lost_or_mixed_up_are_seen(serving: Serving) -> None:
    wrong = {3: said(4), 5: Upload("mark0000005.txt", b"nothing"), 7: said(7, 2)}
    found = load(serving, lambda number: wrong.get(number, said(number)), shown, clients=4, requests=9)
    assert (found["mixed_up"], found["lost"], found["doubled"]) == (1, 1, 1)


@pytest.mark.process
@pytest.mark.parametrize("requests", [1, 11])
def test_memory_is_seen_and_hostile_files_are_counted(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, requests: int
) -> None:
    if requests == 1:  # which ends before a look is due
        monkeypatch.setattr(processes, "LOOK_S", 600)
    found = memory(serving, said, clients=4, requests=requests)
    hostile_ones = 1 + (requests - 1) // 10
    assert (found["hostile"], found["refused"], found["lost"], found["mistakes"]) == (hostile_ones, hostile_ones, 0, 0)
    assert 20 < found["front_early_mb"] < found["early_mb"] < 2_000 and abs(found["growth"]) < 0.5


@pytest.mark.process
def test_nothing_is_lost_when_workers_or_the_server_are_killed(serving: Serving) -> None:
    for whom, times in (("workers", 1), ("server", 1)):
        found = kill(serving, said, whom, times, clients=2)
        assert found["kills"] == times and found["tasks"], found
        assert (found["lost"], found["journaled_pages_read_twice"]) == (0, 0), found


def test_pages_asked_for_twice_are_told_apart(tmp_path: Path) -> None:
    notes = tmp_path / NOTES
    notes.write_text(f"a 1 \na 2 \na 2 \na 1 {JOURNALED}\nb 1 \n")
    assert asked(notes) == (1, 1)


def test_the_command_prints_the_rows_of_every_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bench: Callable[..., tuple[str, str]]
) -> None:
    monkeypatch.setattr(command, "measured", lambda part, *_: [{"part": part, "workers": 3, "nothing": None}])
    stdout, _ = bench("serve", "--json", tmp_path / "rows.json")
    assert "part first-page, workers 3, nothing" in stdout
    assert [row["part"] for row in json.loads((tmp_path / "rows.json").read_text())] == list(command.PARTS)


@pytest.mark.slow
def test_the_command_measures_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bench: Callable[..., tuple[str, str]]
) -> None:
    monkeypatch.setattr(command, "DOCUMENTS", 1)
    bench("serve", "--part", "first-page", "--json", tmp_path / "rows.json")
    (found,) = json.loads((tmp_path / "rows.json").read_text())
    assert found["documents"] == 1 and found["pages"] == 20 and 0 < found["first_page_s"] < 60
