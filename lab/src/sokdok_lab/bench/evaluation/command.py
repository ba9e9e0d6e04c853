"""`sokdok bench figures`, `documents` and `printed`: whole evaluation sets, with rivals beside, in one table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from sokdok import reading
from sokdok.documents.question import Source
from sokdok.errors import InputError
from sokdok_lab.bench.evaluation import documents as document_sets
from sokdok_lab.bench.evaluation import figures as figure_sets
from sokdok_lab.bench.evaluation.evaluate import Case, EvalSet, Run, System, load_cases
from sokdok_lab.bench.evaluation.printed import printed_sets
from sokdok_lab.bench.evaluation.rivals import converters, rivals
from sokdok_lab.bench.evaluation.synthetic import MAKERS, synthetic_cases
from sokdok_lab.bench.evaluation.systems import SokdokReader
from sokdok_lab.bench.output import Json, Model, Python, check_file, chosen

SOURCES: tuple[Source, ...] = ("auto", "text-layer", "reader")

Data = Annotated[
    Path | None, typer.Option(help="Folder with one folder a set, its manifest.jsonl or its authors' folders in it.")
]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Only this set; repeatable.")]
Synthetic = Annotated[int | None, typer.Option(min=1, help="Also this many synthetic samples of each kind, unseen.")]
Fonts = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Fonts for synthetic samples. Default: those of the system.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="At most this many rows of each set.")]
Baselines = Annotated[bool, typer.Option("--baselines/--no-baselines", help="Run what else is installed beside it.")]


def _command(registry: ModuleType, help: str) -> Callable[..., None]:
    """Make the command that measures the sets of a module."""

    def command(
        data: Data = None,
        sets: Sets = None,
        synthetic: Synthetic = None,
        fonts: Fonts = None,
        limit: Limit = None,
        model: Model = "nano",
        baselines: Baselines = True,
        python: Python = sys.executable,
        json: Json = None,
    ) -> None:
        asked = choose([*registry.SETS, *registry.SYNTHETIC], sets or (), data, synthetic)
        check_file(json)
        run = Run([SokdokReader(reading.load(model)), *(rivals(python) if baselines else [])])
        run.measure(_loaded(asked, data, synthetic, fonts, limit, run.absent), json)

    command.__doc__ = help
    return command


figures = _command(figure_sets, "Charts, molecules, geometry and tables, beside OSRA.")
documents = _command(document_sets, "Pages, scans, forms, receipts, handwriting, documents, beside others.")


def printed(
    data: Annotated[Path, typer.Option(help="Folder of the set, with manifest.jsonl.")],
    source: Annotated[
        list[str] | None, typer.Option(help="auto, text-layer or reader; repeatable. Default: text-layer.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only files of this variant, such as born-digital; repeatable.")
    ] = None,
    baselines: Baselines = True,
    python: Python = sys.executable,
    model: Model = "nano",
    json: Json = None,
) -> None:
    """Printed documents: their words and structure, beside pdftotext and packages.

    Values are means over files, from 0 to 1; word-error, leak and unseen are better low.
    """
    sources = [each for each in SOURCES if each in chosen(source or ["text-layer"], SOURCES, "source")]
    sets = printed_sets(data, variant or ())
    reader = reading.load(model)
    systems: list[System] = [SokdokReader(reader, each) for each in sources]
    Run([*systems, *(converters(python) if baselines else [])]).measure(sets, json)


def choose(known: Sequence[EvalSet], names: Sequence[str], data: Path | None, synthetic: int | None) -> list[EvalSet]:
    """Return the sets that were asked for. Raises InputError for one that is not known or that there is nothing of."""
    if data is None and synthetic is None:
        raise InputError("nothing to read: name a folder with --data, or ask for samples with --synthetic 100")
    if data is not None and not data.is_dir():
        raise InputError(f"{data} is not a folder")
    at_hand = [found for found in known if (synthetic if found.name in MAKERS else data) is not None]
    for name in names:
        if name not in {found.name for found in known}:
            raise InputError(f"unknown set {name!r}; choose one of {', '.join(found.name for found in at_hand)}")
        if name not in {found.name for found in at_hand}:
            raise InputError(f"the set {name!r} needs --{'data' if data is None else 'synthetic'}")
    return [found for found in at_hand if not names or found.name in names]


def _loaded(
    sets: Sequence[EvalSet],
    data: Path | None,
    synthetic: int | None,
    fonts: Path | None,
    limit: int | None,
    absent: list[str],
) -> Iterator[tuple[EvalSet, list[Case]]]:
    """Yield each set with its cases, those of folders first and checked, synthetic ones drawn when they are due."""
    real: list[tuple[EvalSet, list[Case]]] = []
    for evalset in sets:
        if data is None or evalset.name in MAKERS:
            continue
        if (folder := data / evalset.name).is_dir():
            real.append((evalset, load_cases(evalset, folder, limit)))
        else:
            absent.append(f"{evalset.name}: not in {data}")
    yield from real
    for evalset in sets:
        if synthetic is not None and evalset.name in MAKERS:
            yield evalset, synthetic_cases(evalset, synthetic, fonts)
