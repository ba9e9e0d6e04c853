"""The picture of a run: losses, accuracies and learning rate, over steps and over hours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.errors import InputError
from sokdok.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURES = ("_accuracy", "_iou")  # endings of what is measured beside the losses, 0 to 1
VALIDATED = {
    "dense_accuracy": "symbols right: parallel decoder",
    "symbol_accuracy": "symbols right: autoregressive decoder, teacher-forced",
    "one_minus_cer": "1 - CER of what the recogniser reads",
}  # what validation measures
_NO_LOSSES = {"step", "seconds", "learning_rate", "gradient", "validation"}
_PAST_WEIGHT = 0.8  # weight of the past in the running mean of a loss
_DASHES = ("-", "--", ":", "-.")
_ROW_INCHES = 3.5  # height of a row of plots

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


def draw(metrics: Path, picture: Path) -> None:
    """Draw `metrics` (JSON lines) as the PNG `picture`, which is replaced in one go.

    Validation's accuracies where there is any, training's elsewhere. Raises InputError if there is nothing to draw.
    """
    from matplotlib.figure import Figure  # not pyplot: no window, no global state

    reports = read_metrics(metrics)
    if not reports:
        raise InputError(f"{metrics} holds no reports yet")
    found = {name for report in reports for numbers in report.get("validation", {}).values() for name in numbers}
    validated = [name for name in VALIDATED if name in found]
    count = 2 + max(len(validated), 1)
    figure = Figure(figsize=(13, count * _ROW_INCHES), layout="constrained")
    axes = figure.subplots(count, 2, sharex="col", sharey="row")
    for column, (unit, label) in enumerate([(1, "step"), (3600, "hours of training")]):
        key = "step" if column == 0 else "seconds"
        _draw_losses(axes[0, column], reports, key, unit)
        for row, name in enumerate(validated, 1):
            _draw_validation(axes[row, column], reports, name, key, unit)
        if not validated:
            _draw_measures(axes[1, column], reports, key, unit)
        _draw_rate(axes[-1, column], reports, key, unit)
        axes[-1, column].set_xlabel(label)
    for row in range(count - 1):
        _explain(axes[row, 1])
    with replacing(picture) as temporary:
        figure.savefig(temporary, format="png", dpi=100)


def _series(reports: Iterable[Report], name: str, key: str, unit: float) -> tuple[list[float], list[float]]:
    """Collect the reports that have `name`: their steps or hours, and the values."""
    points = [(report[key] / unit, report[name]) for report in reports if name in report]
    return [x for x, _ in points], [y for _, y in points]


def losses_in(reports: Iterable[Report]) -> list[str]:
    """List the names of the losses, in the order in which they appear."""
    return [name for name in _names(reports) if name not in _NO_LOSSES and not name.endswith(MEASURES)]


def measures_in(reports: Iterable[Report]) -> list[str]:
    """List the names of what is measured beside the losses, in the order in which they appear."""
    return [name for name in _names(reports) if name.endswith(MEASURES)]


def _names(reports: Iterable[Report]) -> list[str]:
    return list(dict.fromkeys(name for report in reports for name in report))


def running_mean(values: list[float]) -> list[float]:
    """Smooth values by an exponential mean, started at the first."""
    means: list[float] = []
    for value in values:
        means.append(_PAST_WEIGHT * means[-1] + (1 - _PAST_WEIGHT) * value if means else value)
    return means


def _draw_losses(axes: Axes, reports: list[Report], key: str, unit: float) -> None:
    for i, name in enumerate(losses_in(reports)):
        # A stage without deep supervision reports 0, which a logarithm can't show.
        x, y = _series((report for report in reports if report.get(name)), name, key, unit)
        axes.plot(x, y, color=f"C{i}", alpha=0.3, linewidth=0.8)
        axes.plot(x, running_mean(y), color=f"C{i}", label=name)
    axes.set_yscale("log")
    _finish(axes, "training loss")


def _draw_measures(axes: Axes, reports: list[Report], key: str, unit: float) -> None:
    for i, name in enumerate(measures_in(reports)):
        x, y = _series(reports, name, key, unit)
        axes.plot(x, y, color=f"C{i}", alpha=0.3, linewidth=0.8)
        axes.plot(x, running_mean(y), color=f"C{i}", label=name.replace("_", " "))
    axes.set_ylim(0, 1.02)
    _finish(axes, "share right on the samples of training")


def _draw_validation(axes: Axes, reports: list[Report], name: str, key: str, unit: float) -> None:
    """Draw one line for each kind of text (colour) in each cell (dashes)."""
    validations = [report for report in reports if "validation" in report]
    labels = list(dict.fromkeys(label for report in validations for label in report["validation"]))
    kinds = list(dict.fromkeys(_kind_and_cell(label)[0] for label in labels))
    cells = list(dict.fromkeys(_kind_and_cell(label)[1] for label in labels))
    for label in labels:
        kind, cell = _kind_and_cell(label)
        flat = [{key: r[key], **r["validation"].get(label, {})} for r in validations]
        x, y = _series(flat, name, key, unit)
        dashes = _DASHES[cells.index(cell) % len(_DASHES)]
        if x:
            axes.plot(x, y, dashes, color=f"C{kinds.index(kind)}", marker=".", markersize=3, label=label)
    axes.set_ylim(0, 1.02)
    _finish(axes, f"validation, {VALIDATED[name]}")


def _kind_and_cell(label: str) -> tuple[str, str]:
    """Split `words ko 8x8`; what is read from lines has no cell."""
    kind, _, cell = label.rpartition(" ")
    return (kind, cell) if kind else (cell, "")


def _draw_rate(axes: Axes, reports: list[Report], key: str, unit: float) -> None:
    axes.plot(*_series(reports, "learning_rate", key, unit), color="black", linewidth=1)
    axes.set_yscale("log")
    _finish(axes, "learning rate")


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize="medium")
    axes.grid(alpha=0.3)


def _explain(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small")
