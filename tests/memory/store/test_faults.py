"""A full disk, an I/O error, no memory or a kill at any call of any command: nothing lost, doubled or half written.

- Each command is struck at its first call that changes a file, in the next run at its second, and so on to its end.
- What was there stays; what was acknowledged is there; what is there is whole; and the same command, run again, ends
  where it would have ended at once.
"""

import base64
import contextlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fakes.faults import Kind, Run, runs_with_fault
from fakes.office import png
from sokdok.errors import SokdokError
from sokdok.memory.memory import Memory, new_turn
from sokdok.memory.store.interchange import export_turns, read_lines, store_lines
from sokdok.memory.store.store import Store

pytestmark = pytest.mark.process

WARM = (
    *("sokdok.memory.memory", "sokdok.memory.store.interchange", "PIL.PngImagePlugin"),
    *("sokdok.memory.stream:_widths", "sokdok.tokens.deepseek:_encoder", "sokdok.memory.compose"),
)
BEFORE = ["first 회의", "second", "third"]
ADDED = [f"turn {n} of the import, code-{n}x" for n in range(6)]
EVERY = pytest.mark.parametrize("every", [11, pytest.param(1, marks=pytest.mark.slow)])
"""One call in eleven; all of them where minutes don't matter."""
KINDS: tuple[Kind, ...] = ("kill", "torn", "no room", "i/o error", "no memory")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a memory of three turns, one of six to import, and an export of both from before."""
    folder = tmp_path_factory.mktemp("start")
    images = [{"data": base64.b64encode(png()).decode()}]
    lines = [json.dumps({"role": "user", "text": text, "images": images}) for text in ADDED]
    (folder / "new.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "out.jsonl").write_text("from before\n")
    with Memory(folder / "memory.db") as memory:
        memory.extend(new_turn("user", text) for text in BEFORE)
    return folder


def said(path: Path) -> list[str]:
    """What a sound store holds, all of it readable."""
    with Store(path) as store:
        turns = store.turns("default")
        assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
        assert all(store.image(image.sha256) for turn in turns for image in turn.images)
        assert all(len(turn.images) == (turn.text in ADDED) for turn in turns)
        assert len(store.search("회의", "default")) == sum("회의" in turn.text for turn in turns)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO grams (grams) VALUES ('integrity-check')")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return [turn.text for turn in turns]


def struck(
    kind: Kind, command: list[str], start: Path, folder: Path, every: int, least: int, rarer: int = 1
) -> list[Run]:
    """More than `least` runs of a command, each killed, gone on, or ended with one line that says what to do.

    rarer: how much fewer calls are struck by a lack of memory, of which there are many more than of the others.
    """
    every *= rarer if kind == "no memory" else 1
    runs = list(runs_with_fault(kind, command, start, folder / "runs", every=every, warm=WARM))
    assert len(runs) > least and runs[-1].code == 0
    for run in runs:
        if kind in ("kill", "torn"):
            assert run.code == (-9 if run.call else 0), run
        elif run.code:
            assert run.code in (1, 2) and run.stderr.startswith("sokdok: error: ") and run.stderr.count("\n") <= 2, run
    return runs


@EVERY
@pytest.mark.parametrize("kind", KINDS)
def test_adding_a_turn(start: Path, tmp_path: Path, kind: Kind, every: int) -> None:
    runs = struck(kind, ["memory", "add", "user", "new"], start, tmp_path, every, 3, 13)
    assert runs[-1].stdout == "4\n"
    for run in runs:
        left = said(run.folder / "memory.db")
        assert left in ([*BEFORE, "new"], BEFORE), run
        assert run.stdout in ("", "4\n") and (not run.stdout or len(left) == 4), run
        assert (run.code == 0) == bool(run.stdout), run


@EVERY
@pytest.mark.parametrize("kind", KINDS)
def test_importing_into_a_memory(start: Path, tmp_path: Path, kind: Kind, every: int) -> None:
    for run in struck(kind, ["memory", "import", "new.jsonl"], start, tmp_path, every, 3, 31):
        left = said(run.folder / "memory.db")
        assert left in ([*BEFORE, *ADDED], BEFORE), run
        assert run.code or len(left) == 9, run
        with (run.folder / "new.jsonl").open(encoding="utf-8") as lines, Store(run.folder / "memory.db") as store:
            store_lines(store, list(read_lines(lines, "new.jsonl")))
        assert said(run.folder / "memory.db") == [*BEFORE, *ADDED], run


@EVERY
@pytest.mark.parametrize("kind", KINDS[:4])
def test_importing_into_a_new_file(start: Path, tmp_path: Path, kind: Kind, every: int) -> None:
    for run in struck(kind, ["memory", "import", "new.jsonl", "-f", "new.db"], start, tmp_path, every, 5):
        left = said(run.folder / "new.db") if (run.folder / "new.db").exists() else []
        assert left in (ADDED, []) and (run.code or left), run
        assert said(run.folder / "memory.db") == BEFORE


@EVERY
@pytest.mark.parametrize("kind", KINDS)
def test_deleting_a_conversation(start: Path, tmp_path: Path, kind: Kind, every: int) -> None:
    two = tmp_path / "two"
    shutil.copytree(start, two)
    with Memory(two / "memory.db", conversation="gone") as memory:
        memory.extend(new_turn("user", f"gone 회의 {number}") for number in range(3))
    every *= 3 if every > 1 else 1
    for run in struck(kind, ["memory", "delete", "gone", "--yes"], two, tmp_path, every, 2, 7 if every > 1 else 1):
        with Store(run.folder / "memory.db") as store:
            left = store.end("gone").number
            assert left in (0, 3) and (run.code or not left), run
            assert len(store.search("회의")) == 1 + left, run
            assert not left or store.forget("gone") == 3
        assert said(run.folder / "memory.db") == BEFORE, run


@EVERY
@pytest.mark.parametrize("kind", KINDS)
def test_exporting(start: Path, tmp_path: Path, kind: Kind, every: int) -> None:
    runs = struck(kind, ["memory", "export", "-o", "out.jsonl"], start, tmp_path, every, 1, 13)
    with Store(start / "memory.db") as store:
        whole = "".join(export_turns(store))
    assert (runs[-1].folder / "out.jsonl").read_text(encoding="utf-8") == whole
    for run in runs:
        left = (run.folder / "out.jsonl").read_text(encoding="utf-8")
        # What is struck last, the memory's file being closed, comes after the export has its name.
        assert left in (whole, "from before\n") and (run.code or left == whole), run
        assert {path.name for path in run.folder.glob("out*")} <= {"out.jsonl", "out.jsonl.tmp"}
        assert said(run.folder / "memory.db") == BEFORE


@pytest.fixture(scope="module")
def long_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    with Memory(folder / "memory.db") as memory:
        memory.extend(new_turn("user", f"turn {n} tells of the harbour at noon") for n in range(120))
    return folder


@EVERY
@pytest.mark.parametrize("kind", KINDS[:4])
def test_writing_a_view(long_start: Path, tmp_path: Path, kind: Kind, every: int) -> None:
    command = ["memory", "view", "-b", "900", "-m", "deepseek-ocr", "-o", "out"]
    runs = struck(kind, command, long_start, tmp_path, 3 * every, 0)  # it makes many files, all in the same way
    whole = {path.name: path.read_bytes() for path in (runs[-1].folder / "out").iterdir()}
    assert "messages.json" in whole and any(name.endswith(".png") for name in whole)
    for run in runs:
        left = list((run.folder / "out").glob("*")) if (run.folder / "out").exists() else []
        final = {path.name: path.read_bytes() for path in left if path.suffix != ".tmp"}
        assert final.items() <= whole.items(), run
        assert "messages.json" not in final or final == whole, run  # it comes last
        assert run.code or final == whole, run
        with contextlib.suppress(SokdokError), Store(run.folder / "memory.db") as store:
            assert store.end("default").number == 120


@EVERY
@pytest.mark.parametrize("kind", KINDS)
def test_bringing_an_older_file_up_to_date(tmp_path: Path, kind: Kind, every: int) -> None:
    start = tmp_path / "start"
    start.mkdir()
    with closing(sqlite3.connect(start / "memory.db")) as connection:
        connection.executescript((Path(__file__).parent / "store_1.sql").read_text(encoding="utf-8"))
    for run in struck(kind, ["memory", "export", "-o", "out.jsonl"], start, tmp_path, every, 3, 13):
        with Store(run.folder / "memory.db") as store:
            places = [(turn.start, turn.size, turn.pinned_size) for turn in store.turns("여행")]
        assert places == [(0, 45, 26), (45, 29, 0)], run
