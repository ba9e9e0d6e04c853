"""Nothing acknowledged is lost, whatever happens to process, neighbours or disk; no other file is touched."""

import contextlib
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

import sokdok
from fakes.office import png
from sokdok.errors import InputError, SokdokError
from sokdok.memory.images import inspect_image
from sokdok.memory.memory import Memory
from sokdok.memory.store.database import StoreError
from sokdok.memory.store.schema import checksum
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn

WRITER = """
import sys
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn
print("ready", flush=True)
sys.stdin.readline()
with Store(sys.argv[1]) as store:
    for batch in range(int(sys.argv[2])):
        turns = [NewTurn("user", f"회의 {batch}.{i} " * 20) for i in range(2)]
        print(store.append("shared", turns)[-1].number, flush=True)
"""


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO grams (grams) VALUES ('integrity-check')")
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def ready_writer(path: Path, batches: int, prologue: str = "") -> subprocess.Popen[str]:
    """A process that writes once it gets a line, and prints the last turn's number after each commit."""
    environment = os.environ | {"PYTHONPATH": str(Path(sokdok.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    command, pipe = [sys.executable, "-c", prologue + WRITER, str(path), str(batches)], subprocess.PIPE
    writer = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
    assert writer.stdout and writer.stdout.readline() == "ready\n"
    return writer


@pytest.mark.process
@pytest.mark.parametrize("full_disk", [False, True], ids=["kill", "full disk"])
def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path, full_disk: bool) -> None:
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))"
    writer = ready_writer(tmp_path / "chat.db", 10**5, limit if full_disk else "")
    if not full_disk:
        Timer(random.uniform(0.2, 0.6), writer.kill).start()  # anywhere
    output, error = writer.communicate("\n", timeout=60)
    assert ("StoreError" in error and "what was just to be stored is not" in error) == full_disk
    with Store(tmp_path / "chat.db") as store:
        turns = store.turns("shared")
        assert [turn.text for turn in turns] == [f"회의 {at // 2}.{at % 2} " * 20 for at in range(len(turns))]
        assert len(turns) % 2 == 0 and len(turns) >= max(map(int, output.split()), default=0) >= 10 * full_disk
        store.append("shared", [NewTurn("user", "there is room again")])
    assert is_sound(tmp_path / "chat.db")


@pytest.mark.process
def test_processes_share_a_conversation_and_make_its_file_together(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    writers = [ready_writer(path, 25) for _ in range(4)]
    outputs = [writer.communicate("\n", timeout=60) for writer in writers]
    assert [error for _, error in outputs] == [""] * 4
    numbers = sorted(int(line) for output, _ in outputs for line in output.split())
    assert numbers == list(range(2, 201, 2))  # batches stay together
    with Store(path) as store:
        turns = store.turns("shared")
        assert [turn.number for turn in turns] == list(range(1, 201))
        assert all(b.start == a.start + a.size for a, b in pairwise(turns))
    assert is_sound(path)


def test_threads_share_a_store(tmp_path: Path) -> None:
    def write(_: int) -> bool:
        store.append("a", [NewTurn("user", "one"), NewTurn("assistant", "two")])
        return bool(store.search("two"))

    with Store(tmp_path / "chat.db") as store, ThreadPoolExecutor(4) as pool:
        assert all(pool.map(write, range(40)))
        assert [turn.text for turn in store.turns("a")] == ["one", "two"] * 40


def test_a_lock_that_stays_is_named_and_reading_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    with Store(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        store.append("a", [NewTurn("user", "before")])
        other.execute("BEGIN IMMEDIATE")
        with Store(path, timeout=0.05) as late:
            with pytest.raises(StoreError, match=r"chat\.db is locked by another process.*wait until it is done"):
                late.append("a", [NewTurn("user", "refused")])
            assert [turn.text for turn in late.turns("a")] == ["before"]
            other.execute("ROLLBACK")
            assert late.append("a", [NewTurn("user", "after")])[0].number == 2


def test_files_that_are_no_store_are_refused_and_stay_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"not a database, but somebody's notes\n" * 200)
    with closing(sqlite3.connect(tmp_path / "plain")) as other:
        other.execute("CREATE TABLE notes (text)")
        other.commit()
    with closing(sqlite3.connect(tmp_path / "open")) as other:  # has part of its content in a log of its own
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE notes (text)")
        other.execute("PRAGMA user_version = 1")
        other.commit()
        for name in ("open", "open-wal"):
            (tmp_path / f"left-{name}").write_bytes((tmp_path / name).read_bytes())
    for name, message in {
        "text": r"is damaged or no database.*sqlite3 .* \.recover",
        "plain": "another program's database",
        "left-open": "another program's database",
    }.items():
        before = [file.read_bytes() for file in sorted(tmp_path.glob(f"{name}*")) if not file.name.endswith("-shm")]
        for create in (True, False):
            with pytest.raises(InputError, match=message) as caught:
                Store(tmp_path / name, create=create)
            assert "\n" not in str(caught.value) and "left as it" in str(caught.value)
        after = [file.read_bytes() for file in sorted(tmp_path.glob(f"{name}*")) if not file.name.endswith("-shm")]
        assert after == before


def test_places_where_no_store_can_be(tmp_path: Path) -> None:
    wrong = {"": "is a folder; name a file in it", "no/chat.db": "there is no folder", "/dev/null": "no regular file"}
    for place, message in wrong.items():
        with pytest.raises(InputError, match=message):
            Store(tmp_path / place)
    with pytest.raises(InputError, match="there is no memory in"):
        Store(tmp_path / "chat.db", create=False)
    assert not (tmp_path / "chat.db").exists()


def test_damage_is_noticed_where_it_is_met(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    with Store(path) as store:
        images = (inspect_image(png(), "a picture"),)
        turns = [NewTurn("user", f"turn {i}, the secret word is xylophone", images=images) for i in range(200)]
        store.append("a", turns)
    whole = path.read_bytes()
    at = whole.index(b"turn 150, the secret")
    path.write_bytes(whole[:at] + b"torn" + whole[at + 4 :])  # sound as a database, and yet not what was stored
    with Store(path) as store:
        assert store.turn("a", 150).text.startswith("turn 149")
        with pytest.raises(InputError, match=r"damaged.*turn 151 of 'a' is not what was stored.*\.recover"):
            store.turn("a", 151)
    for place, byte, reason in ((at, b"\xff", "a text is not UTF-8"), (whole.index(b"\x89PNG"), b"?", "image")):
        path.write_bytes(whole[:place] + byte + whole[place + 1 :])
        with Store(path) as store, pytest.raises(InputError, match=rf"damaged.*{reason}.*\.recover"):
            store.image(store.turn("a", 151).images[0].sha256)
    page = at // 4096 * 4096
    path.write_bytes(whole[:page] + os.urandom(1) * 4096 + whole[page + 4096 :])
    with Store(path) as store, pytest.raises(InputError, match=r"chat\.db is damaged.*\.recover"):
        store.turns("a")


def test_interrupting_a_write_leaves_the_store_usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(text: str) -> str:
        signal.default_int_handler(signal.SIGINT, None)  # raises, also where the shell has the signal ignored
        return text

    with Store(tmp_path / "chat.db") as store:
        store.append("a", [NewTurn("user", "first")])
        with monkeypatch.context() as patch:
            patch.setattr("sokdok.memory.store.search.tokens", interrupt)
            with pytest.raises(KeyboardInterrupt):
                store.append("a", [NewTurn("user", "interrupted")])
        assert store.append("a", [NewTurn("user", "second")])[0].number == 2


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    with Store(tmp_path / "chat.db") as store:
        names = ("journal_mode", "synchronous")
        assert [store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names] == ["wal", 2]


def forge(path: Path, role: str, meta: str) -> None:
    """Change the first turn of a store. The checksum is no secret: whoever makes a file can make rows that fit it."""
    with closing(sqlite3.connect(path)) as connection:
        exact = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'turns_stay_exact'").fetchone()[0]
        connection.execute("DROP TRIGGER turns_stay_exact")
        row = connection.execute("SELECT id, text, time FROM turns").fetchone()
        values = (role, meta, checksum(row[0], role, row[1], row[2], meta, False), row[0])
        connection.execute("UPDATE turns SET role = ?, meta = ?, checksum = ? WHERE id = ?", values)
        connection.execute(exact)
        connection.commit()


def test_a_file_from_somebody_else_can_bring_neither_roles_nor_metadata_that_no_turn_has(tmp_path: Path) -> None:
    for number, (role, meta) in enumerate([('user"></article><form action=//evil>', "{}"), ("user", "[1]")]):
        path = tmp_path / f"{number}.db"
        with Store(path) as store:
            store.append("a", [NewTurn("user", "hello")])
        forge(path, role, meta)
        with Store(path) as store, pytest.raises(InputError, match="turn 1 of 'a' is none that sokdok would store"):
            store.turns("a")


@pytest.mark.parametrize("number", [2**63 - 1, 1 << 31, 0, -1])
def test_a_conversations_number_fits_the_ids_of_its_turns(tmp_path: Path, number: int) -> None:
    path = tmp_path / "chat.db"
    with Memory(path) as memory:
        memory.add("user", "hello")
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE conversations SET id = ?", (number,))
            connection.commit()
        uses: list[Callable[[], Any]] = [memory.stats, memory.forget, lambda: memory.add("user", "again")]
        for use in (*uses, lambda: memory.search("hello"), lambda: memory.view(2000)):
            with pytest.raises(InputError, match=f"damaged.*the number {number}, which"):
                use()


@pytest.mark.parametrize("column", ["start", "size"])
def test_a_place_that_no_text_can_have_led_to_is_damage(tmp_path: Path, column: str) -> None:
    """A view read towards it for ever."""
    path = tmp_path / "chat.db"
    with Memory(path) as memory:
        for text in ("hello", "\x01\U0001f600" * 5000):
            memory.add("user", text)
        assert memory.view(2000).messages()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"UPDATE turns SET {column} = ? WHERE number = 2", (10**12,))
            connection.commit()
        for use in (lambda: memory.view(2000), lambda: memory.recall(2), lambda: memory.add("user", "again")):
            with pytest.raises(InputError, match="damaged.*a place where no text can have led"):
                use()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        (["CREATE TRIGGER more AFTER INSERT ON turns BEGIN DELETE FROM recalls; END"], "more"),
        (["DROP TRIGGER turns_stay", "CREATE TRIGGER turns_stay INSERT ON turns BEGIN SELECT 1; END"], "turns_stay"),
        (["DROP TRIGGER turns_stay_exact"], "turns_stay_exact"),
        (["CREATE INDEX fast ON images (upper(sha256))"], "fast"),
        (["CREATE VIEW said AS SELECT text FROM turns"], "said"),
    ],
)
def test_a_file_that_brings_code_is_refused(tmp_path: Path, changes: list[str], name: str) -> None:
    path = tmp_path / "a.db"
    with Store(path) as store:
        store.append("a", [NewTurn("user", "hello")])
    with closing(sqlite3.connect(path)) as connection:
        for change in changes:
            connection.execute(change)
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"holds what sokdok did not write.*\('{name}'\); it was left as it is"):
        Store(path)
    assert path.read_bytes() == before


def read_everything(path: Path) -> None:
    """Read a store in all ways; what is wrong with it must be an error of its own."""
    with Memory(path, conversation="a") as memory:
        for known in memory.store.conversations():
            list(memory.store.all_turns(known.name))
        memory.stats()
        memory.search("회의")
        memory.store.matching("a", "회의 hello", 9)
        memory.store.summaries("a", 0, 10**6, 9)
        memory.view(300)
        memory.recall("1-9")


def test_any_byte_may_be_wrong(tmp_path: Path) -> None:
    """A type that changed is damage like any other: what can't be used says so, in one line."""
    path = tmp_path / "a.db"
    with Store(path) as store:
        images = (inspect_image(png(), "a picture"),)
        store.append("a", [NewTurn("user", f"회의 {n} id-{n}x", meta={"name": "Bo"}, images=images) for n in range(60)])
        store.mark_recalled("a", [1])
    whole = path.read_bytes()
    chance = random.Random(1)
    used = [at for at, byte in enumerate(whole) if byte]
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        data[chance.choice(used)] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            read_everything(path)
        except SokdokError as error:
            assert "\n" not in str(error)
            refused += 1
        for name in ("a.db-wal", "a.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
    assert 15 < refused < 150


@pytest.mark.parametrize("meta", ["[" * 5000 + "]" * 5000, '{"name": ' + "[" * 900 + "]" * 900 + "}", '{"name": 7}'])
def test_metadata_may_be_deep_or_odd(tmp_path: Path, meta: str) -> None:
    with Store(tmp_path / "a.db") as store:
        store.append("a", [NewTurn("user", "hello")] * 3)
    forge(tmp_path / "a.db", "user", meta)
    with contextlib.suppress(SokdokError):
        read_everything(tmp_path / "a.db")


def test_stores_and_their_logs_are_their_owners_alone(tmp_path: Path) -> None:
    os.umask(umask := os.umask(0))
    assert not umask & 0o600
    with Store(tmp_path / "a.db") as store:
        store.append("a", [NewTurn("user", "hello")])
        files = sorted(tmp_path.iterdir())
        assert [file.name for file in files] == ["a.db", "a.db-shm", "a.db-wal"]
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3
    (tmp_path / "shared.db").touch()
    (tmp_path / "shared.db").chmod(0o660)  # somebody's choice
    Store(tmp_path / "shared.db").close()
    assert stat.S_IMODE((tmp_path / "shared.db").stat().st_mode) == 0o660


def test_a_copy_of_a_file_that_was_closed_is_whole(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db"):  # another process, say, that goes on
        with Store(tmp_path / "a.db") as store:
            store.append("a", [NewTurn("user", f"turn {n}") for n in range(30)])
        (tmp_path / "copy.db").write_bytes((tmp_path / "a.db").read_bytes())
    with Store(tmp_path / "copy.db") as store:
        assert len(store.turns("a")) == 30


def test_a_transaction_that_cannot_be_undone_is_nobody_elses(tmp_path: Path) -> None:
    """Were it left open, what is stored next would be part of it, acknowledged and never committed."""

    class Failing(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql == "ROLLBACK":
                raise MemoryError
            return super().execute(sql, *values)

    with Store(tmp_path / "a.db") as store:
        store.append("a", [NewTurn("user", "first")])
        store._connection.close()
        store._connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None, factory=Failing)
        with pytest.raises(ZeroDivisionError), store.transaction():
            _ = 1 / 0
        with pytest.raises(StoreError, match=r"a\.db is closed, perhaps after an error; open it again"):
            store.append("a", [NewTurn("user", "second")])
    with Store(tmp_path / "a.db") as store:
        assert [turn.text for turn in store.turns("a")] == ["first"]
