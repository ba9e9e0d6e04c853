"""Charts without axes that say anything: maps, networks, tree maps, gauges, flows and more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from chart_facts import Facts, fill, new_axes, rectangle, shaded

from sokdok_lab.synth.wear import smooth_noise

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def solid_pie(figure: Figure, f: Facts) -> None:
    """A pie seen from the side, with a rim."""
    rng, axes = f.rng, new_axes(figure, f, bare=True)
    count, flat, deep = rng.randint(2, 7), rng.uniform(0.35, 0.7), rng.uniform(0.1, 0.3)
    ends = np.concatenate([[0], np.cumsum(f.noise.dirichlet(np.full(count, 3.0)))]) * math.tau + rng.uniform(0, 6)
    apart, names = rng.choice((0, 0, 0.08)), f.names(count)
    for k, color in enumerate(f.colors(count)):
        t = np.linspace(ends[k], ends[k + 1], 40)
        x, y = (apart * turn((ends[k] + ends[k + 1]) / 2) for turn in (math.cos, math.sin))
        rim = np.stack([np.cos(t) + x, np.sin(t) * flat + y], 1)
        front = rim[np.sin(t) < 0]
        if len(front) > 1:
            fill(axes, [*front, *(front[::-1] - (0, deep))], shaded(color, 0.65), zorder=1)
        fill(axes, [(x, y), *rim], color, zorder=2)
        middle = rim[20] * rng.choice((0.6, 1.2))
        axes.text(
            *middle, rng.choice((names[k], f"{100 * (ends[k + 1] - ends[k]) / math.tau:.0f}%")), ha="center", zorder=3
        )
    axes.autoscale_view()


def map(figure: Figure, f: Facts) -> None:
    """Regions with crooked borders that share them, filled by value, by group or not at all."""
    from matplotlib import colormaps, rcParams
    from scipy.spatial import Voronoi

    rng, axes = f.rng, new_axes(figure, f, bare=True)
    if rng.random() < 0.35:
        axes.axis("on")
    count = rng.choice((4, 12, 30, 80, 200))
    seeds = f.noise.uniform(-1, 1, (4 * count, 2))
    reach = 0.5 + 0.35 * smooth_noise((1, 360), rng.uniform(30, 120), f.noise)[0]
    angle = np.degrees(np.arctan2(seeds[:, 1], seeds[:, 0])).astype(int) % 360
    inside = np.hypot(*seeds.T) < reach[angle]
    cells = Voronoi(seeds)
    borders: dict[tuple[int, int], np.ndarray] = {}
    edge, land = rng.choice(("white", "black", "#888888")), f.colors(1)[0] if rng.random() < 0.5 else "#e8e8e0"
    filled = rng.random() < 0.7
    for number in np.flatnonzero(inside):
        region = cells.regions[cells.point_region[number]]
        if -1 in region or not region:
            continue
        outline = np.concatenate(
            [_border(cells.vertices, a, b, borders, f) for a, b in zip(region, [*region[1:], region[0]], strict=True)]
        )
        fill(
            axes,
            outline,
            colormaps[rcParams["image.cmap"]](rng.random()) if filled else land,
            edgecolor=edge,
            linewidth=rng.choice((0.3, 0.6, 1)),
        )
    for place in seeds[inside][: rng.choice((0, 0, 8, 40))]:
        axes.scatter(*place, s=rng.uniform(5, 250), color=f.colors(1)[0], alpha=0.7, zorder=3)
        if rng.random() < 0.3:
            axes.text(*place, f.names(1)[0], fontsize="small", zorder=4)
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    if rng.random() < 0.3:
        axes.set_facecolor("#cfe4f0")
    if filled and rng.random() < 0.6:
        from matplotlib.cm import ScalarMappable

        figure.colorbar(ScalarMappable(), ax=axes, shrink=0.7, location=rng.choice(("right", "bottom")))


def _border(vertices: np.ndarray, a: int, b: int, known: dict[tuple[int, int], np.ndarray], f: Facts) -> np.ndarray:
    """Bend the border between two corners, for both its neighbours in the same way."""
    pair = min(a, b), max(a, b)
    if pair not in known:
        begin, end = vertices[pair[0]], vertices[pair[1]]
        t = np.linspace(0, 1, 12)[:, None]
        away = np.cumsum(f.noise.standard_normal((12, 2)), 0) * 0.03 * np.linalg.norm(end - begin)
        known[pair] = begin + t * (end - begin) + away - t * away[-1] - (1 - t) * away[0]
    return known[pair] if a < b else known[pair][::-1]


def streets(figure: Figure, f: Facts) -> None:
    """A town: blocks, water, streets of several widths, names."""
    rng, axes = f.rng, new_axes(figure, f, bare=True, share=0.3)
    axes.add_patch(rectangle((-1, -1), 2, 2, rng.choice(("#f2efe9", "#eeeeee", "#ffffff", "#e5e3df"))))
    for color in rng.choices(("#b5d29c", "#aad3df", "#d9d0c9", "#c8facc"), k=rng.randint(2, 12)):
        t, middle = np.linspace(0, math.tau, 20), f.noise.uniform(-1, 1, 2)
        fill(
            axes,
            middle
            + f.noise.uniform(0.05, 0.3) * np.stack([np.cos(t), np.sin(t)], 1) * f.noise.uniform(0.6, 1, (20, 1)),
            color,
        )
    turn = rng.uniform(0, math.pi)
    for _ in range(rng.randint(10, 60)):
        way = turn + rng.choice((0, math.pi / 2)) + f.noise.normal(0, 0.15)
        t, middle = np.linspace(-2, 2, 30)[:, None], f.noise.uniform(-1, 1, 2)
        line = middle + t * (math.cos(way), math.sin(way)) + np.cumsum(f.noise.normal(0, 0.008, (30, 2)), 0)
        width = rng.choice((1, 1, 2, 4))
        axes.plot(*line.T, color="#aaaaaa", linewidth=width + 1, zorder=1)
        axes.plot(*line.T, color=rng.choice(("white", "#fcd6a4", "#f9b29c")), linewidth=width, zorder=2)
    for _ in range(rng.randint(0, 12)):
        axes.text(
            *f.noise.uniform(-0.9, 0.9, 2), f.names(1)[0], fontsize="small", rotation=rng.choice((0, 0, 45)), zorder=3
        )
    axes.set(xlim=(-1, 1), ylim=(-1, 1))


def radar(figure: Figure, f: Facts) -> None:
    """Values around a middle."""
    rng, count = f.rng, f.rng.randint(3, 12)
    axes: Any = figure.add_subplot(projection="polar")
    f.around(axes, share=0.2)
    turns, kind = np.linspace(0, math.tau, count, endpoint=False), f.rng.randrange(4)
    for color in f.colors(rng.randint(1, 4)):
        values = f.noise.uniform(1, 10, count)
        if kind < 2:
            closed, row = np.append(turns, turns[0]), np.append(values, values[0])
            axes.plot(closed, row, color=color, marker=rng.choice((None, "o")))
            if rng.random() < 0.7:
                axes.fill(closed, row, color=color, alpha=rng.uniform(0.1, 0.5))
        elif kind == 2:
            axes.bar(
                turns, values, math.tau / count * rng.uniform(0.6, 1), color=f.colors(count), alpha=rng.uniform(0.6, 1)
            )
            break
        else:
            axes.scatter(f.noise.uniform(0, math.tau, 60), f.noise.uniform(0, 10, 60), s=12, color=color)
    if kind < 3 and rng.random() < 0.85:
        axes.set_xticks(turns, f.names(count))
    if rng.random() < 0.3:
        axes.set_yticklabels([])


def tree_map(figure: Figure, f: Facts) -> None:
    """Rectangles in rectangles."""
    rng, axes = f.rng, new_axes(figure, f, bare=True)
    axes.set_aspect("auto")
    groups, colors = f.names(rng.randint(3, 7)), f.colors(8)

    def split(corner: tuple[float, float], size: tuple[float, float], count: int, color: Any, deep: int) -> None:
        if count == 1:
            shade = shaded(color, rng.uniform(0.75, 1))
            axes.add_patch(
                rectangle(
                    corner,
                    *size,
                    shade,
                    edgecolor=rng.choice(("white", "white", "black")),
                    linewidth=rng.choice((0.5, 1.5)),
                )
            )
            if size[0] > 0.12 and rng.random() < 0.85:
                axes.text(
                    corner[0] + size[0] / 2,
                    corner[1] + size[1] / 2,
                    f.names(1)[0],
                    ha="center",
                    va="center",
                    fontsize="small",
                )
            return
        first, across = count // 2, size[0] > size[1]
        share = min(0.9, max(0.1, first / count + f.noise.normal(0, 0.12)))
        here = (size[0] * share, size[1]) if across else (size[0], size[1] * share)
        there = (corner[0] + here[0], corner[1]) if across else (corner[0], corner[1] + here[1])
        left = (size[0] - here[0], size[1]) if across else (size[0], size[1] - here[1])
        other = color if deep > 2 and rng.random() < 0.8 else colors[rng.randrange(8)]
        split(corner, here, first, color, deep + 1)
        split(there, left, count - first, other, deep + 1)

    split((0, 0), (1.5, 1), len(groups) * rng.randint(1, 6), colors[0], 0)
    axes.set(xlim=(0, 1.5), ylim=(0, 1))


def rings(figure: Figure, f: Facts) -> None:
    """Rings around each other, the outer ones parts of the inner ones."""
    rng, axes = f.rng, new_axes(figure, f, bare=True)
    shares, inner, wide = [1.0], rng.choice((0.0, 0.2)), 0.3
    for ring in range(rng.randint(2, 4)):
        shares = [share * part for share in shares for part in f.noise.dirichlet(np.full(rng.randint(2, 4), 4.0))]
        names = f.names(len(shares)) if len(shares) < 14 and rng.random() < 0.7 else [""] * len(shares)
        axes.pie(
            shares, radius=inner + wide * (ring + 1), labels=names, labeldistance=0.75, colors=f.colors(len(shares)),
            wedgeprops={"width": wide, "edgecolor": "white"}, textprops={"fontsize": "small", "ha": "center"},
        )  # fmt: skip


def bubbles(figure: Figure, f: Facts) -> None:
    """Discs that lie close, within others or not, their sizes being the values."""
    from matplotlib.patches import Circle

    rng, axes = f.rng, new_axes(figure, f, bare=True)
    placed: list[tuple[float, float, float]] = []
    colors = f.colors(6)
    for radius in sorted(f.noise.uniform(0.04, 0.35, rng.randint(6, 30)), reverse=True):
        for away in np.linspace(0, 2, 60):
            turn = rng.uniform(0, math.tau)
            x, y = away * math.cos(turn), away * math.sin(turn)
            if all(math.hypot(x - u, y - v) > radius + r for u, v, r in placed):
                placed.append((x, y, radius))
                axes.add_patch(Circle((x, y), radius, facecolor=rng.choice(colors), alpha=rng.uniform(0.6, 1)))
                if radius > 0.12:
                    axes.text(x, y, f.names(1)[0], ha="center", va="center", fontsize="small")
                break
    axes.autoscale_view()


def flow(figure: Figure, f: Facts) -> None:
    """Ribbons between columns of bars: what goes from where to where."""
    rng, axes = f.rng, new_axes(figure, f, bare=True)
    axes.set_aspect("auto")
    columns = [f.noise.dirichlet(np.full(rng.randint(2, 6), 3.0)) for _ in range(rng.randint(2, 4))]
    gap, thick, bend = 0.05, rng.uniform(0.03, 0.12), np.linspace(0, 1, 30)
    smooth = bend * bend * (3 - 2 * bend)

    def tops(column: np.ndarray) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(column + gap)[:-1]])

    for step, (left, right) in enumerate(zip(columns, columns[1:], strict=False)):
        colors, out, into = f.colors(len(left)), tops(left), tops(right)
        for i, j in np.ndindex(len(left), len(right)):
            share = left[i] * right[j]
            x = step + thick + bend * (1 - thick)
            lower = out[i] + (into[j] - out[i]) * smooth
            axes.fill_between(x, lower, lower + share, color=colors[i], alpha=rng.uniform(0.3, 0.6), linewidth=0)
            out[i], into[j] = out[i] + share, into[j] + share
    for step, column in enumerate(columns):
        for y, high, color, name in zip(tops(column), column, f.colors(len(column)), f.names(len(column)), strict=True):
            axes.add_patch(rectangle((step, y), thick, high, color))
            if rng.random() < 0.85:
                axes.text(step + thick * 1.2, y + high / 2, name, va="center", fontsize="small")


def chords(figure: Figure, f: Facts) -> None:
    """A ring with bands across it."""
    rng, axes = f.rng, new_axes(figure, f, bare=True)
    count = rng.randint(4, 9)
    colors, step = f.colors(count), math.tau / count
    for k, name in enumerate(f.names(count)):
        t = np.linspace(k * step, (k + 0.9) * step, 30)
        rim = np.stack([np.cos(t), np.sin(t)], 1)
        fill(axes, [*rim, *(0.93 * rim[::-1])], colors[k])
        axes.text(*(1.1 * rim[15]), name, ha="center", fontsize="small")
        for other in range(k):
            if rng.random() < 0.7:
                s = np.linspace(0, 1, 30)[:, None]
                a, b = (
                    rim[rng.randrange(29)] * 0.93,
                    np.array([math.cos((other + 0.4) * step), math.sin((other + 0.4) * step)]) * 0.93,
                )
                width = np.array((0.03, 0.05)) * rng.uniform(0.3, 1.5)
                curve, back = ((1 - s) ** 2 * (a + w) + s**2 * (b + w) for w in (width, -width))
                fill(axes, [*curve, *back[::-1]], colors[k], alpha=0.5)
    axes.autoscale_view()


def gauge(figure: Figure, f: Facts) -> None:
    """A value on an arc."""
    rng, axes = f.rng, new_axes(figure, f, bare=True)
    value, span = rng.random(), rng.choice((180, 180, 240, 270, 360))
    from matplotlib.patches import Wedge

    first, thick = 90 + span / 2, rng.uniform(0.12, 0.45)
    bands = f.noise.dirichlet(np.full(rng.randint(2, 6), 5.0)) if rng.random() < 0.6 else np.array([value, 1 - value])
    colors = f.colors(len(bands)) if len(bands) > 2 else [f.colors(1)[0], "#dddddd"]
    for start, share, color in zip(np.cumsum(bands) - bands, bands, colors, strict=True):
        axes.add_patch(
            Wedge(
                (0, 0),
                1,
                first - span * (start + share),
                first - span * start,
                width=thick,
                facecolor=color,
                edgecolor="white",
            )
        )
    if len(bands) > 2 or rng.random() < 0.3:
        turn = math.radians(first - span * value)
        axes.annotate(
            "",
            (0.85 * math.cos(turn), 0.85 * math.sin(turn)),
            (0, 0),
            arrowprops={"arrowstyle": rng.choice(("-|>", "wedge", "-")), "color": "black"},
        )
        axes.add_patch(Wedge((0, 0), 0.07, 0, 360, facecolor="black"))
    for tick in np.linspace(0, 1, rng.choice((0, 2, 5, 11))):
        turn = math.radians(first - span * tick)
        axes.text(
            1.12 * math.cos(turn),
            1.12 * math.sin(turn),
            f"{100 * tick:.0f}",
            ha="center",
            va="center",
            fontsize="small",
        )
    if rng.random() < 0.8:
        axes.text(
            0,
            rng.choice((-0.3, 0.15, 0)),
            rng.choice((f"{100 * value:.0f}%", f"{value * 200:.1f}")),
            ha="center",
            fontsize=rng.uniform(10, 26),
        )
    axes.set(xlim=(-1.3, 1.3), ylim=(-0.4 if span == 180 else -1.3, 1.3))


def network(figure: Figure, f: Facts) -> None:
    """Nodes and edges."""
    rng, axes = f.rng, new_axes(figure, f, bare=True)
    count = rng.choice((5, 8, 15, 40, 100))
    turns = np.linspace(0, math.tau, count, endpoint=False)
    places = np.stack([np.cos(turns), np.sin(turns)], 1) if rng.random() < 0.3 else f.noise.normal(0, 1, (count, 2))
    size, arrows = rng.uniform(20, 900 if count < 20 else 120), rng.random() < 0.3
    for i in range(1, count):
        near = np.argsort(np.hypot(*(places - places[i]).T))[1 : rng.randint(2, 4)]
        for j in [*near, rng.randrange(i)] if rng.random() < 0.5 else near:
            style = {
                "arrowstyle": "->" if arrows else "-",
                "color": rng.choice(("black", "#888888", "#bbbbbb")),
                "linewidth": rng.uniform(0.5, 2),
            }
            axes.annotate("", places[j], places[i], arrowprops=style)
    axes.scatter(
        *places.T,
        s=size * f.noise.uniform(0.5, 1.5, count),
        color=f.colors(count),
        edgecolors=rng.choice(("black", "white", "none")),
        zorder=3,
    )
    if rng.random() < 0.7:
        for place, name in zip(places, f.names(count) if count < 20 else [str(i) for i in range(count)], strict=True):
            axes.text(*place, rng.choice((name, name[0])), ha="center", va="center", fontsize="small", zorder=4)


def circles(figure: Figure, f: Facts) -> None:
    """Sets as circles that overlap."""
    from matplotlib.patches import Circle

    rng, axes = f.rng, new_axes(figure, f, bare=True)
    count = rng.randint(2, 4)
    for k, (color, name) in enumerate(zip(f.colors(count), f.names(count), strict=True)):
        x, y = (0.6 * turn(math.tau * k / count + 0.5) for turn in (math.cos, math.sin))
        axes.add_patch(
            Circle((x, y), rng.uniform(0.7, 1.1), alpha=0.45, facecolor=color, edgecolor=rng.choice(("black", "none")))
        )
        axes.text(1.5 * x, 1.5 * y, rng.choice((name, str(rng.randint(1, 99)))), ha="center")
    axes.autoscale_view()


def word_cloud(figure: Figure, f: Facts) -> None:
    """Words of many sizes."""
    rng, axes = f.rng, new_axes(figure, f, bare=True, share=0.2)
    axes.set_aspect("auto")
    for y in np.linspace(0, 1, rng.randint(6, 14)):
        x = f.noise.uniform(0, 0.1)
        while x < 1:
            size = rng.uniform(5, 9) if rng.random() < 0.7 else rng.uniform(10, 30)
            word = rng.choice(f.names(6))
            axes.text(x, y, word, fontsize=size, color=f.colors(1)[0], rotation=rng.choice((0, 0, 0, 90)))
            x += len(word) * size * 0.002 + 0.02


def waffle(figure: Figure, f: Facts) -> None:
    """Counts as so many squares or discs."""
    rng, axes = f.rng, new_axes(figure, f, bare=True)
    columns, rows = rng.randint(8, 20), rng.randint(4, 10)
    parts = np.repeat(np.arange(4), rng.sample(range(1, columns * rows), 4))[: columns * rows]
    colors = np.array([shaded(color, 1) for color in f.colors(4)])[parts]
    x, y = np.divmod(np.arange(len(parts)), rows)
    axes.scatter(x, y, s=rng.uniform(30, 110), marker=rng.choice("so"), c=colors)
