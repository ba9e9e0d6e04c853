from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sokdok.server.tasks.shelf import Shelf


class Note(msgspec.Struct):
    text: str


class Other(msgspec.Struct):
    text: str


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "kept.sqlite")


def test_what_is_kept_is_its_owners_and_of_its_kind_alone(shelf: Shelf, tmp_path: Path) -> None:
    kept = shelf.add("a", Note("첫째"), "file", 7)
    found = Shelf(tmp_path / "kept.sqlite").find(kept.id, "a", Note)
    assert found == (kept, Note("첫째")) and kept.bytes == 7
    assert shelf.find(kept.id, "b", Note) is None and shelf.find(kept.id, "a", Other) is None
    shelf.remove(kept.id)
    assert shelf.find(kept.id, "a", Note) is None


def test_the_newest_come_first_and_the_oldest_go_first(shelf: Shelf) -> None:
    first, second, third = (shelf.add("a", Note(str(number)), f"file{number}", 10) for number in range(3))
    shelf.add("b", Note("another's"))
    listed = shelf.of_owner("a", Note, 2)
    assert {kept.id for kept, _ in listed} <= {first.id, second.id, third.id} and len(listed) == 2
    assert shelf.count("a", Note) == 3 and len(shelf.of_owner("a", Note, 10, 2)) == 1
    assert shelf.uploads() == {"file0", "file1", "file2"}
    assert shelf.expire(0.0, 25) == ["file0"]
    assert sorted(shelf.expire(third.created + 1, 100)) == ["file1", "file2"]
    assert shelf.count("b", Note) == 0
