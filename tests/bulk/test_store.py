"""Result files, their store, and who may write to it."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from fakes.bulk.corpus import setup_of, write_corpus
from fakes.bulk.here import Here
from fakes.bulk.s3 import moto_store, other_store
from fakes.remote import wait_until
from sokdok.bulk.lease import NAME, Driving, Lease, read_lease
from sokdok.bulk.results import (
    Header,
    Tally,
    attempts,
    decode_result,
    encode_result,
    find_done,
    page_line,
    read_header,
    read_result,
    reason_of,
    result_name,
)
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.status import status_of
from sokdok.bulk.store import UNFINISHED, LocalStore, Store, open_store
from sokdok.documents.blocks import Block, Setting, Word
from sokdok.documents.build import failed_page
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.json_file import page_from_json
from sokdok.errors import InputError, SokdokError


@pytest.mark.parametrize("kind", ["folder", "s3", "gs", "az"])
def test_a_folder_and_a_bucket_do_the_same(kind: str, tmp_path: Path, monkeypatch) -> None:
    with ExitStack() as stack:
        if kind != "folder":
            pytest.importorskip("obstore")
            stack.enter_context((moto_store if kind == "s3" else other_store)(monkeypatch, "bucket"))
        store = open_store(str(tmp_path / "run") if kind == "folder" else f"{kind}://bucket/run/")
        assert not store.exists("a/b") and list(store.names()) == []
        for missing in (store.read, store.open):
            with pytest.raises(FileNotFoundError):
                missing("a/b")
        (tmp_path / "data").write_bytes(b"from a file")
        assert store.create("a/b", b"one") and not store.create("a/b", b"two") and store.read("a/b") == b"one"
        assert store.create("a/c.txt", tmp_path / "data") and not store.create("a/c.txt", tmp_path / "data")
        store.replace("a/b", b"two" * 100)
        store.replace("ab", tmp_path / "data")
        for name in ("a.txt", "a-b", "a/2/x", "b"):
            store.create(name, b"x")
        with store.open("a/b") as file:
            assert file.read(4) == b"twot" and len(file.read()) == 296
        names = ["a-b", "a.txt", "a/2/x", "a/b", "a/c.txt", "ab", "b"]
        assert list(store.names()) == names and list(store.names("a")) == names[:-1] and not list(store.names("c/"))
        assert list(store.names("a/")) == names[2:5] and list(store.names("a/c")) == ["a/c.txt"]
        store.remove("a/b")
        store.remove("a/b")
        assert not store.exists("a/b") and store.exists("a/c.txt")
        assert open_store(store.address).read("a/c.txt") == b"from a file"
        for name in ("", ".", "../x", "a//b", "a/../b", "/a"):
            with pytest.raises(ValueError, match="no name"):
                store.create(name, b"")


@pytest.mark.parametrize("kind", ["links", "no links", pytest.param("bucket", marks=pytest.mark.extra)])
def test_of_racing_threads_exactly_one_wins(tmp_path: Path, monkeypatch, kind: str) -> None:
    def no_link(*names: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    if kind == "no links":
        monkeypatch.setattr(os, "link", no_link)
    won: list[tuple[int, int]] = []
    start, count = threading.Barrier(8), 5 if kind == "bucket" else 100
    address = "s3://bucket/run" if kind == "bucket" else str(tmp_path)

    def race(racer: int) -> None:
        store = open_store(address)
        start.wait()
        for at in range(count):
            if store.create(f"x/{at}", bytes([racer]) * 1000):
                won.append((at, racer))

    with moto_store(monkeypatch, "bucket") if kind == "bucket" else nullcontext(), ThreadPoolExecutor(8) as pool:
        list(pool.map(race, range(8)))
        assert sorted(at for at, _ in won) == [*range(count)]
        store = open_store(address)
        assert all(store.read(f"x/{at}") == bytes([racer]) * 1000 for at, racer in won)


def test_what_is_half_written_is_no_name_and_goes_when_it_is_old(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.create("a", b"x")
    for name, age in (("old", 7200), ("young", 0)):
        (tmp_path / UNFINISHED / name).write_bytes(b"half")
        os.utime(tmp_path / UNFINISHED / name, (time.time() - age,) * 2)
    assert list(store.names()) == ["a"]
    store.tidy()
    assert os.listdir(tmp_path / UNFINISHED) == ["young"]


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch) -> None:
    store = LocalStore(tmp_path)

    def full(*names: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(SokdokError, match="the disk is full"):
        store.create("a", b"x")
    assert not list((tmp_path / UNFINISHED).iterdir()) and not store.exists("a")


def test_what_can_be_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is no folder"):
        open_store(str(tmp_path / "file"))
    with pytest.raises(InputError, match="address"):
        open_store("ftp://host/x")


HOLDER = """
import sys, time
from sokdok.bulk.lease import Driving
from sokdok.bulk.store import open_store
with Driving(open_store(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def elsewhere(count: int = 0, renewed: float = 0.0) -> Lease:
    return Lease("another boot pid:[1]", 17, "5", count, renewed)


@pytest.mark.process
def test_a_second_driver_is_refused_until_the_first_is_gone(tmp_path: Path, holder, monkeypatch) -> None:
    store = open_store(str(tmp_path))
    slept: list[float] = []
    monkeypatch.setattr("sokdok.bulk.lease.time.sleep", slept.append)
    with pytest.raises(InputError, match=f"is driven by process {holder.pid} on .*; wait for it"), Driving(store):
        pass
    holder.kill()
    holder.wait()
    with Driving(store) as driving:
        lease = read_lease(store)
        assert lease is not None and lease.pid == os.getpid()
        driving.require()
    assert read_lease(store) is None and sum(slept) < 1  # of its own machine's processes it need not wait to know


def test_a_number_that_another_process_has_now_is_no_driver_nor_is_what_makes_no_sense(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    with Driving(store) as driving:
        former = msgspec.structs.replace(driving.lease, began="1")
    for data in (msgspec.json.encode(former), b"{half"):
        store.replace(NAME, data)
        with Driving(store):
            pass


@pytest.mark.parametrize("skew", [-1e6, 0, 1e6])
def test_clocks_of_other_machines_do_not_matter(tmp_path: Path, skew: float) -> None:
    store = open_store(str(tmp_path))
    store.create(NAME, msgspec.json.encode(elsewhere(renewed=time.time() + skew)))
    with Driving(store, renewed_s=0.05):  # nobody renews it: it was killed
        lease = read_lease(store)
        assert lease is not None and lease.pid == os.getpid()


@pytest.mark.parametrize("skew", [-1e6, 1e6])
def test_a_driver_on_another_machine_is_seen_to_live(tmp_path: Path, monkeypatch, skew: float) -> None:
    store = open_store(str(tmp_path))
    store.create(NAME, msgspec.json.encode(elsewhere(renewed=time.time() + skew)))
    counted = iter(range(1, 100))

    def sleep(seconds: float) -> None:
        store.replace(NAME, msgspec.json.encode(elsewhere(next(counted), time.time() + skew)))

    monkeypatch.setattr("sokdok.bulk.lease.time.sleep", sleep)
    with pytest.raises(InputError, match="driven by process 17 on another"), Driving(store):
        pass


def test_a_driver_that_stood_still_notices_that_another_took_over(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    with Driving(store, renewed_s=0.05) as driving:
        store.replace(NAME, msgspec.json.encode(elsewhere()))
        wait_until(lambda: driving.lost)
        with pytest.raises(SokdokError, match="process 17 on another drives"):
            driving.require()
    lease = read_lease(store)
    assert lease is not None and lease.pid == 17  # it is not ours to remove


UNIT = "ab" + "0" * 30
PAGE = DocumentPage(
    1, 100, 200, (Block("text", (0, 0, 10, 10), "가나 다", setting=Setting(9.5)), Block("table", None, "a"))
)


def header(**more) -> Header:
    return Header(UNIT, 1, "nano", "q", 1.0, 2.0, "host:1", Tally(), **more)


def encoded(header: Header, *pages: DocumentPage) -> bytes:
    return encode_result(header, (page_line(page)[1] for page in pages))


def test_what_can_t_be_written_is_a_failed_page() -> None:
    setting = Setting(float("nan"))
    page = DocumentPage(3, 100, 200, (Block("text", None, "x", setting=setting),))
    failed, line = page_line(page)
    assert failed.status == "FAILURE" and "a place that is no number" in failed.error
    assert page_from_json(line.decode()) == failed
    half = DocumentPage(3, 100, 200, (Block("text", None, "a\ud800b"),))
    assert page_from_json(page_line(half)[1].decode()) == half


def test_a_result_comes_back_whole(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.create(result_name(UNIT), encoded(header(deaths=1), PAGE, failed_page(2, "why")))
    found, pages = read_result(store, UNIT)
    assert found == header(deaths=1) and pages == [PAGE, failed_page(2, "why")]
    assert read_header(store, UNIT) == found


@pytest.mark.parametrize("text", ["가나 다", "a\ud800b"])
def test_words_are_left_out(text: str) -> None:
    block = Block("text", (0, 0, 10, 10), text, html="<table></table>", continued=((2, (1, 2, 3, 4)),))
    page = DocumentPage(1, 100, 200, (replace(block, words=(Word(text, (0, 0, 5, 5), 0.5),)),), agreement=0.5)
    kept, line = page_line(page)
    assert kept is page and page_from_json(line.decode()) == replace(page, blocks=(block,))


def test_a_result_cut_off_or_changed_is_damaged() -> None:
    data = encoded(header(), PAGE)
    for wrong in (data[:-3], b"", data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :], b"no frame"):
        with pytest.raises(InputError, match=r"results/x is damaged: remove it, and the same run reads"):
            decode_result(wrong, "results/x")


def test_the_highest_attempt_counts(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    for unit, attempt in ((UNIT, 1), (UNIT, 2), (UNIT, 10), ("ff" + UNIT[2:], 1), ("ab" + "1" * 30, 1)):
        store.create(result_name(unit, attempt), b"x")
    store.create("results/ab/notes.txt", b"x")
    assert list(attempts(store)) == [(UNIT, 10), ("ab" + "1" * 30, 1), ("ff" + UNIT[2:], 1)]


def test_reasons_are_counted_without_names_and_numbers() -> None:
    tally = Tally()
    tally.count(failed_page(1, "a/b.pdf can't be opened: 17 objects"), "a/b.pdf")
    tally.count(failed_page(2, "a/c.pdf can't be opened: 3,000 objects"), "a/c.pdf")
    tally.count(PAGE, "a/c.pdf", 0.5, 7)
    assert tally.reasons == {"the file can't be opened: N objects": 2} and (tally.done, tally.failed) == (1, 2)
    assert tally.routes["reader"].pages == 1 and tally.routes["reader"].text_tokens == 7
    assert reason_of("page 3 of 10", "x") == "page N of N"


def test_units_with_results_are_known_and_others_are_not(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    every = [hashlib.sha256(str(at).encode()).hexdigest()[:32] for at in range(40)]
    every += ["0" * 16 + "1" * 16, "0" * 16 + "2" * 14 + "00", "f" * 32, "0" * 32]
    for unit in every[::2]:
        store.create(result_name(unit), b"")
    store.create(result_name(every[0], 2), b"")
    done = find_done(store)
    assert [unit in done for unit in every] == [True, False] * (len(every) // 2) and done.attempts == {every[0]: 2}


def read(corpus: Path, out: Path, **options) -> Store:
    """A run of it."""
    run(setup_of(corpus, out), Here, Watcher(), **options)
    return open_store(str(out))


def test_status_counts_the_pages_of_all_results(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=1, b=2, c_page3=4, d=1)
    found = status_of(read(corpus, tmp_path / "out"))
    assert (found.units, found.tally.done, found.tally.failed) == (4, 7, 1)


def test_a_retry_takes_the_place_of_what_failed(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=2, page3=3)
    store = read(corpus, tmp_path / "out")
    assert status_of(store).tally.failed == 1
    read(corpus, tmp_path / "out", retry_failed=True)
    found = status_of(store)
    assert (found.units, found.tally.pages, found.tally.failed) == (2, 5, 1)
