"""How often the kind of a figure is found: pictures of every set whose kind is known, and what they were taken for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from sokdok.errors import InputError
from sokdok.figures.parse import kind_of
from sokdok.model.nano.formats.figures import KINDS
from sokdok_lab.bench.evaluation.evaluate import EvalSet, load_cases

if TYPE_CHECKING:
    from rich.console import Console

SETS = {
    **{"charts_vega": "chart", "charts_chartqa": "chart", "chem": "molecule", "geometry3k": "geometry"},
    **{"tables_icdar2013": "table", "handwriting_loc": "handwriting"},
    **{"fox": "text", "docs_en_dense": "text", "docs_ko": "text", "scans_loc": "text", "pictures": "picture"},
}  # folder of the evaluation data -> the kind of all its pictures


@dataclass(frozen=True)
class Row:
    """What the pictures of a set were taken for: a row of `--json`."""

    set: str
    kind: str  # what they are
    n: int
    right: float  # share of the pictures that were taken for what they are
    sure: float  # mean probability of the kind that was found; about `right` if it means what it says
    ms: float  # of CPU time a picture
    found: dict[str, int]  # kind -> pictures taken for it
    wrong: tuple[str, ...]  # ids of pictures taken for something else


def rows_of(data: Path, limit: int | None, advance: Callable[[str], None]) -> Iterator[Row]:
    """Yield a row for each set that the folder has. Raises InputError for a set that can't be read."""
    for name, kind in SETS.items():
        if (data / name).is_dir():
            yield _row(name, kind, data / name, limit)
            advance(name)


def _row(name: str, kind: str, folder: Path, limit: int | None) -> Row:
    found, wrong, sure, ms = Counter[str](), [], [], []
    for case in load_cases(EvalSet(name, "page", lambda truth, output: {}, truth=lambda row: None), folder, limit):
        image = case.page().image
        started = time.process_time()
        taken_for, probability = kind_of(image)
        ms.append(1000 * (time.process_time() - started))
        sure.append(probability)
        found[taken_for] += 1
        wrong += [case.id] if taken_for != kind else []
    if not sure:
        raise InputError(f"{folder / 'manifest.jsonl'} lists nothing")
    right = found[kind] / len(sure)
    return Row(name, kind, len(sure), right, fmean(sure), fmean(ms), dict(found), tuple(wrong))


def print_rows(rows: Sequence[Row], console: Console) -> None:
    """Print what the pictures of each set were taken for, and the mean over the kinds."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("set", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    found = [kind for kind in KINDS if any(row.found.get(kind) for row in rows)]
    for name in ("n", "right", "sure", "ms", *found):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        counts = [str(row.found.get(kind, "")) for kind in found]
        table.add_row(row.set, row.kind, str(row.n), f"{row.right:.3f}", f"{row.sure:.3f}", f"{row.ms:.0f}", *counts)
    console.print(table)
    console.print(f"mean over kinds: {mean_over_kinds(rows):.3f}", markup=False)


def mean_over_kinds(rows: Sequence[Row]) -> float:
    """Return the mean, over the kinds, of the share of their pictures that was taken for them."""
    own = [[row for row in rows if row.kind == kind] for kind in dict.fromkeys(row.kind for row in rows)]
    return fmean(sum(row.right * row.n for row in part) / sum(row.n for row in part) for part in own)
