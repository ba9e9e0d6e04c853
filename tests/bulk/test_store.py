from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sokdok.bulk.store import UNFINISHED, LocalStore, open_store
from sokdok.errors import InputError, SokdokError

RACER = """
import sys
from sokdok.bulk.store import open_store
store = open_store(sys.argv[1])
sys.stdin.readline()
print(sum(store.create(f"results/{at:02}", sys.argv[2].encode() * 1000) for at in range(50)))
"""


def test_what_is_put_is_there_whole(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "new"))
    assert store.create("a/b", b"one") and not store.create("a/b", b"two")
    assert store.read("a/b") == b"one" and store.exists("a/b") and not store.exists("a/c")
    store.replace("a/b", b"three")
    with store.open("a/b") as file:
        assert file.read() == b"three"
    (tmp_path / "file").write_bytes(b"four")
    assert store.create("c", tmp_path / "file") and store.read("c") == b"four"
    store.remove("a/b")
    store.remove("a/b")
    with pytest.raises(FileNotFoundError):
        store.read("a/b")
    assert not list((tmp_path / "new" / UNFINISHED).iterdir())


def test_names_come_sorted_as_in_an_object_store(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    names = ["a-b", "a/1", "a/2/x", "a.c", "ab/1", "b"]
    for name in names:
        store.create(name, b"")
    assert list(store.names()) == sorted(names)
    assert list(store.names("a/")) == ["a/1", "a/2/x"] and list(store.names("a")) == sorted(names)[:-1]
    assert list(store.names("a/2")) == ["a/2/x"] and not list(store.names("c/"))


@pytest.mark.parametrize("name", ["", "/x", "../x", "a/../../x", "a//b", "."])
def test_nothing_is_written_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name within"):
        open_store(str(tmp_path)).create(name, b"")


@pytest.mark.parametrize("links", [True, False])
def test_of_racing_threads_exactly_one_wins(tmp_path: Path, monkeypatch, links: bool) -> None:
    def no_link(*names: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    if not links:
        monkeypatch.setattr(os, "link", no_link)
    won: list[int] = []
    start = threading.Barrier(8)

    def race(racer: int) -> None:
        store = LocalStore(tmp_path)
        start.wait()
        for at in range(100):
            if store.create(f"x/{at}", bytes([racer]) * 1000):
                won.append(at)

    threads = [threading.Thread(target=race, args=(racer,)) for racer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [*range(100)]
    store = LocalStore(tmp_path)
    assert all(len(data := store.read(f"x/{at}")) == 1000 and len(set(data)) == 1 for at in range(100))


@pytest.mark.process
def test_of_racing_processes_exactly_one_wins(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path), str(racer)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for racer in range(4)
    ]
    won = [int(racer.communicate("go\n")[0]) for racer in racers]
    assert sum(won) == 50


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
