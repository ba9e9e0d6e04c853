"""`sokdok bulk plan`: nodes, hours and dollars of a run, by simulating it.

- What the corpus is like: `--sample FOLDER`, or figures that are given.
- What the reader does: `--measure PAGES` reads some of the sample here; `--results DEST` takes what a run has measured;
  or figures that are given. What is given stands above what was measured, and that above the assumptions.
- All inputs are printed, each with where it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from sokdok.cli.bulk.engines import threads_each
from sokdok.cli.bulk.options import QuestionOptions
from sokdok.cli.ui.console import note, print_json, progress
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.reader_options import Device
from sokdok.cli.ui.tables import console, si, table
from sokdok.errors import InputError

if TYPE_CHECKING:
    from sokdok.bulk.simulate.inputs import Inputs
    from sokdok.bulk.simulate.plan import Plan
    from sokdok.bulk.simulate.published import Check
    from sokdok.bulk.simulate.sample import Sample

POWERS = tuple(10**power for power in range(3, 10))


@dataclass(frozen=True)
class CorpusOptions:
    """What the corpus is like."""

    PANEL: ClassVar[str] = "The corpus"
    sample: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Draw files of this corpus and look at them.")
    ] = None
    sample_files: Annotated[int, typer.Option(min=1, help="Files drawn.")] = 100
    document_pages: Annotated[float | None, typer.Option(min=1, help="Pages of a document, on average.")] = None
    exact_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="Of pages: those whose text layer says all.")
    ] = None
    tokens: Annotated[float | None, typer.Option(min=1, help="Tokens a reader writes of a page, on average.")] = None
    loops: Annotated[float | None, typer.Option(min=0, max=1, help="Of pages: those repeated until the cap.")] = None

    def given(self) -> dict[str, Any]:
        """Figures by their names."""
        return {
            "pages_per_document": self.document_pages,
            "document_pages": () if self.document_pages is not None else None,
            "exact_share": self.exact_share,
            "tokens_per_page": self.tokens,
            "loop_share": self.loops,
        }


@dataclass(frozen=True)
class NodeOptions:
    """What a node does."""

    PANEL: ClassVar[str] = "The reader, and what it runs on"
    measure: Annotated[
        int | None,
        typer.Option(min=1, metavar="PAGES", help="Read so many pages of the sample here, for 3 s at least."),
    ] = None
    workers: Annotated[int | None, typer.Option(min=1, help="Workers that --measure reads with.")] = None
    results: Annotated[str | None, typer.Option(metavar="DEST", help="Take what a run of bulk has measured.")] = None
    tokens_per_second: Annotated[
        float | None, typer.Option(min=0.001, help="Of a reader with its hands full, all pages together.")
    ] = None
    curve: Annotated[
        str | None, typer.Option(help="The same by pages at once: 1:580,4:1320,16:2710.", metavar="N:TOKENS/S,…")
    ] = None
    api_servers: Annotated[int | None, typer.Option(min=0, help="Processes that prepare pictures.")] = None
    cores: Annotated[int | None, typer.Option(min=1, help="Processor cores of a node.")] = None
    price: Annotated[float | None, typer.Option(min=0, help="Dollars of a node and hour.")] = None

    def given(self) -> dict[str, Any]:
        """Figures by their names. Raises InputError for a curve that is none."""
        if self.curve is not None and self.tokens_per_second is not None:
            raise InputError("--curve says what --tokens-per-second says: leave one of them out")
        curve = _curve(self.curve) if self.curve is not None else None
        if self.tokens_per_second is not None:
            # One page alone gets some 1/25 of what 64 at once get: as of published curves of small decoders.
            curve = ((1, self.tokens_per_second / 25), (64, self.tokens_per_second))
        return {
            "curve": curve,
            "name": None if curve is None else "a node as given",
            "api_servers": self.api_servers,
            "cores": self.cores,
            "price_per_hour": self.price,
        }


@dataclass(frozen=True)
class RunOptions:
    """How it is run."""

    PANEL: ClassVar[str] = "The run"
    nodes: Annotated[int | None, typer.Option(min=1, help="So many nodes.")] = None
    hours: Annotated[float | None, typer.Option(min=0.01, help="As few nodes as finish within these hours.")] = None
    spot_losses: Annotated[float | None, typer.Option(min=0, help="Nodes lost, each node and hour.")] = None
    start: Annotated[float | None, typer.Option(min=0, help="Seconds until a node reads.")] = None

    def given(self) -> dict[str, Any]:
        """Figures by their names."""
        return {"spot_losses": self.spot_losses, "start_s": self.start}


def add_to(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command()(with_groups(plan))


def plan(
    pages: Annotated[
        list[int] | None, typer.Option(min=1, help="Pages to read; repeatable. By default 10³ to 10⁹.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Begin with the inputs in this JSON, as --json prints them.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Draw it: plan.svg, plan.png …")
    ] = None,
    published: Annotated[
        bool, typer.Option("--check", help="Simulate published figures, and show how far off each is.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the dice.")] = 0,
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    *,
    asking: QuestionOptions,
    of_corpus: CorpusOptions,
    of_node: NodeOptions,
    of_run: RunOptions,
) -> None:
    """Say how many nodes, hours and dollars a run takes, by simulating it; every input is printed.

    By default as few nodes as finish within a day, for 10³ to 10⁹ pages, of assumptions that options replace.
    """
    from sokdok.bench.pictures import check_plot, save_figure
    from sokdok.bulk.simulate.inputs import Inputs, check, load_inputs
    from sokdok.bulk.simulate.picture import draw_plan
    from sokdok.bulk.simulate.plan import make_plan

    if published:
        _check(seed, as_json)
        return
    if of_run.nodes is not None and of_run.hours is not None:
        raise InputError("--nodes and --hours: name one, and the other is found")
    if output is not None:
        check_plot(output)
    inputs = load_inputs(figures) if figures is not None else Inputs()
    inputs, counts = _found(inputs, of_corpus, of_node, asking, device, seed)
    inputs = _with_given(inputs, of_corpus, of_node, of_run)
    check(inputs)
    made = make_plan(inputs, sorted(pages or {*counts, *POWERS}), of_run.nodes, of_run.hours, seed)
    if output is not None:
        save_figure(draw_plan(made), output)
    if as_json:
        print_json(_as_json(made))
    else:
        _print(made)


def _found(
    inputs: Inputs, corpus: CorpusOptions, node: NodeOptions, asking: QuestionOptions, device: str, seed: int
) -> tuple[Inputs, list[int]]:
    """Inputs with what was sampled and measured, and the pages that the sampled source has."""
    from sokdok.bulk.plan.plan import read_units
    from sokdok.bulk.simulate.measured import measured_inputs
    from sokdok.bulk.simulate.sample import draw_sample
    from sokdok.bulk.sources import open_source
    from sokdok.bulk.store import open_store

    if node.measure is not None and corpus.sample is None:
        raise InputError("--measure reads pages of a sample: name the corpus by --sample")
    if node.measure is not None and node.results is not None:
        raise InputError("--measure and --results both say what the reader does: name one")
    if node.results is not None:
        store = open_store(node.results)
        inputs = measured_inputs(store, read_units(store))
    if corpus.sample is None:
        return inputs, []
    source = open_source(corpus.sample)
    with progress("looking at files", corpus.sample_files) as advance:
        sample = draw_sample(source, corpus.sample_files, seed, advance)
    note(f"{source.name}: {len(sample.documents):,} documents of {sample.listed:,} files drawn")
    if node.measure is not None:
        inputs = _measured(source.name, sample, node, asking, device, seed)
    else:
        inputs = type(inputs)(corpus=sample.corpus(inputs.corpus), node=inputs.node, run=inputs.run)
    return inputs, [sample.all_pages]


def _measured(
    source: str, sample: Sample, node: NodeOptions, asking: QuestionOptions, device: str, seed: int
) -> Inputs:
    from sokdok.bulk.simulate.measure import measure
    from sokdok.bulk.work.messages import WorkOptions
    from sokdok.machine import usable_cores

    pages, workers, question = node.measure or 1, node.workers or usable_cores(), asking.question()
    options = WorkOptions(device=device, threads=threads_each(question, workers))
    with progress("reading", pages) as advance:
        found = measure(source, sample, pages, workers, question, options, seed, advance)
    if found.disturbed:
        note(f"{found.lost:.0%} of the time went to other work on this machine: measure again when it is free")
    return found.inputs


def _with_given(inputs: Inputs, corpus: CorpusOptions, node: NodeOptions, run: RunOptions) -> Inputs:
    from sokdok.bulk.simulate.inputs import Inputs, changed

    return Inputs(
        corpus=changed(inputs.corpus, **corpus.given()),
        node=changed(inputs.node, **node.given()),
        run=changed(inputs.run, **run.given()),
    )


def _curve(text: str) -> tuple[tuple[int, float], ...]:
    try:
        pairs = [part.split(":") for part in text.split(",")]
        return tuple((int(count), float(speed)) for count, speed in pairs)
    except ValueError:
        raise InputError(f"--curve {text}: write pages at once and tokens/s, as 1:580,4:1320,16:2710") from None


def _as_json(made: Plan) -> dict[str, Any]:
    import msgspec

    rows = [
        {name: value for name, value in vars(row).items() if name != "run"}
        | {"dollars_per_thousand": row.dollars_per_thousand}
        for row in made.rows
    ]
    return {"seed": made.seed, "inputs": msgspec.to_builtins(made.inputs), "node": made.rate, "rows": rows}


def _print(made: Plan) -> None:
    from sokdok.bulk.simulate.words import assumptions, describe_node

    out = console(100)
    shown = table(
        out, "pages", "nodes", "hours", "node hours", "$", "$/1,000", "pages/day", "±", "failed", "lost nodes"
    )
    priced = made.inputs.node.price_per_hour > 0
    for row in made.rows:
        shown.add_row(
            f"{row.pages:,}",
            f"{row.nodes:,}",
            f"{row.hours:,.2f}",
            f"{row.node_hours:,.1f}",
            _dollars(row.dollars) if priced else "–",
            f"{row.dollars_per_thousand:.3g}" if priced else "–",
            si(round(row.pages_per_day)),
            f"{100 * row.error:.1f} %",
            f"{row.failed:,}",
            f"{row.losses:,}",
        )
    out.print(shown)
    for line in describe_node(made):
        out.print(line, markup=False, soft_wrap=True)
    if not priced:
        out.print("no price is known of a node: --price says what one costs an hour", soft_wrap=True)
    out.print()
    inputs = table(out, "input", "value", "of")
    inputs.columns[2].justify = "left"
    for name, value, meaning in assumptions(made.inputs):
        inputs.add_row(name, value, meaning)
    out.print(inputs)


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}" if amount < 1_000 else f"{amount:,.0f}"


def _check(seed: int, as_json: bool) -> None:
    from sokdok.bulk.simulate.published import TOLERANCE, check_published

    checks = check_published(seed)
    if as_json:
        print_json([{**vars(each), "holds": each.holds} for each in checks])
    else:
        _print_checks(checks)
        note(f"within {TOLERANCE:.0%} is right; where no inputs were published there is nothing to simulate")
    if any(each.holds is False for each in checks):
        raise typer.Exit(1)


def _print_checks(checks: Sequence[Check]) -> None:
    out = console(100)
    shown = table(out, "published", "inputs", "figure", "simulated", "off")
    shown.columns[1].justify = "left"
    for each in checks:
        simulated = (
            ""
            if each.simulated is None
            else f"{each.simulated:,.4g}"
            if each.simulated < 1e4
            else f"{each.simulated:,.0f}"
        )
        figure = f"{each.published:,.4g}" if each.published < 1e4 else f"{each.published:,.0f}"
        off = "" if each.off is None else f"{round(each.off, 3) + 0.0:+.1%}"
        shown.add_row(each.what, each.inputs or "not published", f"{figure} {each.unit}", simulated, off)
    out.print(shown)
