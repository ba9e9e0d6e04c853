"""Evaluate systems on whole sets, sokdok and the baselines alike: cases in, scores by metric out.

- A set says what its cases are, how an answer is scored and which resolutions are tried.
- A set's folder has a manifest.jsonl, or is laid out as its authors did (`documents.files`).
- A system (a sokdok reader, tesseract, …) says of a set of its kinds why it can't take part; it is reported as absent
  then, never as 0.
- A case on which a system fails scores as an empty answer does, and is named in a note; the others go on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any, Literal, get_args

from rich.console import Console

from sokdok.cli.ui.console import note, progress
from sokdok.documents.result import Document
from sokdok.errors import EndpointError, InputError, MissingExtraError, ModelError
from sokdok.model.preprocess import vision_token_count
from sokdok.pages import Page, PageError
from sokdok.pages.files import open_pages
from sokdok_lab.bench.metrics.forms import Placed
from sokdok_lab.bench.metrics.geometry import Scene
from sokdok_lab.bench.output import Advance, Row, beside, manifest_rows, reported, say
from sokdok_lab.bench.processes import cpu_seconds, started_by

SECONDS = "CPU-seconds a case"  # Metric of every set: of all threads, and of programs that were started.
MISSING = (ModelError, MissingExtraError, EndpointError, ModuleNotFoundError)
"""Errors that say that a system can't do a set at all, rather than that it failed on a case."""
Kind = Literal["chart", "molecule", "geometry", "table", "page", "handwriting", "scan", "document"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # All kinds of cases.
FILES: tuple[Kind, ...] = ("scan", "document")  # Pictures and PDFs, converted as users have them done.
Rows = Callable[[Path], Iterable[dict[str, Any]]]  # What a set's folder lists: `id`, `image` (its path) and truth.
Scores = Mapping[str, float | Sequence[float]]
"""Metric → value of one case, or several values (of the unit tests of a page)."""


@dataclass(frozen=True)
class Case:
    """A picture or a file to read, and what is true of it."""

    id: str
    picture: Path | Page
    truth: Any  # Truth, as the set's `score` compares it.

    def page(self) -> Page:
        """Return the picture as a page. Raises InputError if it can't be opened."""
        if isinstance(self.picture, Page):
            return self.picture
        page = next(iter(open_pages(self.picture)))
        if isinstance(page, PageError):
            raise InputError(f"{page.source}: {page.message}")
        return page


@dataclass(frozen=True)
class Output:
    """What a system read in a picture."""

    text: str = ""  # Plain text of a page, HTML of a table, SMILES.
    markdown: str = ""  # Markdown of a page, with tables; empty if the system writes plain text only.
    words: Sequence[Placed] = ()  # Words of a page with their boxes, in its pixels; empty if it knows no places.
    scene: Scene | None = None  # Scene of a geometry figure.
    document: Document | None = None  # The whole of a file that sokdok converted.
    failed: bool = False
    seconds: float = 0.0  # By the clock; 0 where the system did not look at it.
    cpu_seconds: float = 0.0  # Of all threads.


Score = Callable[[Any, Output], Scores]  # Function of a truth and an output.


@dataclass(frozen=True)
class EvalSet:
    """A set of cases: a folder of the evaluation data, or synthetic samples."""

    name: str
    kind: Kind
    score: Score  # Metrics of a case; the first is the headline.
    rows: Rows = lambda folder: manifest_rows(folder / "manifest.jsonl")
    truth: Callable[[dict[str, Any]], Any] = lambda row: row["truth"]  # Truth of a row.
    derive: Callable[[Mapping[str, float]], Mapping[str, float]] = lambda means: {}
    """Metrics that follow from the means of others."""
    modes: tuple[str | None, ...] = (None,)
    """Resolutions to read in, None: automatic; baselines know none and read once."""
    korean: bool = False
    caveat: str = ""  # One line that a reader of the table must know.


class System:
    """Something that reads."""

    name: str  # in tables
    kinds: Collection[Kind] = KINDS  # that it is made to read

    def absent(self, evalset: EvalSet) -> str:
        """Return why it can't take part in a set of one of its kinds, empty if it can or will say so when it reads."""
        return ""

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """Return the resolutions of the set that it reads in: one, the picture's own, if it knows none."""
        return (None,)

    def read(self, given: Page | Path, evalset: EvalSet, mode: str | None) -> Output:
        """Read one picture, or a file of a set whose kind is one of `FILES`. Raises SokdokError where it failed."""
        raise NotImplementedError

    def close(self) -> None:
        """No more comes to be read."""


@dataclass(frozen=True)
class Outcome:
    """One case, read and scored."""

    case: Case
    output: Output
    scores: Scores
    error: str = ""


def load_cases(evalset: EvalSet, folder: Path, limit: int | None = None) -> list[Case]:
    """Load the first `limit` rows of a set's folder.

    Raises InputError for a folder that is laid out otherwise, or a row whose picture is not there.
    """
    cases: list[Case] = []
    for row in evalset.rows(folder):
        if limit is not None and len(cases) >= limit:
            break
        try:
            picture, truth = folder / row["image"], evalset.truth(row)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{folder}: row {row.get('id')}: {error} is missing or odd") from None
        if not picture.is_file():
            raise InputError(f"{folder}: row {row.get('id')}: there is no picture {picture}")
        cases.append(Case(str(row.get("id")), picture, truth))
    return cases


def evaluate(
    system: System, evalset: EvalSet, cases: Iterable[Case], mode: str | None, advance: Advance = lambda steps: None
) -> list[Outcome]:
    """Read and score all cases, one after the other. Raises one of MISSING if the system lacks what it needs."""
    outcomes = []
    for case in cases:
        given, error, output = case.picture if evalset.kind in FILES else case.page(), "", Output(failed=True)
        start, cpu = time.perf_counter(), _cpu_seconds()
        try:
            output = system.read(given, evalset, mode)
        except MISSING:
            raise
        except Exception as problem:  # a reader that crashes has read nothing, and hours of other readings shall stand
            error = f"{type(problem).__name__}: {problem}"
            note(f"{system.name}, {evalset.name}, {case.id}: {error}")
        if not output.seconds:
            output = replace(output, seconds=time.perf_counter() - start, cpu_seconds=_cpu_seconds() - cpu)
        outcomes.append(Outcome(case, output, evalset.score(case.truth, output), error))
        advance(1)
    return outcomes


def _cpu_seconds() -> float:
    """Seconds of this process, of those that it has waited for, and of those that it has started and still run."""
    return sum(os.times()[:4]) + cpu_seconds(started_by(os.getpid()))


def rows_of(evalset: EvalSet, system: System, mode: str | None, outcomes: Sequence[Outcome]) -> list[Row]:
    """Return a row for each metric: derived ones first, the time last.

    `n` are the values that the mean is over, cases or tests of pages; `seconds` all cases of the set, by processors.
    """
    if not outcomes:
        return []
    values: dict[str, list[float]] = {}
    for outcome in outcomes:
        for metric, value in outcome.scores.items():
            values.setdefault(metric, []).extend([value] if isinstance(value, float | int) else value)
    means = {metric: fmean(numbers) for metric, numbers in values.items() if numbers}
    counts = {metric: len(values[metric]) for metric in means}
    seconds = sum(outcome.output.cpu_seconds for outcome in outcomes)
    derived = evalset.derive(means)
    counts |= dict.fromkeys([*derived, SECONDS], len(outcomes))
    rows = []
    for metric, value in {**derived, **means, SECONDS: seconds / len(outcomes)}.items():
        full = metric if len(evalset.modes) == 1 else f"{metric} {mode_name(mode)}"
        row = {"set": evalset.name, "metric": full, "n": counts[metric], "value": value, "seconds": seconds}
        rows.append({**row, "reader": system.name})
    return rows


def mode_name(mode: str | None) -> str:
    """Name a mode as tables do: by its vision tokens."""
    return "auto" if mode is None else f"at {vision_token_count(mode).paper} tokens"


@dataclass
class Run:
    """A run: its systems, and what was measured so far."""

    systems: Sequence[System]
    rows: list[Row] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)  # a line for each thing that was not measured, and why
    caveats: dict[str, str] = field(default_factory=dict)  # by set

    def measure(self, sets: Iterable[tuple[EvalSet, Sequence[Case]]], json: Path | None) -> None:
        """Measure all systems on all sets; print and write what there is, interrupted or not. Raises InputError."""
        try:
            with reported(json, self.show) as self.rows:
                for evalset, cases in sets:
                    able = [system for system in self._made_for(evalset) if not system.absent(evalset)]
                    readings = len(cases) * sum(len(system.modes(evalset)) for system in able)
                    with progress(evalset.name, total=readings) as advance:
                        self.take(evalset, cases, advance)
        finally:
            for line in self.absent:
                note(f"not measured: {line}")
            for system in self.systems:
                system.close()

    def show(self, rows: Sequence[Row], console: Console) -> None:
        """Print a line for each metric of a set, a column for each reader, and what must be known to compare sets."""
        console.print(beside(rows, ("set", "metric"), "n", "reader", "{value:.3f}"))
        for name, caveat in self.caveats.items():
            say(console, f"{name}: {caveat}")

    def take(self, evalset: EvalSet, cases: Sequence[Case], advance: Advance = lambda steps: None) -> None:
        """Measure all systems on a set; what can't do it at all is left out."""
        if evalset.caveat:
            self.caveats[evalset.name] = evalset.caveat
        for system in self._made_for(evalset):
            reason = system.absent(evalset)
            for mode in () if reason else system.modes(evalset):
                reason = self._measure(system, evalset, cases, mode, advance) or reason
            if reason:
                self.absent.append(f"{evalset.name}: {system.name}: {reason}")

    def _made_for(self, evalset: EvalSet) -> list[System]:
        return [system for system in self.systems if evalset.kind in system.kinds]

    def _measure(
        self, system: System, evalset: EvalSet, cases: Sequence[Case], mode: str | None, advance: Advance
    ) -> str:
        """Measure one system in one mode; return why it can't do the set at all, if so."""
        try:
            outcomes = evaluate(system, evalset, cases, mode, advance)
        except MISSING as error:
            return str(error)
        if outcomes and all(outcome.error for outcome in outcomes):
            return f"every case failed, the first with: {outcomes[0].error}"
        rows = rows_of(evalset, system, mode, outcomes)
        self.rows += rows
        for row in rows[:1]:
            said = "{metric} {value:.3f} ({n} in {seconds:.0f} s)".format(**row)
            note(f"{evalset.name}: {system.name}: {said}")
        return ""
