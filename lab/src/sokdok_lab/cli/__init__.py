"""The lab's commands, which it adds to `sokdok` by the entry point `sokdok.commands`."""

from __future__ import annotations

from sokdok.cli import MEASURE, MODELS, Command, RootGroup

COMMANDS = {
    "synth": Command(
        MODELS,
        "Make synthetic training data: pictures, official prompts, and the exact answers.",
        "sokdok_lab.cli.synth:synth",
    ),
    "train": Command(MODELS, "Train nano or one of its nets from a recipe.", "sokdok_lab.cli.train:train"),
    "export": Command(
        MODELS,
        "Turn a training run into a folder that reads without torch: weights, ONNX graphs, alphabet.",
        "sokdok_lab.cli.train:export",
    ),
    "bench": Command(
        MEASURE,
        "Measure what a reader loses: the published experiments on sokdok's own drawing and readers.",
        "sokdok_lab.cli.bench:group",
    ),
}


def register(group: RootGroup) -> None:
    """Add `sokdok synth`, `train`, `export` and `bench`."""
    group.add(COMMANDS)
