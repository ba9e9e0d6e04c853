import errno
import os
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from fakes.bulk.s3 import moto_store
from sokdok.bulk.store import UNFINISHED, LocalStore, open_store
from sokdok.errors import InputError, SokdokError


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_folder_and_a_bucket_do_the_same(kind: str, tmp_path: Path, monkeypatch) -> None:
    with ExitStack() as stack:
        if kind == "bucket":
            pytest.importorskip("obstore")
            stack.enter_context(moto_store(monkeypatch, "bucket"))
        store = open_store("s3://bucket/run/" if kind == "bucket" else str(tmp_path / "run"))
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
