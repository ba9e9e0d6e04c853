"""Who converts the printed set: sokdok by source, and what else people use, where it is installed.

- Programs and packages beside sokdok keep their defaults. Packages for Python may lie in an environment of their own
  (PyMuPDF4LLM is AGPL: sokdok never imports it); one process of it converts file after file, so that seconds are
  those of converting, as for sokdok. A program starts anew for each file.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sokdok.documents.question import Question, Source
from sokdok.documents.result import convert_file
from sokdok.errors import SokdokError
from sokdok.reading.reading import Reader
from sokdok_lab.bench.foreign import ForeignPackage
from sokdok_lab.bench.printed.block import Block
from sokdok_lab.bench.printed.document import document_blocks
from sokdok_lab.bench.printed.markdown import parse_markdown

TIMEOUT_S = 300  # for one file, or for a package to be imported


@dataclass(frozen=True)
class Converted:
    """What a system made of a file."""

    blocks: list[Block] | None  # None if it failed
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
        reader = None if self.source == "text-layer" else self._load()
        start = time.perf_counter()
        try:
            document = convert_file(path, Question(source=self.source), reader)
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


class Package:
    """A package for Python in an environment of its own; `setup` defines `convert(path)`, which gives Markdown."""

    def __init__(self, name: str, setup: str, python: str) -> None:
        self.name, self._package = name, ForeignPackage(setup, python)

    def absent(self) -> str:
        """Start it, and tell if it does not answer."""
        return self._package.start()

    def convert(self, path: Path) -> Converted:
        """Convert in the process."""
        answer = self._package.ask(str(path))
        return Converted(None if answer.text is None else parse_markdown(answer.text), answer.seconds)

    def close(self) -> None:
        """Let the process end."""
        self._package.close()


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
