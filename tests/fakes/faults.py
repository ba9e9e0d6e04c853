"""Commands that fail or are killed at each call that changes a folder: full disk, I/O error, no memory, kill -9.

for run in runs_with_fault("kill", ["memory", "import", "a.jsonl"], start, tmp_path / "runs"):
    ...  # look at run.folder: as the killed command left it

- Each run works in a copy of the folder `start`. In the first the first call is struck, in the second the second, and
  so on until a run gets through untouched; that run is the last.
- `kill` strikes before the call, `torn` in the middle of a write, `i/o error` once; with `no room` the disk stays full,
  with `no memory` the allocations of a library (by its file name, such as libsqlite3) fail.
- A compiler and glibc are needed; tests skip without them. What a library changes by mapped memory or by calls of the
  C library's inside (`fopen`) is not seen, and processes that the command starts are left alone.
"""

import atexit
import ctypes
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import pytest

import sokdok

Kind = Literal["kill", "torn", "no room", "i/o error", "no memory"]

_SOURCE = Path(__file__).with_suffix(".c")
_DEADLINE_S = 3600  # of all runs of a command together; some are two thousand, each a process and a copy of the folder


@dataclass(frozen=True)
class Run:
    """One run of the command and what it left."""

    folder: Path
    number: int  # The struck call's, from 1.
    call: str  # Name and path of the call that was struck; empty if the command got through before.
    code: int  # Exit code; of a killed run -9.
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"{self.number}: {self.call or 'untouched'}, exit {self.code} {self.stderr.strip()[-300:]}"


def runs_with_fault(
    kind: Kind,
    arguments: Sequence[str],
    start: Path,
    runs: Path,
    *,
    stdin: bytes = b"",
    every: int = 1,
    most: int = 2000,
    library: str = "libsqlite3",
    warm: Sequence[str] = (),
) -> Iterator[Run]:
    """Run `sokdok ARGUMENTS` in copies of `start` below `runs`, struck at call 1, 1 + every, 1 + 2 every, …

    `warm` are modules to import and functions (`module:name`) to call once before, to save time; they must not start
    threads. Skips the test where
    nothing can be struck; fails it after `most` runs.
    """
    task = {
        "kind": kind,
        "arguments": list(arguments),
        "start": str(start),
        "runs": str(runs),
        "stdin": stdin.hex(),
        "every": every,
        "most": most,
        "library": library,
    }
    rows, code, said = _server(tuple(warm)).did(task)
    if code == 77:
        pytest.skip(said)
    assert code == 0, said
    for row in rows:
        yield Run(**row | {"folder": Path(row["folder"])})


class _Server:
    """A process that has imported what commands need, and does each task in a fork of itself."""

    def __init__(self, warm: Sequence[str]) -> None:
        self.said = tempfile.TemporaryFile("a+", encoding="utf-8")  # noqa: SIM115  (`end` closes it)
        paths = [str(Path(sokdok.__file__).parents[1]), str(_SOURCE.parents[1])]
        self.changes = {"LD_PRELOAD": str(_shim()), "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", "from fakes.faults import serve; serve()", *warm]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=self.said, text=True, env=os.environ | self.changes
        )

    def did(self, task: dict[str, Any]) -> tuple[list[dict[str, Any]], int, str]:
        """The runs of a task, its exit code, and what it said on stderr."""
        assert self.process.stdin is not None and self.process.stdout is not None
        late = threading.Timer(_DEADLINE_S, self.process.kill)
        late.start()
        task["environment"] = os.environ | self.changes  # each test has a folder of the user's data of its own
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        rows: list[Any] = []
        for line in self.process.stdout:
            rows.append(json.loads(line))
            if isinstance(rows[-1], int):
                break
        late.cancel()
        self.said.seek(0)
        said = self.said.read()
        self.said.truncate(0)
        return rows[:-1], rows[-1] if rows else 1, said

    def end(self) -> None:
        self.process.communicate()
        self.said.close()


@cache
def _servers() -> dict[tuple[str, ...], _Server]:
    servers: dict[tuple[str, ...], _Server] = {}
    atexit.register(lambda: [server.end() for server in servers.values()])
    return servers


def _server(warm: tuple[str, ...]) -> _Server:
    """The one that has imported this; there is one at a time, as a file of tests asks for."""
    servers = _servers()
    if warm not in servers:
        while servers:
            servers.popitem()[1].end()
        servers[warm] = _Server(warm)
    return servers[warm]


@cache
def _shim() -> Path:
    """Compile the shim; skip the test where that can't be done."""
    compiler = shutil.which("cc")
    if platform.libc_ver()[0] != "glibc" or compiler is None:
        pytest.skip("faults need Linux with glibc and a C compiler")
    shim = Path(tempfile.mkdtemp(prefix="faults-")) / "faults.so"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
    subprocess.run([compiler, *flags, "-o", str(shim), str(_SOURCE), "-ldl"], check=True, capture_output=True)
    return shim


def serve() -> None:
    """Do the tasks on standard input, in a process with the shim; a line of JSON on stdout for each run and its end."""
    for name in ("sokdok.cli", *sys.argv[1:]):
        module, _, function = name.partition(":")
        if function:
            getattr(import_module(module), function)()
        else:
            import_module(module)
    # Every run is a fork of this process: what a command imports before it begins is imported once, here, and the
    # command line is built once.
    import typer.main

    typer.main.get_command = cache(typer.main.get_command)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _do(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


def _do(task: dict[str, Any]) -> None:
    """Do the runs of a task in this process and end it."""
    code = 1
    os.environ.update(task["environment"])
    try:
        code = _runs(task)
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


def _runs(task: dict[str, Any]) -> int:
    """Run a task's command until a run is untouched; the exit code."""
    from typer.testing import CliRunner

    from sokdok.cli import app

    CliRunner().invoke(app, [*task["arguments"], "--help"])
    runs = Path(task["runs"])
    runs.mkdir(parents=True)
    for number in range(1, 1 + task["every"] * task["most"], task["every"]):
        run = _run(task, number, runs / f"{number:05}")
        if run.code == 77:
            sys.stderr.write(run.stderr)
            return 77
        print(json.dumps(asdict(run), default=str), flush=True)
        if not run.call:
            return 0
    sys.stderr.write(f"{task['arguments']} makes more than {task['most']} calls")
    return 1


def _run(task: dict[str, Any], number: int, folder: Path) -> Run:
    """Run the command in a process of its own, to be struck at call `number`."""
    shutil.copytree(task["start"], folder, symlinks=True)
    log = Path(tempfile.mkdtemp(prefix="run-"))
    (log / "stdin").write_bytes(bytes.fromhex(task["stdin"]))
    process = os.fork()
    if not process:
        _struck(task, number, folder, log)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    texts = [(log / name).read_text(encoding="utf-8", errors="replace") for name in ("call", "stdout", "stderr")]
    shutil.rmtree(log)
    return Run(folder, number, texts[0].strip(), code, texts[1], texts[2])


def _struck(task: dict[str, Any], number: int, folder: Path, log: Path) -> None:
    """Run the command in this process and end it; the fault is armed last."""
    for fd, name, flags in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_WRONLY), (2, "stderr", os.O_WRONLY)):
        os.dup2(os.open(log / name, flags | os.O_CREAT), fd)
    report = os.open(log / "call", os.O_WRONLY | os.O_CREAT)
    os.chdir(folder)
    below = task["library"] if task["kind"] == "no memory" else os.fspath(folder)
    if not ctypes.CDLL(None).fault_arm(task["kind"].encode(), ctypes.c_long(number), below.encode(), report):
        os.write(2, f"nothing to strike: {below}".encode())
        os._exit(77)
    from sokdok.cli import main

    sys.argv = ["sokdok", *task["arguments"]]
    code: Any = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 99  # a traceback: no command may end so
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else 1 if code else 0)
