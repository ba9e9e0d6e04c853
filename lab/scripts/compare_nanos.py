"""Read document sets with two nano folders: `python lab/scripts/compare_nanos.py DATA NANO OTHER --limit 12`.

One thread; the seconds are the processor's, for a whole page from pixels to text. Each page is read by all in turn, so
that what else the machine does falls on all. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import fmean

from sokdok.pages import Page
from sokdok.pages.files import open_pages
from sokdok.reading.nano.reader import NanoReader
from sokdok_lab.bench.evaluation import documents, figures
from sokdok_lab.bench.evaluation.evaluate import EvalSet, load_cases, mode_name
from sokdok_lab.bench.evaluation.systems import SokdokReader

SETS = (*documents.SETS, *figures.SETS)
SHOWN = ("fidelity", "unique-word recall", "1 - CER, letters and digits", "tests passed", "RMS-F1", "TEDS")
LANGUAGES = "printed"  # the set whose words beyond ASCII are counted
PUNCTUATION = ".,;:!?()«»“”\"'"
Values = dict[tuple[str, str, int], list[float]]  # set, metric, number of the nano -> a value a page


def main() -> None:
    """Read the options, read the pages, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the evaluation data")
    parser.add_argument("nanos", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, default=12, help="pages of each set")
    parser.add_argument(
        "--sets", nargs="*", default=["fox", "docs_en_dense", "docs_ko", "scans_loc", "handwriting_loc"]
    )
    options = parser.parse_args()
    systems = [SokdokReader(NanoReader(folder, threads=1)) for folder in options.nanos]
    values: Values = defaultdict(list)
    for evalset in (found for found in SETS if found.name in options.sets):
        _read_set(evalset, options.data / evalset.name, options.limit, systems, values)
    if LANGUAGES in options.sets:
        _read_languages(options.data / LANGUAGES, systems, values)
    for name, metric in dict.fromkeys((name, metric) for name, metric, _ in values):
        means = [fmean(values[name, metric, number]) for number in range(len(systems))]
        print(f"| {name} | {metric} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |", flush=True)


def _read_set(evalset: EvalSet, folder: Path, limit: int, systems: Sequence[SokdokReader], values: Values) -> None:
    """Read a set's cases in each of its modes."""
    for mode in evalset.modes:
        name = f"{evalset.name} {mode_name(mode)}" if len(evalset.modes) > 1 else evalset.name
        for case in load_cases(evalset, folder, limit):
            for number, system in enumerate(systems):
                start = time.process_time()
                output = system.read(case.page(), evalset, mode)
                values[name, "CPU-s", number].append(time.process_time() - start)
                for metric, value in evalset.score(case.truth, output).items():
                    if metric in SHOWN:
                        values[name, metric, number].append(value if isinstance(value, float) else fmean(value))


def _read_languages(folder: Path, systems: Sequence[SokdokReader], values: Values) -> None:
    """Count the words with letters beyond ASCII that are read in the first two pages of each born-digital file."""
    for row in map(json.loads, (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()):
        if row["language"] in ("en", "ko") or row["variant"] != "born-digital":
            continue
        truth = json.loads((folder / row["truth"]).read_text(encoding="utf-8"))
        pages = [page for page in islice(open_pages(folder / row["file"]), 2) if isinstance(page, Page)]
        wanted: set[str] = set()
        for block in truth["blocks"]:
            if block["pages"][1] <= len(pages):
                wanted |= _words(block.get("text", ""))
        wanted = {word for word in wanted if word.isalpha() and not word.isascii()}
        name = f"{LANGUAGES} {row['language']}"
        for number, system in enumerate(systems):
            start = time.process_time()
            read = _words(" ".join(system.read(page, SETS[0], None).text for page in pages))
            values[name, "CPU-s", number].append((time.process_time() - start) / len(pages))
            values[name, "words beyond ASCII", number].append(len(wanted & read) / len(wanted))


def _words(text: str) -> set[str]:
    return {word.strip(PUNCTUATION) for word in text.split()}


if __name__ == "__main__":
    main()
