"""Pictures of what benches measured: shares against something that grows, a line a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, cycle
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.files import replacing
from sokdok_lab.bench.output import Row, check_file, grouped, shown

DPI = 110  # pixels of a saved figure per inch of its size
COLOURS = 64  # of a picture's palette, as few as it needs: a third of the bytes
OURS, OTHERS = "#2b8a6e", ("#d9822b", "#7b8fa6", "#a98bc0", "#444444", "#c2410c", "#b9c4d0", "#e4d3a2")
_MARKS = "osD^vx*"


def check_plot(path: Path) -> None:
    """Raise InputError if `path` names no kind of picture, or a folder that does not exist."""
    from matplotlib.backend_bases import FigureCanvasBase

    check_file(path)
    if _format(path) not in (kinds := FigureCanvasBase.get_supported_filetypes()):
        raise InputError(
            f"can't draw a picture of kind {path.suffix!r} ({path}); choose from {', '.join(sorted(kinds))}"
        )


def save_figure(figure: Any, path: Path, colours: int = COLOURS) -> None:
    """Write a matplotlib figure as the kind of picture that `path` names; a PNG in a palette of `colours`."""
    from PIL import Image

    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=DPI, format=_format(path))
        if _format(path) == "png":
            with Image.open(temporary) as picture:
                small = picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
            small.save(temporary, "PNG", optimize=True)


def plot(
    rows: Sequence[Row],
    path: Path,
    title: str,
    x: str,
    names: Mapping[str, str],
    by: Sequence[str],
    *,
    log: bool = False,
) -> None:
    """Plot the values of `names` (key → label) against the key `x`: a line a `system`, a column for the values of `by`.

    The first system is ours. `x` is on a logarithmic axis, what it is plotted against with `log`, too; else shares.
    """
    from matplotlib.figure import Figure  # figures of their own, not pyplot's: no window, no global state
    from matplotlib.ticker import LogLocator, NullFormatter

    cases = grouped(rows, *by)
    figure = Figure(figsize=(max(7.2, 2.6 * len(cases) + 0.6), 2.2 * len(names) + 0.9), layout="constrained")
    grid, systems = figure.subplots(len(names), len(cases), squeeze=False), list(grouped(rows, "system"))
    looks = dict(zip(systems, zip(chain([OURS], cycle(OTHERS)), cycle(_MARKS), strict=False), strict=False))
    for panels, (name, label) in zip(grid, names.items(), strict=True):
        for axes, (case, some) in zip(panels, cases.items(), strict=True):
            for system, points in reversed(grouped(some, "system").items()):  # ours on top
                drawn = [(row[x], row[name]) for row in points if row.get(name) is not None]
                colour, mark = looks[system]
                axes.plot(*zip(*drawn, strict=True), label=system, color=colour, marker=mark, markersize=4)
            axes.set(xscale="log")
            axes.set_xlabel(x, fontsize=8)
            axes.set(**({"yscale": "log"} if log else {"ylim": (-0.03, 1.05)}))
            axes.set_title(", ".join(map(shown, case if len(by) > 1 else [case])), fontsize=9)
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 4)))
            axes.xaxis.set_major_formatter("{x:,.0f}")
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.grid(color="#dddddd", linewidth=0.6)
            axes.tick_params(labelsize=7)
        panels[0].set_ylabel(label, fontsize=8)
    handles = {
        label: each for axes in figure.axes for each, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    named = [name for name in systems if name in handles]
    figure.legend(
        [handles[name] for name in named], named, loc="outside lower center", ncols=min(len(named), 3), fontsize=8
    )
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path)


def _format(path: Path) -> str:
    """Return matplotlib's name of a file's kind."""
    return path.suffix.lstrip(".").lower() or "png"
