"""Draw the paper's picture, precision as bars and ratio as lines, with sokdok's series beside the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sokdok_lab.bench.compression.compression import ALL, Row
from sokdok_lab.bench.compression.published import PAPER_RATIOS
from sokdok_lab.bench.pictures import check_plot, save_figure

_SERIES = (
    # label, decoder whose row holds the value, field, colour
    ("paper", None, "paper", "#b9c4d0"),
    ("DeepSeek-OCR, measured", None, "measured", "#7b8fa6"),
    ("sokdok, autoregressive", "autoregressive", "fidelity", "#d9822b"),
    ("sokdok, parallel", "parallel", "fidelity", "#2b8a6e"),
    ("cut off at the same tokens", "truncation", "fidelity", "#e4d3a2"),
)
_BARS_SHARE = 0.84  # Share of a bucket's place that its bars take up.


def plot_compression(rows: Sequence[Row], path: Path) -> None:
    """Draw a panel for each condition (down) and mode (across) into a file."""
    check_plot(path)
    # A figure of its own, not pyplot's: no window, no global state.
    from matplotlib.figure import Figure

    conditions = list(dict.fromkeys(row.condition for row in rows))
    modes = list(dict.fromkeys(row.mode for row in rows))
    figure = Figure(figsize=(7.5 * len(modes), 3.8 * len(conditions)), layout="constrained")
    grid = figure.subplots(len(conditions), len(modes), squeeze=False)
    for i, condition in enumerate(conditions):
        for j, mode in enumerate(modes):
            _panel(grid[i][j], [row for row in rows if (row.condition, row.mode) == (condition, mode)], condition, mode)
    figure.suptitle("Texts as pages, read back: fidelity (bars, left) and text tokens per vision token (lines, right)")
    _legend(figure)
    save_figure(figure, path)


def _panel(axes: Any, rows: list[Row], condition: str, mode: str) -> None:
    buckets = [bucket for bucket in dict.fromkeys(row.bucket for row in rows) if bucket != ALL]
    if not buckets:
        axes.set_axis_off()
        return
    series = [(label, _values(rows, buckets, decoder, field), colour) for label, decoder, field, colour in _SERIES]
    series = [item for item in series if any(value is not None for value in item[1])]
    width = _BARS_SHARE / len(series)
    for k, (label, values, colour) in enumerate(series):
        places = [x - _BARS_SHARE / 2 + width * (k + 0.5) for x in range(len(buckets))]
        bars = axes.bar(places, [value or 0 for value in values], width, color=colour, label=label)
        labels = ["" if value is None else f"{100 * value:.0f}" for value in values]
        axes.bar_label(bars, labels, fontsize=6, padding=1)
    axes.set(ylim=(0, 1.08), title=f"{condition}, {mode}", ylabel="fidelity (paper: precision)")
    axes.set_xlabel("ratio aimed at" if condition == "korean" else "text tokens")
    axes.set_xticks(range(len(buckets)), buckets, fontsize=8)
    _ratios(axes.twinx(), rows, buckets, condition, mode)


def _ratios(axes: Any, rows: list[Row], buckets: list[str], condition: str, mode: str) -> None:
    """Draw the lines on the second axis: sokdok's, and the paper's where it had these pages."""
    ratios = {row.bucket: row.ratio for row in rows}
    axes.plot(range(len(buckets)), [ratios[b] for b in buckets], "o-", label="ratio", **_line("#222222"))
    published = PAPER_RATIOS.get(mode, {}) if condition in ("natural", "original") else {}
    known = [(x, published[bucket]) for x, bucket in enumerate(buckets) if bucket in published]
    if known:
        axes.plot(*zip(*known, strict=True), "s--", label="ratio, paper", **_line("#c2410c"))
    axes.set(ylim=(0, 1.3 * max([*ratios.values(), *published.values()])), ylabel="text tokens / vision token")


def _line(colour: str) -> dict[str, Any]:
    """Return the style of a line that stands out from the bars below it."""
    from matplotlib import patheffects

    outline = [patheffects.Stroke(linewidth=3, foreground="white"), patheffects.Normal()]
    return {"color": colour, "linewidth": 1.2, "markersize": 4, "path_effects": outline}


def _legend(figure: Any) -> None:
    """Draw one legend for all panels, outside of them: inside it would hide bars."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=len(entries), fontsize=8)


def _values(rows: list[Row], buckets: list[str], decoder: str | None, field: str) -> list[float | None]:
    """Return the value of each bucket's row, or of its first row that has one."""
    found: dict[str, float] = {}
    for row in rows:
        value = getattr(row, field)
        if value is not None and decoder in (None, row.decoder):
            found.setdefault(row.bucket, value)
    return [found.get(bucket) for bucket in buckets]
