"""What is stored comes back as it was, in order and by its place on the streams."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest

from fakes.office import png
from sokdok.errors import InputError
from sokdok.memory import images
from sokdok.memory.images import inspect_image
from sokdok.memory.memory import new_turn
from sokdok.memory.store.store import Store
from sokdok.memory.turn import End, NewTurn

SEOUL = timezone(timedelta(hours=9))
MOMENT = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=SEOUL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "chat.db") as opened:
        yield opened


def dialogue(count: int) -> list[NewTurn]:
    """Turns of different length; every tenth is important, every fourth has a heading."""
    roles, headings = ("user", "assistant"), ("", "", "", "# Plan\n")
    return [
        NewTurn(roles[i % 2], headings[i % 4] + f"word{i} " * (i % 7 + 1), important=i % 10 == 9) for i in range(count)
    ]


def test_a_turn_comes_back_as_it_was(store: Store) -> None:
    meta = {"name": "민수", "tags": ["a", {"b": None}], "score": 0.1, "big": 2**80}
    images = tuple(inspect_image(png(colour), "a picture") for colour in ("red", "blue", "red"))
    (stored,) = store.append("일", [NewTurn("tool", " \r\n\0한글\u2028𠮷\n", MOMENT, meta, True, images)])
    assert stored == store.turn("일", 1)
    assert (stored.conversation, stored.number, stored.role) == ("일", 1, "tool")
    assert stored.text == " \r\n\0한글\u2028𠮷\n"
    assert stored.time == MOMENT and stored.time.tzinfo == UTC
    assert stored.meta == meta and stored.important
    assert stored.images == tuple(image.info for image in images)
    assert [store.image(info.sha256) for info in stored.images] == [image.data for image in images]


def test_equal_images_are_stored_once(store: Store) -> None:
    for _ in range(3):
        store.append("a", [NewTurn("user", "", images=(inspect_image(png(), "a picture"),) * 2)])
    with sqlite3.connect(store.path) as other:
        assert other.execute("SELECT count(*) FROM images").fetchone() == (1,)
    assert [len(turn.images) for turn in store.turns("a")] == [2, 2, 2]


def test_conversations_are_numbered_apart(store: Store) -> None:
    store.append("b", dialogue(3))
    store.append("a", dialogue(2))
    assert [turn.number for turn in store.append("b", dialogue(2))] == [4, 5]
    assert [(c.name, c.turns, c.last) for c in store.conversations()] == [
        ("a", 2, store.turn("a", 2).time),
        ("b", 5, store.turn("b", 5).time),
    ]
    assert [turn.number for turn in store.turns("b", 2, 4)] == [2, 3, 4]
    assert store.turns("c") == [] and store.append("c", []) == []
    newest = store.newest("b", "user")
    assert newest is not None and newest.number == 4
    assert store.newest("b", "tool") is store.newest("c", "user") is None


def test_positions_follow_each_other(store: Store) -> None:
    for part in (dialogue(20), dialogue(15), dialogue(1)):
        store.append("a", part)
    turns = store.turns("a")
    for before, turn in pairwise(turns):
        assert turn.start == before.start + before.size
        assert turn.pinned_start == before.pinned_start + before.pinned_size
    last = turns[-1]
    assert store.end("a") == End(36, last.start + last.size, last.pinned_start + last.pinned_size, last.time)
    assert store.end("nobody") == End(0, 0, 0, None)


def test_spans_hold_exactly_the_turns_that_overlap(store: Store) -> None:
    store.append("other", dialogue(9))
    store.append("a", dialogue(30))
    turns, end = store.turns("a"), store.end("a")
    assert 0 < sum(turn.pinned_size > 0 for turn in turns) < 30
    for start in range(0, end.length + 5, 3):
        for length in (1, 10, 57, 10_000):
            overlap = [t for t in turns if t.start < start + length and t.start + t.size > start]
            assert store.span("a", start, start + length) == overlap
    for start in range(end.pinned_length + 5):
        for length in (1, 40):
            pinned = [t for t in turns if t.pinned_size and t.pinned_start < start + length]
            overlap = [t for t in pinned if t.pinned_start + t.pinned_size > start]
            assert store.span("a", start, start + length, pinned=True) == overlap
    assert store.span("a", turns[20].start + 1, 1 << 62) == turns[20:]
    assert store.span("nobody", 0, 100) == []


def test_summaries_are_those_of_the_weightiest_turns_of_a_span(store: Store) -> None:
    store.append("a", [NewTurn("user", text) for text in ("um", "id A-1 costs $4,417", "well", "call +82-2-555-0101")])
    turns = store.turns("a")
    summaries = store.summaries("a", 0, store.end("a").length, 2)
    assert [(summary.number, summary.role, summary.name, summary.text) for summary in summaries] == [
        (2, "user", None, turns[1].text),
        (4, "user", None, turns[3].text),
    ]
    assert [summary.number for summary in store.summaries("a", turns[2].start, turns[3].start, 2)] == [3]


def test_turns_match_a_question_by_their_rare_words(store: Store) -> None:
    texts = ["the ferry left at 3,600", "a boat", "우리는 회의를 미뤘다", "the harbour", "the ferry and ferry", "the"]
    store.append("a", [NewTurn("user", text) for text in texts])
    store.append("b", [NewTurn("user", "the ferry")])
    assert list(store.matching("a", "when did the Ferry leave?", 7))[:2] == [5, 6]  # the best, then for their length
    assert list(store.matching("a", "ferries", 5)) == [1, 2]  # with another ending
    assert next(iter(store.matching("a", "3,600?", 7))) == 1
    assert next(iter(store.matching("a", "회의는 언제로", 7))) == 3  # with another particle
    assert list(store.matching("a", "boat", 7)) == [2, 3, 1]  # with its neighbours
    assert not store.matching("a", "", 7) and not store.matching("none", "ferry", 7)


def test_words_that_very_many_turns_hold_are_left_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sokdok.memory.store.store.MOST_POSTINGS", 4)
    store.append("a", [NewTurn("user", f"boat {number} {' ferry' * (number < 4)}") for number in range(1, 9)])
    assert set(store.matching("a", "boat ferry", 99)) == {1, 2, 3, 4}
    assert store.matching("a", "boat", 99) == {}


def test_recalled_turns_are_remembered_with_the_moment(store: Store) -> None:
    store.append("a", dialogue(5))
    store.mark_recalled("a", [2, 4, 2])
    store.append("a", dialogue(5))
    store.mark_recalled("a", [1])
    store.mark_recalled("a", [1])
    assert store.recalled("a", 5) == [1, 2, 4]
    assert store.recalled("a", 6) == [1]
    with pytest.raises(InputError, match="no turn 11"):
        store.mark_recalled("a", [3, 11])
    assert store.recalled("a", 0) == [1, 2, 4]


def test_a_block_that_raises_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.append("a", dialogue(3))
        store.append("b", dialogue(3))
        _ = 1 / 0
    assert store.conversations() == []
    assert store.append("a", dialogue(1))[0].number == 1


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"role": "robot"}, "unknown role 'robot'; choose one of user, assistant, system, tool"),
        ({"text": "a\ud800"}, "lone surrogate at character 1"),
        ({"time": datetime(2026, 1, 1)}, "no zone: write 2026-01-01T00:00:00Z"),
        ({"time": datetime.min.replace(tzinfo=SEOUL)}, "outside of years"),
        ({"meta": {"a": object()}}, "can't be written as JSON"),
        ({"meta": {"a": float("nan")}}, "can't be written as JSON"),
        ({"meta": {"a": "\udfff"}}, "the metadata holds a lone surrogate"),
    ],
)
def test_what_could_not_come_back_is_refused(turn: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        NewTurn(**({"role": "user", "text": "hello"} | turn))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0", "a\ud800"])
def test_bad_names_of_conversations(store: Store, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        store.append(name, dialogue(1))


def test_what_is_not_there(store: Store) -> None:
    with pytest.raises(InputError, match="no turn 1 in 'a': no conversation of that name"):
        store.turn("a", 1)
    store.append("a", dialogue(2))
    for number in (-1, 0, 3, 2**40):
        with pytest.raises(InputError, match=f"no turn {number} in 'a': its turns are 1 to 2"):
            store.turn("a", number)
    with pytest.raises(InputError, match="no image abc"):
        store.image("abc")


def test_an_image_that_is_none_is_refused(tmp_path: Path) -> None:
    whole = png()
    for data in (b"", b"hello", whole[: len(whole) // 2], b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n"):
        (tmp_path / "picture.png").write_bytes(data)
        with pytest.raises(InputError, match=r"picture\.png is (no image that can be stored|empty \(0 bytes\))"):
            new_turn("user", "", images=[tmp_path / "picture.png"])
    with pytest.raises(InputError, match="is a folder"):
        new_turn("user", "", images=[tmp_path])
    (tmp_path / "picture.png").write_bytes(whole)
    assert new_turn("user", "", images=[tmp_path / "picture.png"]).images[0].info.media_type == "image/png"


@pytest.mark.process
def test_an_image_that_ends_the_process_which_looks_at_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "LOOK", "fakes.jobs:look")
    with pytest.raises(InputError, match="a picture is no image that can be stored .*died"):
        inspect_image(png(), "a picture")


def test_turns_can_be_neither_changed_nor_deleted_by_anybody(store: Store) -> None:
    store.append("a", dialogue(2))
    with sqlite3.connect(store.path) as other:
        for statement in ("DELETE FROM turns", "UPDATE turns SET text = ''", "UPDATE turns SET time = ''"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(statement)
        other.execute("UPDATE turns SET digest = 'better', weight = 2")  # what can be worked out again


def test_a_question_in_full_finds_its_answer(store: Store) -> None:
    store.append("a", [NewTurn("user", text) for text in ("현관 비밀번호는 4417번이야", "the gate opens at seven")])
    assert [hit.number for hit in store.search("현관 비밀번호가 뭐였지?")] == [1]
    assert [hit.number for hit in store.search("When does the gate open?")] == [2]
    assert store.search("windmill?") == store.search("? !") == []
