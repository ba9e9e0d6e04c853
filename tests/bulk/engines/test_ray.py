"""The engine on Ray Data: blocks, and what becomes of runs whose actors and nodes die."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from fakes.bulk.corpus import FAULTY, all_pages, setup_of, time_flies, write_corpus
from fakes.remote import wait_until
from sokdok.bulk.engine import Done, Look, Looked, Lost, Read, Setup
from sokdok.bulk.engines import ray as engine
from sokdok.bulk.engines.local import WORKER, LocalEngine
from sokdok.bulk.engines.ray import ANSWERS, COLUMN, ENCODER, Actor, Broken, RayEngine, check, packed
from sokdok.bulk.lease import Driving
from sokdok.bulk.plan import MOST_PAGES, Unit, read_units
from sokdok.bulk.planning import build_plan
from sokdok.bulk.results import Tally
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.sources import Item, open_source
from sokdok.bulk.store import Store, open_store
from sokdok.bulk.worker import Worker
from sokdok.documents.question import Question
from sokdok.errors import InputError, MissingExtraError, SokdokError

pytestmark = pytest.mark.process
with_ray = [pytest.mark.slow, pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra ray")]


def _job(number: int, pages: int) -> Read:
    name = f"{number:032x}"
    return Read(
        Unit(id=name, document=name, path="", place="", source=0, sha256="", size=0, first=1, last=pages, pages=pages)
    )


def test_small_units_share_a_block_and_large_ones_have_their_own() -> None:
    counts = [1, 1, 30, 32, 32, 5, 27, 1]
    blocks = list(packed(_job(number, pages) for number, pages in enumerate(counts)))
    assert [len(block) for block in blocks] == [3, 1, 1, 2, 1]
    assert all(sum(len(job.unit.numbers) for job in block) <= MOST_PAGES for block in blocks)
    assert [job for block in blocks for job in block] == [_job(number, pages) for number, pages in enumerate(counts)]


def test_without_ray_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'sokdok\[ray\]'"):
        RayEngine(setup_of(tmp_path, tmp_path / "out"), 1).__enter__()


@pytest.mark.parametrize(("address", "says"), [(None, "--engine local needs none"), ("auto", "no Ray cluster answers")])
def test_a_cluster_that_does_not_start_is_one_line(monkeypatch: pytest.MonkeyPatch, address, says: str) -> None:
    """As on a machine with too much to do: Ray waits for a node for 30 s."""

    def init(*arguments: object, **options: object) -> None:
        raise Exception("The current node timed out during startup.\nSee the logs.")

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    fake = SimpleNamespace(is_initialized=lambda: False, init=init, shutdown=lambda: None)
    monkeypatch.setattr(engine, "import_ray", lambda: fake)
    match = f"timed out during startup.*{says}|{says}.*timed out"
    with pytest.raises(SokdokError, match=match) as caught, engine.connected(address, 2):
        pass
    assert "\n" not in str(caught.value)


def test_an_address_that_does_not_answer_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray itself would ask it for minutes."""
    asked: list[str] = []
    fake = SimpleNamespace(is_initialized=lambda: False, init=lambda **options: asked.append("init"))
    monkeypatch.setattr(engine, "import_ray", lambda: fake)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens there
        address = f"127.0.0.1:{held.getsockname()[1]}"
        with (
            pytest.raises(InputError, match=f"no Ray cluster answers at {address}.*refused"),
            engine.connected(address, 2),
        ):
            pass
    assert not asked


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    """A cluster on this machine for all tests that do not end it."""
    os.environ["RAY_AUTH_MODE"] = "disabled"
    with engine.connected(None, 2):
        yield


def _run(setup: Setup, *, worker: str = FAULTY, address: str | None = None, silence_s: float = 60.0) -> Tally:
    return run(setup, lambda given: RayEngine(given, 2, address=address, worker=worker, silence_s=silence_s), Watcher())


def _accounts(setup: Setup) -> Counter[str]:
    """Pages by status; each page of each unit once."""
    pages = list(all_pages(open_store(setup.destination)))
    assert len({(unit, page.number) for unit, page in pages}) == len(pages)
    return Counter(page.status for _, page in pages)


def _killing(find: Callable[[], list[int]], delay_s: float = 3.0) -> threading.Thread:

    def kill() -> None:
        wait_until(find, 120)
        time.sleep(delay_s)
        for pid in find()[:1]:
            os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def _processes(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if text in line and entry.name != str(os.getpid()):
            found.append(int(entry.name))
    return sorted(found)


class TestOnOneMachine:
    pytestmark = with_ray

    def test_results_are_those_of_the_local_engine(self, tmp_path: Path, ray: None) -> None:
        write_corpus(tmp_path / "corpus", a=3, b=40, 다=1, z=2)
        here = setup_of(tmp_path / "corpus", tmp_path / "here")
        there = setup_of(tmp_path / "corpus", tmp_path / "there")
        local, on_ray = run(here, lambda given: LocalEngine(given, 2), Watcher()), _run(there, worker=WORKER)
        assert (on_ray.done, on_ray.failed) == (local.done, local.failed) == (46, 0)
        ours, theirs = (list(all_pages(open_store(each.destination))) for each in (here, there))
        assert [(unit, page.blocks) for unit, page in ours] == [(unit, page.blocks) for unit, page in theirs]

    def test_files_that_kill_or_hang_their_workers_are_failed_rows(self, tmp_path: Path, ray: None) -> None:
        write_corpus(tmp_path / "corpus", a=2, kill=2, kill_once=1, hang=1, z=2)
        setup = setup_of(tmp_path / "corpus", tmp_path / "out")
        tally = _run(setup, silence_s=15.0)
        assert (tally.done, tally.failed) == (5, 3)
        assert _accounts(setup) == {"SUCCESS": 5, "FAILURE": 3}

    def test_a_file_that_kills_its_actor_each_time_is_a_failed_row(self, tmp_path: Path, ray: None) -> None:
        write_corpus(tmp_path / "corpus", a=20, orphan=2, orphan_once=20, z=20)
        setup = setup_of(tmp_path / "corpus", tmp_path / "out")
        tally = _run(setup)
        assert (tally.done, tally.failed) == (60, 2)
        assert _accounts(setup) == {"SUCCESS": 60, "FAILURE": 2}
        assert any("actors that had it in progress died" in reason for reason in tally.reasons)

    def test_an_actor_that_is_killed_is_started_again(self, tmp_path: Path, ray: None) -> None:
        write_corpus(tmp_path / "corpus", **{f"slow{number}": 30 for number in range(6)})
        setup = setup_of(tmp_path / "corpus", tmp_path / "out")
        killer = _killing(lambda: _processes("ray::MapWorker(MapBatches(Actor))"))
        tally = _run(setup)
        killer.join()
        assert (tally.done, tally.failed) == (180, 0)
        assert _accounts(setup) == {"SUCCESS": 180}


class TestClusters:
    """Each has a cluster of its own, in processes of their own: a dead raylet takes its driver with it."""

    pytestmark = with_ray

    def test_a_node_that_is_lost_costs_nothing(self, tmp_path: Path) -> None:
        write_corpus(tmp_path / "corpus", **{f"slow{number}": 30 for number in range(6)})
        done = subprocess.run(
            [sys.executable, "-c", _TWO_NODES, str(tmp_path)], capture_output=True, text=True, timeout=500
        )
        assert done.returncode == 0, done.stderr[-3000:]
        setup = setup_of(tmp_path / "corpus", tmp_path / "out")
        assert done.stdout.split()[-2:] == ["180", "0"]
        assert _accounts(setup) == {"SUCCESS": 180}

    def test_a_run_whose_raylet_is_killed_goes_on_with_the_same_command(self, tmp_path: Path) -> None:
        write_corpus(tmp_path / "corpus", **{f"slow{number}": 30 for number in range(4)})
        setup = setup_of(tmp_path / "corpus", tmp_path / "out")
        before = _processes("raylet/raylet")
        driver = subprocess.Popen([sys.executable, "-c", _ONE_NODE, str(tmp_path)], stderr=subprocess.DEVNULL)
        killer = _killing(
            lambda: (
                [pid for pid in _processes("raylet/raylet") if pid not in before]
                if list((tmp_path / "out").glob("results/*/*"))
                else []
            ),
            0.0,
        )
        assert driver.wait(400) != 0
        killer.join()
        assert 0 < sum(_accounts(setup).values()) < 120
        run(setup, lambda given: LocalEngine(given, 1), Watcher())
        assert _accounts(setup) == {"SUCCESS": 120}


_COMMON = """
import os, sys, threading, time
from pathlib import Path
os.environ["RAY_AUTH_MODE"] = "disabled"
from fakes.bulk.corpus import setup_of
from sokdok.bulk.engines.ray import RayEngine, import_ray
from sokdok.bulk.run import Watcher, run
folder = Path(sys.argv[1])
setup = setup_of(folder / "corpus", folder / "out")
"""
_ONE_NODE = f"""{_COMMON}
run(setup, lambda given: RayEngine(given, 1, worker="fakes.bulk.corpus:Faulty"), Watcher())
"""
_TWO_NODES = f"""{_COMMON}
import_ray()
from ray.cluster_utils import Cluster
os.makedirs("/tmp/ray", exist_ok=True)
size = dict(num_cpus=1, object_store_memory=100 << 20)
cluster = Cluster(initialize_head=True, head_node_args=dict(size, include_dashboard=False))
node = cluster.add_node(**size)

def lose():
    while not list(folder.glob("out/results/*/*")):
        time.sleep(0.2)
    cluster.remove_node(node, allow_graceful=False)

threading.Thread(target=lose, daemon=True).start()
engine = lambda given: RayEngine(given, None, address=cluster.address, worker="fakes.bulk.corpus:Faulty")
tally = run(setup, engine, Watcher())
print(tally.done, tally.failed)
"""


@contextmanager
def _planned(tmp_path: Path, **pages: int) -> Iterator[tuple[Setup, Store, list[Read]]]:
    """A corpus with a plan and no results, while a driver holds its lease."""
    write_corpus(tmp_path / "corpus", **pages)
    setup = setup_of(tmp_path / "corpus", tmp_path / "out")
    store, source = open_store(setup.destination), open_source(setup.sources[0])
    worker = Worker(setup.question, setup.sources)
    build_plan(store, setup.question, [source], lambda jobs: ((job, worker.look(0, job.item)) for job in jobs))
    with Driving(store):
        yield setup, store, [Read(unit) for unit in read_units(store)]


def _asked(actor: Actor, jobs: list[Any]) -> list[Any]:
    """What became of each job, or the one thing that ended the run."""
    (data,) = actor({COLUMN: [ENCODER.encode(jobs)]})[COLUMN]
    found = dict(ANSWERS.decode(data))
    return [found[engine._key(job)] for job in jobs] if "" not in found else [found[""]]


def _actor(setup: Setup) -> Actor:
    return Actor(ENCODER.encode(setup), 60.0, FAULTY)


def test_a_block_that_comes_again_is_answered_from_its_results(tmp_path: Path) -> None:
    """Ray runs a block a second time when its node was lost: what has results by then is told, not read."""
    with _planned(tmp_path, a=3, b=40) as (setup, store, jobs):
        first = _asked(_actor(setup), jobs)
        files = {name: store.read(name) for name in store.names("results/")}
        again = _asked(_actor(setup), jobs)
        assert {name: store.read(name) for name in store.names("results/")} == files
    assert [answer.tally.done for answer in first] == [3, 20, 20] and len(files) == 3 and again == first


def test_files_that_kill_or_hang_their_worker_are_lost_and_the_actor_goes_on(tmp_path: Path, monkeypatch) -> None:
    time_flies(monkeypatch, tmp_path / "corpus")
    with _planned(tmp_path, a=1, hang=1, kill=1, z=1) as (setup, _, jobs):
        a, hung, killed, z = _asked(_actor(setup), jobs)
    assert isinstance(a, Done) and isinstance(z, Done)
    assert isinstance(hung, Lost) and hung.deaths == 2 and "for 60 s" in hung.reason
    assert isinstance(killed, Lost) and killed.deaths == 2 and "SIGKILL" in killed.reason


@pytest.mark.parametrize(("name", "said"), [("broken", "the endpoint is gone"), ("full", "the disk is full")])
def test_what_ends_the_run_is_an_answer_not_an_exception(tmp_path: Path, name: str, said: str) -> None:
    with _planned(tmp_path, **{name: 1}) as (setup, _, jobs):
        (answered,) = _asked(_actor(setup), jobs)
    assert isinstance(answered, Broken) and said in answered.message


def test_files_are_looked_at(tmp_path: Path) -> None:
    with _planned(tmp_path, a=3) as (setup, _, _):
        (tmp_path / "corpus" / "x.bin").write_bytes(b"\0\1")
        pdf, other = _asked(_actor(setup), [Look(5, 0, Item("a.pdf", "a.pdf", 1)), Look(6, 0, Item("x", "x.bin", 1))])
    assert isinstance(pdf, Looked) and pdf.pages == 3
    assert isinstance(other, Looked) and other.reason == "it is no document"


@pytest.mark.parametrize("lost", ["destination", "lease", "source"])
def test_a_node_that_sees_other_folders_ends_the_run(tmp_path: Path, lost: str) -> None:
    """Else every page of it would fail, or results lie where nobody looks."""
    with _planned(tmp_path, a=1) as (setup, store, jobs):
        if lost == "source":
            setup = msgspec.structs.replace(setup, sources=(str(tmp_path / "elsewhere"),))
        elif lost == "destination":
            setup = msgspec.structs.replace(setup, destination=str(tmp_path / "elsewhere"))
        else:
            store.remove("lease.json")
        (answered,) = _asked(_actor(setup), jobs)
    assert isinstance(answered, Broken) and answered.exit_code == 2
    assert "does not see what the driver sees" in answered.message and "s3://" in answered.message
    assert not (tmp_path / "elsewhere").exists()


def test_the_reader_is_opened_before_anything_is_read(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus", a=1)
    good = setup_of(tmp_path / "corpus", tmp_path / "out")
    assert msgspec.msgpack.decode(check(ENCODER.encode(good), WORKER), type=str | Broken) == ""
    bad = setup_of(tmp_path / "corpus", tmp_path / "out", Question(reader=str(tmp_path / "no-checkpoint")))
    answer = msgspec.msgpack.decode(check(ENCODER.encode(bad), WORKER), type=str | Broken)
    assert isinstance(answer, Broken) and "no-checkpoint" in answer.message
