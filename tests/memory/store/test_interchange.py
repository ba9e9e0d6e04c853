"""Export and import give back every turn as it was; a bad line is named and stores nothing."""

import base64
import io
import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sokdok.errors import InputError
from sokdok.memory.images import NewImage, inspect_image
from sokdok.memory.store.interchange import Imported, export_turns, read_lines, store_lines
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn


def picture(shade: int) -> NewImage:
    buffer = io.BytesIO()
    Image.new("L", (2, 2), shade).save(buffer, "PNG")
    return inspect_image(buffer.getvalue(), "a picture")


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
    st.lists(st.builds(picture, st.integers(0, 3)), max_size=2).map(tuple),
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


NO_IMAGE = base64.b64encode(b"not an image").decode()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "not a line of JSON"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "not a line of JSON"),
        ('{"role": "user"}', "the field 'text' is missing"),
        (line(role="robot"), "unknown role 'robot'"),
        (line(text=1), "the field 'text' is not of type str"),
        (line(text="\ud800"), "lone surrogate"),
        (line(content="hello"), "unknown field 'content'; put what is your own into meta"),
        (line(number=True), "the field 'number' is not of type int"),
        (line(number=1, text="another"), "turn 1 of 'default' stands behind turn 2"),
        (line(conversation="\ud800"), "name holds a lone surrogate"),
        (line(time="yesterday"), "'yesterday' is no time; write it like"),
        (line(time="2026-01-01T00:00:00"), "has no zone"),
        ('{"role": "user", "text": "", "meta": {"a": NaN}}', "can't be written as JSON"),
        (line(images=[{"data": "?"}]), "image 1 is not in base64"),
        (line(images=[{"data": NO_IMAGE}]), "image 1 is no image that can be stored"),
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
