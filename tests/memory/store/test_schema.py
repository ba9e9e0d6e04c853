"""An older file becomes a newer one, whole or not at all; a newer one is left alone."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok.memory import stream
from sokdok.memory.store import schema
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn

ORIGINAL = Path(__file__).parent / "store_1.sql"  # a store as the first schema held it, in SQL


def write_original(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ORIGINAL.read_text(encoding="utf-8"))
    return path


def statements(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'grams_%'")
        return sorted(" ".join(sql.split()) for (sql,) in rows)


def versions(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as connection:
        names = ("application_id", "user_version")
        return tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)  # type: ignore[return-value]


def add_mood(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE conversations ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")


def add_index_and_fail(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE INDEX moods ON conversations (mood)")
    raise KeyboardInterrupt


def test_the_original_schema_still_opens(tmp_path: Path) -> None:
    path = write_original(tmp_path / "old.db")
    with Store(path) as store:
        first, second = store.turns("여행")
        assert (first.role, first.text, first.meta, first.important) == ("user", "부산 여행 요약", {"a": [1]}, True)
        assert (second.start, second.size) == (first.size, 29)
        assert [hit.number for hit in store.search("요약")] == [1]
        assert store.matching("여행", "요약은?", 9).best == (1,)
        (third,) = store.append("여행", [NewTurn("user", "and more")])
        assert (third.number, third.start) == (3, second.start + second.size)
    assert versions(path) == (schema.APPLICATION_ID, len(schema.STEPS))


def test_a_blank_file_and_the_original_end_up_alike(tmp_path: Path) -> None:
    Store(tmp_path / "blank.db").close()
    Store(write_original(tmp_path / "old.db")).close()
    assert statements(tmp_path / "blank.db") == statements(tmp_path / "old.db")


def test_released_steps_are_never_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "STEPS", schema.STEPS[:1])
    Store(tmp_path / "blank.db").close()
    assert statements(tmp_path / "blank.db") == statements(write_original(tmp_path / "old.db"))


def test_places_are_worked_out_again_as_a_new_file_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in [(1, 1), (1, 23), (2, 0), (2, 5), (9, 5), (9, 6)]]
    texts = ["plain", "# 제목\ntext", "[3 user] 한글", "", "x" * 300, "plain"]
    turns = [
        NewTurn("user", text, day, important=not n % 3) for n, (text, day) in enumerate(zip(texts, days, strict=True))
    ]

    def places(path: Path) -> list[tuple[int, ...]]:
        with Store(path) as store:
            kept = [*store.turns("a"), *store.turns("b")]
        return [(turn.start, turn.size, turn.pinned_start, turn.pinned_size) for turn in kept]

    with monkeypatch.context() as patch:  # as the first schema counted: one cell for a bracket
        patch.setattr(schema, "STEPS", schema.STEPS[:1])
        patch.setattr(stream, "BRACKET_CELLS", 1)
        for name in "ab":
            with Store(tmp_path / "old.db") as store:
                store.append(name, turns if name == "a" else turns[2:])
        before = places(tmp_path / "old.db")
    with Store(tmp_path / "new.db") as store:
        store.append("a", turns)
        store.append("b", turns[2:])
    assert places(tmp_path / "old.db") == places(tmp_path / "new.db") != before


def test_places_beyond_all_bounds_are_damage(tmp_path: Path) -> None:
    path = write_original(tmp_path / "old.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE turns SET size = 9223372036854775807")
    with pytest.raises(InputError, match="is damaged"):
        Store(path)
    assert versions(path)[1] == 1


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_original(tmp_path / "old.db")
    before = statements(path)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", (*schema.STEPS, add_mood, add_index_and_fail))
        with pytest.raises(KeyboardInterrupt):
            Store(path)
    assert statements(path) == before and versions(path)[1] == 1
    with Store(path) as store:
        assert len(store.turns("여행")) == 2


def test_a_newer_file_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new.db"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", (*schema.STEPS, add_mood))
        Store(path).close()
    before = path.read_bytes()
    with pytest.raises(
        InputError, match=r"new\.db was written by a newer sokdok \(schema 4, this one knows 3\): update"
    ):
        Store(path)
    assert path.read_bytes() == before
