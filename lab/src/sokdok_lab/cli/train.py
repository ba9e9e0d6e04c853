"""`sokdok train`: train nano or one of its nets from a recipe. `sokdok export`: a run as a folder that needs no torch.

- A run lives in one folder. Started again, by whatever it was ended, it goes on from its last checkpoint.
- Ctrl-C and SIGTERM end the present step, save and leave with 130; a second one leaves at once.
- stderr shows a line every half minute, and a bar on a terminal. stdout gets the checkpoint's path.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.cli.ui.console import note, print_json, progress

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
    pages: Annotated[
        Path | None, typer.Option(help="Folder of pages with their structure (sokdok_lab.structure.generate).")
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(help="Weights to start from: a nano's folder or a run's; of nano itself and of structure a file."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 leaves the choice to torch.")] = 0,
    workers: Annotated[
        int | None, typer.Option(min=0, help="Processes that draw the samples; 0 draws between the steps. Default: 1.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Train nano or one of its nets from a recipe. Ended at any moment, it goes on where it stood when started again.

    A recipe is a commented YAML file and holds all that decides a run; `sokdok export` and
    lab/scripts/assemble_nano.py make a model of the result.
    """
    import torch

    from sokdok_lab.training.loop import Trainer, keep_freed_memory, training_device
    from sokdok_lab.training.recipe import find_recipe, load_recipe
    from sokdok_lab.training.task import Folders, make_task

    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    training_device(device)  # before minutes are spent on fonts and texts
    loaded = load_recipe(find_recipe(recipe), **({"init": init} if init else {}))
    trainer = Trainer(make_task(loaded, Folders(corpus, fonts, handwriting, charts, pages)), out, device, workers)
    _announce(trainer, recipe)
    started_at = trainer.step
    last = _run(trainer)
    outcome = {"checkpoint": trainer.checkpoint, "resumed_at": started_at, "seconds": trainer.seconds, **last}
    if json:
        print_json(outcome | {"step": trainer.step})
    else:
        print(trainer.checkpoint)


def export(
    run: Annotated[Path, typer.Argument(help="Folder of a training run (sokdok train --out).")],
    out: Annotated[Path, typer.Argument(help="Folder to write; `sokdok convert --model` takes it.")],
) -> None:
    """Turn a training run into a folder that reads without torch: weights, ONNX graphs, alphabet."""
    from sokdok_lab.training.export import export as write
    from sokdok_lab.training.tasks.drawn_pages import load_run

    model, alphabet, step = load_run(run)
    write(model, alphabet, out)
    note(f"exported step {step:,}")
    print(out)


def _run(trainer: Trainer) -> Report:
    """Train to the end, showing progress; return the last report. Raises KeyboardInterrupt, saved, where asked to."""
    from sokdok_lab.training.curves import draw

    recipe = trainer.recipe
    last: Report = {}
    show = _lines(trainer)
    with _stop_requests() as stopping, progress("training", total=recipe.steps) as advance:
        advance(trainer.step)
        for report in trainer.run():
            advance(1)
            show(report)
            last = report
            if trainer.step % recipe.validate_every == 0 or trainer.step == recipe.steps:
                draw(trainer.out / "metrics.jsonl", trainer.out / "curves.png")
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


def _lines(trainer: Trainer) -> Callable[[Report], None]:
    """One line for the first step, then every LINE_EVERY_SECONDS, at each validation and at the end."""
    from sokdok_lab.training.curves import numbers_of

    first, start, steps, due = trainer.step, time.monotonic(), trainer.recipe.steps, 0.0

    def show(report: Report) -> None:
        nonlocal due
        step, now = report["step"], time.monotonic()
        if now < due and step < steps and "validation" not in report:
            return
        due = now + LINE_EVERY_SECONDS
        speed = (step - first) / max(now - start, 1e-9)  # validations and checkpoints included
        left = f"{(steps - step) / speed / 3600:.2f} hours left" if speed else ""
        numbers = "  ".join(f"{name} {value:.3g}" for name, value in numbers_of(report).items())
        note(f"step {step} of {steps}  {numbers}  {speed:.3g} steps/s  {left}")

    return show
