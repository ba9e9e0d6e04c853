"""`sokdok bulk SOURCE... -o DEST`: plan a corpus, read it, and make training data of it, or go on with that.

- stdout gets the folders of the data, or with `--json` the numbers of the run; progress and reasons go to stderr.
- Exit codes: 0 if every page that was read in this run is done, 1 if some failed or files that look like documents
  could not be planned, which are named, 2 if nothing could be planned.
"""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from sokdok.bulk.engine import Setup
from sokdok.bulk.run import StartEngine
from sokdok.bulk.run import run as run_all
from sokdok.bulk.served import is_served, served_model
from sokdok.cli.bulk.merge import Decontaminate, HeldOut, Mask, Recipe, To, merging, numbers, report, write
from sokdok.cli.bulk.progress import RunProgress
from sokdok.cli.ui.console import note, print_json
from sokdok.cli.ui.options import asks
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError, require_choice
from sokdok.machine import usable_cores, visible_gpus
from sokdok.model.checkpoints.checkpoint import is_nano, resolve
from sokdok.reading import ENDPOINTS

ENGINES = ("local", "ray")


@asks("source model set limit")
def run(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="Folders, files, patterns, archives, tables, lists, s3://…")
    ],
    output: Annotated[str, typer.Option("--output", "-o", metavar="DEST", help="A folder, s3://, gs:// or az://…")],
    to: To = None,
    recipe: Recipe = None,
    mask: Mask = None,
    held_out: HeldOut = 0.0,
    decontaminate: Decontaminate = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Read pages that failed in earlier runs once more.")
    ] = False,
    update: Annotated[bool, typer.Option("--update", help="Plan what is new, changed or gone, and read that.")] = False,
    join: Annotated[bool, typer.Option("--join", help="Read units of a run that goes on elsewhere; no more.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers of this run as JSON.")] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", "-j", min=1, help="Default: one a core, of the whole cluster; one a GPU for a checkpoint."
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="local: processes on this machine; ray: on a cluster that is started here, ray:ADDRESS (host:6379 or "
            "auto) on one that runs (the extra ray)."
        ),
    ] = "local",
    gpus: Annotated[float, typer.Option(min=0, help="With --engine ray: GPUs of each worker.")] = 0.0,
    vllm_args: Annotated[str, typer.Option(help="With --model vllm:MODEL: arguments for its vllm serve.")] = "",
    silence: Annotated[
        float, typer.Option(min=1, help="Seconds in which a worker must read a page, or a batch of them.")
    ] = 600.0,
    *,
    question: Question,
) -> None:
    """Read every document of a corpus, each page once. A run that was killed goes on with the same command.

    First all files are hashed, counted and written into a plan; files that are no documents, can't be opened or have
    the same bytes as another are listed with the reason. Then pages are read in units of at most 32, each into a file
    of results. A document can't stop the others: its pages are listed as failed, with the reason. At the end documents
    become training data in DEST/data, in the plan's order, as `sokdok bulk merge` makes it.
    """
    kind, _, address = engine.partition(":")
    require_choice("engine", kind, ENGINES)
    if kind != "ray" and (address or gpus):
        raise InputError(f"{'--gpus' if gpus else 'an address'} goes with --engine ray")
    processes = workers or workers_here(question)
    threads = threads_each(question, processes) if kind == "local" else 1
    setup = Setup(question, tuple(sources), output, threads)
    start = starter(question, kind, address or None, workers, gpus, vllm_args, silence)
    wanted = merging(to, recipe, mask, processes, held_out, decontaminate)
    with RunProgress() as progress:
        try:
            tally = run_all(setup, start, progress, retry_failed=retry_failed, update=update, join=join)
        except KeyboardInterrupt:
            note(f"{output}: what is done is kept; the same command goes on")
            raise
    note(progress.summary(output))
    manifest = None if join else write(output, wanted)
    if as_json:
        print_json({"destination": output, **progress.numbers(), "data": manifest and numbers(manifest)})
    if manifest:
        report(output, manifest, as_json)
    if tally.failed or progress.files_lost:
        raise typer.Exit(SokdokError.exit_code)


def starter(
    question: Question,
    engine: str,
    address: str | None,
    workers: int | None,
    gpus: float,
    vllm_args: str,
    silence: float,
) -> StartEngine:
    """What starts the engine that is asked for, with so many workers if a number is."""
    served = is_served(question)
    try:
        vllm = tuple(shlex.split(vllm_args))
    except ValueError as error:
        raise InputError(f"--vllm-args {vllm_args}: {error}") from None
    if served:
        served_model(question)
    elif vllm:
        raise InputError("--vllm-args goes with --model vllm:MODEL")
    if engine == "ray":
        from sokdok.bulk.engines.ray import RayEngine  # which needs the extra `ray`

        count = workers or (None if gpus > 0 or _is_small(question) else 1)
        return lambda setup: RayEngine(setup, count, address=address, gpus=gpus, silence_s=silence, vllm=vllm)
    if served:
        from sokdok.bulk.engines.local import VllmEngine

        return lambda setup: VllmEngine(setup, workers, vllm, silence_s=silence)
    from sokdok.bulk.engines.local import LocalEngine

    return lambda setup: LocalEngine(setup, workers or workers_here(question), silence_s=silence)


def workers_here(question: Question) -> int:
    """One a core, or one a GPU where each holds a large checkpoint."""
    return usable_cores() if _is_small(question) else max(1, len(visible_gpus()))


def threads_each(question: Question, workers: int) -> int:
    """Of a worker on this machine: a checkpoint on torch gets its share of the cores, all others one."""
    return 1 if _is_small(question) else max(1, usable_cores() // workers)


def _is_small(question: Question) -> bool:
    """Whether a worker holds nothing large: no reader, nano, or an endpoint's address."""
    name = question.reader
    if is_served(question):
        return False
    return not question.needs_reader or name == "nano" or name.startswith(ENDPOINTS) or is_nano(resolve(name))
