"""The memory benchmark's pictures: what is left by age, which facts survive, how a view grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

from sokdok_lab.bench.memory.baselines import DROPPING, KEEP_LAST, SUMMARY
from sokdok_lab.bench.memory.forgetting import AgeRow, LevelRow
from sokdok_lab.bench.memory.growth import GrowthRow
from sokdok_lab.bench.memory.run import Results
from sokdok_lab.bench.memory.survival import FactRow
from sokdok_lab.bench.pictures import save_figure

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
COLOURS = 64  # Colours of a picture's palette, as few as it needs: a third of the bytes.


def plot_results(results: Results, folder: Path) -> None:
    """Write memory-forgetting.png, memory-facts.png and memory-growth.png, as far as there are rows for them."""
    if results.curve:
        save_figure(forgetting(results.curve, results.levels), folder / "memory-forgetting.png", COLOURS)
    if results.facts:
        save_figure(survival(results.facts), folder / "memory-facts.png", COLOURS)
    if results.growth:
        save_figure(growth(results.growth), folder / "memory-growth.png", COLOURS)


def forgetting(curve: Sequence[AgeRow], levels: Sequence[LevelRow]) -> Any:
    """Plot words left by age, and below them how well the pages of that age read back; a column a conversation."""
    budgets = list(dict.fromkeys(row.budget for row in curve))
    conversations = list(dict.fromkeys(row.conversation for row in curve))
    figure, grid = _figure(len(conversations), [2.6, 1.5] * len(budgets))
    for i, budget in enumerate(budgets):
        for j, conversation in enumerate(conversations):
            here: Callable[[Any], bool] = lambda row, c=conversation, b=budget: (row.conversation, row.budget) == (c, b)  # type: ignore[misc]  # noqa: E731
            rows = [row for row in curve if here(row)]
            top, bottom = grid[2 * i][j], grid[2 * i + 1][j]
            _by_age(top, [(row.system, row.from_age, row.to_age, row.words_left) for row in rows])
            top.set_title(f"{conversation}, {budget:,} tokens", fontsize=9)
            _pages(bottom, [row for row in levels if here(row) and not row.pinned], top.get_xlim())
        grid[2 * i][0].set_ylabel("words left", fontsize=8)
        grid[2 * i + 1][0].set_ylabel("pages read back", fontsize=8)
    _legend(figure, "What is left of a turn by its age in turns: words still readable, in order")
    return figure


def survival(facts: Sequence[FactRow]) -> Any:
    """Plot the share of planted facts by age, above as strings, below with their sentence; a column a conversation."""
    rows = [row for row in facts if row.by == "age"]
    budgets = list(dict.fromkeys(row.budget for row in rows))
    conversations = list(dict.fromkeys(row.conversation for row in rows))
    figure, grid = _figure(len(conversations), [2.1] * 2 * len(budgets))
    for i, budget in enumerate(budgets):
        for j, conversation in enumerate(conversations):
            chosen = [row for row in rows if (row.conversation, row.budget) == (conversation, budget)]
            top, bottom = grid[2 * i][j], grid[2 * i + 1][j]
            _by_age(top, [(row.system, *_ages(row.group), row.survived) for row in chosen])
            whole = [row for row in chosen if row.system != "sokdok, no facts"]
            _by_age(bottom, [(row.system, *_ages(row.group), row.sentences) for row in whole])
            top.set_title(f"{conversation}, {budget:,} tokens", fontsize=9)
        grid[2 * i][0].set_ylabel("exact string", fontsize=8)
        grid[2 * i + 1][0].set_ylabel("with its sentence", fontsize=8)
    for axes in grid[-1]:
        axes.set_xlabel("age in turns", fontsize=8)
    _legend(figure, "Planted facts (ids, numbers, paths, addresses, amounts) that can still be read, by age")
    return figure


def _ages(group: str) -> tuple[int, int]:
    first, last = group.split("-")
    return int(first), int(last)


def growth(rows: Sequence[GrowthRow]) -> Any:
    """Plot tokens, milliseconds and bytes against turns, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    tokens, times, sizes = figure.subplots(1, 3)
    for budget in dict.fromkeys(row.budget for row in rows):
        some = [row for row in rows if row.budget == budget]
        turns = [row.turns for row in some]
        style = {"marker": "o", "markersize": 4}
        if budget == rows[0].budget:
            tokens.plot(turns, [row.raw_tokens for row in some], color="#d9822b", label="conversation as text", **style)
        tokens.plot(
            turns, [row.view_tokens for row in some], color="#2b8a6e", label=f"view, budget {budget:,}", **style
        )
        if budget == rows[0].budget:
            for label, field, colour in (
                ("in a new process", "cold_ms", "#d9822b"),
                ("after one more turn, worst of 40", "worst_next_ms", "#a98bc0"),
                ("after one more turn, median", "next_ms", "#2b8a6e"),
                ("unchanged", "unchanged_ms", "#7b8fa6"),
            ):
                times.plot(turns, [getattr(row, field) for row in some], color=colour, label=label, **style)
            sizes.plot(turns, [row.file_bytes / 1e6 for row in some], color="#d9822b", label="file", **style)
            messages = [row.message_bytes / 1e6 for row in some]
            sizes.plot(turns, messages, color="#2b8a6e", label="messages with pictures", **style)
    for axes, title in ((tokens, "tokens"), (times, "milliseconds to make a view"), (sizes, "megabytes")):
        axes.set(xscale="log", yscale="log")
        axes.set_xlabel("turns", fontsize=8)
        axes.set_title(title, fontsize=10)
        _plain(axes)
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)
    return figure


def _figure(columns: int, heights: Sequence[float]) -> tuple[Any, Any]:
    # A figure of its own, not pyplot's: no window, no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.0 * columns + 0.6, sum(heights) + 0.9), layout="constrained")
    return figure, figure.subplots(len(heights), columns, squeeze=False, height_ratios=heights)


def _by_age(axes: Any, points: Sequence[tuple[str, int, int, float]]) -> None:
    """Draw a line for each system; each bin of ages at its geometric middle."""
    for system in reversed(dict.fromkeys(point[0] for point in points)):  # sokdok on top
        line = [(sqrt((first + 1) * (last + 1)), value) for name, first, last, value in points if name == system]
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


def _pages(axes: Any, levels: Sequence[LevelRow], limits: tuple[float, float]) -> None:
    """Draw a stroke for each level, from its youngest to its oldest page; name it where its kind changes."""
    named: list[str] = []
    for row in levels:
        youngest, oldest = row.youngest + 1, row.oldest + 1
        abridged = row.level_name.startswith("abridged")
        colour = "#7b8fa6" if abridged else "#2b8a6e"
        axes.plot((youngest, oldest), (row.fidelity, row.fidelity), color=colour, linewidth=4, solid_capstyle="butt")
        axes.plot((youngest, youngest), (row.worst, row.fidelity), color=colour, linewidth=1)
        name = row.level_name.split()[-1] + " abridged" * abridged
        if name not in named:
            place, side = (min(oldest, limits[1]), "right") if youngest > limits[1] / 4 else (youngest, "left")
            below = (0, -17 if len(named) % 2 else -9)
            axes.annotate(name, (place, row.worst), below, textcoords="offset points", fontsize=6, color=_TEXT, ha=side)
            named.append(name)
    axes.set(xscale="log", xlim=limits)
    lowest = min((row.worst for row in levels), default=1.0)
    axes.set_ylim(min(0.97, lowest) - 0.01, 1.002)
    axes.set_xlabel("age in turns", fontsize=8)
    axes.yaxis.set_major_formatter("{x:.0%}")
    _plain(axes)


def _legend(figure: Any, title: str) -> None:
    """Draw one legend for all panels, in the order of the styles."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    names = [name for name in (_LABELS.get(system, system) for system in _STYLES) if name in entries]
    figure.legend([entries[name] for name in names], names, loc="outside lower center", ncols=len(names), fontsize=8)
    figure.suptitle(title, fontsize=10)
