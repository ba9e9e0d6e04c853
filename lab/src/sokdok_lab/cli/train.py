"""`sokdok train`: train nano or one of its nets from a recipe.

- A run lives in one folder. Started again, by whatever it was ended, it goes on from its last checkpoint.
- Ctrl-C and SIGTERM end the step in hand, save and leave with 130; a second one leaves at once.
- stderr shows progress: a bar on a terminal, a line every half minute in a log file. stdout gets the checkpoint's path.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.cli.ui.console import err, note, print_json

if TYPE_CHECKING:
    from sokdok_lab.training.loop import Trainer

Report = dict[str, Any]
LINE_EVERY_SECONDS = 30.0  # between progress lines where stderr is no terminal


def train(
    recipe: Annotated[
        str, typer.Argument(help="A recipe's name (nano, recogniser, text_detector, molecules, …) or a YAML file.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the run; a run that is there already goes on.")],
    corpus: Annotated[
        Path | None, typer.Option(help="Folder of texts: {en,ko,code}/*.txt (lab/scripts/fetch_corpus.py).")
    ] = None,
    fonts: Annotated[Path | None, typer.Option(help="Folder of fonts (lab/scripts/fetch_fonts.py).")] = None,
    handwriting: Annotated[
        Path | None, typer.Option(help="Folder of handwriting fonts (lab/scripts/fetch_fonts.py --handwriting).")
    ] = None,
    charts: Annotated[
        Path | None, typer.Option(help="Folder of pictures of charts by kind (lab/scripts/charts/draw.py).")
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(help="Weights to start from: a nano's folder or a run's; of nano itself a model.safetensors."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 leaves the choice to torch.")] = 0,
    workers: Annotated[
        int | None, typer.Option(min=0, help="Processes that draw the samples; 0 draws in a thread. Default: 1.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Train nano or one of its nets from a recipe. Ended at any moment, it goes on where it stood when started again.

    A recipe is a commented YAML file and holds all that decides a run; `sokdok export` and
    lab/scripts/assemble_nano.py make a model of the result.
    """
    torch = _torch()
    from sokdok_lab.training.loop import Trainer, keep_freed_memory, training_device
    from sokdok_lab.training.recipe import find_recipe, load_recipe
    from sokdok_lab.training.task import Folders, make_task

    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    training_device(device)  # before minutes are spent on fonts and texts
    loaded = load_recipe(find_recipe(recipe), **({"init": init} if init else {}))
    trainer = Trainer(make_task(loaded, Folders(corpus, fonts, handwriting, charts)), out, device, workers)
    _announce(trainer, recipe)
    started_at = trainer.step
    last = _run(trainer)
    outcome = {"checkpoint": trainer.checkpoint, "resumed_at": started_at, "seconds": trainer.seconds, **last}
    if json:
        print_json(outcome | {"step": trainer.step})
    else:
        print(trainer.checkpoint)


def _torch() -> Any:
    import torch

    return torch


def _run(trainer: Trainer) -> Report:
    """Train to the end, showing progress; return the last report. Raises KeyboardInterrupt, saved, where asked to."""
    recipe = trainer.recipe
    last: Report = {}
    with _stop_requests() as stopping, _progress(trainer) as show:
        for report in trainer.run():
            show(report)
            last = report
            if trainer.step % recipe.validate_every == 0 or trainer.step == recipe.steps:
                _draw_curves(trainer.out)
            if stopping() and trainer.step < recipe.steps:
                trainer.save()
                note(f"interrupted: saved step {trainer.step} in {trainer.checkpoint}")
                raise KeyboardInterrupt
    return last


def _announce(trainer: Trainer, recipe: str) -> None:
    """Say whether this begins, goes on or is done already."""
    steps, at = trainer.recipe.steps, f"step {trainer.step} of {trainer.recipe.steps}"
    if trainer.step >= steps:
        note(f"{recipe}: {trainer.checkpoint} has all {steps} steps behind it; nothing to do")
    elif trainer.step:
        note(f"{recipe}: resuming {trainer.checkpoint} at {at}, after {trainer.seconds / 3600:.2f} hours")
    else:
        parameters = sum(p.numel() for p in trainer.task.model.parameters())
        origin = f"weights of {trainer.recipe.init}" if trainer.recipe.init else "scratch"
        note(f"{recipe}: starting from {origin}, {steps} steps, {parameters / 1e6:.2f} M parameters")


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
    """Refresh the picture."""
    from sokdok_lab.training.curves import draw

    draw(out / "metrics.jsonl", out / "curves.png")


def numbers(report: Report) -> str:
    """Put losses and accuracies of one step in a line: `dense 0.012 99.9%  symbol 0.034 99.1%`.

    A loss stands before its accuracy; losses and measures without a partner stand alone.
    """
    from sokdok_lab.training.curves import losses_in, measures_in

    measures = measures_in([report])
    parts = []
    for name in losses_in([report]):
        accuracy = f"{name}_accuracy"
        partner = [measures.pop(measures.index(accuracy))] if accuracy in measures else []
        parts.append(" ".join([f"{name} {report[name]:.3g}", *(f"{report[measure]:.1%}" for measure in partner)]))
    parts += [f"{name.replace('_', ' ')} {report[name]:.1%}" for name in measures]
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
    """One line for the first step, then every LINE_EVERY_SECONDS, at each validation and at the end."""
    pace, steps, due = _Pace(trainer.step), trainer.recipe.steps, 0.0

    def show(report: Report) -> None:
        nonlocal due
        step = report["step"]
        if time.monotonic() < due and step < steps and "validation" not in report:
            return
        due = time.monotonic() + LINE_EVERY_SECONDS
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
