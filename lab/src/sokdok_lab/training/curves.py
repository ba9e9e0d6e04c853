"""The picture of a run: losses, accuracies and learning rate, over steps and over hours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import accumulate
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


def losses_in(reports: Iterable[Report]) -> list[str]:
    """List the names of the losses, in the order in which they appear."""
    names = dict.fromkeys(name for report in reports for name in report)
    return [name for name in names if name not in _NO_LOSSES and not name.endswith(MEASURES)]


def measures_in(reports: Iterable[Report]) -> list[str]:
    """List the names of what is measured beside the losses, in the order in which they appear."""
    return [name for name in dict.fromkeys(name for report in reports for name in report) if name.endswith(MEASURES)]


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
    rows = 2 + max(len(validated), 1)
    figure = Figure(figsize=(13, rows * _ROW_INCHES), layout="constrained")
    axes = figure.subplots(rows, 2, sharex="col", sharey="row")
    for column, (key, unit, label) in enumerate([("step", 1, "step"), ("seconds", 3600, "hours of training")]):
        down = iter(axes[:, column])
        _lines(next(down), reports, losses_in(reports), key, unit, "training loss")
        for name in validated:
            _validation(next(down), reports, name, key, unit)
        if not validated:
            _lines(next(down), reports, measures_in(reports), key, unit, "share right on the samples of training")
        _lines(next(down), reports, ["learning_rate"], key, unit, "learning rate")
        axes[-1, column].set_xlabel(label)
    for shown in axes[:-1, 1]:
        if shown.get_legend_handles_labels()[0]:
            shown.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small")
    with replacing(picture) as temporary:
        figure.savefig(temporary, format="png", dpi=100)


def _lines(axes: Axes, reports: list[Report], names: list[str], key: str, unit: float, title: str) -> None:
    """Draw values by name, and their running means; losses and rates by their logarithm, since they span decades."""
    shares = bool(names) and names[0].endswith(MEASURES)
    for i, name in enumerate(names):
        # A stage without deep supervision reports 0, which a logarithm can't show.
        shown = [report for report in reports if (name in report if shares else report.get(name))]
        x, y = [report[key] / unit for report in shown], [report[name] for report in shown]
        axes.plot(x, y, color=f"C{i}", alpha=0.3, linewidth=0.8)
        mean = list(accumulate(y, lambda past, value: _PAST_WEIGHT * past + (1 - _PAST_WEIGHT) * value))
        axes.plot(x, mean, color=f"C{i}", label=name.replace("_", " "))
    axes.set_yscale("linear" if shares else "log")
    _finish(axes, title, shares)


def _validation(axes: Axes, reports: list[Report], name: str, key: str, unit: float) -> None:
    """Draw one line for each kind of text (colour) in each cell (dashes): `words ko 8x8`; lines have no cell."""
    validations = [report for report in reports if "validation" in report]
    labels = list(dict.fromkeys(label for report in validations for label in report["validation"]))
    parts = [label.rpartition(" ") if " " in label else (label, "", "") for label in labels]
    kinds, cells = (list(dict.fromkeys(part[i] for part in parts)) for i in (0, 2))
    for label, (kind, _, cell) in zip(labels, parts, strict=True):
        shown = [report for report in validations if name in report["validation"].get(label, {})]
        x, y = [report[key] / unit for report in shown], [report["validation"][label][name] for report in shown]
        style = {"color": f"C{kinds.index(kind)}", "marker": ".", "markersize": 3, "label": label}
        if shown:
            axes.plot(x, y, _DASHES[cells.index(cell) % len(_DASHES)], **style)
    _finish(axes, f"validation, {VALIDATED[name]}", shares=True)


def _finish(axes: Axes, title: str, shares: bool) -> None:
    if shares:
        axes.set_ylim(0, 1.02)
    axes.set_title(title, fontsize="medium")
    axes.grid(alpha=0.3)
