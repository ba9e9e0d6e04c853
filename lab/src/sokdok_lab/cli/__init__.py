"""The lab's commands, which it adds to `sokdok` by the entry point `sokdok.commands`."""

from __future__ import annotations

import typer

from sokdok_lab.cli import bench, export, synth, train


def register(app: typer.Typer) -> None:
    """Add `sokdok synth`, `train`, `export` and `bench`."""
    for command in (synth, train, export, bench):
        command.register(app)
