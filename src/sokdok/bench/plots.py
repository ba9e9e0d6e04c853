"""The paper's picture (precision as bars, ratio as lines) with our series beside the published ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sokdok.bench.compression import Row
from sokdok.bench.published import PAPER_RATIOS
from sokdok.errors import MissingExtraError

_MEAN_COLUMN = "all"
_SERIES = (
    # label, decoder whose row holds the value, field, colour
    ("paper", None, "paper", "#b9c4d0"),
    ("DeepSeek-OCR, measured", None, "measured", "#7b8fa6"),
    ("sokdok, autoregressive", "autoregressive", "fidelity", "#d9822b"),
    ("sokdok, parallel", "parallel", "fidelity", "#2b8a6e"),
    ("cut off at the same tokens", "truncation", "fidelity", "#e4d3a2"),
)


def require_matplotlib() -> None:
    """Raise MissingExtraError if there is nothing to draw with."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError("bench", "drawing the picture")


def plot_compression(rows: Sequence[Row], path: Path) -> None:
    """One panel for each condition (down) and mode (across); written whole or not at all."""
    require_matplotlib()
    # A figure of its own, not pyplot's: no window, no global state.
    from matplotlib.figure import Figure

    conditions = list(dict.fromkeys(row.condition for row in rows))
    modes = list(dict.fromkeys(row.mode for row in rows))
    figure = Figure(figsize=(7.5 * len(modes), 3.8 * len(conditions)), layout="constrained")
    grid = figure.subplots(len(conditions), len(modes), squeeze=False)
    for i, condition in enumerate(conditions):
        for j, mode in enumerate(modes):
            _panel(grid[i][j], [row for row in rows if (row.condition, row.mode) == (condition, mode)], condition, mode)
    figure.suptitle("Text drawn as pages and read back: fidelity (bars) and text tokens per vision token (lines)")
    temporary = path.with_name(f"{path.name}.tmp")
    figure.savefig(temporary, dpi=110, format=path.suffix.lstrip(".") or "png")
    os.replace(temporary, path)


def _panel(axes: Any, rows: list[Row], condition: str, mode: str) -> None:
    buckets = [bucket for bucket in dict.fromkeys(row.bucket for row in rows) if bucket != _MEAN_COLUMN]
    if not buckets:
        axes.set_axis_off()
        return
    series = [(label, _values(rows, buckets, decoder, field), colour) for label, decoder, field, colour in _SERIES]
    series = [item for item in series if any(value is not None for value in item[1])]
    width = 0.84 / len(series)
    for k, (label, values, colour) in enumerate(series):
        places = [x - 0.42 + width * (k + 0.5) for x in range(len(buckets))]
        bars = axes.bar(places, [value or 0 for value in values], width, color=colour, label=label)
        labels = ["" if value is None else f"{100 * value:.0f}" for value in values]
        axes.bar_label(bars, labels, fontsize=6, padding=1)
    axes.set(ylim=(0, 1.08), title=f"{condition}, {mode}", xlabel="text tokens", ylabel="fidelity (paper: precision)")
    axes.set_xticks(range(len(buckets)), buckets, fontsize=8)
    _ratios(axes.twinx(), rows, buckets, condition, mode)
    axes.legend(loc="lower left", fontsize=7, framealpha=0.9)


def _ratios(axes: Any, rows: list[Row], buckets: list[str], condition: str, mode: str) -> None:
    """The lines on the second axis: ours, and the paper's where it had these pages."""
    ours = {row.bucket: row.ratio for row in rows}
    axes.plot(range(len(buckets)), [ours[b] for b in buckets], "o-", color="#333333", markersize=4, label="ratio")
    theirs = PAPER_RATIOS.get(mode, {}) if condition in ("natural", "original") else {}
    known = [(x, theirs[bucket]) for x, bucket in enumerate(buckets) if bucket in theirs]
    if known:
        axes.plot(*zip(*known, strict=True), "s--", color="#7b8fa6", markersize=3, label="ratio, paper")
    axes.set(ylim=(0, 1.3 * max([*ours.values(), *theirs.values()])), ylabel="text tokens / vision token")
    axes.legend(loc="upper left", fontsize=7, framealpha=0.9)


def _values(rows: list[Row], buckets: list[str], decoder: str | None, field: str) -> list[float | None]:
    """The value of each bucket's row, or of its first row that has one."""
    found: dict[str, float] = {}
    for row in rows:
        value = getattr(row, field)
        if value is not None and decoder in (None, row.decoder):
            found.setdefault(row.bucket, value)
    return [found.get(bucket) for bucket in buckets]
