"""The options by which a command has its workers on a Ray cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from sokdok.errors import InputError, require_choice

ENGINES = ("local", "ray")

RayAddress = Annotated[
    str | None, typer.Option(help="With --engine ray: the cluster, host:6379 or auto; without, one is started here.")
]
Gpus = Annotated[float, typer.Option(min=0, help="With --engine ray: GPUs of each worker.")]


def check_engine(engine: str, **for_ray: object) -> None:
    """Raise InputError for an engine that there is not, and for an option of Ray's that was given without it."""
    require_choice("engine", engine, ENGINES)
    for name, given in for_ray.items():
        if given and engine != "ray":
            raise InputError(f"--{name.replace('_', '-')} goes with --engine ray")
