"""Files of a memory: older ones, deleted conversations, lines out and in."""

import base64
import io
import json
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.office import png
from sokdok.errors import InputError
from sokdok.memory import stream
from sokdok.memory.images import inspect_image
from sokdok.memory.memory import Memory
from sokdok.memory.store import schema, search
from sokdok.memory.store.database import NotStored
from sokdok.memory.store.interchange import Imported, export_turns, read_lines, store_lines
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
        assert next(iter(store.matching("여행", "요약은?", 9))) == 1
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


def test_an_index_that_takes_long_to_make_says_how_far_it_is(tmp_path: Path, monkeypatch, caplog) -> None:
    Store(write_original(tmp_path / "quick.db")).close()
    assert not caplog.messages
    monkeypatch.setattr(search, "SILENT_S", 0)
    Store(write_original(tmp_path / "slow.db")).close()
    assert caplog.messages == ["rebuilding the memory's search index: 2 of 2 turns"]


def test_a_newer_file_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new.db"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", (*schema.STEPS, add_mood))
        Store(path).close()
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"new\.db is of a newer sokdok \(schema 7, this one knows 6\)"):
        Store(path)
    assert path.read_bytes() == before


SECRET = "the code is 4417-ZEBRA"
SHADES = ("black", "red", "green", "blue")


def said(text: str, *shades: int) -> NewTurn:
    return NewTurn("user", text, images=tuple(inspect_image(png(SHADES[shade]), "a picture") for shade in shades))


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
    return [(store.turns(name), store.end(name), list(store.matching(name, "zebra later 회의", 99))) for name in names]


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
        assert other.image(images[0]) == png(SHADES[1]), "another turn has it"
        with pytest.raises(NotStored):
            other.image(images[1])
        with pytest.raises(NotStored, match="there is no conversation 'gone'"):
            other.forget("gone")


def test_nothing_of_it_is_left_to_be_read(path: Path) -> None:
    with Store(path) as store:
        store.forget("gone")
        files = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert b"4417" not in files and b"zebra 1" not in files and png(SHADES[2]) not in files, "while it is open, too"
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


def import_turns(store: Store, lines: Iterable[str]) -> Imported:
    return store_lines(store, list(read_lines(lines, "file")))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
TIMES = st.datetimes(
    datetime(2, 1, 1),
    datetime(9998, 12, 31),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(-timedelta(minutes=90, seconds=7))]),
)
TURNS = st.builds(
    NewTurn,
    st.sampled_from(["user", "assistant", "system", "tool"]),
    st.text(),
    TIMES,
    st.dictionaries(st.text(), JSON, max_size=3),
    st.booleans(),
    st.lists(st.sampled_from(SHADES).map(lambda shade: inspect_image(png(shade), "a picture")), max_size=2).map(tuple),
)


@given(st.dictionaries(st.sampled_from(["a", "나", "c d"]), st.lists(TURNS, min_size=1, max_size=3), min_size=1))
@settings(max_examples=15, deadline=None)
def test_a_round_trip_is_exact(conversations: dict[str, list[NewTurn]]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "one.db") as one,
        Store(Path(folder) / "two.db") as two,
    ):
        count = sum(len(one.append(name, turns)) for name, turns in conversations.items())
        text = "".join(export_turns(one))
        assert import_turns(two, io.StringIO(text)) == Imported(count, 0)
        assert "".join(export_turns(two)) == text
        for name in conversations:
            assert two.turns(name) == one.turns(name)
            for image in (image for turn in one.turns(name) for image in turn.images):
                assert two.image(image.sha256) == one.image(image.sha256)
        assert import_turns(two, io.StringIO(text)) == Imported(0, count)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "chat.db")


def line(**fields: Any) -> str:
    return json.dumps({"role": "user", "text": "hello"} | fields) + "\n"


def test_only_role_and_text_are_needed(store: Store) -> None:
    lines = ["\ufeff" + line(), "\n", line(conversation="b", time="2026-03-01T09:00:00+09:00"), line(text="again")]
    assert import_turns(store, lines) == Imported(3, 0)
    assert [turn.text for turn in store.turns("default")] == ["hello", "again"]
    assert store.turn("b", 1).time == datetime(2026, 3, 1, tzinfo=UTC)


def test_one_conversation_is_exported_by_its_name(store: Store) -> None:
    import_turns(store, [line(conversation="a"), line(conversation="b", text="b's")])
    assert [json.loads(text)["text"] for text in export_turns(store, "b")] == ["b's"]
    with pytest.raises(InputError, match=r"no conversation 'c' in .*chat\.db; it has a, b"):
        list(export_turns(store, "c"))


def test_a_longer_export_adds_what_is_new(store: Store) -> None:
    lines = [line(number=i, text=f"turn {i}") for i in (1, 2, 3, 4)]
    steps: list[int] = []
    assert import_turns(store, lines[:2]) == Imported(2, 0)
    assert store_lines(store, list(read_lines(lines, "file")), steps.append) == Imported(2, 2)
    assert sum(steps) == 4
    assert [turn.text for turn in store.turns("default")] == ["turn 1", "turn 2", "turn 3", "turn 4"]


def test_the_same_file_may_be_imported_again_without_numbers_too(store: Store) -> None:
    lines = [line(text="yes"), line(text="yes"), line(conversation="b"), line(text="no", time="2026-03-01T09:00:00Z")]
    assert import_turns(store, lines) == Imported(4, 0)
    assert import_turns(store, lines) == Imported(0, 4)
    assert [turn.text for turn in store.turns("default")] == ["yes", "yes", "no"]
    store.append("default", [NewTurn("user", "yes")])
    assert import_turns(store, lines) == Imported(3, 1)  # of default the end is another by now


def test_what_is_said_again_is_not_lost(store: Store) -> None:
    import_turns(store, [line(text="yes"), line(text="ok")])
    assert import_turns(store, [line(text="ok"), line(text="yes")]) == Imported(2, 0)
    assert import_turns(store, [line(text="yes"), line(text="yes")]) == Imported(2, 0)
    assert import_turns(store, [line(text="yes", important=True)]) == Imported(1, 0)
    assert import_turns(store, [line(text="x")] * 1500) == Imported(1500, 0)
    assert import_turns(store, [line(text="x")] * 1500) == Imported(0, 1500)
    assert import_turns(store, [line(text="x")] * 1501) == Imported(1501, 0)


def test_numbers_close_up_after_a_gap(store: Store) -> None:
    import_turns(store, [line(number=number, text=f"turn {number}") for number in (1, 2, 7, 8)])
    kept = [(turn.number, turn.text) for turn in store.turns("default")]
    assert kept == [(1, "turn 1"), (2, "turn 2"), (3, "turn 7"), (4, "turn 8")]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "not a turn as JSON"),
        ("[]", "Expected `object`, got `array`"),
        ("[" * 100_000, "not a turn as JSON"),
        ('{"role": "user"}', "Object missing required field `text`"),
        (line(role="robot"), "unknown role 'robot'"),
        (line(text=1), "Expected `str`, got `int` - at `$.text`"),
        (line(text="\ud800"), "lone surrogate"),
        (line(content="hello"), "unknown field `content`); what is your own goes into meta"),
        (line(number=True), "Expected `int | null`, got `bool` - at `$.number`"),
        (line(number=1, text="another"), "turn 1 of 'default' stands behind turn 2"),
        (line(conversation="\ud800"), "name holds a lone surrogate"),
        (line(time="yesterday"), "'yesterday' is no time; write it like"),
        (line(time="2026-01-01T00:00:00"), "has no zone"),
        ('{"role": "user", "text": "", "meta": {"a": NaN}}', "can't be written as JSON"),
        (line(images=[{"data": "?"}]), "Invalid base64 encoded string - at `$.images[0].data`"),
        (line(images=[{"data": base64.b64encode(b"not an image").decode()}]), "image 1 is no image that can be stored"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_stored(store: Store, bad: str, message: str) -> None:
    lines = [line(number=1), line(number=2), bad, line(number=3)]
    with pytest.raises(InputError) as caught:
        import_turns(store, lines)
    assert str(caught.value).startswith("file:3: ") and message in str(caught.value)
    assert str(caught.value).endswith("; nothing was imported") and "\n" not in str(caught.value)
    assert store.conversations() == []


def test_bytes_that_are_no_text_are_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "chat.jsonl").write_bytes(line().encode() * 2 + b'{"role": "user", "text": "\xff"}\n')
    with (tmp_path / "chat.jsonl").open(encoding="utf-8") as stream, pytest.raises(InputError, match="not UTF-8"):
        import_turns(store, stream)
    assert store.conversations() == []


def test_a_turn_that_is_there_with_other_content_stops_the_import(store: Store) -> None:
    import_turns(store, [line(number=1), line(number=2)])
    for change in ({"text": "other"}, {"role": "tool"}, {"important": True}, {"meta": {"a": 1}}):
        lines = [line(conversation="new"), line(number=1), line(number=2, **change), line(number=3)]
        with pytest.raises(InputError, match="file:3: turn 2 of 'default' is there already and differs"):
            import_turns(store, lines)
    assert [(known.name, known.turns) for known in store.conversations()] == [("default", 2)]
