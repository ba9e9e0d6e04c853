"""A conversation that is taken out: all of it, nothing else, and nothing of it is left in the file."""

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from sokdok.memory.images import inspect_image
from sokdok.memory.memory import Memory
from sokdok.memory.store.database import NotStored
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn

SECRET = "the code is 4417-ZEBRA"


def png(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (9, 9), shade).save(file, "PNG")
    return file.getvalue()


def said(text: str, *shades: int) -> NewTurn:
    return NewTurn("user", text, images=tuple(inspect_image(png(shade), "an image") for shade in shades))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three conversations, two of which share an image."""
    with Store(tmp_path / "memory.db") as store:
        store.append("before", [said("회의는 세 시", 1), said("a zebra is striped")])
        store.append("gone", [said(f"{SECRET} {number}", 1, 2) for number in range(50)])
        store.append("after", [said("later")])
        store.mark_recalled("gone", [3])
    return tmp_path / "memory.db"


def everything(store: Store, names: tuple[str, ...] = ("before", "after")) -> list[object]:
    return [
        (store.turns(name), store.end(name), set(store.matching(name, "zebra later 회의", 99).best)) for name in names
    ]


def test_one_goes_and_others_are_as_they_were(path: Path) -> None:
    with Store(path) as store, Store(path) as other:
        before, images = everything(store), [image.sha256 for image in store.turn("gone", 1).images]
        assert [hit.conversation for hit in other.search("zebra", limit=1)] in (["before"], ["gone"])
        assert store.forget("gone") == 50
        assert everything(store) == everything(other) == before
        assert [known.name for known in other.conversations()] == ["after", "before"]
        assert other.end("gone").number == 0 and other.turns("gone") == []
        assert [hit.text for hit in other.search("zebra")] == ["a zebra is striped"]
        assert not other.search("4417-ZEBRA", "gone") and len(other.search("회의는")) == 1
        assert other.image(images[0]) == png(1), "another turn has it"
        with pytest.raises(NotStored):
            other.image(images[1])
        with pytest.raises(NotStored, match="there is no conversation 'gone'"):
            other.forget("gone")


def test_nothing_of_it_is_left_to_be_read(path: Path) -> None:
    with Store(path) as store:
        store.forget("gone")
        files = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert b"4417" not in files and b"zebra 1" not in files and png(2) not in files, "while it is open, too"
        assert "회의는".encode() in files
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO grams (grams) VALUES ('integrity-check')")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM turns")


def test_its_name_begins_anew_and_recalls_nothing(path: Path) -> None:
    with Memory(path, conversation="gone") as memory:
        assert memory.view(4_000, "gpt-4o").turns == 50
        assert memory.forget() == 50
        assert memory.add("user", "hello again").number == 1
        view = memory.view(4_000, "gpt-4o")
        assert view.turns == 1 and SECRET not in str(view.messages())
        assert memory.store.recalled("gone", 0) == []
