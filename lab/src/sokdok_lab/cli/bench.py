"""`sokdok bench`: the published experiments, reproduced; a module a bench, loaded when it is named."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from sokdok.errors import MissingExtraError

HELP = "Measure what a reader loses: the published experiments on sokdok's own drawing and readers."


class Bench(NamedTuple):
    """A bench that is not loaded."""

    module: str  # of `sokdok_lab.bench`, with a function of the command's name
    help: str  # the first sentence of its own
    extra: str = ""  # of sokdok, without which its module does not load


BENCHES = {
    "figures": Bench(
        "evaluation.command",
        "Charts, molecules, geometry and tables: RMS-F1, InChIKey and Tanimoto, relation F1, TEDS; beside OSRA.",
        "figures",
    ),
    "documents": Bench(
        "evaluation.command",
        "Pages, scans, forms, receipts, handwriting, whole documents; beside tesseract, RapidOCR and converters.",
    ),
    "printed": Bench(
        "printed.run",
        "Printed documents: words, headings, lists, tables, paragraphs, code, notes; beside pdftotext and packages.",
    ),
    "loss": Bench(
        "loss", "Documents whose words are known: how many lose text, and how many of these say that all is well."
    ),
    "speed": Bench("speed.command", "Pages and tokens per second on this machine, beside what you would use instead."),
    "bulk": Bench(
        "bulk",
        "Measure bulk: its overhead over plain processes, the driver's memory, resuming, near duplicates, Ray.",
        "bulk",
    ),
    "serve": Bench(
        "serve.command",
        "Measure serving on the loopback: throughput, overhead, time to the first page, load, kills, memory.",
        "serve",
    ),
    "memory": Bench(
        "memory.command",
        "Questions about long conversations, and planted codes: what of them a view shows, beside what one could send.",
    ),
    "compression": Bench(
        "compression.command",
        "Draw texts in 64 to 400 vision tokens, read them back, and stand beside the published numbers.",
    ),
    "frontier": Bench(
        "compression.frontier",
        "Grow the text on one page until fidelity falls below .97: the largest ratio before that (published: 10x).",
    ),
}


class BenchGroup(TyperGroup):
    """Loads a bench when it is named."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, bench in BENCHES.items():
            self.commands[name] = TyperCommand(name, help=bench.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the bench that is named, and load it."""
        if args and args[0] in BENCHES:
            self.load(args[0])
        return super().resolve_command(ctx, args)

    def load(self, name: str) -> Any:
        """The whole command of a bench, in place of its line of help. Raises MissingExtraError."""
        bench = BENCHES[name]
        try:
            function = getattr(import_module(f"sokdok_lab.bench.{bench.module}"), name)
        except ModuleNotFoundError as error:
            if not bench.extra or (error.name or "").startswith("sokdok"):
                raise
            raise MissingExtraError(bench.extra, f"`sokdok bench {name}`") from None
        app = typer.Typer(add_completion=False, rich_markup_mode="rich")
        app.command(name)(function)
        self.commands[name] = get_command(app)
        self.commands[name].name = name
        return self.commands[name]


group = typer.Typer(cls=BenchGroup, no_args_is_help=True, help=HELP, add_completion=False)


@group.callback()
def _group() -> None:
    """Hold the benches, which the group knows by name."""
