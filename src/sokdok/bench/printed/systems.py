"""Who converts the printed set: sokdok by source, and what else people use, where it is installed.

- Programs and packages beside sokdok keep their defaults. Packages for Python may lie in an environment of their own
  (PyMuPDF4LLM is AGPL: sokdok never imports it); one process of it converts file after file, so that seconds are
  those of converting, as for sokdok. A program starts anew for each file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from sokdok.bench.printed.block import Block
from sokdok.bench.printed.document import document_blocks
from sokdok.bench.printed.markdown import parse_markdown
from sokdok.documents.convert.document import convert_file
from sokdok.documents.convert.options import Source
from sokdok.errors import SokdokError
from sokdok.reading.reading import Reader

TIMEOUT_S = 300
"""for one file, or for a package to be imported"""


@dataclass(frozen=True)
class Converted:
    """What a system made of a file."""

    blocks: list[Block] | None
    """None if it failed"""
    seconds: float


class System(Protocol):
    """Converts a file."""

    name: str

    def absent(self) -> str:
        """Why it can't take part; empty if it can."""

    def convert(self, path: Path) -> Converted:
        """Convert a PDF file."""

    def close(self) -> None:
        """No more files come."""


class Sokdok:
    """sokdok with one source of words; `load` gives the reader when it is needed first."""

    def __init__(self, source: Source, load: Callable[[], Reader]) -> None:
        self.name, self.source = f"sokdok {source}", source
        self._load = load

    def absent(self) -> str:
        """Tell that it is here; a reader that can't be loaded raises what it raises."""
        return ""

    def convert(self, path: Path) -> Converted:
        """Convert to a document in memory; a file that can't be used has no blocks."""
        reader = "nano" if self.source == "text-layer" else self._load()  # a text layer needs none
        start = time.perf_counter()
        try:
            document = convert_file(path, reader=reader, source=self.source)
        except SokdokError:
            return Converted(None, time.perf_counter() - start)
        seconds = time.perf_counter() - start
        return Converted(document_blocks(document), seconds)

    def close(self) -> None:
        """Nothing is open."""


class Pdftotext:
    """The program `pdftotext` of poppler: plain text in its own reading order."""

    name = "pdftotext"

    def absent(self) -> str:
        """Tell whether it is on the path."""
        return "" if shutil.which("pdftotext") else "not installed"

    def convert(self, path: Path) -> Converted:
        """Convert with a process."""
        start = time.perf_counter()
        run = subprocess.run(
            ["pdftotext", str(path), "-"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_S,
        )
        seconds = time.perf_counter() - start
        return Converted(parse_markdown(run.stdout) if run.returncode == 0 else None, seconds)

    def close(self) -> None:
        """Nothing is open."""


_SERVE = """
import json, os, sys, time
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
{setup}
print("ready", file=out, flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    try:
        text = convert(json.loads(line))
    except Exception as error:
        print(repr(error), file=sys.stderr)
        text = None
    print(json.dumps([text, time.perf_counter() - start]), file=out, flush=True)
"""
"""a process that converts the paths it is told, as JSON lines; what a package prints goes to stderr"""


class Package:
    """A package for Python in an environment of its own; `setup` defines `convert(path)`, which gives Markdown."""

    def __init__(self, name: str, setup: str, python: str) -> None:
        self.name, self._code, self._python = name, _SERVE.format(setup=setup), python
        self._process: subprocess.Popen[str] | None = None

    def absent(self) -> str:
        """Start it, and tell if it does not answer."""
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
        if self._pipe(self._process.stdout).readline() == "ready\n":
            return ""
        self.close()
        return f"not installed for {self._python}"

    def convert(self, path: Path) -> Converted:
        """Convert in the process."""
        assert self._process is not None, "absent() starts it"
        print(json.dumps(str(path)), file=self._pipe(self._process.stdin), flush=True)
        text, seconds = json.loads(self._pipe(self._process.stdout).readline() or "[null, 0]")
        return Converted(None if text is None else parse_markdown(text), seconds)

    def close(self) -> None:
        """Let the process end."""
        if self._process is not None:
            self._pipe(self._process.stdin).close()
            self._process.wait(TIMEOUT_S)
            self._pipe(self._process.stdout).close()
            self._process = None

    def _pipe(self, pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None, "both are pipes"
        return pipe


def others(python: str) -> list[System]:
    """What stands beside sokdok; `python` is the interpreter of the packages' environment."""
    return [
        Pdftotext(),
        Package("PyMuPDF4LLM", "from pymupdf4llm import to_markdown as convert", python),
        Package("MarkItDown", _MARKITDOWN, python),
    ]


_MARKITDOWN = """from markitdown import MarkItDown
engine = MarkItDown()
def convert(path):
    return engine.convert(path).markdown"""
