"""`sokdok bench printed`: documents printed to PDF, with exact truth of their words and structure.

sokdok by source of words, and what else people use, where it is installed; a line for each system and kind of file.
"""

from __future__ import annotations

import json as jsons
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import typer
from rich.console import Console

from sokdok import reading
from sokdok.cli.ui.console import note, progress
from sokdok.documents.question import Question, Source
from sokdok.documents.result import convert_file
from sokdok.errors import InputError, SokdokError
from sokdok.reading.reading import Reader
from sokdok_lab.bench.output import Json, Model, Python, chosen, manifest_rows, reported, table
from sokdok_lab.bench.printed.document import document_blocks, parse_markdown
from sokdok_lab.bench.printed.measures import MEASURES, measure
from sokdok_lab.bench.rivals import Answer, Rival, converters

SECONDS = "s/page"
SOURCES: tuple[Source, ...] = ("auto", "text-layer", "reader")
LABELS = {
    "no-space": "dense", "precision": "prec.", "word-error": "wrong", "heading": "heads", "list-level": "level",
    "cell-ns": "~cell", "merged": "merge", "paragraph": "para.", "crossing": "cross", "footnote": "notes",
}  # fmt: skip
"""names of measures where there is little room"""
OWN = "born-digital"  # the variant that is also shown by language


def printed(
    data: Annotated[Path, typer.Option(help="Folder of the set, with manifest.jsonl.")],
    source: Annotated[
        list[str] | None, typer.Option(help="auto, text-layer or reader; repeatable. Default: text-layer.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only files of this variant, such as born-digital; repeatable.")
    ] = None,
    document: Annotated[list[str] | None, typer.Option(help="Only this file, by its id; repeatable.")] = None,
    baselines: Annotated[bool, typer.Option("--baselines/--no-baselines", help="Run what else is installed.")] = True,
    python: Python = sys.executable,
    model: Model = "nano",
    json: Json = None,
) -> None:
    """Printed documents: their words and structure, beside pdftotext and packages.

    Values are means over files, from 0 to 1; word-error, leak and unseen are better low.
    """
    sources = [each for each in SOURCES if each in chosen(source or ["text-layer"], SOURCES, "source")]
    cases = load_cases(data, variant or (), document or ())
    systems: list[Rival] = [Sokdok(each, lambda: reading.load(model)) for each in sources]
    systems += converters(python) if baselines else []
    with reported(json, print_rows) as rows, progress("converting", total=len(systems) * len(cases)) as advance:
        for row in run(systems, cases, lambda absent: note(f"not measured: {absent}")):
            rows.append(row)
            advance(1)


@dataclass(frozen=True)
class Case:
    """A file of the set and its truth."""

    id: str
    path: Path
    truth: dict[str, Any]
    variant: str
    language: str
    pages: int


@dataclass(frozen=True)
class Row:
    """What a system reached on a file."""

    system: str
    id: str
    variant: str
    language: str
    values: dict[str, float]  # measure -> value; seconds a page beside them


def load_cases(data: Path, variants: Sequence[str] = (), ids: Sequence[str] = ()) -> list[Case]:
    """The files that a folder's manifest lists, all or those named. Raises InputError for a name it does not have."""
    rows = list(manifest_rows(data / "manifest.jsonl"))
    for key, asked in (("variant", variants), ("id", ids)):
        known = {row.get(key) for row in rows}
        for name in asked:
            if name not in known:
                raise InputError(f"{data} has no {name!r}; it has {', '.join(sorted(filter(None, known)))}")
        rows = [row for row in rows if not asked or row[key] in asked]
    cases = []
    try:
        for row in rows:
            truth = jsons.loads((data / row["truth"]).read_text(encoding="utf-8"))
            cases.append(Case(row["id"], data / row["file"], truth, row["variant"], row["language"], row["pages"]))
    except (KeyError, OSError, ValueError) as error:
        raise InputError(f"{data} is no set of printed documents: {error!r}") from None
    return cases


class Sokdok(Rival):
    """sokdok with one source of words; `load` gives the reader when it is needed first."""

    def __init__(self, source: Source, load: Callable[[], Reader]) -> None:
        self.name, self.source = f"sokdok {source}", source
        self._load = load

    def ask(self, path: Path) -> Answer:
        """Convert to a document in memory; a file that can't be used has no blocks."""
        reader = None if self.source == "text-layer" else self._load()
        start = time.perf_counter()
        try:
            document = convert_file(path, Question(source=self.source), reader)
        except SokdokError:
            return Answer(None, time.perf_counter() - start)
        seconds = time.perf_counter() - start
        return Answer(document_blocks(document), seconds)


def run(systems: Sequence[Rival], cases: Sequence[Case], note: Callable[[str], None]) -> Iterator[Row]:
    """Convert and measure, system by system; `note` gets a line for each that is absent, and why."""
    for system in systems:
        if reason := system.absent():
            note(f"{system.name}: {reason}")
            continue
        try:
            for case in cases:
                answer = system.ask(case.path)
                blocks = parse_markdown(answer.text) if isinstance(answer.text, str) else answer.text
                values = measure(case.truth, blocks, case.variant) | {SECONDS: answer.seconds / case.pages}
                yield Row(system.name, case.id, case.variant, case.language, values)
        finally:
            system.close()


def means(rows: Sequence[Row]) -> dict[str, float]:
    """The mean of each measure over the files it applies to."""
    names = (*MEASURES, SECONDS)
    return {
        name: fmean(values) for name in names if (values := [row.values[name] for row in rows if name in row.values])
    }


def print_rows(rows: Sequence[Row], console: Console) -> None:
    """Print a table: files by variant, and those that were born digital by language too; systems within each."""
    names = [name for name in (*MEASURES, SECONDS) if any(name in row.values for row in rows)]
    own = [row for row in rows if row.variant == OWN]
    named = [*((row.variant, row) for row in rows), *((f"{OWN}, {row.language}", row) for row in own)]
    groups: dict[str, dict[str, list[Row]]] = {}
    for group, row in named:
        groups.setdefault(group, {}).setdefault(row.system, []).append(row)
    lines: list[Sequence[str] | None] = []
    for group, systems in groups.items():
        for index, (system, found) in enumerate(systems.items()):
            values, head = means(found), ("", "") if index else (group, str(len(found)))
            lines.append((head[0], system, head[1], *(_number(name, values.get(name)) for name in names)))
        lines.append(None)
    console.print(table(("files", "system"), ("n", *(LABELS.get(name, name) for name in names)), lines))


def _number(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name == SECONDS or value >= 0.9995:
        return f"{value:.2f}"
    return f"{value:.3f}".removeprefix("0")
