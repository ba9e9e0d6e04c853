"""`sokdok export`: a training run as a folder that reads without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import note


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
