"""`sokdok bench figures` and `sokdok bench documents`: whole evaluation sets, with baselines beside, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok_lab.cli.bench.options import Json, Model
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_rows

if TYPE_CHECKING:
    from sokdok_lab.bench.evaluation.evaluate import Case, EvalSet
    from sokdok_lab.bench.evaluation.run import Run

Data = Annotated[
    Path | None, typer.Option(help="Folder with one folder a set, each with manifest.jsonl and its images.")
]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Only this set; repeatable.")]
Synthetic = Annotated[int | None, typer.Option(min=1, help="Also this many synthetic samples of each kind, unseen.")]
Fonts = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Fonts for synthetic samples. Default: those of the system.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="At most this many rows of each set.")]
Baselines = Annotated[bool, typer.Option("--baselines/--no-baselines", help="Run what else is installed beside it.")]

FIGURES = "Charts, molecules, geometry and tables: RMS-F1, InChIKey and Tanimoto, relation F1, TEDS; beside OSRA."
DOCUMENTS = "Pages, scans and handwriting: fidelity, character errors, unit tests; beside tesseract and RapidOCR."


def add_to(group: typer.Typer) -> None:
    """Add the commands to `sokdok bench`."""
    group.command("figures", help=FIGURES)(_command("figures"))
    group.command("documents", help=DOCUMENTS)(_command("documents"))


def _command(name: str) -> Callable[..., None]:
    """Make the command that measures the sets of one module of `bench.evaluation`."""

    def command(
        data: Data = None,
        sets: Sets = None,
        synthetic: Synthetic = None,
        fonts: Fonts = None,
        limit: Limit = None,
        model: Model = "nano",
        baselines: Baselines = True,
        json: Json = None,
    ) -> None:
        registry = import_module(f"sokdok_lab.bench.evaluation.{name}")
        chosen = _Sets(registry.SETS, registry.SYNTHETIC, sets or (), data, synthetic, fonts, limit)
        _measure(chosen, model, baselines, json)

    return command


@dataclass(frozen=True)
class _Sets:
    """The sets that were asked for, and where their cases come from."""

    real: Sequence[EvalSet]
    made: Sequence[EvalSet]
    names: Sequence[str]
    data: Path | None
    synthetic: int | None
    fonts: Path | None
    limit: int | None

    def __post_init__(self) -> None:
        if self.data is None and self.synthetic is None:
            raise InputError("nothing to read: name a folder with --data, or ask for samples with --synthetic 100")
        if self.data is not None and not self.data.is_dir():
            raise InputError(f"{self.data} is not a folder")
        at_hand = [evalset.name for evalset in self._at_hand()]
        for name in self.names:
            if name not in {evalset.name for evalset in (*self.real, *self.made)}:
                raise InputError(f"unknown set {name!r}; choose one of {', '.join(at_hand)}")
            if name not in at_hand:
                raise InputError(f"the set {name!r} needs --{'data' if self.data is None else 'synthetic'}")

    def _at_hand(self) -> list[EvalSet]:
        """Return the sets that there is anything to read of."""
        return [*(self.real if self.data is not None else ()), *(self.made if self.synthetic is not None else ())]

    def loaded(self, run: Run) -> Iterator[tuple[EvalSet, list[Case]]]:
        """Yield each set with its cases, synthetic ones drawn when their turn comes; leave out a set that is absent."""
        from sokdok_lab.bench.evaluation.evaluate import load_cases
        from sokdok_lab.bench.evaluation.synthetic import synthetic_cases

        chosen = [evalset for evalset in self._at_hand() if not self.names or evalset.name in self.names]
        real = []
        for evalset in chosen:
            if evalset in self.made or self.data is None:
                continue
            if (folder := self.data / evalset.name).is_dir():
                real.append((evalset, load_cases(evalset, folder, self.limit)))
            else:
                run.leave_out(f"{evalset.name}: not in {self.data}")
        yield from real
        for evalset in chosen:
            if evalset in self.made and self.synthetic is not None:
                yield evalset, synthetic_cases(evalset, self.synthetic, self.fonts)


def _measure(sets: _Sets, model: str, baselines: bool, json: Path | None) -> None:
    """Read everything, print the table and write the files, also for what is finished when interrupted."""
    from sokdok.reading import load
    from sokdok_lab.bench.evaluation.baselines import baselines as installed
    from sokdok_lab.bench.evaluation.run import Run, print_run
    from sokdok_lab.bench.evaluation.systems import SokdokReader

    check_outputs(json)
    run = Run([SokdokReader(load(model)), *(installed() if baselines else [])], note)
    try:
        for evalset, cases in sets.loaded(run):
            with progress(evalset.name, total=run.readings(evalset, cases)) as advance:
                run.take(evalset, cases, advance)
    finally:
        print_run(run, table_console(json))
        write_rows(run.rows, json)
