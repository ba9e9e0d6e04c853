"""`sokdok bulk SOURCE... -o DEST`: plan a corpus, read it, and make training data of it, or go on with that.

- stdout gets the folders of the data, or with `--json` the numbers of the run; progress and reasons go to stderr.
- Exit codes: 0 if every page that was read in this run is done, 1 if some failed or files that look like documents
  could not be planned, which are named, 2 if nothing could be planned.
"""

from __future__ import annotations

from typing import Annotated

import typer

from sokdok.cli.bulk.engines import starter, threads_each, workers_here
from sokdok.cli.bulk.group import DEFAULT
from sokdok.cli.bulk.merge import MergeOptions, numbers, report, write
from sokdok.cli.bulk.options import MeansOptions, QuestionOptions
from sokdok.cli.ui.console import note, print_json
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.limit_options import LimitOptions
from sokdok.errors import SokdokError


def add_to(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command(DEFAULT)(with_groups(run))


def run(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="Folders, files, patterns, archives, tables, lists, s3://…")
    ],
    output: Annotated[str, typer.Option("--output", "-o", metavar="DEST", help="A folder or s3://bucket/prefix.")],
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Read pages that failed in earlier runs once more.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers of this run as JSON.")] = False,
    *,
    asking: QuestionOptions,
    means: MeansOptions,
    merging: MergeOptions,
    limiting: LimitOptions,
) -> None:
    """Read every document of a corpus, each page once. A run that was killed goes on with the same command.

    First all files are hashed, counted and written into a plan; files that are no documents, can't be opened or have
    the same bytes as another are listed beside it. Then pages are read in units of at most 32, each into a file of
    results. A document can't stop the others: its pages are listed as failed, with the reason. At the end documents
    become training data in DEST/data, in the plan's order, as `sokdok bulk merge` makes it.
    """
    from sokdok.bulk.run import run as run_all
    from sokdok.bulk.work.messages import Setup, WorkOptions
    from sokdok.cli.bulk.progress import RunProgress

    question = asking.question()
    workers = means.workers or workers_here(question)
    threads = threads_each(question, workers) if means.engine == "local" else 1
    options = WorkOptions(means.batch, means.device, threads, limiting.limits())
    setup = Setup(question, tuple(sources), output, options)
    wanted = merging.asked(workers)
    with RunProgress() as progress:
        try:
            tally = run_all(setup, starter(means, question, workers), progress, retry_failed=retry_failed)
        except KeyboardInterrupt:
            note(f"{output}: what is done is kept; the same command goes on")
            raise
    note(progress.summary(output))
    manifest = write(output, wanted)
    if as_json:
        print_json({"destination": output, **progress.numbers(), "data": numbers(manifest)})
    report(output, manifest, as_json)
    if tally.failed or progress.files_lost:
        raise typer.Exit(SokdokError.exit_code)
