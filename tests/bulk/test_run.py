import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from fakes.bulk.corpus import all_pages, pool, setup_of, time_flies, write_corpus
from fakes.bulk.here import Here
from fakes.bulk.runs import rows_in
from fakes.jobs import gone
from fakes.remote import wait_until
from sokdok.bulk.engine import Looked
from sokdok.bulk.engines.local import LocalEngine
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked
from sokdok.bulk.plan import Unit, find_plan, read_units
from sokdok.bulk.results import Tally, attempts, read_header, read_result
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.sources import Item
from sokdok.bulk.status import status_of
from sokdok.bulk.store import open_store
from sokdok.bulk.worker import Worker
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError

pytestmark = pytest.mark.process

DRIVER = """
import sys
from fakes.bulk.corpus import pool, setup_of
from pathlib import Path
from sokdok.bulk.run import Watcher, run
from sokdok.bulk import lease
lease.RENEWED_S = 0.3
setup = setup_of(Path(sys.argv[1]), Path(sys.argv[2]))
run(setup, lambda setup: pool(setup, int(sys.argv[3])), Watcher(), join="join" in sys.argv)
"""
SMALL = {"a": 3, "b": 1, "c": 40, "d": 2, "e": 1}
PAGES = sum(SMALL.values())


def go(corpus: Path, out: Path, workers: int = 1, *, retry_failed: bool = False, **options) -> Tally:
    return run(
        setup_of(corpus, out), lambda setup: pool(setup, workers, **options), Watcher(), retry_failed=retry_failed
    )


def go_here(corpus: Path, out: Path, *, retry_failed: bool = False) -> Tally:
    """The same without worker processes, where they are not what is tested."""
    return run(setup_of(corpus, out), Here, Watcher(), retry_failed=retry_failed)


def accounts(out: Path) -> Counter[str]:
    """Statuses of pages, after a look at whether every page of the plan is there once and no other."""
    store = open_store(str(out))
    pages = list(all_pages(store))
    planned = [(unit.id, number) for unit in read_units(store) for number in unit.numbers]
    assert sorted((unit, page.number) for unit, page in pages) == sorted(planned) and len(set(planned)) == len(planned)
    plan = find_plan(store)
    assert plan is not None and plan.pages == len(pages)
    return Counter(page.status for _, page in pages)


class Listening(Watcher):
    def __init__(self) -> None:
        self.said: list[object] = []

    def planned(self, plan, new) -> None:
        self.said.append(("planned", plan.pages, new))

    def earlier(self, pages) -> None:
        self.said.append(("earlier", pages))

    def page(self) -> None:
        self.said.append("page")

    def unit(self, path, tally) -> None:
        self.said.append((path, tally.pages))


def test_everything_is_read_once_and_the_next_run_reads_nothing(tmp_path: Path) -> None:
    corpus, out, told = write_corpus(tmp_path / "corpus", **SMALL), tmp_path / "out", Listening()
    tally = run(setup_of(corpus, out), lambda setup: LocalEngine(setup, 2), told)
    assert (tally.done, tally.failed) == (PAGES, 0) and accounts(out) == {"SUCCESS": PAGES}
    assert told.said[0] == ("planned", PAGES, True) and told.said.count("page") == PAGES
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    told = Listening()
    tally = run(setup_of(corpus, out), lambda setup: LocalEngine(setup, 2), told)
    assert tally == Tally() and told.said[0] == ("planned", PAGES, False) and told.said[-1] == ("earlier", PAGES)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


def test_documents_that_kill_and_hang_are_failed_rows_beside_the_others(tmp_path: Path, monkeypatch) -> None:
    corpus, out = write_corpus(tmp_path / "corpus", a=2, kill=2, kill_once=1, hang=1, z=2), tmp_path / "out"
    time_flies(monkeypatch, corpus)
    tally = go(corpus, out)
    assert (tally.done, tally.failed) == (5, 3) and accounts(out) == {"SUCCESS": 5, "FAILURE": 3}
    reasons = {page.error for _, page in all_pages(open_store(str(out))) if page.error}
    assert any("SIGKILL" in reason for reason in reasons) and any("for 600 s" in reason for reason in reasons)


def test_failed_pages_are_read_once_more_when_that_is_asked_for(tmp_path: Path) -> None:
    corpus, out = write_corpus(tmp_path / "corpus", a=1, kill=1), tmp_path / "out"
    assert go(corpus, out).failed == 1
    assert go_here(corpus, out) == Tally()
    assert go(corpus, out, retry_failed=True).failed == 1 and accounts(out) == {"SUCCESS": 1, "FAILURE": 1}
    setup = setup_of(corpus, out)
    tally = run(setup, lambda setup: LocalEngine(setup, 1), Watcher(), retry_failed=True)  # a worker that does not die
    assert (tally.done, tally.failed) == (1, 0) and accounts(out) == {"SUCCESS": 2}
    store = open_store(str(out))
    assert sorted(attempt for _, attempt in attempts(store)) == [1, 3]
    assert go_here(corpus, out, retry_failed=True) == Tally()


def test_a_damaged_result_is_told_and_read_again_when_that_is_asked_for(tmp_path: Path) -> None:
    corpus, out = write_corpus(tmp_path / "corpus", a=1), tmp_path / "out"
    go_here(corpus, out)
    store = open_store(str(out))
    ((unit, _),) = attempts(store)
    (path,) = (out / "results").rglob("*.zst")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="damaged"):
        read_result(store, unit)
    assert go_here(corpus, out, retry_failed=True).done == 1 and accounts(out) == {"SUCCESS": 1}


def test_what_ends_a_run_leaves_it_to_be_taken_up(tmp_path: Path) -> None:
    corpus, out = write_corpus(tmp_path / "corpus", a=1, broken=1, z=1), tmp_path / "out"
    with pytest.raises(SokdokError, match="the endpoint is gone") as caught:
        go(corpus, out)
    assert caught.value.exit_code == 5
    (corpus / "broken.pdf").rename(corpus / "mended.pdf")
    assert run(setup_of(corpus, out), Here, Watcher()).failed == 1  # it has another name
    assert accounts(out) == {"SUCCESS": 2, "FAILURE": 1}


@pytest.mark.parametrize(
    ("source", "destination", "says"),
    [
        ("none", "out", "no such file"),
        ("empty", "out", "there are no documents in"),
        ("corpus", "corpus", "lies within"),
        ("out/corpus", "out", "lies within"),
        ("corpus", "corpus/a.pdf", "is no folder"),
    ],
)
def test_sources_and_destinations_that_make_no_sense_are_one_line(
    tmp_path: Path, source: str, destination: str, says: str
) -> None:
    write_corpus(tmp_path / "corpus", a=1)
    write_corpus(tmp_path / "out" / "corpus", a=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=says) as caught:
        go_here(tmp_path / source, tmp_path / destination)
    assert "\n" not in str(caught.value)


def test_another_question_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    corpus, out = write_corpus(tmp_path / "corpus", a=1), tmp_path / "out"
    go_here(corpus, out)
    other = Question(source="text-layer", dpi=99)
    with pytest.raises(InputError, match="another question: dpi was not given and is 99"):
        run(setup_of(corpus, out, other), Here, Watcher())
    with pytest.raises(InputError, match="other sources"):
        go_here(write_corpus(tmp_path / "more", b=1), out)
    bulk = msgspec.json.decode((out / "bulk.json").read_bytes())
    (out / "bulk.json").write_bytes(msgspec.json.encode(bulk | {"version": 7}))
    with pytest.raises(InputError, match="version 7"):
        go_here(corpus, out)


def test_a_disk_that_is_full_for_workers_is_one_line_too(tmp_path: Path, monkeypatch) -> None:
    corpus, out = write_corpus(tmp_path / "corpus", **SMALL), tmp_path / "out"
    (tmp_path / "full").touch()
    monkeypatch.setenv("FAKE_FULL_DISK", str(tmp_path / "full"))
    with pytest.raises(SokdokError, match="the disk is full: .*make room and run the same command again"):
        go(corpus, out, 2)
    assert not list((out / "results").rglob("*.zst"))
    (tmp_path / "full").unlink()
    assert go_here(corpus, out).done == PAGES and accounts(out) == {"SUCCESS": PAGES}


# ---- a corpus that grows


@pytest.mark.parametrize(("files", "new"), [(60, 4), pytest.param(10_000, 100, marks=pytest.mark.slow)])
def test_an_update_reads_what_is_new_or_changed_and_nothing_else(tmp_path, monkeypatch, files: int, new: int) -> None:
    looked, read = [], []

    def look(self: Worker, source: int, item: Item) -> Looked:
        data = (tmp_path / "corpus" / item.place).read_bytes()
        looked.append(item.place)
        return Looked(hashlib.sha256(data).hexdigest(), len(data), 1)

    def pages(self: Worker, unit: Unit, numbers: Sequence[int], deaths: int) -> Iterator[DocumentPage]:
        read.append(unit.place)
        yield DocumentPage(1, 9, 9, (Block("text", (0, 0, 9, 9), f"{unit.place} {unit.sha256}"),), source="text-layer")

    monkeypatch.setattr(Worker, "look", look)
    monkeypatch.setattr(Worker, "_pages", pages)
    monkeypatch.setattr("sokdok.bulk.worker.count_text", len)  # the vocabulary takes longer to load
    monkeypatch.setattr("sokdok.bulk.assemble.count_text", len)
    corpus, out = tmp_path / "corpus", tmp_path / "out"
    corpus.mkdir()

    def write(*numbers: int, text: str) -> list[str]:
        for number in numbers:
            (corpus / f"{number:05}.txt").write_text(f"{number} {text}")
        return [f"{number:05}.txt" for number in numbers]

    write(*range(files), text="as it was")
    assert go_here(corpus, out).done == files and len(looked) == len(read) == files
    before = {path.name: path.read_bytes() for path in (out / "results").rglob("*.zst")}
    changed = write(*range(0, files, files // (new // 2)), text="changed")
    changed += write(*range(files, files + new - len(changed)), text="new")
    (corpus / "00001.txt").unlink()
    looked.clear(), read.clear()

    told = Told()
    assert run(setup_of(corpus, out), Here, told) == Tally() and not read  # said, and not read
    assert told.changes == (new, new // 2 + 1)
    assert run(setup_of(corpus, out), Here, told, update=True).done == new
    assert sorted(looked) == sorted(read) == sorted(changed) and len(read) == new
    after = {path.name: path.read_bytes() for path in (out / "results").rglob("*.zst")}
    assert {name: after[name] for name in before} == before and len(after) == files + new
    status = status_of(open_store(str(out)))  # results of what is gone do not count
    assert status.plan.pages == status.tally.pages == files + new - new // 2 - 1 and not status.missing
    merge(str(out), Asked())
    texts = [row["text"] for row in rows_in(open_store(str(out)))]
    assert len(texts) == status.plan.documents and texts[0].startswith("00000.txt ")
    go_here(corpus, out)
    assert len(read) == new


class Told(Watcher):
    changes = (0, 0)

    def changed(self, new: int, gone: int) -> None:
        self.changes = new, gone


# ---- kills


class driver:
    """A run in a process of its own, which is killed if it still runs at the end."""

    def __init__(self, corpus: Path, out: Path, workers: int = 1, *more: str, home: Path | None = None) -> None:
        command = [sys.executable, "-c", DRIVER, str(corpus), str(out), str(workers), *more]
        if home:
            home.mkdir(exist_ok=True)
        own = {"HOME": str(home), "TMPDIR": str(home)} if home else {}
        self.process = subprocess.Popen(command, env=os.environ | own)

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self.process

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()


def wait_for(out: Path, what: str, count: int, seconds: float = 60) -> None:
    """Until there are so many files below a name, or the name itself is there."""
    found = (out / what).rglob
    assert wait_until(lambda: (out / what).is_file() or sum(path.is_file() for path in found("*")) >= count, seconds)


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def killed(corpus: Path, out: Path, after_s: float, workers: int, whom: str) -> None:
    """Run and kill the driver or one of its workers so long after the start."""
    with driver(corpus, out, workers) as process:
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            victims: Sequence[int] = [process.pid] if whom == "driver" else children(process.pid)[:1]
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
        if whom == "worker":
            assert process.wait(120) == 0


def test_a_driver_killed_amid_units_is_taken_up(tmp_path: Path) -> None:
    corpus, out = write_corpus(tmp_path / "corpus", **{f"slow_{at}": 3 for at in range(30)}), tmp_path / "out"
    with driver(corpus, out, 2) as process:
        wait_for(out, "results", 1)
        workers = children(process.pid)
        process.kill()
    done = len(list((out / "results").rglob("*.zst")))
    assert 1 <= done < 30  # the last of them would be done seconds later
    tally = go_here(corpus, out)
    # What its workers had in progress, each a unit or two, they may have finished before they ended.
    assert accounts(out) == {"SUCCESS": 90} and 90 - 3 * done - 4 * 3 <= tally.done <= 90 - 3 * done
    assert gone(workers)  # they end with their driver


def test_a_driver_killed_while_it_plans_starts_over(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", **{f"f{at}": 1 for at in range(30)})
    out = tmp_path / "out"
    with driver(corpus, out) as process:
        wait_for(out, "lease.json", 1)
        process.kill()
    assert not (out / "bulk.json").exists()
    assert go_here(corpus, out).done == 30 and accounts(out) == {"SUCCESS": 30}


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["driver", "worker"])
def test_kills_at_any_moment_lose_nothing_and_double_nothing(tmp_path: Path, whom: str) -> None:
    corpus = write_corpus(tmp_path / "corpus", **SMALL, slow=6, **{f"f{at}": 1 for at in range(20)})
    began = time.monotonic()
    with driver(corpus, tmp_path / "whole", 2) as process:
        assert process.wait(120) == 0
    whole = time.monotonic() - began
    moments = 25
    for moment in range(moments):
        out = tmp_path / f"out{moment}"
        killed(corpus, out, whole * (moment + 0.5) / moments, 2, whom)
        if whom == "driver":
            with driver(corpus, out, 2) as process:
                assert process.wait(120) == 0
        assert accounts(out) == {"SUCCESS": PAGES + 26}, moment


# ---- machines that share a folder


def merged(out: Path) -> dict[str, str]:
    merge(str(out), Asked(to=("dolma",)))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (out / "data/dolma").rglob("*.gz")}


def readers(out: Path) -> set[str]:
    store = open_store(str(out))
    return {read_header(store, *found).worker for found in attempts(store)}


def test_a_second_machine_takes_part_and_may_die(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", **{f"slow{at:02}": 4 for at in range(24)})
    go_here(corpus, tmp_path / "whole")
    out = tmp_path / "out"
    with driver(corpus, out, 1, home=tmp_path / "home1") as first:
        wait_for(out, "lease.json", 1)
        with driver(corpus, out, 1, "join", home=tmp_path / "home2") as second:
            wait_for(out, "results", 1)
            wait_until(lambda: len(readers(out)) == 2 or first.poll() is not None)
            second.kill()  # with a unit in progress
        assert first.wait(120) == 0
    assert len(readers(out)) == 2 and accounts(out) == {"SUCCESS": 96}
    assert not list((out / "claims").iterdir()) and merged(out) == merged(tmp_path / "whole")


def test_who_takes_part_finishes_what_a_dead_driver_has_begun(tmp_path: Path) -> None:
    corpus, out = write_corpus(tmp_path / "corpus", **{f"slow{at:02}": 4 for at in range(12)}), tmp_path / "out"
    with driver(corpus, out, home=tmp_path / "home1") as first:
        wait_for(out, "results", 1)
        first.kill()
    with driver(corpus, out, 1, "join", home=tmp_path / "home2") as second:
        assert second.wait(120) == 0
    assert accounts(out) == {"SUCCESS": 48} and not list((out / "workers").iterdir())
    with pytest.raises(InputError, match="holds no plan"):
        run(setup_of(corpus, tmp_path / "nowhere"), Here, Watcher(), join=True)


@pytest.mark.slow
def test_machines_killed_at_random_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Two runs with homes of their own, each killed and started again, until everything is read."""
    corpus = write_corpus(tmp_path / "corpus", **SMALL, **{f"slow{at:02}": 3 for at in range(60)})
    go_here(corpus, tmp_path / "whole")
    out, chance, kills = tmp_path / "out", random.Random(0), 0
    processes: list[driver | None] = [None, None]
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline and sum(1 for _ in attempts(open_store(str(out)))) < 5 + 1 + 60:
        for at in (0, 1):
            if processes[at] is None or processes[at].process.poll() is not None:
                more = ("join",) if at else ()
                processes[at] = driver(corpus, out, 1, *more, home=tmp_path / f"home{at}")
        time.sleep(chance.uniform(2.0, 8.0))
        victim = processes[chance.randrange(2)]
        if victim is not None and victim.process.poll() is None:
            victim.process.kill()
            victim.process.wait()
            kills += 1
    for each in processes:
        if each is not None:
            each.process.kill()
            each.process.wait()
    with driver(corpus, out) as process:
        assert process.wait(120) == 0
    assert kills >= 3 and accounts(out) == {"SUCCESS": PAGES + 180} and merged(out) == merged(tmp_path / "whole")


# ---- malformed files


def malformed(corpus: Path, count: int) -> int:
    """Files that are wrong in many ways, beside those that are there; how many."""
    write_corpus(corpus, zz_good=1)
    good = (corpus / "zz_good.pdf").read_bytes()
    for at in range(count):
        data = bytearray(good)
        kind = at % 6
        if kind == 0:
            data = data[: 1 + at * 7 % (len(data) - 1)]
        elif kind == 1:
            for place in range(at % 13, len(data), 13):
                data[place] = (data[place] + at) % 256
        elif kind == 2:
            data = bytearray(b"%PDF-1.7\n" + os.urandom(300))
        elif kind == 3:
            data = bytearray(b"\x89PNG\r\n\x1a\n" + bytes([at % 256]) * 40)
        elif kind == 4:
            data = data.replace(b"/Kids", b"/Kode") + b"%" + str(at).encode()
        else:
            data = bytearray(b"PK\x03\x04" + bytes([at % 256]) * 60)
        (corpus / f"bad{at:04}.pdf").write_bytes(bytes(data))
    return count


@pytest.mark.parametrize("count", [24, pytest.param(1000, marks=pytest.mark.slow)])
def test_malformed_files_are_rows_and_good_ones_are_done(tmp_path: Path, count: int) -> None:
    corpus = write_corpus(tmp_path / "corpus", **SMALL)
    malformed(corpus, count)
    out = tmp_path / "out"
    tally = go(corpus, out, 2)
    store = open_store(str(out))
    plan = find_plan(store)
    assert plan is not None and plan.documents + plan.skipped == len(SMALL) + 1 + count
    good = {unit.id for unit in read_units(store) if "bad" not in unit.path}
    assert {page.status for unit, page in all_pages(store) if unit in good} == {"SUCCESS"}
    assert sum(unit in good for unit, _ in all_pages(store)) == PAGES + 1
    assert sum(accounts(out).values()) == plan.pages == tally.pages
    assert all(page.error for _, page in all_pages(store) if page.status == "FAILURE")
