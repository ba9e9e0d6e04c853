"""`sokdok bench`: the published experiments, reproduced; a module a bench, loaded when it is named."""

from __future__ import annotations

from typing import Any

import typer

from sokdok.cli import Command, RootGroup
from sokdok.errors import MissingExtraError

HELP = "Measure what a reader loses: the published experiments on sokdok's own drawing and readers."
EXTRAS = ("bulk", "serve")  # of sokdok, without which the bench of that name does not load
_BENCHES = (  # name, module and the first sentence of its help, in the order of `sokdok bench --help`
    ("figures", "evaluation.command", "Charts, molecules, geometry and tables, beside OSRA."),
    ("documents", "evaluation.command", "Pages, scans, forms, receipts, handwriting, documents, beside others."),
    ("printed", "evaluation.command", "Printed documents: their words and structure, beside pdftotext and packages."),
    (
        "loss",
        "loss",
        "Documents whose words are known: how many lose text, and how many in silence.",
    ),
    ("speed", "speed.command", "Pages and tokens per second on this machine, beside what you would use instead."),
    ("bulk", "bulk", "Measure bulk: overhead over plain processes, memory, resuming, near duplicates, Ray."),
    ("serve", "serve.command", "Measure serving on the loopback: pace, overhead, first page, load, kills, memory."),
    ("memory", "memory.command", "Questions about long conversations, and planted codes: what of them a view shows."),
    ("compression", "compression.command", "Draw texts in 64 to 400 vision tokens, and read them back."),
    ("frontier", "compression.frontier", "The largest ratio of text to vision tokens at which fidelity is .97."),
)
BENCHES = {name: Command("", text, f"sokdok_lab.bench.{module}:{name}") for name, module, text in _BENCHES}


class BenchGroup(RootGroup):
    """Loads a bench when it is named."""

    own = BENCHES

    def add_others(self) -> None:
        """Add nothing: the benches are all."""

    def load(self, name: str) -> Any:
        """The whole command of a bench, in place of its line of help. Raises MissingExtraError."""
        try:
            return super().load(name)
        except ModuleNotFoundError as error:
            if name not in EXTRAS or (error.name or "").startswith("sokdok"):
                raise
            raise MissingExtraError(name, f"`sokdok bench {name}`") from None


group = typer.Typer(cls=BenchGroup, no_args_is_help=True, help=HELP, add_completion=False)


@group.callback()
def _group() -> None:
    """Hold the benches, which the group knows by name."""
