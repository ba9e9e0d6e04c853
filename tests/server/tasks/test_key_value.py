from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sokdok.server.tasks.key_value import KeyValueStore


class Note(msgspec.Struct):
    text: str


class Other(msgspec.Struct):
    text: str


@pytest.fixture
def key_values(tmp_path: Path) -> KeyValueStore:
    return KeyValueStore(tmp_path / "kept.sqlite")


def test_what_is_kept_is_its_owners_and_of_its_kind_alone(key_values: KeyValueStore, tmp_path: Path) -> None:
    kept = key_values.add("a", Note("첫째"), "file", 7)
    found = KeyValueStore(tmp_path / "kept.sqlite").find(kept.id, "a", Note)
    assert found == (kept, Note("첫째")) and kept.bytes == 7
    assert key_values.find(kept.id, "b", Note) is None and key_values.find(kept.id, "a", Other) is None
    key_values.remove(kept.id)
    assert key_values.find(kept.id, "a", Note) is None


def test_the_newest_come_first_and_the_oldest_go_first(key_values: KeyValueStore) -> None:
    first, second, third = (key_values.add("a", Note(str(number)), f"file{number}", 10) for number in range(3))
    key_values.add("b", Note("another's"))
    listed = key_values.of_owner("a", Note, 2)
    assert {kept.id for kept, _ in listed} <= {first.id, second.id, third.id} and len(listed) == 2
    assert key_values.count("a", Note) == 3 and len(key_values.of_owner("a", Note, 10, 2)) == 1
    assert key_values.uploads() == {"file0", "file1", "file2"}
    assert key_values.expire(0.0, 25) == ["file0"]
    assert sorted(key_values.expire(third.created + 1, 100)) == ["file1", "file2"]
    assert key_values.count("b", Note) == 0
