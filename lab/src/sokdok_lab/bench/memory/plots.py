"""The memory benchmark's pictures: what is left by age, which facts survive, how a view grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure  # figures of their own, not pyplot's: no window, no global state

from sokdok_lab.bench.memory.baselines import DROPPING, KEEP_LAST, SUMMARY
from sokdok_lab.bench.output import Row, grouped, legend, save_figure

_STYLES: dict[str, dict[str, Any]] = {
    "sokdok": {"color": "#2b8a6e", "linewidth": 2.2, "marker": "o"},
    "sokdok, no facts": {"color": "#2b8a6e", "linestyle": "--", "marker": "o", "markerfacecolor": "white"},
    KEEP_LAST: {"color": "#d9822b", "marker": "s"},
    DROPPING: {"color": "#7b8fa6", "marker": "^"},
    SUMMARY: {"color": "#a98bc0", "marker": "D"},
}
_LABELS = {KEEP_LAST: "keep the last turns", DROPPING: "drop uninformative words", SUMMARY: "extracts + last turns"}
_TEXT = "#444444"
_GRID = "#dddddd"
COLOURS = 64  # of a picture's palette, as few as it needs: a third of the bytes


def plot_results(tables: Mapping[str, Sequence[Row]], folder: Path) -> None:
    """Write memory-forgetting.png, memory-facts.png and memory-growth.png, as far as there are rows for them."""
    if "curve" in tables:
        save_figure(forgetting(tables["curve"], tables["levels"]), folder / "memory-forgetting.png", COLOURS)
    if "facts" in tables:
        by_age = [row for row in tables["facts"] if row["by"] == "age"]
        save_figure(survival(by_age), folder / "memory-facts.png", COLOURS)
    if "growth" in tables:
        save_figure(growth(tables["growth"]), folder / "memory-growth.png", COLOURS)


def forgetting(curve: Sequence[Row], levels: Sequence[Row]) -> Figure:
    """Plot words left by age, and below them how well the pages of that age read back; a column a conversation."""
    figure, panels = _panels(curve, (2.6, 1.5), ("words left", "pages read back"))
    pages = grouped(levels, "conversation", "budget")
    for case, (top, bottom) in panels.items():
        rows = grouped(curve, "conversation", "budget")[case]
        _by_age(top, [(row["system"], row["age"], row["words_left"]) for row in rows])
        _pages(bottom, [row for row in pages[case] if "important" not in row["level"]], top.get_xlim())
    _finish(figure, "What is left of a turn by its age in turns: words still readable, in order")
    return figure


def survival(facts: Sequence[Row]) -> Figure:
    """Plot the share of planted facts by age, above as strings, below with their sentence; a column a conversation."""
    figure, panels = _panels(facts, (2.1, 2.1), ("exact string", "with its sentence"))
    for case, (top, bottom) in panels.items():
        rows = grouped(facts, "conversation", "budget")[case]
        _by_age(top, [(row["system"], row["group"], row["survived"]) for row in rows])
        whole = [row for row in rows if row["system"] != "sokdok, no facts"]
        _by_age(bottom, [(row["system"], row["group"], row["sentences"]) for row in whole])
        bottom.set_xlabel("age in turns", fontsize=8)
    _finish(figure, "Planted facts (ids, numbers, paths, addresses, amounts) that can still be read, by age")
    return figure


def growth(rows: Sequence[Row]) -> Figure:
    """Plot tokens, milliseconds and bytes against turns, both axes logarithmic."""
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    tokens, times, sizes = figure.subplots(1, 3)
    first, turns = (
        grouped(rows, "budget")[rows[0]["budget"]],
        [row["turns"] for row in rows if row["budget"] == rows[0]["budget"]],
    )
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
        axes.set(xscale="log", yscale="log")
        axes.set_xlabel("turns", fontsize=8)
        axes.set_title(title, fontsize=10)
        _plain(axes)
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)
    return figure


def _panels(rows: Sequence[Any], heights: tuple[float, float], names: tuple[str, str]) -> tuple[Figure, dict[Any, Any]]:
    """A figure with two panels, one above the other, for each (conversation, budget); a column a conversation."""
    budgets, conversations = list(grouped(rows, "budget")), list(grouped(rows, "conversation"))
    height = sum(heights) * len(budgets) + 0.9
    figure = Figure(figsize=(3.0 * len(conversations) + 0.6, height), layout="constrained")
    ratios = heights * len(budgets)
    grid = figure.subplots(len(ratios), len(conversations), squeeze=False, height_ratios=ratios)
    panels = {}
    for i, budget in enumerate(budgets):
        for j, conversation in enumerate(conversations):
            panels[conversation, budget] = grid[2 * i][j], grid[2 * i + 1][j]
            grid[2 * i][j].set_title(f"{conversation}, {budget:,} tokens", fontsize=9)
        for below, name in enumerate(names):
            grid[2 * i + below][0].set_ylabel(name, fontsize=8)
    return figure, panels


def _by_age(axes: Any, points: Sequence[tuple[str, str, float]]) -> None:
    """Draw a line for each system; each bin of ages at its geometric middle."""
    for system in reversed(dict.fromkeys(point[0] for point in points)):  # sokdok on top
        ages = [(*map(int, age.split("-")), value) for name, age, value in points if name == system]
        line = [(sqrt((first + 1) * (last + 1)), value) for first, last, value in ages]
        axes.plot(*zip(*line, strict=True), label=_LABELS.get(system, system), markersize=4, **_STYLES[system])
    axes.set(xscale="log", ylim=(-0.03, 1.05))
    axes.yaxis.set_major_formatter("{x:.0%}")
    _plain(axes)


def _plain(axes: Any) -> None:
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def _pages(axes: Any, levels: Sequence[Row], limits: tuple[float, float]) -> None:
    """Draw a stroke for each level, from its youngest to its oldest page; name it where its kind changes."""
    named: list[str] = []
    for row in levels:
        youngest, oldest = row["youngest"] + 1, row["oldest"] + 1
        abridged = row["level"].startswith("abridged")
        colour = "#7b8fa6" if abridged else "#2b8a6e"
        axes.plot(
            (youngest, oldest), (row["fidelity"], row["fidelity"]), color=colour, linewidth=4, solid_capstyle="butt"
        )
        axes.plot((youngest, youngest), (row["worst"], row["fidelity"]), color=colour, linewidth=1)
        name = row["level"].split()[-1] + " abridged" * abridged
        if name not in named:
            place, side = (min(oldest, limits[1]), "right") if youngest > limits[1] / 4 else (youngest, "left")
            below = (0, -17 if len(named) % 2 else -9)
            axes.annotate(
                name, (place, row["worst"]), below, textcoords="offset points", fontsize=6, color=_TEXT, ha=side
            )
            named.append(name)
    axes.set(xscale="log", xlim=limits)
    lowest = min((row["worst"] for row in levels), default=1.0)
    axes.set_ylim(min(0.97, lowest) - 0.01, 1.002)
    axes.set_xlabel("age in turns", fontsize=8)
    axes.yaxis.set_major_formatter("{x:.0%}")
    _plain(axes)


def _finish(figure: Figure, title: str) -> None:
    legend(figure, [_LABELS.get(system, system) for system in _STYLES])
    figure.suptitle(title, fontsize=10)
