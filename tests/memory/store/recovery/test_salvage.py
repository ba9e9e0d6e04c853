"""What a damaged store still holds is exported exactly; the damaged file stays as it is."""

from __future__ import annotations

import io
import json
import random
import shutil
from pathlib import Path

import pytest
from PIL import Image

from sokdok.errors import InputError
from sokdok.memory.images import inspect_image
from sokdok.memory.store.interchange import export_turns, read_lines, store_lines
from sokdok.memory.store.recovery.salvage import salvage
from sokdok.memory.store.recovery.sqlite_pages import FOLLOWED_TIMES, Pages, Unreadable
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn

PAGE = 4096


def noise_image(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.frombytes("L", (90, 90), random.Random(seed).randbytes(8100)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two conversations of short turns, turns of many pages, and images of several pages."""
    opened = Store(tmp_path / "chat.db")
    words = random.Random(1)
    for part in range(6):
        turns = [
            NewTurn("user", f"{part}.{i} 회의 " + f"{words.random()} " * (2000 if i == 7 else i), meta={"i": i})
            for i in range(25)
        ]
        images = (inspect_image(noise_image(part), "noise"), inspect_image(noise_image(0), "noise"))
        opened.append(f"chat {part % 2}", [*turns, NewTurn("tool", "pictures", images=images)])
    return opened


def test_a_sound_store_is_read_in_full(store: Store) -> None:
    lines = list(export_turns(store))
    in_log = salvage(store.path)  # most of it is in the write-ahead log still
    assert store.path.with_name("chat.db-wal").stat().st_size > 100 * PAGE
    store.close()
    in_file = salvage(store.path)
    for found in (in_log, in_file):
        assert list(found.lines()) == lines
        assert found.lost_turns == {} and found.lost_images == 0


def test_what_was_not_committed_is_not_taken(store: Store) -> None:
    lines = list(export_turns(store))
    with pytest.raises(ZeroDivisionError), store.transaction():
        store._connection.execute("PRAGMA cache_size = 5")  # so that pages go to the log before the commit
        store.append("chat 0", [NewTurn("user", f"never {'said ' * 900}") for _ in range(50)])
        assert list(salvage(store.path).lines()) == lines
        _ = 1 / 0


@pytest.mark.parametrize("fill", ["zeros", "noise", "shifted"])
@pytest.mark.parametrize("seed", range(3))
def test_damaged_pages_cost_no_more_than_what_was_on_them(store: Store, fill: str, seed: int) -> None:
    lines = list(export_turns(store))
    store.close()
    chance = random.Random(seed)
    data = bytearray(store.path.read_bytes())
    for page in chance.sample(range(len(data) // PAGE), 8):
        at = page * PAGE
        other = {"zeros": bytes(PAGE), "noise": chance.randbytes(PAGE), "shifted": b"!" + data[at : at + PAGE - 1]}
        data[at : at + PAGE] = other[fill]
    store.path.write_bytes(data)
    found = salvage(store.path)
    kept = {(row["conversation"], row["number"]): row for row in map(json.loads, found.lines())}
    before = {(row["conversation"], row["number"]): row for row in map(json.loads, lines)}
    if found.names:  # else only the name is another
        for key, row in kept.items():
            assert {**row, "images": None} == {**before[key], "images": None}
            assert all(image in before[key].get("images", []) for image in row.get("images", []))
    assert len(kept) > 0.6 * len(before)
    assert store.path.read_bytes() == data and not store.path.with_name("chat.db-shm").exists()


def test_a_lost_header_costs_nothing_but_what_stood_on_its_page(store: Store, tmp_path: Path) -> None:
    lines = list(export_turns(store))
    store.close()
    data = store.path.read_bytes()
    store.path.write_bytes(bytes(PAGE) + data[PAGE:])
    with pytest.raises(InputError, match=r"damaged.*--salvage"):
        Store(store.path)
    found = salvage(store.path)
    assert list(found.lines()) == lines
    with Store(tmp_path / "new.db") as new:
        assert store_lines(new, list(read_lines(found.lines(), "salvaged"))).added == len(lines)
        assert list(export_turns(new)) == lines


def test_a_file_cut_off_gives_what_is_left(store: Store) -> None:
    lines = list(export_turns(store))
    store.close()
    data = store.path.read_bytes()
    store.path.write_bytes(data[: len(data) // 2 + 99])
    found = salvage(store.path)
    kept = list(found.lines())
    assert 0.2 * len(lines) < len(kept) < len(lines)
    assert {json.loads(line)["text"] for line in kept} <= {json.loads(line)["text"] for line in lines}


def test_losses_are_counted(store: Store) -> None:
    store.close()
    data = store.path.read_bytes()
    for lost in (b"2.3 \xed\x9a\x8c", noise_image(3)[5000:5100]):
        at = data.index(lost) // PAGE * PAGE
        data = data[:at] + bytes(PAGE) + data[at + PAGE :]
    store.path.write_bytes(data)
    found = salvage(store.path)
    assert set(found.lost_turns) == {"chat 0"}
    assert found.lost_turns["chat 0"] == 6 * 26 - len(found.turns) > 0
    assert found.lost_images == 1


def test_files_that_hold_no_turn(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n" * 5000)
    (tmp_path / "empty.db").touch()
    for name in ("notes.txt", "empty.db"):
        with pytest.raises(InputError, match=f"no turn can be read from .*{name}; it was left as it is"):
            salvage(tmp_path / name)
    for name in ("", "missing.db"):
        with pytest.raises(InputError, match="can't be read"):
            salvage(tmp_path / name)


def varint(value: int) -> bytes:
    """An integer in nine bytes."""
    return bytes([0x80 | value >> (7 * i + 8) & 0x7F for i in range(7, -1, -1)]) + bytes([value & 0xFF])


@pytest.mark.parametrize("claimed", [1 << 60, 12_000, 3 * PAGE])
def test_a_row_whose_overflow_pages_go_in_circles_ends(tmp_path: Path, claimed: int) -> None:
    cell = varint(claimed) + b"\x01"
    usable, least = PAGE, (PAGE - 12) * 32 // 255 - 23
    local = least + (claimed - least) % (usable - 4)
    leaf = bytearray(PAGE)
    leaf[0], at = 0x0D, 20
    local = local if local <= usable - 35 else least
    leaf[3:5], leaf[8:10] = (1).to_bytes(2, "big"), at.to_bytes(2, "big")
    leaf[at : at + len(cell)] = cell
    place = at + len(cell) + local
    leaf[place : place + 4] = (3).to_bytes(4, "big")
    overflow = (3).to_bytes(4, "big") + bytes(PAGE - 4)  # goes on with itself
    (tmp_path / "loop.db").write_bytes(bytes(PAGE) + bytes(leaf[:PAGE]) + overflow)
    with pytest.raises(InputError, match="no turn can be read"):
        salvage(tmp_path / "loop.db")


def test_many_rows_on_the_same_overflow_pages_cost_no_more_than_the_file(store: Store) -> None:
    """Each may claim as many bytes as the file has: reading them all would take the square of it."""
    store.close()
    pages = Pages(store.path.read_bytes(), b"", PAGE)
    size = store.path.stat().st_size
    followed = 0
    for row in range(1000):
        try:
            pages._follow_once(b"", row, size)
            followed += 1
        except Unreadable:
            break
    assert followed == FOLLOWED_TIMES


def test_a_log_left_by_a_killed_process_counts(store: Store, tmp_path: Path) -> None:
    lines = list(export_turns(store))
    for name in ("chat.db", "chat.db-wal"):
        shutil.copy(tmp_path / name, tmp_path / f"copy of {name}")
    assert list(salvage(tmp_path / "copy of chat.db").lines()) == lines
