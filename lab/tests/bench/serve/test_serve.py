"""The bench of serving with a server that reads without nets: that it measures and sees what is wrong, not how fast."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes.bench.serving import FAKE, said
from sokdok.cli import app
from sokdok.documents.question import Question
from sokdok.documents.result import convert_file
from sokdok_lab.bench.serve import first_page, kills, load, memory, overhead, throughput
from sokdok_lab.bench.serve.direct import Direct
from sokdok_lab.bench.serve.hostile import hostile
from sokdok_lab.bench.serve.material import Material, Upload, document, marks, picture
from sokdok_lab.bench.serve.noted import JOURNALED, NOTES
from sokdok_lab.bench.serve.serving import Serving


def test_material_says_what_it_is(tmp_path: Path) -> None:
    upload = document(7, 2)
    (tmp_path / upload.name).write_bytes(upload.data)
    read = convert_file(tmp_path / upload.name, Question(source="text-layer"))
    assert marks(" ".join(block.text for page in read.pages for block in page.blocks)) == [7, 7]
    assert len(picture(1).text.split()) == 10 and picture(1).data != picture(2).data == picture(2).data
    files = [hostile(number) for number in range(40)]
    assert len({data for _, data in files}) == 40 and files == [hostile(number) for number in range(40)]


def test_the_same_pages_are_read_by_both(serving: Serving, tmp_path: Path) -> None:
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text("pages=1")
    with Direct(Question(source="text-layer"), 1) as direct:
        found = throughput.measure(serving, direct, paths, "text-layer", clients=2, rounds=2)
        assert found.pages == 8 and min(found.served, found.direct) > 0 and found.ratio == found.served / found.direct
        small = overhead.measure(serving, direct, tmp_path, picture, 2)
    assert small.requests == 2 and small.direct_ms > 0 and small.served_ms > 0


def test_the_first_page_is_waited_for(serving: Serving) -> None:
    found = first_page.measure(serving, said, 3, 5)
    assert 0 < found.median_s <= found.most_s < 600 and found.first_s > 0


def test_each_of_many_clients_gets_its_own_answer(serving: Serving) -> None:
    found = load.measure(serving, FAKE, clients=12, requests=40)
    assert (found.lost, found.doubled, found.mixed_up, found.refused_untold) == (0, 0, 0, 0)
    assert found.pictures == 2 and found.refused and 0 < found.p50_s <= found.p95_s


def test_answers_that_are_lost_or_mixed_up_are_seen(serving: Serving) -> None:
    wrong = {3: said(4, 1), 5: Upload("mark0000005.txt", b"nothing", ""), 7: said(7, 2)}
    found = load.measure(
        serving, Material(lambda number: wrong.get(number, said(number, 1)), FAKE.picture), clients=4, requests=9
    )
    assert (found.mixed_up, found.lost, found.doubled) == (1, 1, 1)


def test_memory_is_seen_and_hostile_files_are_counted(serving: Serving) -> None:
    found = memory.measure(serving, lambda number: said(number, 1), clients=4, requests=40)
    assert (found.requests, found.hostile, found.refused, found.lost, found.mistakes) == (40, 4, 4, 0, 0)
    assert 20 < found.early_front_mb < found.early_mb < 2_000 and abs(found.growth) < 0.5


def test_memory_is_seen_of_requests_that_end_before_a_look_is_due(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_LOOK_S", 600)
    found = memory.measure(serving, lambda number: said(number, 1), clients=1, requests=1)
    assert 20 < found.early_front_mb < found.early_mb < 2_000 and found.late_mb > 20


def test_nothing_is_lost_when_workers_or_the_server_are_killed(serving: Serving) -> None:
    for whom, times in ((kills.WORKERS, 2), (kills.SERVER, 1)):
        found = kills.measure(serving, said, whom, times, clients=2)
        assert found.kills == times and found.tasks, found
        assert (found.lost, found.read_twice) == (0, 0), found


def test_pages_asked_for_twice_are_told_apart(tmp_path: Path) -> None:
    notes = tmp_path / NOTES
    notes.write_text(f"a 1 \na 2 \na 2 \na 1 {JOURNALED}\nb 1 \n")
    assert kills.asked(notes) == (1, 1)


ROWS: dict[str, object] = {
    "throughput": throughput.Throughput(8, 2, 48, 2.0, 2.1, 0.9, 0.9),
    "overhead": overhead.Overhead(100, 90.0, 80.0, 9.5),
    "first_page": first_page.FirstPage(20, 20, 0.9, 0.2, 0.4),
    "load": load.Load(64, 2_000, 100, 0, 0, 0, 1_200, 0, 60.0, 1.5, 4.5),
    "kills": kills.Kills("server", 20, 300, 0, 0, 0, 7, 90.0),
    "memory": memory.Held(10_000, 1_000, 900, 0, 0, 480.0, 490.0, 85.0, 86.0, 300.0),
}


def test_the_command_tells_every_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, row in ROWS.items():
        monkeypatch.setattr(f"sokdok_lab.bench.serve.{name}.measure", lambda *given, row=row, **more: row)
    for kind in (Serving, Direct):
        monkeypatch.setattr(kind, "__init__", lambda self, *given, **more: None)
        monkeypatch.setattr(kind, "__enter__", lambda self: self)
        monkeypatch.setattr(kind, "__exit__", lambda self, *raised: None)
    result = CliRunner().invoke(app, ["bench", "serve", "--pages", "1", "--json", str(tmp_path / "rows.json")])
    assert result.exit_code == 0, result.output
    for part in ("2.10 read directly: 0.952", "+9.5 ms", "median 0.20 s", "1,200 refusals", "20 kills", "(+2.1%)"):
        assert part in result.output
    assert len(json.loads((tmp_path / "rows.json").read_text())) == 7, "kills are two rows"


@pytest.mark.slow
def test_the_command_measures_a_part(tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    arguments = ["--part", "first-page", "--documents", "1", "--json", str(rows)]
    result = CliRunner().invoke(app, ["bench", "serve", *arguments])
    assert result.exit_code == 0, result.output
    (found,) = json.loads(rows.read_text())
    assert found["documents"] == 1 and found["pages"] == 20 and 0 < found["median_s"] < 60
