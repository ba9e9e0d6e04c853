"""The picture of a legibility profile: how much is read exactly, and how small a glyph may be for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sokdok.compress.legibility import SCRIPTS, Legibility
from sokdok_lab.bench.pictures import check_plot, save_figure

_COLOURS = dict(zip(SCRIPTS, ("#2b8a6e", "#7b8fa6", "#d9822b"), strict=True))


def plot_legibility(profile: Legibility, path: Path) -> None:
    """Plot P(exact) with its 95 % interval against the area of a glyph, a line for each script, into a file."""
    check_plot(path)
    # A figure of its own, not pyplot's: no window, no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    glyphs = profile.glyphs
    for shift, (script, colour) in zip((-0.06, 0, 0.06), _COLOURS.items(), strict=True):
        rows = [profile.row(glyph, script) for glyph in glyphs]
        errors = [(row.exact - row.interval[0], row.interval[1] - row.exact) for row in rows]
        # In even steps, since 6x12 and 8x8 would stand on each other; shifted, so that equal scripts show too.
        places = [place + shift for place in range(len(glyphs))]
        style: dict[str, Any] = {"fmt": "o-", "color": colour, "capsize": 3, "linewidth": 1.2, "markersize": 4}
        axes.errorbar(places, [row.exact for row in rows], list(zip(*errors, strict=True)), label=script, **style)
    axes.set_xticks(range(len(glyphs)), [f"{glyph}\n{glyph.area} px" for glyph in glyphs], fontsize=8)
    width, height = profile.page
    axes.set(ylim=(-0.03, 1.05), xlabel="glyph and its area", ylabel="strings read exactly")
    axes.set_title(f"{profile.reader} on random strings, pages of {width}x{height} pixels")
    axes.grid(axis="y", color="#dddddd")
    axes.legend(fontsize=8)
    save_figure(figure, path)
