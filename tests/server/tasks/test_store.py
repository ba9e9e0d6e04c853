from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sokdok.documents.question import Question
from sokdok.server.engine.messages import Job
from sokdok.server.tasks.store import TaskStore

JOB = Job(kind="document", upload="u.pdf", shown_as="보고서.pdf", asked=Question(mode="tiny"), pages=(2, 3, 5))


@pytest.fixture
def store(tmp_path: Path) -> TaskStore:
    return TaskStore(tmp_path / "tasks.sqlite")


def test_a_task_is_what_it_was_after_the_file_is_opened_again(tmp_path: Path, store: TaskStore) -> None:
    store.add("a", "one", JOB, 100)
    store.add_page("a", 5, b"five", False)
    store.add_page("a", 2, b"two", True)
    store.add_page("a", 2, b"two again", False)  # the first row stays
    again = TaskStore(tmp_path / "tasks.sqlite")  # the other one was never closed, as after a kill
    (task,) = again.unfinished()
    assert task.job == JOB and (task.pages, task.failed, task.bytes) == (2, 1, 107)
    assert again.missing(task) == (3,)
    assert list(again.rows("a")) == [b"two", b"five"]
    told = again.told("a")
    assert [(page.number, page.failed) for page in told] == [(5, False), (2, True)]
    assert again.told("a", told[0].seq) == told[1:]


def test_a_task_is_its_owners_alone(store: TaskStore) -> None:
    store.add("a", "one", JOB, 1)
    assert store.find("a", "two") is None and store.of_owner("two", 10) == []
    assert store.find("a", "one") is not None and len(store.of_owner("one", 10)) == 1


def test_a_task_ends_once(store: TaskStore) -> None:
    store.add("a", "one", JOB, 1)
    store.set_state("a", "cancelled")
    store.set_state("a", "done")
    task = store.find("a", "one")
    assert task is not None and task.state == "cancelled" and task.ended is not None
    assert store.unfinished() == []


def test_what_is_kept_too_long_or_takes_too_much_goes_oldest_first(store: TaskStore) -> None:
    for id, size in (("a", 10), ("b", 10), ("c", 10), ("d", 10)):
        store.add(id, "one", JOB, size)
        if id != "d":
            store.set_state(id, "done")
    assert [task.id for task in store.expired(0.0, 25)] == ["a"]
    assert {task.id for task in store.expired(1e12, 1 << 30)} == {"a", "b", "c"}, "one that has not ended stays"
    store.remove("a")
    assert store.find("a", "one") is None and store.uploads() == {"u.pdf"}


def test_nobody_else_reads_the_journal(tmp_path: Path, store: TaskStore) -> None:
    store.add("a", "one", JOB, 1)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_a_journal_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    store = TaskStore(tmp_path / "old.sqlite")
    store.add("a", "one", JOB, 1)
    store.close()
    with closing(sqlite3.connect(tmp_path / "old.sqlite")) as base:
        base.execute("ALTER TABLE task DROP COLUMN fault")
        base.execute("PRAGMA user_version=1")
    again = TaskStore(tmp_path / "old.sqlite")
    again.set_state("a", "failed", "no answer", "endpoint")
    (task,) = again.of_owner("one", 10)
    assert (task.state, task.reason, task.fault) == ("failed", "no answer", "endpoint")


def test_a_full_disk_loses_nothing_that_was_kept_and_what_follows_works(store: TaskStore) -> None:
    store.add("a", "one", JOB, 1)
    store.add_page("a", 2, b"two", False)
    (pages,) = store._base.execute("PRAGMA page_count").fetchone()
    store._base.execute(f"PRAGMA max_page_count={pages}")  # as a disk without room
    with pytest.raises(sqlite3.OperationalError, match="full"):
        store.add_page("a", 3, b"x" * 100_000, False)
    (task,) = store.unfinished()
    assert task.pages == 1 and store.missing(task) == (3, 5)
    store._base.execute("PRAGMA max_page_count=1000000")
    store.add_page("a", 3, b"x" * 100_000, False)
    assert store.missing(task) == (5,)
    store.remove("a")
    assert store.ids() == set()


def test_who_reads_pages_in_another_process_leaves_the_journals_log_alone(tmp_path: Path, store: TaskStore) -> None:
    store.add("a", "one", JOB, 1)
    store.add_page("a", 2, b"two", False)
    store.path.read_bytes()  # of this process: with the end of this the system forgets its locks
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]; from pathlib import Path\n"
        "from sokdok.server.tasks.store import rows_of\n"
        "print(list(rows_of(Path(sys.argv[1]), 'a')))"
    )
    command = [sys.executable, "-c", code, str(store.path), *sys.path]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    assert told.stdout == "[b'two']\n"
    store.add_page("a", 3, b"three", False)
    assert list(store.rows("a")) == [b"two", b"three"], "what is written goes where all others look"
