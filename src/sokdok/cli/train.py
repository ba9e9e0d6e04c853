"""`sokdok train`: train a checkpoint from a recipe.

- A run lives in one folder. Started again, by whatever it was ended, it goes on from its last checkpoint.
- Ctrl-C and SIGTERM end the step in hand, save and leave with 130; a second one leaves at once.
- stderr shows progress: a bar on a terminal, a line every half minute in a log file. stdout gets the checkpoint's path.
"""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.cli.ui.console import PANEL_MODELS, err, note, print_json
from sokdok.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from sokdok.training.loop import Trainer

Report = dict[str, Any]
LINE_EVERY = 30.0
"""seconds between progress lines where stderr is no terminal"""


def register(app: typer.Typer) -> None:
    """Add `sokdok train` to the product's commands."""
    app.command("train", rich_help_panel=PANEL_MODELS)(train)


def train(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (nano, smoke) or a YAML file.")],
    corpus: Annotated[Path, typer.Option(help="Folder of texts: {en,ko,code}/*.txt (scripts/fetch_corpus.py).")],
    out: Annotated[Path, typer.Option(help="Folder of the run; a run that is there already goes on.")],
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 leaves the choice to torch.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Train a checkpoint from a recipe. Ended at any moment, it goes on where it stood when started again."""
    trainer = _trainer(recipe, corpus, out, device, threads)
    _announce(trainer, recipe)
    started_at, last = trainer.step, {}
    with _stop_requests() as stopping, _progress(trainer) as show:
        for report in trainer.run():
            show(report)
            last = report
            if "validation" in report:
                _draw_curves(out)
            if stopping() and trainer.step < trainer.recipe.steps:
                trainer.save()
                note(f"interrupted: saved step {trainer.step} in {trainer.checkpoint}")
                raise KeyboardInterrupt
    outcome = {"checkpoint": trainer.checkpoint, "resumed_at": started_at, "seconds": trainer.seconds, **last}
    if json:
        print_json(outcome | {"step": trainer.step})
    else:
        print(trainer.checkpoint)


def _trainer(recipe: str, corpus: Path, out: Path, device: str, threads: int) -> Trainer:
    """Load what training needs, now that it is known to be needed."""
    try:
        import torch
    except ImportError:
        raise MissingExtraError("train", "training") from None
    from sokdok.training.allocator import keep_freed_memory
    from sokdok.training.loop import Trainer
    from sokdok.training.recipe import find_recipe, load_recipe

    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise InputError(f"no device is called {device!r}; use cpu, cuda or cuda:N")
    return Trainer(load_recipe(find_recipe(recipe)), corpus, out, device)


def _announce(trainer: Trainer, recipe: str) -> None:
    """Say whether this begins, goes on or is done already."""
    steps, at = trainer.recipe.steps, f"step {trainer.step} of {trainer.recipe.steps}"
    if trainer.step >= steps:
        note(f"{recipe}: {trainer.checkpoint} has all {steps} steps behind it; nothing to do")
    elif trainer.step:
        note(f"{recipe}: resuming {trainer.checkpoint} at {at}, after {trainer.seconds / 3600:.2f} hours")
    else:
        parameters = sum(p.numel() for p in trainer.model.parameters())
        note(f"{recipe}: starting from scratch, {steps} steps, {parameters / 1e6:.2f} M parameters")


@contextmanager
def _stop_requests() -> Iterator[Callable[[], bool]]:
    """Hold Ctrl-C and SIGTERM back while the block runs; yields whether one came. The second one is not held back."""
    requested: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        if requested:
            raise KeyboardInterrupt
        requested.append(number)
        note("stopping after this step; once more to leave at once, without saving")

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, remember) for number in signals]
    try:
        yield lambda: bool(requested)
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _draw_curves(out: Path) -> None:
    """Refresh the picture; a base install without matplotlib trains all the same."""
    from sokdok.training.curves import draw

    try:
        draw(out / "metrics.jsonl", out / "curves.png")
    except MissingExtraError as error:
        note(f"no curves.png: {error}")


def numbers(report: Report) -> str:
    """Losses and accuracies of one step in a line: `dense 0.012 99.9%  symbol 0.034 99.1%`."""
    parts = []
    for name, value in report.items():
        accuracy = report.get(f"{name}_accuracy")
        if accuracy is not None:
            parts.append(f"{name} {value:.3g} {accuracy:.1%}")
    return "  ".join(parts)


@contextmanager
def _progress(trainer: Trainer) -> Iterator[Callable[[Report], None]]:
    """Show each report on stderr while the block runs."""
    if sys.stderr.isatty():
        with _bar(trainer) as show:
            yield show
    else:
        yield _lines(trainer)


@contextmanager
def _bar(trainer: Trainer) -> Iterator[Callable[[Report], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    def whole() -> Column:
        return Column(no_wrap=True)  # where the terminal is narrow, the bar gives way, not the figures

    columns = (
        BarColumn(None, table_column=Column(ratio=1)),
        MofNCompleteColumn(table_column=whole()),
        TextColumn("{task.description}", markup=False, table_column=whole()),
        TextColumn("{task.fields[speed]}", table_column=whole()),
        TimeRemainingColumn(table_column=whole()),
    )
    pace = _Pace(trainer.step)
    with Progress(*columns, console=err, redirect_stdout=False, expand=True) as bar:
        task = bar.add_task("", total=trainer.recipe.steps, completed=trainer.step, speed="")

        def show(report: Report) -> None:
            speed = f"{pace.per_second(report['step']):.3g} steps/s"
            bar.update(task, completed=report["step"], description=numbers(report), speed=speed)

        yield show


def _lines(trainer: Trainer) -> Callable[[Report], None]:
    """One line for the first step, then every LINE_EVERY seconds, at each validation and at the end."""
    pace, steps, due = _Pace(trainer.step), trainer.recipe.steps, 0.0

    def show(report: Report) -> None:
        nonlocal due
        step = report["step"]
        if time.monotonic() < due and step < steps and "validation" not in report:
            return
        due = time.monotonic() + LINE_EVERY
        speed = pace.per_second(step)
        left = f"{(steps - step) / speed / 3600:.2f} hours left" if speed else ""
        note(f"step {step} of {steps}  {numbers(report)}  {speed:.3g} steps/s  {left}")

    return show


class _Pace:
    """Steps per second since the run was started, the time for validations and checkpoints included."""

    def __init__(self, step: int) -> None:
        self.step, self.start = step, time.monotonic()

    def per_second(self, step: int) -> float:
        return (step - self.step) / max(time.monotonic() - self.start, 1e-9)
