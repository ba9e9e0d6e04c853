"""A package for Python in an environment of its own: one process that answers about file after file.

sokdok never imports what it is measured against, and the seconds are those of the work, not of the start.
"""

from __future__ import annotations

import json
import subprocess
from typing import IO, NamedTuple

TIMEOUT_S = 300  # for a process to end

_SERVE = """
import json, os, sys, time
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
{setup}
print("ready", file=out, flush=True)
for line in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    try:
        text = convert(json.loads(line))
    except Exception as error:
        print(repr(error), file=sys.stderr)
        text = None
    print(json.dumps([text, time.perf_counter() - start, time.process_time() - cpu]), file=out, flush=True)
"""
"""a process that converts the paths it is told, as JSON lines; what a package prints goes to stderr"""


class Answer(NamedTuple):
    """What a package made of a file."""

    text: str | None  # None if it failed
    seconds: float
    cpu_seconds: float  # of all its threads


class ForeignPackage:
    """A package in the environment of the interpreter `python`; `setup` is code that defines `convert(path) -> str`."""

    def __init__(self, setup: str, python: str) -> None:
        self._code, self._python = _SERVE.format(setup=setup), python
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start the process; tell why it does not answer, empty if it does."""
        try:
            self._process = subprocess.Popen(
                [self._python, "-c", self._code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
        except OSError as error:
            return f"{self._python}: {error.strerror}"
        if _pipe(self._process.stdout).readline() == "ready\n":
            return ""
        self.close()
        return f"not installed for {self._python}"

    def ask(self, path: str) -> Answer:
        """Have a file converted; `start` comes first."""
        assert self._process is not None, "start() comes first"
        print(json.dumps(path), file=_pipe(self._process.stdin), flush=True)
        return Answer(*json.loads(_pipe(self._process.stdout).readline() or "[null, 0, 0]"))

    def close(self) -> None:
        """Let the process end."""
        if self._process is not None:
            _pipe(self._process.stdin).close()
            self._process.wait(TIMEOUT_S)
            _pipe(self._process.stdout).close()
            self._process = None


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None, "both are pipes"
    return pipe
