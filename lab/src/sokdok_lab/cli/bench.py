"""`sokdok bench`: the published experiments, reproduced; a module a bench, loaded when it is named."""

from __future__ import annotations

from typing import Any

import typer

from sokdok.cli import Command, RootGroup
from sokdok.errors import MissingExtraError

HELP = "Measure what a reader loses: the published experiments on sokdok's own drawing and readers."
EXTRAS = ("figures", "bulk", "serve")  # of sokdok, without which the bench of that name does not load
# In the order of `sokdok bench --help`.
BENCHES = {
    "figures": Command(
        "",
        "Charts, molecules, geometry and tables: RMS-F1, InChIKey and Tanimoto, relation F1, TEDS; beside OSRA.",
        "sokdok_lab.bench.evaluation.command:figures",
    ),
    "documents": Command(
        "",
        "Pages, scans, forms, receipts, handwriting, whole documents; beside tesseract, RapidOCR and converters.",
        "sokdok_lab.bench.evaluation.command:documents",
    ),
    "printed": Command(
        "",
        "Printed documents: words, headings, lists, tables, paragraphs, code, notes; beside pdftotext and packages.",
        "sokdok_lab.bench.printed.run:printed",
    ),
    "loss": Command(
        "",
        "Documents whose words are known: how many lose text, and how many of these say that all is well.",
        "sokdok_lab.bench.loss:loss",
    ),
    "speed": Command(
        "",
        "Pages and tokens per second on this machine, beside what you would use instead.",
        "sokdok_lab.bench.speed.command:speed",
    ),
    "bulk": Command(
        "",
        "Measure bulk: its overhead over plain processes, the driver's memory, resuming, near duplicates, Ray.",
        "sokdok_lab.bench.bulk:bulk",
    ),
    "serve": Command(
        "",
        "Measure serving on the loopback: throughput, overhead, time to the first page, load, kills, memory.",
        "sokdok_lab.bench.serve.command:serve",
    ),
    "memory": Command(
        "",
        "Questions about long conversations, and planted codes: what of them a view shows, beside what one could send.",
        "sokdok_lab.bench.memory.command:memory",
    ),
    "compression": Command(
        "",
        "Draw texts in 64 to 400 vision tokens, read them back, and stand beside the published numbers.",
        "sokdok_lab.bench.compression.command:compression",
    ),
    "frontier": Command(
        "",
        "Grow the text on one page until fidelity falls below .97: the largest ratio before that (published: 10x).",
        "sokdok_lab.bench.compression.frontier:frontier",
    ),
}


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
