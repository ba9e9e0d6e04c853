"""Charts on axes: those that readers read (bars, lines, points, bins, pies), and others in the same looks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
from chart_facts import SCALES, Facts, fill, filled, keyed, new_axes, shaded, turned

from sokdok_lab.synth.wear import smooth_noise

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bars(figure: Figure, f: Facts) -> None:
    """Bars beside or on each other, standing or lying."""
    rng, axes = f.rng, new_axes(figure, f)
    count, series = rng.randint(2, 14), rng.choice((1, 1, 1, 2, 3, 4))
    names, colors = f.names(count), f.colors(series)
    sideways, stacked, thick = rng.random() < 0.35, rng.random() < 0.4, rng.uniform(0.4, 0.95)
    base, style = np.zeros(count), rng.random()
    for i, name in enumerate(f.names(series)):
        row, at = f.walk(count), np.arange(count) + (0 if stacked else (i - (series - 1) / 2) * thick / series)
        width, extra = thick if stacked else thick / series, filled(random.Random(style), colors[i], i)  # all alike
        if rng.random() < 0.15:
            extra |= {"xerr" if sideways else "yerr": row * 0.1, "capsize": 3}
        start = {"left" if sideways else "bottom": base} if stacked else {}
        bars = (axes.barh if sideways else axes.bar)(at, row, width, label=name, **start, **extra)
        base = base + row
        if rng.random() < 0.25:
            axes.bar_label(bars, fmt="%.3g", fontsize="small")
    (axes.set_yticks if sideways else axes.set_xticks)(range(count), names, **({} if sideways else turned(rng)))
    if not stacked and rng.random() < 0.2:
        (axes.set_xscale if sideways else axes.set_yscale)("log")
    if series > 1:
        keyed(axes, rng)


def lines(figure: Figure, f: Facts) -> None:
    """Lines, steps or areas, on any scales."""
    rng, axes = f.rng, new_axes(figure, f)
    count, series = rng.choice((5, 8, 12, 30, 200)), rng.randint(1, 5)
    start = rng.choice((0, 1, 1990, 2010))
    marker = rng.choice((None, None, "o", "s", ".")) if count < 40 else None
    draw = rng.choice((axes.plot, axes.plot, axes.step, axes.fill_between)) if series < 4 else axes.plot
    for name in f.names(series):
        more = {} if draw == axes.fill_between else {"marker": marker}
        draw(start + np.arange(count), f.walk(count), label=name, alpha=rng.uniform(0.6, 1), **more)
    if series > 1 and rng.random() < 0.8:
        keyed(axes, rng)
    for scale, share in ((axes.set_yscale, 0.25), (axes.set_xscale, 0.15)):
        if rng.random() < share:
            scale("log")
    if rng.random() < 0.1:
        axes.twinx().plot(start + np.arange(count), f.walk(count), "--")


def combined(figure: Figure, f: Facts) -> None:
    """Bars or an area with lines over them, on one axis or on two; or with a line at one height."""
    rng, axes = f.rng, new_axes(figure, f)
    count, series, at_side = rng.randint(3, 12), rng.choice((1, 1, 2)), rng.random() < 0.6
    at, names, colors = np.arange(count), f.names(count + 4), f.colors(5)
    rows, thick = [f.walk(count)] * series, rng.uniform(0.4, 0.9)
    for i, row in enumerate(rows):
        if series == 1 and rng.random() < 0.2:
            axes.fill_between(at, row, color=colors[0], alpha=rng.uniform(0.4, 1), label=names[count])
        else:
            own = row * f.noise.uniform(0.5, 1, count) if i else row
            axes.bar(at + (i - (series - 1) / 2) * thick / series, own, thick / series, color=colors[i],
                     label=names[count + i])  # fmt: skip
    other = axes.twinx() if at_side else axes
    how = {"marker": rng.choice((None, "o", "o", "s", ".")), "linestyle": rng.choice(("-", "-", "--"))}
    if not at_side and rng.random() < 0.25:
        axes.axhline(float(rows[0].mean()), color=colors[2], linestyle=how["linestyle"], label=names[count + 2])
    else:
        for i in range(rng.choice((1, 1, 2))):
            row = f.walk(count) if at_side else rows[0] * f.noise.uniform(0.5, 1.3, count)
            color = rng.choice((colors[2 + i], "black", "red", "orange"))
            other.plot(at, row, color=color, label=names[count + 2 + i], **how)
    if at_side and rng.random() < 0.6:
        other.set_ylabel(names[count + 2])
    if at_side and rng.random() < 0.3:
        other.grid(False)
    axes.set_xticks(at, names[:count], **turned(rng))
    if rng.random() < 0.8:
        drawn = (axes, other) if at_side else (axes,)
        parts = [part for one in drawn for part in zip(*one.get_legend_handles_labels(), strict=True)]
        place = rng.choice(("best", "upper left", "lower right", "upper center"))
        keyed(axes, rng, *zip(*parts, strict=True), loc=place, ncols=rng.choice((1, 1, 2)))


def points(figure: Figure, f: Facts) -> None:
    """Points, on any scales."""
    rng, axes = f.rng, new_axes(figure, f)
    for name in f.names(rng.randint(1, 3)):
        count = rng.choice((6, 15, 50, 300))
        x = f.noise.uniform(0, 100, count)
        y = rng.uniform(-1, 1) * x + f.noise.normal(0, rng.uniform(2, 40), count)
        size = rng.uniform(8, 60) if rng.random() < 0.8 else f.noise.uniform(5, 300, count)
        axes.scatter(x, y, size, label=name, alpha=rng.uniform(0.4, 1), marker=rng.choice("oos^+"))
    if rng.random() < 0.4:
        keyed(axes, rng)
    if rng.random() < 0.3:
        rng.choice((axes.loglog, axes.semilogx, axes.semilogy))()


def powers(figure: Figure, f: Facts) -> None:
    """Bars, lines or points over many decades, so that numbers along an axis are powers: 10³."""
    rng, axes = f.rng, new_axes(figure, f)
    series, sideways = rng.randint(1, 3), rng.random() < 0.3
    draw = rng.choice((axes.plot, axes.scatter, axes.barh if sideways else axes.bar))
    barred = draw not in (axes.plot, axes.scatter)
    count = rng.randint(2, 10) if barred else rng.choice((5, 8, 20, 60))
    low, both = rng.randint(-9, 6), not barred and rng.random() < 0.4
    names, colors = f.names(count), f.colors(series)
    at = 10.0 ** np.linspace(low, low + rng.uniform(2, 8), count) if both else np.arange(count)
    for i, name in enumerate(f.names(series)):
        row = 10.0 ** f.noise.uniform(low, low + rng.uniform(1.5, 9), count)
        if draw == axes.plot and rng.random() < 0.5:
            row = np.sort(row)[:: rng.choice((-1, 1))]
        extra: dict[str, Any] = {"color": colors[i], "label": name}
        if barred:
            thick = 0.8 / series
            extra["height" if sideways else "width"] = thick
            draw(at + (i - (series - 1) / 2) * thick, row, **extra)
        else:
            draw(at, row, **extra | ({"marker": rng.choice((None, "o", "s"))} if draw == axes.plot else {}))
    if both:
        axes.loglog()
    else:
        (axes.set_xscale if barred and sideways else axes.set_yscale)("log")
    if barred:
        (axes.set_yticks if sideways else axes.set_xticks)(range(count), names, **({} if sideways else turned(rng)))
    if series > 1 and rng.random() < 0.8:
        keyed(axes, rng)


def bins(figure: Figure, f: Facts) -> None:
    """A histogram or two."""
    rng, axes = f.rng, new_axes(figure, f)
    for name in f.names(rng.choice((1, 1, 2))):
        values = f.noise.normal(rng.uniform(20, 80), rng.uniform(3, 20), rng.randint(50, 800))
        axes.hist(
            values,
            rng.randint(5, 40),
            label=name,
            alpha=rng.uniform(0.5, 1),
            edgecolor=rng.choice((None, "white", "black")),
        )


def pie(figure: Figure, f: Facts) -> None:
    """A pie or a ring, as large as the figure or a part of it; names and numbers beside its sectors or in them."""
    from matplotlib.colors import to_rgb

    rng, axes = f.rng, new_axes(figure, f, bare=True)
    count = rng.randint(2, 9)
    wedge = {"width": rng.uniform(0.3, 0.6)} if rng.random() < 0.35 else {}
    values = f.noise.uniform(0.1, 1, count)
    values *= 100 / values.sum() if rng.random() < 0.5 else 10 ** rng.uniform(0, 4)
    names, colors = f.names(count), f.colors(count)
    named = rng.choice(("beside", "beside", "inside", "legend", "legend", "both"))
    numbers = rng.choice(("", "%.0f%%", "%.1f%%", "own"))
    places = axes.pie(
        values, labels=names if named != "legend" else None, colors=colors, counterclock=rng.random() < 0.5,
        startangle=rng.choice((90, 90, rng.uniform(0, 360))), labeldistance=0.55 if named == "inside" else 1.1,
        autopct=(lambda share: f"{share * values.sum() / 100:.4g}") if numbers == "own" else numbers or None,
        pctdistance=rng.uniform(0.5, 0.85), wedgeprops=wedge | {"edgecolor": rng.choice(("white", "none", "black"))},
        explode=[rng.choice((0, 0, 0.1)) for _ in range(count)] if rng.random() < 0.15 else None,
        rotatelabels=named == "inside" and rng.random() < 0.2, radius=rng.choice((1, 1, rng.uniform(0.4, 0.9))),
    )  # fmt: skip
    for i, color in enumerate(colors):  # names and numbers in dark sectors are white
        light = "white" if np.mean(to_rgb(color)) < rng.uniform(0.4, 0.7) else "black"
        for texts in places[1:] if named == "inside" else places[2:]:
            texts[i].set(color=light, ha="center")
    axes.set(xlim=(-1.25, 1.25), ylim=(-1.25, 1.25))
    if named in ("legend", "both"):
        beside = {"loc": "center left", "bbox_to_anchor": (rng.uniform(0.95, 1.3), rng.choice((0.5, 0.5, 0.8)))}
        below = {"loc": "upper center", "bbox_to_anchor": (rng.uniform(0.2, 0.7), 0), "ncols": rng.randint(1, 4)}
        keyed(axes, rng, places[0], names, frameon=rng.random() < 0.4, **rng.choice((beside, below)))


def box_plot(figure: Figure, f: Facts) -> None:
    """Boxes, violins, or both."""
    rng, axes = f.rng, new_axes(figure, f)
    count, upright, violins = rng.randint(1, 10), rng.random() < 0.75, rng.random() < 0.35
    samples = [f.noise.normal(rng.uniform(20, 60), rng.uniform(3, 14), rng.randint(10, 150)) for _ in range(count)]
    samples = [s if rng.random() < 0.7 else np.exp(s / 15) for s in samples] if rng.random() < 0.3 else samples
    colors, way = f.colors(count), {"orientation": "vertical" if upright else "horizontal"}
    if violins:
        parts = axes.violinplot(samples, showmedians=rng.random() < 0.5, showextrema=rng.random() < 0.5, **way)
        for body, color in zip(parts["bodies"], colors, strict=True):
            body.set_gid("bodies")
            body.set(facecolor=color, alpha=rng.uniform(0.4, 1), edgecolor=rng.choice(("black", "none")))
    if not violins or rng.random() < 0.3:
        filled = not violins and rng.random() < 0.65
        parts = axes.boxplot(
            samples, patch_artist=filled, notch=rng.random() < 0.15, widths=0.15 if violins else rng.uniform(0.3, 0.85),
            sym=rng.choice(("", None, "o", "+", ".")), showmeans=rng.random() < 0.2, **way,
        )  # fmt: skip
        for part, artists in parts.items():
            for artist in artists:
                artist.set_gid(part)
        for box, color in zip(parts["boxes"], colors, strict=True):
            box.set(**({"facecolor": color} if filled else {}))
    if rng.random() < 0.2:
        for i, values in enumerate(samples, 1):
            at = i + f.noise.uniform(-0.15, 0.15, len(values))
            axes.scatter(*((at, values) if upright else (values, at)), s=rng.uniform(3, 12), color="black", alpha=0.5)
    (axes.set_xticks if upright else axes.set_yticks)(
        range(1, count + 1), f.names(count), **(turned(rng) if upright else {})
    )


def heat_map(figure: Figure, f: Facts) -> None:
    """Cells coloured by their value."""
    rng, axes = f.rng, new_axes(figure, f)
    rows, columns = (rng.randint(2, 5 if rng.random() < 0.3 else most) for most in (14, 20))
    values = f.field(rows, columns)
    if rng.random() < 0.25:
        values = np.where(f.noise.random(values.shape) < rng.uniform(0, 0.5), np.nan, values)
    if rng.random() < 0.3 and rows == columns:
        values = np.where(np.tri(rows, columns, dtype=bool), values, np.nan)
    lined = {"edgecolors": "white", "linewidth": rng.uniform(0.5, 3)} if rng.random() < 0.5 else {}
    shown: Any = (
        axes.pcolormesh(values, **lined)
        if rng.random() < 0.6
        else axes.imshow(values, aspect=rng.choice(("auto", "equal")), extent=(0, columns, rows, 0))
    )
    if rng.random() < 0.8:
        axes.set_xticks(
            np.arange(columns) + 0.5,
            f.names(columns) if columns < 10 else range(columns),
            **turned(rng),
        )
        axes.set_yticks(np.arange(rows) + 0.5, f.names(rows))
    if rng.random() < 0.45:
        form = rng.choice(("%.1f", "%.2f", "%.0f"))
        for (i, j), value in np.ndenumerate(values):
            if np.isfinite(value):
                axes.text(
                    j + 0.5,
                    i + 0.5,
                    form % (value * 10),
                    ha="center",
                    va="center",
                    fontsize="small",
                    color=rng.choice(("black", "white")),
                )
    if rng.random() < 0.7:
        figure.colorbar(shown, ax=axes, location=rng.choice(("right", "right", "bottom")))


def density(figure: Figure, f: Facts) -> None:
    """A plane coloured by its density, or its contour lines."""
    rng, axes = f.rng, new_axes(figure, f)
    field = smooth_noise((60, 80), rng.uniform(15, 60), f.noise)
    x, y = f.noise.normal(0, 1, (2, rng.randint(300, 3000)))
    kind = rng.randrange(5)
    if kind == 0:
        shown: Any = axes.hexbin(x, x * rng.uniform(-1, 1) + y, gridsize=rng.randint(8, 40))
    elif kind == 1:
        shown = axes.hist2d(x, x * rng.uniform(-1, 1) + y, bins=rng.randint(10, 50))[3]
    elif kind == 2:
        shown = axes.imshow(field, aspect="auto", interpolation=rng.choice(("nearest", "bilinear")))
    else:
        shown = (axes.contourf if kind == 3 else axes.contour)(field, rng.randint(5, 15))
        if kind == 4 and rng.random() < 0.5:
            axes.clabel(shown, fontsize="small")
    if rng.random() < 0.6:
        figure.colorbar(shown, ax=axes)


def candles(figure: Figure, f: Facts) -> None:
    """Candles or bars of prices from day to day."""
    rng = f.rng
    below = rng.random() < 0.3
    parts: Any = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1)) if below else [figure.add_subplot()]
    axes, count = parts[0], rng.randint(10, 90)
    f.around(axes)
    close = 100 + np.cumsum(f.noise.normal(0, 1.5, count))
    begin = np.append(close[0], close[:-1]) + f.noise.normal(0, 0.5, count)
    high, low = (
        pick(begin, close) + sign * np.abs(f.noise.normal(0, 1, count))
        for pick, sign in ((np.maximum, 1), (np.minimum, -1))
    )
    up, down = rng.choice(
        (("#26a69a", "#ef5350"), ("white", "black"), ("green", "red"), ("red", "blue"), ("#2ca02c", "#d62728"))
    )
    colors, edge = np.where(close >= begin, up, down), "black" if up == "white" or rng.random() < 0.3 else None
    axes.vlines(np.arange(count), low, high, color=edge or colors, linewidth=rng.uniform(0.5, 1.5))
    if rng.random() < 0.8:
        axes.bar(
            np.arange(count),
            np.abs(close - begin),
            rng.uniform(0.5, 0.9),
            np.minimum(begin, close),
            color=colors,
            edgecolor=edge,
        )
    else:
        axes.hlines(begin, np.arange(count) - 0.35, np.arange(count), color=colors)
        axes.hlines(close, np.arange(count), np.arange(count) + 0.35, color=colors)
    if rng.random() < 0.4:
        axes.plot(np.arange(count), np.convolve(np.pad(close, 4, "edge"), np.full(9, 1 / 9), "valid"))
    if below:
        parts[1].bar(np.arange(count), f.noise.uniform(1, 9, count), color=colors)
    axes.set_ylim(low.min() - 1, high.max() + 1)
    axes.set_xticks(
        np.arange(0, count, max(1, count // 6)),
        [f"{rng.randint(1, 12)}/{1 + i % 28}" for i in range(0, count, max(1, count // 6))],
    )


def gantt(figure: Figure, f: Facts) -> None:
    """Bars from a beginning to an end."""
    rng, axes = f.rng, new_axes(figure, f)
    count, colors, at = rng.randint(4, 16), f.colors(4), 0.0
    for row, name in enumerate(f.names(count)):
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            long = rng.uniform(2, 15)
            axes.barh(
                row,
                long,
                rng.uniform(0.4, 0.9),
                at,
                color=rng.choice(colors),
                edgecolor=rng.choice(("none", "none", "black")),
            )
            if rng.random() < 0.15:
                axes.text(
                    at + long / 2,
                    row,
                    rng.choice((name, f"{rng.randint(0, 100)}%")),
                    ha="center",
                    va="center",
                    fontsize="small",
                )
            at += long * rng.uniform(0.3, 1.2)
        at = max(0.0, at - rng.uniform(0, 8))
    axes.set_yticks(range(count), f.names(count))
    axes.invert_yaxis()
    ticks = np.linspace(0, at + 10, rng.randint(4, 9))
    axes.set_xticks(
        ticks,
        [rng.choice(("{:02d}-{:02d}", "{}/{}")).format(1 + int(tick) // 28 % 12, 1 + int(tick) % 28) for tick in ticks],
    )


def merges(figure: Figure, f: Facts) -> None:
    """A tree of clusters that are joined at their distances."""
    rng, axes = f.rng, new_axes(figure, f)
    count = rng.randint(5, 30)
    tops, straight = [(float(i), 0.0) for i in range(count)], rng.random() < 0.7
    sideways, color, high = rng.random() < 0.4, f.colors(1)[0], 0.0
    while len(tops) > 1:
        i = rng.randrange(len(tops) - 1)
        (a, u), (b, v), high = tops[i], tops[i + 1], high + rng.uniform(0.1, 1)
        line = np.array([(a, u), (a, high), (b, high), (b, v)] if straight else [(a, u), ((a + b) / 2, high), (b, v)])
        axes.plot(*(line.T[::-1] if sideways else line.T), color=color)
        tops[i : i + 2] = [((a + b) / 2, high)]
    (axes.set_yticks if sideways else axes.set_xticks)(
        range(count), f.names(count) if count < 14 else range(count), rotation=0 if sideways else 90
    )


def currents(figure: Figure, f: Facts) -> None:
    """Arrows or lines of a field."""
    rng, axes = f.rng, new_axes(figure, f)
    x, y = np.meshgrid(np.linspace(-3, 3, rng.randint(8, 20)), np.linspace(-3, 3, rng.randint(8, 20)))
    u, v = (smooth_noise(x.shape, rng.uniform(4, 12), f.noise) for _ in range(2))
    if rng.random() < 0.5:
        axes.quiver(x, y, u, v, np.hypot(u, v))
    else:
        axes.streamplot(x, y, u, v, color=np.hypot(u, v) if rng.random() < 0.5 else None)


def swarms(figure: Figure, f: Facts) -> None:
    """A strip of points for each group, without a box."""
    rng, axes = f.rng, new_axes(figure, f)
    count, wide, tick = rng.randint(2, 7), rng.choice((0.0, 0.12, 0.25)), rng.random() < 0.3
    for i, color in enumerate(f.colors(count)):
        values = f.noise.normal(rng.uniform(20, 60), rng.uniform(3, 14), rng.randint(15, 120))
        axes.scatter(
            i + f.noise.uniform(-wide, wide, len(values)),
            values,
            s=rng.uniform(6, 30),
            color=color,
            marker="_" if tick else "o",
            alpha=0.8,
        )
    axes.set_xticks(range(count), f.names(count))


def parallels(figure: Figure, f: Facts) -> None:
    """A line for each thing across several upright axes."""
    rng, axes = f.rng, new_axes(figure, f)
    count, colors = rng.randint(4, 8), f.colors(3)
    for _ in range(rng.randint(20, 120)):
        axes.plot(f.noise.uniform(0, 1, count), color=rng.choice(colors), alpha=0.4, linewidth=0.8)
    axes.set_xticks(range(count), f.names(count))
    for x in range(count):
        axes.axvline(x, color="black")


def solid_bars(figure: Figure, f: Facts) -> None:
    """Bars with a side and a top, as office programs draw them."""
    rng, axes = f.rng, new_axes(figure, f)
    count, series, deep = rng.randint(2, 8), rng.randint(1, 3), rng.uniform(0.1, 0.3)
    high, colors, thick = 10.0, f.colors(series), 0.75 / series
    for j in range(count):
        for i in range(series):
            x, y, up = j + i * thick, f.noise.uniform(1, high), deep * high / count
            sides = (((x, 0), (x + thick, 0), (x + thick, y), (x, y)), 1.0), (
                ((x, y), (x + thick, y), (x + thick + deep, y + up), (x + deep, y + up)), 0.85), (
                ((x + thick, 0), (x + thick + deep, up), (x + thick + deep, y + up), (x + thick, y)), 0.65)  # fmt: skip
            for corners, light in sides:
                fill(axes, corners, shaded(colors[i], light))
    axes.set(xlim=(-0.2, count + deep), ylim=(0, high * 1.2))
    axes.set_xticks(np.arange(count) + 0.4, f.names(count))


def in_space(figure: Figure, f: Facts) -> None:
    """Surfaces, bars, points or lines in three dimensions."""
    rng = f.rng
    axes: Any = figure.add_subplot(projection="3d")
    axes.view_init(rng.uniform(10, 60), rng.uniform(-180, 180))
    f.around(axes, share=0.4)
    x, y = np.meshgrid(np.linspace(-3, 3, rng.randint(10, 40)), np.linspace(-3, 3, 25))
    z = smooth_noise(x.shape, rng.uniform(6, 20), f.noise)
    kind = rng.randrange(6)
    if kind < 2:
        (axes.plot_surface if kind else axes.plot_wireframe)(
            x, y, z, **({"cmap": rng.choice(SCALES)} if kind else {"rstride": 2, "cstride": 2})
        )
    elif kind == 2:
        i, j = (grid.ravel() for grid in np.meshgrid(np.arange(rng.randint(2, 7)), np.arange(rng.randint(1, 5))))
        axes.bar3d(i, j, 0, 0.6, 0.6, f.noise.uniform(1, 9, len(i)), color=[f.colors(5)[k % 5] for k in j], shade=True)
    elif kind == 3:
        for _ in range(rng.randint(1, 3)):
            axes.scatter(*f.noise.normal(0, 1, (3, rng.randint(15, 200))), s=rng.uniform(5, 40))
    elif kind == 4:
        t = np.linspace(0, rng.uniform(5, 30), 200)
        axes.plot(np.cos(t) * t, np.sin(t) * t, f.walk(200))
    else:
        axes.contour(x, y, z, rng.randint(8, 20))
    if rng.random() < 0.15:
        axes.set_axis_off()
