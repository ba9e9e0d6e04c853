"""What people use instead, where it is installed: programs, and packages for Python in a process of their own.

sokdok never imports what it is measured against; packages may lie in another environment (PyMuPDF4LLM is AGPL). One
process of a package answers about file after file, so that the seconds are those of the work; a program starts anew for
each file, as users start it. All keep their defaults, except where those would hurt them: tesseract's own search for
the layout takes Hangul apart (`--psm 4`), and RapidOCR's classifier of line angles turns horizontal lines over.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import time
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

TIMEOUT_S = 300  # for a file, or for a process to end

_ANSWERS = """
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
"""  # a process that converts the paths it gets as JSON lines; what a package prints goes to stderr


class Answer(NamedTuple):
    """What was made of a file."""

    text: Any  # a text, or what the bench that asked takes; None if it failed
    seconds: float
    cpu_seconds: float = 0.0  # of all its threads


class Rival(Protocol):
    """Something that reads files."""

    @property
    def name(self) -> str:
        """Name in tables."""

    def absent(self) -> str:
        """Make it ready, and say why it can't take part; empty if it can."""

    def ask(self, path: Path) -> Answer:
        """Have a file read."""

    def close(self) -> None:
        """No more files come."""


class Program:
    """A program; `{}` in its command stands for the file."""

    def __init__(self, name: str, *command: str) -> None:
        self.name, self._command = name, command

    def absent(self) -> str:
        """Whether it is on the path."""
        return "" if shutil.which(self._command[0]) else "not installed"

    def ask(self, path: Path) -> Answer:
        """Run it."""
        command = [part.replace("{}", str(path)) for part in self._command]
        start, cpu = time.perf_counter(), _children_seconds()
        run = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=TIMEOUT_S)
        seconds, cpu = time.perf_counter() - start, _children_seconds() - cpu
        return Answer(run.stdout if run.returncode == 0 else None, seconds, cpu)

    def close(self) -> None:
        """Nothing is open."""


class Package:
    """A package in the environment of the interpreter `python`; `setup` is code that defines `convert(path) -> str`."""

    def __init__(self, name: str, setup: str, python: str) -> None:
        self.name, self._code, self._python = name, _ANSWERS.format(setup=setup), python
        self._process: subprocess.Popen[str] | None = None

    def absent(self) -> str:
        """Start the process, if it does not run; say why it does not answer."""
        if self._process is not None:
            return ""
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

    def ask(self, path: Path) -> Answer:
        """Have the process read a file; `absent` comes first."""
        assert self._process is not None, "absent() comes first"
        print(json.dumps(str(path)), file=_pipe(self._process.stdin), flush=True)
        return Answer(*json.loads(_pipe(self._process.stdout).readline() or "[null, 0, 0]"))

    def close(self) -> None:
        """Let the process end."""
        if self._process is not None:
            _pipe(self._process.stdin).close()
            self._process.wait(TIMEOUT_S)
            _pipe(self._process.stdout).close()
            self._process = None


def tesseract(*options: str) -> Program:
    """The program `tesseract`, LSTM engine, plain text in the order that it finds; in English by default."""
    return Program("tesseract", "tesseract", "{}", "-", *(options or ("-l", "eng")))


def rapidocr(name: str, python: str, params: str = "params = {}") -> Package:
    """PP-OCR models on onnxruntime, driven by the package `rapidocr`; `params` is code that defines its parameters."""
    return Package(name, params + _RAPIDOCR, python)


_RAPIDOCR = """
from rapidocr import RapidOCR
engine = RapidOCR(params={"Global.use_cls": False, "Global.log_level": "error", **params})
def convert(path):
    return "\\n".join(engine(path).txts or ())
"""


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None, "both are pipes"
    return pipe


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
