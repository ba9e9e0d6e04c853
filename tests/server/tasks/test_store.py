import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sokdok.documents.question import Question
from sokdok.server.engine.job import ReadJob
from sokdok.server.tasks.store import TaskStore

JOB = ReadJob(kind="document", upload="u.pdf", shown_as="보고서.pdf", asked=Question(mode="tiny"), pages=(2, 3, 5))


class Note(msgspec.Struct):
    text: str


class Other(msgspec.Struct):
    text: str


@pytest.fixture
def store(tmp_path: Path) -> TaskStore:
    return TaskStore(tmp_path / "tasks.sqlite")


def test_what_is_written_survives_a_kill_and_no_memory_is_shared_that_others_could_cut_off(tmp_path: Path) -> None:
    """The index of the write-ahead log is no file: whoever reads the folder gives up no lock that keeps it whole."""
    code = """
import os, signal, sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from sokdok.documents.question import Question
from sokdok.server.engine.job import ReadJob
from sokdok.server.tasks.store import TaskStore
path = Path(sys.argv[1])
store = TaskStore(path)
job = ReadJob(kind="document", upload="u.pdf", shown_as="a", asked=Question(), pages=(1,))
store.add("a", "one", job, 1)
for each in path.parent.iterdir():
    each.read_bytes()  # with the end of this the system forgets the locks that this process has on it
store.add("b", "one", job, 1)
print(*sorted(each.name for each in path.parent.iterdir()))
print([line.split()[-1] for line in open("/proc/self/maps") if "sqlite-" in line] if os.path.exists("/proc") else [])
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "tasks.sqlite"), *sys.path]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    assert run.stdout.splitlines() == ["tasks.sqlite tasks.sqlite-wal", "[]"], "no -shm is there, and none mapped"
    assert [task.id for task in TaskStore(tmp_path / "tasks.sqlite").all()] == ["a", "b"]


def test_a_task_is_what_it_was_after_the_file_is_opened_again(tmp_path: Path, store: TaskStore) -> None:
    added = store.add("a", "one", JOB, 100)
    store.close()
    again = TaskStore(tmp_path / "tasks.sqlite")
    (task,) = again.all()
    assert task == added and task.job == JOB and task.bytes == 100
    again.end("a", "failed", "no answer", "endpoint", 2, 1, 7)
    (task,) = again.of_owner("one", 10)
    assert (task.state, task.reason, task.fault, task.pages, task.failed, task.bytes) == (
        "failed",
        "no answer",
        "endpoint",
        2,
        1,
        107,
    )
    assert again.reopen(task).ended is None and again.all()[0].state == "waiting"


def test_a_task_is_its_owners_alone(store: TaskStore) -> None:
    store.add("a", "one", JOB, 1)
    assert store.find("a", "two") is None and store.of_owner("two", 10) == []
    assert store.find("a", "one") is not None and len(store.of_owner("one", 10)) == 1


def test_what_is_kept_too_long_or_takes_too_much_goes_oldest_first(store: TaskStore) -> None:
    for id in "abcd":
        store.add(id, "one", JOB, 10)
        if id != "d":
            store.end(id, "done", "", "", 0, 0, 0)
    assert [task.id for task in store.expired(0.0, 25)] == ["a"]
    assert {task.id for task in store.expired(1e12, 1 << 30)} == {"a", "b", "c"}, "one that has not ended stays"
    store.remove("a")
    assert store.find("a", "one") is None and store.uploads() == {"u.pdf"}


def test_nobody_else_reads_the_database(tmp_path: Path, store: TaskStore) -> None:
    store.add("a", "one", JOB, 1)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_a_value_is_its_owners_and_of_its_kind_alone(store: TaskStore) -> None:
    kept = store.keep("a", Note("첫째"), "file", 7)
    assert store.kept(kept.id, "a", Note) == (kept, Note("첫째")) and kept.bytes == 7
    assert store.kept(kept.id, "b", Note) is None and store.kept(kept.id, "a", Other) is None
    store.remove_kept(kept.id)
    assert store.kept(kept.id, "a", Note) is None


def test_the_newest_values_come_first_and_the_oldest_go_first(store: TaskStore) -> None:
    first, second, third = (store.keep("a", Note(str(number)), f"file{number}", 10) for number in range(3))
    store.keep("b", Note("another's"))
    listed = store.kept_of("a", Note, 2)
    assert {kept.id for kept, _ in listed} <= {first.id, second.id, third.id} and len(listed) == 2
    assert store.count_kept("a", Note) == 3 and len(store.kept_of("a", Note, 10, 2)) == 1
    assert store.uploads() == {"file0", "file1", "file2"}
    assert store.expire_kept(0.0, 25) == ["file0"]
    assert sorted(store.expire_kept(third.created + 1, 100)) == ["file1", "file2"]
    assert store.count_kept("b", Note) == 0
