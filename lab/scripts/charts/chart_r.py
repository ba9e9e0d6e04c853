#!/usr/bin/env python3
"""Draw charts by R and gnuplot, which training never shows, with their tables.

    apt-get install gnuplot-nox r-base-core r-cran-ggplot2 fonts-nanum fonts-liberation
    python lab/scripts/charts/chart_r.py OUT/charts_r [--count 96]
    sokdok bench figures --data OUT --set charts_r --no-baselines

A third each by ggplot2, by R's own graphics and by gnuplot, in looks that their users know. The same options give the
same charts. Sectors have no numbers on them, so their truth is shares.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from chart_set import asked_set

from sokdok_lab.synth.charts.data import ChartData, choose_data

KINDS = ("bar", "horizontal bar", "grouped", "stacked", "line", "pie")
LATIN = ("Liberation Sans", "DejaVu Sans", "Liberation Serif")
KOREAN = ("NanumGothic", "NanumMyeongjo", "NanumBarunGothic")
Script = Callable[[random.Random, ChartData, str, Path], str]


def written(text: str) -> str:
    """Write a text as R, gnuplot and JSON alike do, in quotes."""
    return json.dumps(text, ensure_ascii=False)


def vector(items: Iterable[object]) -> str:
    """Write a vector of R."""
    return f"c({','.join(written(item) if isinstance(item, str) else str(item) for item in items)})"


def gnuplot(rng: random.Random, data: ChartData, font: str, path: Path) -> str:
    """Write the script of a chart by gnuplot."""
    width, height = rng.choice([(640, 480), (800, 560), (900, 480)])
    lines = [
        f"set terminal pngcairo size {width},{height} font '{font},{rng.choice((10, 12, 14))}'",
        f"set output '{path}'",
        f"set title {written(data.title)}" if data.title else "unset title",
        f"set xlabel {written(data.category_title)}" if data.category_title else "unset xlabel",
        f"set ylabel {written(data.value_title)}" if data.value_title else "unset ylabel",
        rng.choice(("set grid y", "set grid", "unset grid")),
        rng.choice(("set key top left", "set key outside", "set key default", "set key below maxcols 3")),
        rng.choice(("set border 3; set tics nomirror", "set border 31")),
        "set offsets graph .05, graph .05, graph .1, 0",
    ]
    if len(data.series) == 1:
        lines.append("unset key")
    if data.kind == "line":
        lines.append(f"set style data {rng.choice(('linespoints', 'lines'))}")
    else:
        fill = rng.choice(("solid", "solid 0.6 border -1", "pattern border -1"))
        histogram = "rowstacked" if data.kind == "stacked" else "cluster gap 1"
        lines += ["set style data histogram", f"set style histogram {histogram}", f"set style fill {fill}"]
        lines += [f"set boxwidth {rng.choice((0.6, 0.9))}", "set xzeroaxis"]
        highest = max(map(sum, zip(*data.values, strict=True)) if data.kind == "stacked" else map(max, data.values))
        if min(map(min, data.values)) >= 0:
            lines.append(f"set yrange [0:{highest * (1.4 if len(data.series) > 1 else 1.1)}]")
    if long_names(data):
        lines.append(f"set xtics rotate by {rng.choice(('-45', '90 right', '45 right'))}")
    rows = zip(data.categories, zip(*data.values, strict=True), strict=True)
    table = "\n".join(f"{written(name)} {' '.join(map(str, row))}" for name, row in rows)
    plots = [f"$data using {number + 2}:xtic(1) title {written(name)} lw 2" for number, name in enumerate(data.series)]
    return "\n".join([f"$data << END\n{table}\nEND", *lines, f"plot {', '.join(plots)}"])


def base_r(rng: random.Random, data: ChartData, font: str, path: Path) -> str:
    """Write the script of a chart by R's own graphics."""
    many, long = len(data.series) > 1, long_names(data)
    titles = [written(title) for title in (data.title, data.category_title, data.value_title)]
    values = vector(value for row in zip(*data.values, strict=True) for value in row)
    names = f"list({vector(data.series)}, {vector(data.categories)})"
    lines = [
        device(rng, font, path),
        f"m <- matrix({values}, nrow={len(data.series)}, dimnames={names})",
        f"colours <- {rng.choice(('rainbow(nrow(m))', 'gray.colors(nrow(m))', 'seq_len(nrow(m)) + 1'))}",
        "span <- range(0, m)" if data.kind != "stacked" else "span <- c(0, max(colSums(m)))",
        f"span[2] <- span[2] + {0.5 if many else 0.1} * diff(span)",
    ]
    if data.kind == "pie":
        lines.append(f"pie(m[1, ], main={titles[0]})")
    elif data.kind == "horizontal bar":
        lines.append("par(mar=c(5, 14, 4, 2))")
        lines.append(f"barplot(m[1, ], horiz=TRUE, las=1, xlim=span, col=colours, main={titles[0]}, xlab={titles[2]})")
    else:
        lines.append(f"par(mar=c({10 if long else 5}, 6, 4, 2), mgp=c(4.5, 1, 0))")
        turned = 2 if long else rng.choice((0, 1))
        shared = f"las={turned}, ylim=span, main={titles[0]}, xlab={'NULL' if long else titles[1]}, ylab={titles[2]}"
        if data.kind == "line":
            line = f"type='{rng.choice('blo')}', pch=19, lty=1, col=colours"
            lines.append(f"matplot(t(m), {line}, xaxt='n', {shared})")
            lines.append(f"axis(1, at=seq_len(ncol(m)), labels=colnames(m), las={turned})")
            lines += ["legend('topleft', legend=rownames(m), col=colours, lty=1)"] if many else []
        else:
            key = ", legend.text=TRUE, args.legend=list(x='topright', ncol=2)" if many else ""
            beside = "FALSE" if data.kind == "stacked" else "TRUE"
            lines.append(f"barplot(m, beside={beside}, col=colours, {shared}{key})")
    return "\n".join([*lines, "invisible(dev.off())"])


def ggplot(rng: random.Random, data: ChartData, font: str, path: Path) -> str:
    """Write the script of a chart by ggplot2."""
    categories, series = vector(data.categories), vector(data.series)
    values = vector(value for row in zip(*data.values, strict=True) for value in row)
    name = "y" if data.kind == "pie" else "g" if len(data.series) > 1 else ""
    colour = written(rng.choice(("steelblue", "grey35", "tomato", "#2a9d8f")))
    if data.kind == "line":
        marks = "geom_line(aes(group=g, colour=g))" if name else f"geom_line(group=1, colour={colour})"
        marks += rng.choice(("", " + geom_point(aes(colour=g))" if name else f" + geom_point(colour={colour})"))
    elif data.kind == "pie":
        marks = "geom_col(aes(x='', fill=x)) + coord_polar('y') + theme_void()"
    elif name:
        marks = f"geom_col(aes(fill=g), position='{'stack' if data.kind == 'stacked' else 'dodge'}')"
    else:
        marks = f"geom_col(fill={colour})" + (" + coord_flip()" if data.kind == "horizontal bar" else "")
    theme = rng.choice(("gray", "bw", "minimal", "classic", "light"))
    look = "" if data.kind == "pie" else f" + theme_{theme}(base_size={rng.choice((10, 11, 13))}, base_family='{font}')"
    if long_names(data) and data.kind not in ("horizontal bar", "pie"):
        look += f" + theme(axis.text.x=element_text(angle={rng.choice((30, 45, 90))}, hjust=1))"
    titles = f"title={written(data.title)}, x={written(data.category_title)}, y={written(data.value_title)}"
    return "\n".join(
        [
            "suppressMessages(library(ggplot2))",
            device(rng, font, path),
            f"d <- data.frame(x=factor(rep({categories}, each={len(data.series)}), levels={categories}),",
            f"  g=factor(rep({series}, {len(data.categories)}), levels={series}), y={values})",
            f"print(ggplot(d, aes(x, y)) + {marks}{look} + labs({titles}, fill=NULL, colour=NULL))",
            "invisible(dev.off())",
        ]
    )


def long_names(data: ChartData) -> bool:
    """Whether the names below an axis need to be turned."""
    return sum(map(len, data.categories)) > 30 or len(data.categories) > 9


def device(rng: random.Random, font: str, path: Path) -> str:
    """Open a picture of R's."""
    width, height = rng.choice([(640, 480), (800, 500), (700, 600)])
    size = f"width={width}, height={height}, res={rng.choice((90, 100, 110))}"
    return f"png('{path}', {size}, type='cairo', family='{font}')"


DRAWERS: dict[str, tuple[Script, list[str], tuple[str, ...]]] = {
    "ggplot2": (ggplot, ["Rscript", "--vanilla", "-"], KINDS),
    "R": (base_r, ["Rscript", "--vanilla", "-"], KINDS),
    "gnuplot": (gnuplot, ["gnuplot"], ("bar", "grouped", "stacked", "line")),
}


def main() -> None:
    """Read the options and draw."""
    with asked_set(__doc__, 96) as charts:
        for number in range(charts.count):
            rng = random.Random(f"R {number}")
            library = list(DRAWERS)[number % len(DRAWERS)]
            script, program, kinds = DRAWERS[library]
            language = rng.choice(("en", "en", "ko"))
            data = choose_data(rng, language, kinds[number // len(DRAWERS) % len(kinds)])
            path = (charts.images / f"{number:05}.png").resolve()
            drawn = script(rng, data, rng.choice(KOREAN if language == "ko" else LATIN), path)
            subprocess.run(program, input=drawn, text=True, check=True, capture_output=True)
            charts.add(number, as_drawn(data), f"{number:05} {library} {data.kind}")


def as_drawn(data: ChartData) -> ChartData:
    """Leave out what no chart here shows, an only series' name and the unit of values; of sectors take shares."""
    series = data.series if len(data.series) > 1 else ("",)
    if data.kind != "pie":
        return replace(data, series=series, unit="")
    whole = sum(data.values[0])
    return replace(
        data, series=series, values=([100 * value / whole for value in data.values[0]],), unit="%", decimals=2
    )


if __name__ == "__main__":
    main()
