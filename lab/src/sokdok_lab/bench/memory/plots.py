"""The memory benchmark's pictures: what questions find, which planted facts survive, how a view grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure  # figures of their own, not pyplot's: no window, no global state
from matplotlib.ticker import LogLocator

from sokdok_lab.bench.memory.asked import READ_BACK, WHOLE
from sokdok_lab.bench.memory.baselines import BM25, KEEP_LAST, OURS, SUMMARY
from sokdok_lab.bench.output import Row, grouped, legend, save_figure, shown

_STYLES: dict[str, dict[str, Any]] = {
    OURS: {"color": "#2b8a6e", "linewidth": 2.2, "marker": "o"},
    KEEP_LAST: {"color": "#d9822b", "marker": "s"},
    BM25: {"color": "#7b8fa6", "marker": "^"},
    SUMMARY: {"color": "#a98bc0", "marker": "D"},
    READ_BACK: {"color": "#2b8a6e", "linestyle": ":", "marker": "x"},
    WHOLE: {"color": "#444444", "marker": "*", "linestyle": ""},
}
_LABELS = {KEEP_LAST: "keep the last turns", BM25: "BM25 over whole turns", SUMMARY: "extracts + last turns"}
_ASKED = {"readable": "key sentences readable", "facts": "answer's facts found", "judged": "answers judged"}
_PLANTED = {"survived": "exact string", "sentences": "with its sentence"}
COLOURS = 64  # of a picture's palette, as few as it needs: a third of the bytes


def plot_results(tables: Mapping[str, Sequence[Row]], folder: Path) -> None:
    """Write memory-questions, -facts and -growth.png, as far as there are rows for them."""
    if "questions" in tables:
        overall = [row for row in tables["questions"] if row["ability"] == "all"]
        figure = shares(overall, ("set", "model"), _ASKED, "tokens")
        figure.suptitle("Questions about long conversations, by the tokens of what is shown", fontsize=10)
        save_figure(figure, folder / "memory-questions.png", COLOURS)
    if "facts" in tables:
        by_age = [row | {"age in turns": _middle(row)} for row in tables["facts"] if row["age"] != "all"]
        figure = shares(by_age, ("conversation", "budget"), _PLANTED, "age in turns")
        figure.suptitle("Planted facts that can still be read", fontsize=10)
        save_figure(figure, folder / "memory-facts.png", COLOURS)
    if "growth" in tables:
        save_figure(growth(tables["growth"]), folder / "memory-growth.png", COLOURS)


def shares(rows: Sequence[Row], by: tuple[str, str], names: Mapping[str, str], x: str) -> Figure:
    """Plot shares against the column `x`: a line a system, a column a value of `by`, a row a share."""
    cases, names = grouped(rows, *by), {name: title for name, title in names.items() if name in rows[0]}
    figure = Figure(figsize=(max(7.2, 2.6 * len(cases) + 0.6), 2.2 * len(names) + 0.9), layout="constrained")
    grid = figure.subplots(len(names), len(cases), squeeze=False)
    for panels, (name, title) in zip(grid, names.items(), strict=True):
        for axes, (case, some) in zip(panels, cases.items(), strict=True):
            for system, points in reversed(grouped(some, "system").items()):  # ours on top
                drawn = [(row[x], row[name]) for row in points if row[name] is not None]
                axes.plot(*zip(*drawn, strict=True), label=_LABELS.get(system, system), markersize=4, **_STYLES[system])
            axes.set(xscale="log", ylim=(-0.03, 1.05), xlabel=x)
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 4)))
            axes.yaxis.set_major_formatter("{x:.0%}")
            axes.set_title(", ".join(map(shown, case)), fontsize=9)
            _plain(axes)
        panels[0].set_ylabel(title, fontsize=8)
    legend(figure, [_LABELS.get(system, system) for system in _STYLES])
    return figure


def _middle(row: Row) -> float:
    """The geometric middle of a bin of ages."""
    first, last = map(int, row["age"].split("-"))
    return sqrt((first + 1) * (last + 1))


def growth(rows: Sequence[Row]) -> Figure:
    """Plot tokens, milliseconds and bytes against turns, both axes logarithmic."""
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    tokens, times, sizes = figure.subplots(1, 3)
    first = grouped(rows, "budget")[rows[0]["budget"]]
    turns = [row["turns"] for row in first]
    lines = [
        (tokens, "conversation as text", "#d9822b", [row["raw_tokens"] for row in first]),
        (times, "in a new process", "#d9822b", [row["cold_ms"] for row in first]),
        (times, "after one more turn, worst of 40", "#a98bc0", [row["worst_next_ms"] for row in first]),
        (times, "after one more turn, median", "#2b8a6e", [row["next_ms"] for row in first]),
        (times, "unchanged", "#7b8fa6", [row["unchanged_ms"] for row in first]),
        (sizes, "file", "#d9822b", [row["file_bytes"] / 1e6 for row in first]),
        (sizes, "messages with pictures", "#2b8a6e", [row["message_bytes"] / 1e6 for row in first]),
    ]
    for budget, some in grouped(rows, "budget").items():
        lines.append((tokens, f"view, budget {budget:,}", "#2b8a6e", [row["view_tokens"] for row in some]))
    for axes, label, colour, values in lines:
        axes.plot(turns, values, color=colour, label=label, marker="o", markersize=4)
    for axes, title in ((tokens, "tokens"), (times, "milliseconds to make a view"), (sizes, "megabytes")):
        axes.set(xscale="log", yscale="log", xlabel="turns")
        axes.set_title(title, fontsize=10)
        _plain(axes)
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)
    return figure


def _plain(axes: Any) -> None:
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.xaxis.label.set_size(8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
