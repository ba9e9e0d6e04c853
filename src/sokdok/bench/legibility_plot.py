"""The picture of a legibility profile: how much is read exactly, and how small a glyph may be for it."""

from __future__ import annotations

from pathlib import Path

from sokdok.bench.plots import check_plot, save_figure
from sokdok.reading.legibility import SCRIPTS, Legibility

_COLOURS = dict(zip(SCRIPTS, ("#2b8a6e", "#7b8fa6", "#d9822b"), strict=True))


def plot_legibility(profile: Legibility, path: Path) -> None:
    """P(exact) with its 95 % interval against the area of a glyph, a line a script; written whole or not at all."""
    check_plot(path)
    # A figure of its own, not pyplot's: no window, no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    # Sizes of one area (6x12 and 8x8 are close) stand side by side: even steps, not the areas themselves.
    glyphs = profile.glyphs
    for script, colour in _COLOURS.items():
        rows = [profile.row(glyph, script) for glyph in glyphs]
        reach = [(row.exact - row.interval[0], row.interval[1] - row.exact) for row in rows]
        below, above = zip(*reach, strict=True)
        places = range(len(glyphs))
        exact = [row.exact for row in rows]
        axes.errorbar(places, exact, (below, above), fmt="o-", color=colour, label=script, capsize=3, linewidth=1.2)
    axes.set_xticks(range(len(glyphs)), [f"{glyph}\n{glyph.area} px" for glyph in glyphs], fontsize=8)
    width, height = profile.page
    axes.set(ylim=(-0.03, 1.05), xlabel="glyph", ylabel="strings read exactly")
    axes.set_title(f"{profile.reader} on random strings, pages of {width}x{height} pixels")
    axes.grid(axis="y", color="#dddddd")
    axes.legend(fontsize=8)
    save_figure(figure, path)
