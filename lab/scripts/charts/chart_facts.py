"""What pictures of charts are made up from: names, values, colours, and the axes that they stand on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sokdok_lab.synth.charts.data import choose_data, labels
from sokdok_lab.synth.wear import smooth_noise

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCALES = (
    *("viridis", "plasma", "inferno", "magma", "cividis", "Blues", "Greens", "Reds", "Oranges", "Greys", "YlGnBu"),
    *("YlOrRd", "RdBu", "coolwarm", "Spectral", "RdYlGn", "PuOr", "terrain", "jet", "hot", "bone", "turbo"),
)  # colour maps of quantities, as matplotlib calls them


@dataclass
class Facts:
    """What a picture is made up from."""

    rng: random.Random
    noise: np.random.Generator
    language: str

    def names(self, count: int) -> tuple[str, ...]:
        return labels(self.rng, self.language, count)

    def colors(self, count: int) -> list[Any]:
        """Of groups by the look's own cycle, or of quantities by its map."""
        import matplotlib as mpl

        cycle = mpl.rcParams["axes.prop_cycle"].by_key()["color"]
        if self.rng.random() < 0.6:
            return [cycle[i % len(cycle)] for i in range(count)]
        return [mpl.colormaps[mpl.rcParams["image.cmap"]](self.rng.uniform(0.1, 0.9)) for _ in range(count)]

    def field(self, rows: int, columns: int) -> np.ndarray:
        """Values (rows, columns) that change smoothly, or each for itself."""
        rough = self.noise.standard_normal((rows, columns))
        if self.rng.random() < 0.5:
            return rough
        return smooth_noise((rows, columns), max(rows, columns) * self.rng.uniform(0.2, 0.7), self.noise) + 0.1 * rough

    def walk(self, count: int) -> np.ndarray:
        """Values (count,) that go up and down from step to step, above zero."""
        walk = np.cumsum(self.noise.standard_normal(count))
        return (walk - walk.min() + self.rng.uniform(0.2, 5)) * 10 ** self.rng.uniform(-1, 4)

    def around(self, axes: Axes, *, share: float = 0.6) -> None:
        """Write a title and the axes' names, each as often as `share` says."""
        data, rng = choose_data(self.rng, self.language, "bar"), self.rng
        texts = (data.title or data.value_title, data.category_title or data.series[0], data.value_title)
        for write, text in zip((axes.set_title, axes.set_xlabel, axes.set_ylabel), texts, strict=True):
            if text and rng.random() < share:
                write(text.replace("$", ""))


Draw = Callable[["Figure", Facts], None]
TURNS = (0, 0, 0, 45, 90, -90, 30, -30, -45, 60)
"""of names below a chart, degrees counter-clockwise: matplotlib's users turn them up, plotly and Excel down as well"""


def turned(rng: random.Random) -> dict[str, Any]:
    """Choose how names below a chart are turned; slanted ones mostly begin or end at their ticks."""
    angle = rng.choice(TURNS)
    if angle % 90 == 0 or rng.random() < 0.3:
        return {"rotation": angle}
    return {"rotation": angle, "rotation_mode": "anchor", "va": "top", "ha": "right" if angle > 0 else "left"}


def new_axes(figure: Figure, f: Facts, *, bare: bool = False, share: float = 0.6) -> Axes:
    """Add axes with some titles; `bare` ones have nothing around."""
    axes = figure.add_subplot()
    if bare:
        axes.axis("off")
        axes.set_aspect("equal")
        share = share / 2
    f.around(axes, share=share)
    return axes


def keyed(axes: Axes, rng: random.Random, *parts: Any, **how: Any) -> None:
    """Add a legend: its keys as lines, patches or squares that touch, before their names or (gnuplot's way) behind."""
    handle = {"handlelength": rng.uniform(0.7, 3), "handleheight": rng.uniform(0.5, 1.6)} if rng.random() < 0.6 else {}
    if rng.random() < 0.25:  # R's ggplot2
        side = rng.uniform(1.1, 1.8)
        handle = {"handlelength": side, "handleheight": side, "labelspacing": rng.choice((0, 0.05, 0.1))}
    if not how:
        outside = {"loc": "upper left", "bbox_to_anchor": (1.01, rng.choice((1, 0.7)))}
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, rng.uniform(-0.1, -0.25)), "ncols": rng.randint(2, 4)}
        how = rng.choice(({}, {}, {"loc": rng.choice(("upper left", "upper right"))}, outside, below))
    axes.legend(*parts, markerfirst=rng.random() < 0.7, **handle | how)


def filled(rng: random.Random, color: Any, number: int) -> dict[str, Any]:
    """How a bar of a series is filled: in one colour, with an outline, hatched, or (of a first series) hollow."""
    style = rng.random()
    if style < 0.6:
        return {"color": color}
    if style < 0.8:
        return {"color": color, "edgecolor": rng.choice(("black", "black", "dimgray"))}
    if style < 0.9 and not number:
        return {"color": "white", "edgecolor": rng.choice(("black", "black", color))}
    hatch = rng.choice(("//", "xx", "\\\\\\", "....", "////", "xxxx"))
    return {"facecolor": "white", "edgecolor": color, "hatch": hatch, "linewidth": rng.uniform(0.5, 1.2)}


def shaded(color: Any, light: float) -> tuple[float, float, float]:
    """Darken a colour."""
    from matplotlib.colors import to_rgb

    red, green, blue = (light * part for part in to_rgb(color))
    return red, green, blue


def fill(axes: Axes, corners: Any, color: Any, **how: Any) -> None:
    """Fill a polygon."""
    from matplotlib.patches import Polygon

    axes.add_patch(Polygon(np.asarray(corners), facecolor=color, **{"edgecolor": "none"} | how))


def rectangle(corner: Any, width: float, height: float, color: Any, **how: Any) -> Any:
    """Make a rectangle."""
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, facecolor=color, **how)


Draw = Callable[["Figure", Facts], None]  # draws a chart on an empty figure
