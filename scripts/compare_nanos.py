"""Nano folders beside each other on document sets: `python scripts/compare_nanos.py DATA NANO OTHER --limit 12`.

One thread; the seconds are the processor's, for a whole page from pixels to text. Each page is read by both in turn, so
that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from sokdok.bench.documents import SETS
from sokdok.bench.evaluation import load_cases, mode_name
from sokdok.bench.systems import OurReader
from sokdok.pages import open_pages
from sokdok.reading.nano.reader import NanoReader

SHOWN = ("fidelity", "unique-word recall", "fidelity without spaces", "1 - CER, letters and digits", "tests passed")
LANGUAGES = "printed"
"""the set whose words beyond ASCII are counted"""


def main() -> None:
    """Read the options, read the pages, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("nanos", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, default=12, help="pages of each set")
    parser.add_argument(
        "--sets", nargs="*", default=["fox", "docs_en_dense", "docs_ko", "scans_loc", "handwriting_loc"]
    )
    options = parser.parse_args()
    systems = [OurReader(NanoReader(folder, threads=1)) for folder in options.nanos]
    values: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for evalset in (found for found in SETS if found.name in options.sets):
        cases = load_cases(evalset, options.data / evalset.name, options.limit)
        for mode in evalset.modes:
            name = f"{evalset.name} {mode_name(mode)}" if len(evalset.modes) > 1 else evalset.name
            for case in cases:
                for number, system in enumerate(systems):
                    start = time.process_time()
                    answer = system.answer(case.page(), evalset, mode)
                    values[name, "CPU-s", number].append(time.process_time() - start)
                    for metric, value in evalset.score(case.truth, answer).items():
                        if metric in SHOWN:
                            values[name, metric, number].append(value if isinstance(value, float) else fmean(value))
    if LANGUAGES in options.sets:
        _languages(options.data / LANGUAGES, systems, values)
    for name, metric in dict.fromkeys((name, metric) for name, metric, _ in values):
        means = [fmean(values[name, metric, number]) for number in range(len(systems))]
        print(f"| {name} | {metric} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |", flush=True)


def _languages(folder: Path, systems: list[OurReader], values: dict[tuple[str, str, int], list[float]]) -> None:
    """Share of the words with letters beyond ASCII that are read, in the first two pages of each born-digital file."""
    for row in map(json.loads, (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()):
        if row["language"] in ("en", "ko") or row["variant"] != "born-digital":
            continue
        truth = json.loads((folder / row["truth"]).read_text(encoding="utf-8"))
        pages = list(open_pages(folder / row["file"]))[:2]
        wanted: set[str] = set()
        for block in truth["blocks"]:
            if block["pages"][1] <= len(pages):
                wanted |= {word.strip(".,;:!?()«»“”\"'") for word in block.get("text", "").split()}
        wanted = {word for word in wanted if word.isalpha() and not word.isascii()}
        for number, system in enumerate(systems):
            start = time.process_time()
            read = " ".join(system.answer(page, SETS[1], None).text for page in pages)
            values[f"printed {row['language']}", "CPU-s", number].append((time.process_time() - start) / len(pages))
            found = {word.strip(".,;:!?()«»“”\"'") for word in read.split()}
            values[f"printed {row['language']}", "words beyond ASCII", number].append(len(wanted & found) / len(wanted))


if __name__ == "__main__":
    main()
