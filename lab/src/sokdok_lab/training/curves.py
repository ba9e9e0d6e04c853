"""The picture of a run over its steps: losses, what is measured beside them from 0 to 1, and the learning rate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.files import replacing

SHARES = ("_accuracy", "_iou", "one_minus_cer")  # endings of what is measured beside the losses, 0 to 1
_OTHERS = {"step", "seconds", "learning_rate", "gradient", "validation"}

Report = dict[str, Any]  # one line of metrics.jsonl


def read_metrics(path: Path) -> list[Report]:
    """Read the reports of a run in the order of their steps.

    A killed run leaves reports behind its last checkpoint, which the resumed run writes again, and perhaps half a
    line: what was overtaken is dropped, and so is what can't be read.
    """
    reports: list[Report] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            report = json.loads(line)
            step = report["step"]
        except (ValueError, TypeError, KeyError):
            continue
        while reports and reports[-1]["step"] >= step:
            reports.pop()
        reports.append(report)
    return reports


def numbers_of(report: Report) -> dict[str, float]:
    """Return the losses and shares of a report."""
    return {name: value for name, value in report.items() if name not in _OTHERS}


def draw(metrics: Path, picture: Path) -> None:
    """Draw `metrics` (JSON lines) as the PNG `picture`, which is replaced in one go; validations have dots.

    Raises InputError if there is nothing to draw.
    """
    from matplotlib.figure import Figure  # not pyplot: no window, no global state

    reports = read_metrics(metrics)
    if not reports:
        raise InputError(f"{metrics} holds no reports yet")
    panels: dict[str, dict[str, list[tuple[int, float]]]] = {"loss": {}, "share right": {}, "learning rate": {}}
    for report in reports:
        parts = report.get("validation", {}).items()
        validated = {f"{part}: {name}": value for part, found in parts for name, value in found.items()}
        values = numbers_of(report) | {name: value for name, value in validated.items() if name.endswith(SHARES)}
        panels["learning rate"].setdefault("rate", []).append((report["step"], report["learning_rate"]))
        for name, value in values.items():
            if name.endswith(SHARES) or value:  # a stage without deep supervision reports 0, which has no logarithm
                panel = panels["share right" if name.endswith(SHARES) else "loss"]
                panel.setdefault(name.replace("_", " "), []).append((report["step"], value))
    figure = Figure(figsize=(13, 12), layout="constrained")
    for axes, (title, lines) in zip(figure.subplots(3, sharex=True), panels.items(), strict=True):
        for name, points in lines.items():
            axes.plot(*zip(*points, strict=True), "." * (":" in name) + "-", label=name, linewidth=0.8)
        axes.set(title=title, yscale="linear" if title == "share right" else "log", xlabel="step")
        axes.grid(alpha=0.3)
        if lines:
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small")
    with replacing(picture) as temporary:
        figure.savefig(temporary, format="png", dpi=100)
