"""Charts drawn with pillow, read with known texts and marks: every kind gives its table, and what is no chart none."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sokdok.figures.chart.read.axes import find_axes, write_all
from sokdok.figures.chart.read.labels import Label
from sokdok.figures.chart.read.marks import Marks, Peak, Pie, edges, gathered, paired
from sokdok.figures.chart.read.names import fill_names
from sokdok.figures.chart.read.reader import ChartReading, read_chart
from sokdok_lab.bench.metrics.html_tables import grid_of

BLUE, ORANGE, GREEN, GREY = (40, 118, 221), (245, 133, 24), (84, 162, 75), (221, 221, 221)
NO = np.zeros((0, 2))
LEFT, TOP, RIGHT, BOTTOM = 60, 20, 360, 220  # of the plot, on a picture of 400 x 300


class Canvas:
    """A picture, and the marks that were drawn on it."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (400, 300), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.near, self.far, self.rim, self.middles = list[Peak](), list[Peak](), list[Any](), list[Any]()
        self.peaks: dict[str, list[Peak]] = {}
        self.strokes: dict[str, list[np.ndarray]] = {}

    def bar(self, left: float, top: float, right: float, bottom: float, color: Any = BLUE) -> None:
        self.draw.rectangle((left, top, right - 1, bottom - 1), color)
        self.near.append(Peak(round(left), round(top), "bar"))
        self.far.append(Peak(round(right), round(bottom), "bar"))

    def key(self, x: int, y: int, color: Any) -> None:
        self.draw.rectangle((x, y, x + 9, y + 9), color)
        self.add("key", (x + 5, y + 5), "patch")

    def add(self, name: str, place: tuple[float, float], kind: str) -> None:
        self.peaks.setdefault(name, []).append(Peak(*place, kind))

    def stroke(self, name: str, points: Sequence[tuple[float, float]]) -> None:
        xs, ys = zip(*points, strict=True)
        x = np.arange(xs[0], xs[-1], 2.0)
        self.strokes.setdefault(name, []).append(np.stack([x, np.interp(x, xs, ys)], 1))
        for point in points:
            self.add("point", point, "bend")

    def read(self, labels: Sequence[Label], image: Image.Image | None = None) -> ChartReading:
        pixels = np.asarray(image or self.image)
        strokes = {name: np.concatenate([NO, *lines]) for name, lines in self.strokes.items()}
        strokes["line"], strokes["edge"] = edges(strokes.get("line", NO), strokes.get("edge", NO), pixels)
        rim, middles = np.array(self.rim).reshape(-1, 2), np.array(self.middles).reshape(-1, 2)
        pies = gathered(rim, middles, np.ones(len(rim)))
        return read_chart(Marks(pixels, paired(self.near, self.far, pixels), self.peaks, pies, strokes), labels)


def label(text: str, x: float, y: float, size: float = 10, angle: float = 0, role: str = "") -> Label:
    along, beside = 3 * len(text), size / 2
    across, down = (beside, along) if angle else (along, beside)
    return Label(text, (x - across, y - down, x + across, y + down), 0.9, angle, role)


def lines(text: str, x: float, y: float, role: str) -> list[Label]:
    """A text of a line a word from a height on, flush left."""
    return [label(word, x + 3 * len(word), y + 13 * i, role=role) for i, word in enumerate(text.split())]


def row_of(value: float, high: float = 100) -> float:
    return BOTTOM - value / high * (BOTTOM - TOP)


def ticks(high: float = 100, unit: str = "") -> list[Label]:
    return [label(f"{v:g}{unit}", LEFT - 20, row_of(v, high), role="value tick") for v in np.linspace(0, high, 6)]


def names(texts: Sequence[str]) -> list[Label]:
    step = (RIGHT - LEFT) / len(texts)
    return [label(text, LEFT + (i + 0.5) * step, BOTTOM + 12, role="category") for i, text in enumerate(texts)]


def written(text: str, x: float, y: float) -> Label:
    return label(text, x, y, role="value label")


def bars(canvas: Canvas, values: Sequence[float]) -> None:
    step = (RIGHT - LEFT) / len(values)
    for i, value in enumerate(values):
        x = LEFT + (i + 0.5) * step
        canvas.bar(x - 15, row_of(value), x + 15, BOTTOM)


def numbers(text: str) -> list[list[float]]:
    return [[float(cell.rstrip("%억")) for cell in row[1:]] for row in grid_of(text)[1:]]


def test_bars_are_measured_against_the_axis() -> None:
    bars(canvas := Canvas(), [30, 75, 50])
    title = [label("Sales", 12, 120, angle=90, role="axis title"), label("Region", 210, BOTTOM + 34, role="axis title")]
    title.append(label("Hill", 310, BOTTOM + 23, role="axis title"))
    reading = canvas.read([*ticks(), *names(["North", "South", "East"]), *title])
    assert [row[0] for row in grid_of(reading.text)] == ["Region", "North", "South", "East Hill"]
    assert grid_of(reading.text)[0][1] == "Sales"
    assert np.allclose(numbers(reading.text), [[30], [75], [50]], atol=1)
    assert reading.kind == "bar" and reading.confidence > 0.5


def test_a_value_at_a_bar_is_taken_where_the_axis_agrees() -> None:
    bars(canvas := Canvas(), [30, 75, 50])
    x = [LEFT + (i + 0.5) * 100 for i in range(3)]
    at_bars = [written("31.4", x[0], row_of(30) - 8), written("999", x[1], row_of(75) - 8)]
    reading = canvas.read([*ticks(), *names(["a1", "b1", "c1"]), *at_bars])
    assert numbers(reading.text)[0] == [31.4]
    assert numbers(reading.text)[1] == pytest.approx([75], abs=1)


def test_bars_go_by_what_is_written_at_them_where_the_axis_was_misread() -> None:
    bars(canvas := Canvas(), [30, 75, 50])
    misread = [label(f"{v / 10:g}", LEFT - 20, row_of(v), role="value tick") for v in np.linspace(0, 100, 6)]
    at_bars = [written(f"{v}00", LEFT + (i + 0.5) * 100, row_of(v) - 8) for i, v in enumerate([30, 75, 50])]
    reading = canvas.read([*misread, *names(["a1", "b1", "c1"]), *at_bars])
    assert numbers(reading.text) == [[3000], [7500], [5000]] and not reading.doubt


@pytest.mark.parametrize(("read", "doubt"), [("0 2 4 6 8 10", False), ("0 2 4 6 9 10", False), ("0 2 5 8 19 1", True)])
def test_numbers_of_which_few_lie_on_one_axis_leave_a_doubt(read: str, doubt: bool) -> None:
    bars(canvas := Canvas(), [30, 75, 50])
    axis = [label(text, LEFT - 20, row_of(20 * i), role="value tick") for i, text in enumerate(read.split())]
    assert bool(canvas.read([*axis, *names(["a1", "b1", "c1"])]).doubt) == doubt


def test_bars_without_an_axis_have_what_is_written_at_them() -> None:
    canvas = Canvas()
    for i, value in enumerate([80, 40, 20]):
        canvas.bar(100, 40 + 50 * i, 100 + 2 * value, 60 + 50 * i, ORANGE)
    beside = [label(text, 70, 50 + 50 * i) for i, text in enumerate(["Yes", "No", "무응답"])]
    at_bars = [written(f"{v}%", 100 + 2 * v + 14, 50 + 50 * i) for i, v in enumerate([80, 40, 20])]
    assert grid_of(canvas.read([*beside, *at_bars]).text)[1:] == [["Yes", "80%"], ["No", "40%"], ["무응답", "20%"]]


@pytest.mark.parametrize("heads", [False, True])
def test_groups_have_a_column_for_each_colour_of_the_legend_in_its_order(heads: bool) -> None:
    canvas, truth = Canvas(), [(30, 60), (80, 20)]
    for i, pair in enumerate(truth):
        for j, value in enumerate(pair):
            left = LEFT + 40 + 150 * i + 35 * j
            canvas.bar(left, row_of(value), left + 33, BOTTOM, (BLUE, ORANGE)[j])
    for name, y, color in (("Women above forty", 40, ORANGE), ("All men", 78, BLUE)):  # close to each other
        canvas.key(330, y - 5 if heads else y + 6 * len(name.split()) - 11, color)
    legend = [*lines("Women above forty", 345, 40, "legend"), *lines("All men", 345, 78, "legend")]
    reading = canvas.read([*ticks(), *names(["2019", "2020"]), *legend])
    assert grid_of(reading.text)[0][1:] == ["Women above forty", "All men"]
    assert np.allclose(numbers(reading.text), np.array(truth)[:, ::-1], atol=1)


def test_stacks_have_the_parts_not_the_sums() -> None:
    canvas = Canvas()
    truth = [(30, 20), (50, 25), (10, 60)]
    for i, (low, high) in enumerate(truth):
        left = LEFT + 30 + 100 * i
        canvas.bar(left, row_of(low), left + 40, BOTTOM)
        canvas.bar(left, row_of(low + high), left + 40, row_of(low), ORANGE)
    reading = canvas.read([*ticks(), *names(["a1", "b1", "c1"])])
    assert np.allclose(numbers(reading.text), truth, atol=1.5)


def test_bars_below_the_baseline_are_negative() -> None:
    canvas = Canvas()
    middle = 120
    canvas.bar(80, middle - 60, 110, middle)
    canvas.bar(180, middle, 210, middle + 41)
    canvas.bar(280, middle - 20, 310, middle)
    axis = [label(f"{value}", 40, middle - value) for value in (-100, -50, 0, 50, 100)]
    below = [label(name, x, 245) for name, x in zip("xyz", (95, 195, 295), strict=True)]
    reading = canvas.read([*axis, *below])
    assert np.allclose(numbers(reading.text), [[60], [-41], [20]], atol=1.5)


def line(canvas: Canvas, values: Sequence[float], color: tuple[int, int, int], at: Sequence[float] = ()) -> None:
    step = (RIGHT - LEFT) / len(values)
    at = at or [LEFT + (i + 0.5) * step for i in range(len(values))]
    points = list(zip(at, map(row_of, values), strict=True))
    canvas.draw.line(points, color, 2)
    canvas.stroke("line", points)


def test_lines_are_read_at_their_names() -> None:
    canvas = Canvas()
    for value in (0, 20, 40, 60, 80, 100):
        canvas.draw.line((LEFT, row_of(value), RIGHT, row_of(value)), GREY)
    truth = [[10, 90], [40, 60], [70, 50], [70, 50]]
    line(canvas, [row[0] for row in truth], BLUE)
    line(canvas, [row[1] for row in truth], GREEN)
    ends = [label(name, 326 + 3 * len(name), row_of(y), role="legend") for name, y in (("Rye", 50), ("Wheat", 70))]
    reading = canvas.read([*ticks(unit="억"), *names(["2017", "2018", "2019", "2020"]), *ends])
    assert reading.kind == "line" and grid_of(reading.text)[0][1:] == ["Wheat", "Rye"]
    values = np.array(numbers(reading.text))
    order = np.argsort(values[0])
    assert np.allclose(values[:, order], truth, atol=1.5)
    assert "억" in reading.text


@pytest.mark.parametrize("outline", [0, 6])
def test_an_area_is_read_at_its_names(outline: int) -> None:
    canvas, truth = Canvas(), [50] * 4 if outline else [20, 60, 40, 90]
    points = [(LEFT + 100 * i, row_of(value)) for i, value in enumerate(truth)]
    lower = [(x, (y + BOTTOM) / 2) for x, y in points]
    canvas.draw.polygon([*points, (RIGHT, BOTTOM), (LEFT, BOTTOM)], BLUE)
    canvas.draw.polygon([*lower, (RIGHT, BOTTOM), (LEFT, BOTTOM)], ORANGE)
    if outline:
        canvas.draw.line([(x, y + outline / 2) for x, y in points], "black", outline)
        canvas.stroke("edge", [(x, y + outline) for x, y in points])
    canvas.draw.rectangle((LEFT, 260, LEFT + 30, 270), ORANGE)  # a key of the legend
    canvas.stroke("edge", points[:3])
    canvas.stroke("line", points[2:])  # a filling is below this, too
    canvas.stroke("edge", lower[1:3])  # that between the areas is seen for a third of the way
    reading = canvas.read([*ticks(), *(label(f"{2017 + i}", x, BOTTOM + 12) for i, (x, _) in enumerate(points))])
    assert reading.kind == "area"
    assert np.allclose(numbers(reading.text), [[v / 2] * 2 for v in truth], atol=1 + outline / 2)


def sector(canvas: Canvas, start: float, end: float, color: tuple[int, int, int]) -> None:
    canvas.draw.pieslice((120, 50, 280, 210), start, end, color)
    for turn in map(math.radians, (start, end)):
        canvas.rim.append((200 + 80 * math.cos(turn), 130 + 80 * math.sin(turn)))
        canvas.middles.append((200, 130))


def test_a_pie_has_the_shares_of_its_turn() -> None:
    canvas = Canvas()
    start, texts = -90.0, list[Label]()
    for name, share, color in (("A1", 0.5, BLUE), ("B1", 0.3, ORANGE), ("C1", 0.2, GREEN)):
        end = start + 360 * share
        sector(canvas, start, end, color)
        angle = math.radians((start + end) / 2)
        texts.append(label(name, 200 + 95 * math.cos(angle), 130 + 95 * math.sin(angle), role="category"))
        start = end
    canvas.draw.rectangle((268, 126, 272, 134), "white")  # a number in the middle of a sector
    reading = canvas.read(texts)
    assert reading.kind == "pie" and reading.doubt == ""
    assert [row[0] for row in grid_of(reading.text)[1:]] == ["A1", "B1", "C1"]
    assert np.allclose(numbers(reading.text), [[50], [30], [20]], atol=1)


def test_the_ground_is_what_lies_around_a_pie_that_fills_most_of_a_picture() -> None:
    off = np.hypot(*(np.indices((100, 100)) - 50))
    pie = Pie(np.array((50, 50)), np.array([(50, 1), (99, 50)]))
    assert (Marks(np.where(off[..., None] < 49, BLUE, 255), pies=[pie]).ground == 255).all()


@pytest.mark.parametrize(("angle", "filled"), [(0, True), (45, True), (0, False)])
def test_points_are_read_against_both_axes(angle: float, filled: bool) -> None:
    canvas = Canvas()
    canvas.add("point", (395, TOP), "marker")  # a sign beyond the axis
    truth = [(10, 20), (30, 70), (50, 40), (70, 90), (90, 60)]
    for x, y in truth:
        column = LEFT + 3 * x
        canvas.draw.circle((column, row_of(y)), 4, BLUE if filled else None, BLUE if x < 80 or filled else GREEN)
        canvas.add("point", (column, row_of(y)), "marker")
    across = [label(str(x), LEFT + 3 * x, BOTTOM + 12) for x in range(0, 101, 10)]
    if angle:  # beside its tick a slanted number stands
        canvas.peaks["tick"] = [Peak(one.x, BOTTOM, "below") for one in across]
        across = [Label(one.text, one.box.moved(9.5 - one.box.width / 2, 0), 0.9, angle) for one in across]
    reading = canvas.read([*ticks(), *across])
    assert reading.kind == "scatter"
    found = [[float(cell) for cell in row if cell] for row in grid_of(reading.text)[1:]]
    assert np.allclose(found, truth, atol=1) and len(grid_of(reading.text)[0]) == (2 if filled else 3)


def test_marks_without_numbers_are_no_chart() -> None:
    assert Canvas().read([]).text == ""
    bars(canvas := Canvas(), [30, 75, 50])
    line(canvas, [10, 20, 30], GREEN)
    reading = canvas.read([])
    assert reading.text == "" and reading.confidence == 0


@pytest.mark.parametrize("role", ["value tick", "value label"])
def test_numbers_on_two_sides_that_go_by_different_steps_leave_a_doubt(role: str) -> None:
    bars(canvas := Canvas(), [30, 75, 50])
    canvas.add("tick", (RIGHT, TOP), "right")
    right = [label(f"{2 * v:g}", RIGHT + 20, row_of(v), role=role) for v in np.linspace(0, 100, 6)]
    texts = [*ticks(), *names(["a1", "b1", "c1"])]
    assert canvas.read(texts).doubt == "" and "two sides" in canvas.read([*texts, *right]).doubt


@pytest.mark.parametrize("role", ["legend", "category"])  # the second is wrong: keys know better
@pytest.mark.parametrize("keys", [(0, 100), (48, 172)], ids=["before their names", "behind them, as gnuplot's"])
def test_a_line_over_bars_has_a_column_of_its_own(keys: tuple[int, int], role: str) -> None:
    bars(canvas := Canvas(), [30, 75, 50])
    line(canvas, [40, 60, 90], ORANGE)
    canvas.key(LEFT + keys[0], 4, BLUE)
    canvas.key(LEFT + keys[1], 4, ORANGE)
    legend = [label("Sold", LEFT + 30, 9, role=role), label("Planned", LEFT + 140, 9, role=role)]
    reading = canvas.read([*ticks(), *names(["a1", "b1", "c1"]), *legend])
    assert [row[1:] for row in grid_of(reading.text)] == [
        ["Sold", "Planned"], ["30", "40"], ["75", "60"], ["50", "90"]
    ] and reading.doubt == ""  # fmt: skip


@pytest.mark.parametrize("odd", ["without a bar", "broken", "floats", "of two colours", "crossed", "of two charts", ""])
def test_bars_that_are_not_what_they_seem_leave_a_doubt(odd: str) -> None:
    canvas, step = Canvas(), (RIGHT - LEFT) / 4
    for i, value in enumerate([30, 75, 50, 90]):
        x = LEFT + (i + 0.5) * step
        if i == 1 and odd in ("broken", "floats"):
            canvas.bar(x - 15, row_of(75), x + 15, row_of(45))
        if i != 1 or odd not in ("without a bar", "floats"):
            canvas.bar(x - 15, row_of(30 if odd == "broken" else value), x + 15, BOTTOM)
        if i == 1 and odd == "crossed":  # by a line that is taken for its end: it goes on beyond
            canvas.draw.rectangle((x - 15, row_of(83), x + 14, row_of(76)), BLUE)
        if odd == "of two colours":
            canvas.bar(x + 15, row_of(20), x + 30, BOTTOM, ORANGE)
    texts = [*ticks(), *names(["a1", "b1"] * 2 if odd == "of two charts" else ["a1", "b1", "c1", "d1"])]
    assert bool(canvas.read(texts).doubt) == bool(odd)


def test_a_line_over_bars_goes_by_the_axis_on_the_right_and_leaves_a_doubt() -> None:
    bars(canvas := Canvas(), [30, 75, 50])
    line(canvas, [40, 60, 90], ORANGE)
    right = [label(f"{v / 10:g}%", RIGHT + 20, row_of(v), role="value tick") for v in np.linspace(0, 100, 6)]
    reading = canvas.read([*ticks(), *right, *names(["a1", "b1", "c1"])])
    assert [row[1:] for row in grid_of(reading.text)][1:] == [["30", "4%"], ["75", "6%"], ["50", "9%"]]
    assert "two sides" in reading.doubt


@pytest.mark.parametrize("missed", ["bar", "line"])
def test_a_mark_that_no_value_explains_leaves_a_doubt(missed: str) -> None:
    bars(canvas := Canvas(), [30, 75, 50, 42, 61, 55, 38, 70])
    texts = [*ticks(), *names([f"m{i}" for i in range(8)])]
    assert canvas.read(texts).doubt == ""
    if missed == "bar":
        canvas.near, canvas.far = canvas.near[1:], canvas.far[1:]
    else:  # dashes between the names, where no value is asked for
        for x in range(LEFT + 37, RIGHT - 20, 37):
            canvas.draw.line((x - 9, row_of(95), x + 9, row_of(95)), ORANGE, 3)
            canvas.stroke("line", [(x - 9, row_of(95)), (x + 9, row_of(95))])
        canvas.peaks = {}
    assert canvas.read(texts).doubt


@pytest.mark.parametrize(
    ("odd", "doubt"),
    [
        (label("1e10", LEFT + 8, TOP - 10, role="title"), "'1e10' stands on it"),  # what the axis is multiplied by
        (label("17", LEFT - 20, row_of(120), role="value tick"), ""),  # misread, and the next of the axis
        (label("1 note", 300, 290, role="legend"), ""),
        (label("Sales", 310, row_of(50) - 8, role="legend"), "85 %"),  # which lies over the end of a bar
        (Label("b1", (200, 2, 220, 12), 0.1, role="category"), "not legible"),
        (Label("b1", (200, 2, 220, 12), 0.4, role="category"), "hardly legible"),  # as sure as the least sure name
        (Label("b1", (-2, 250, 20, 260), 0.9, role="category"), "cut off"),
    ],
)
def test_texts_that_speak_against_a_table_leave_a_doubt(odd: Label, doubt: str) -> None:
    bars(canvas := Canvas(), [30, 75, 50])
    canvas.draw.rectangle((285, row_of(50) - 12, 294, row_of(50) - 4), BLUE)  # the legend's key, if there is one
    canvas.draw.line((0, 255, 18, 255), "black")  # what a text at the edge is written with
    texts = [*ticks(), *names(["a1", "b1", "c1"])]
    assert canvas.read(texts).doubt == "" and bool(doubt) == bool(found := canvas.read([*texts, odd]).doubt)
    assert doubt in found


def test_a_name_beside_a_pie_without_a_sector_leaves_a_doubt() -> None:
    sector(canvas := Canvas(), -90, 90, BLUE)
    sector(canvas, 90, 270, ORANGE)
    texts = [label(name, x, y, role="category") for name, x, y in (("A1", 300, 130), ("B1", 100, 130), ("C1", 290, 60))]
    assert [("C1" in canvas.read(texts[:count]).doubt) for count in (2, 3)] == [False, True]


@pytest.mark.parametrize("kind", ["scatter", "line"])
def test_points_with_a_line_across_and_a_line_with_points_beside_leave_a_doubt(kind: str) -> None:
    canvas, doubts = Canvas(), []
    across = [label(str(x), LEFT + 3 * x, BOTTOM + 12) for x in range(0, 101, 20)]
    texts = [*ticks(), *(across if kind == "scatter" else names(list("abcdef")))]
    for part in (kind, "line" if kind == "scatter" else "scatter"):
        if part == "line":
            line(canvas, [20, 30, 40, 50, 60, 70], BLUE)
        for x, y in ((10, 60), (30, 70), (50, 10), (70, 90), (95, 20)) if part == "scatter" else ():
            column = LEFT + 3 * x
            canvas.draw.ellipse((column - 4, row_of(y) - 4, column + 4, row_of(y) + 4), ORANGE)
            canvas.add("point", (column, row_of(y)), "marker")
        doubts.append(bool(canvas.read(texts).doubt))
    assert doubts == [False, True]


@pytest.mark.parametrize("seeds", [range(8), pytest.param(range(8, 200), marks=pytest.mark.slow)], ids=len)
def test_any_marks_give_a_result(seeds: range) -> None:
    for seed in seeds:
        rng, canvas = random.Random(seed), Canvas()
        for _ in range(rng.randint(0, 12)):
            x, y = rng.randint(0, 390), rng.randint(0, 290)
            canvas.bar(x, y, x + rng.randint(2, 200), y + rng.randint(2, 200), tuple(rng.randbytes(3)))
            canvas.add(rng.choice(["point", "tick", "key"]), (x, y), rng.choice(["marker", "below", "left", "patch"]))
            canvas.rim, canvas.middles = [*canvas.rim, (x, y)], [*canvas.middles, (200, 150)]
        for name in rng.sample(["line", "edge"], rng.randint(0, 2)):
            canvas.stroke(name, [(10, rng.randint(0, 290)), (200, rng.randint(0, 290)), (390, rng.randint(0, 290))])
            canvas.stroke(name, [(10, rng.randint(0, 290)), (390, rng.randint(0, 290))])
        if rng.random() < 0.5:
            canvas.near, canvas.far = [], []
        texts = [
            label(
                rng.choice(["5", "10%", "가", "x y", "1,000", ""]), rng.randint(0, 400), rng.randint(0, 300),
                role=rng.choice(["category", "value tick", "value label", "legend", "note"]),
            )
            for _ in range(rng.randint(0, 20))
        ]  # fmt: skip
        reading = canvas.read(texts)
        assert 0 <= reading.confidence <= 1 and len({len(row) for row in grid_of(reading.text)}) <= 1


def test_an_axis_ignores_numbers_that_do_not_fit_and_may_be_logarithmic() -> None:
    axis = find_axes([*ticks(1000), label("7", LEFT - 20, 130)], vertical=True)[0]
    assert axis.value(row_of(500, 1000)) == pytest.approx(500, abs=3) and len(axis.labels) == 6
    axis = find_axes([label(f"{10**i:,}", 40, 220 - 50 * i) for i in range(5)], vertical=True)[0]
    assert axis.log and axis.value(220 - 125) == pytest.approx(10**2.5, rel=0.05)


def test_names_are_filled_in_between_years_only() -> None:
    assert fill_names(["2000", "", "2002"]) == ["2000", "2001", "2002"]
    assert fill_names(["Q3 '19", "", "Q1 '20"]) == ["Q3 '19", "Q4 '19", "Q1 '20"]
    assert fill_names(["Jan", "", "Mar", ""]) == ["Jan", "Feb", "Mar", "Apr"]
    assert fill_names(["November", "", "January"]) == ["November", "December", "January"]
    for unknown in (["North", "", "South"], ["Q2", "", "Q3"], ["Q1 '20", "", "Q2 '20"]):
        assert fill_names(unknown) == unknown


def test_a_histogram_is_named_by_the_numbers_at_the_edges_of_its_bars() -> None:
    canvas = Canvas()
    for i, value in enumerate([80, 50, 20, 10]):
        canvas.bar(LEFT + 75 * i, row_of(value), LEFT + 75 * i + 74, BOTTOM)
    for i in range(5):
        canvas.add("tick", (LEFT + 75 * i, BOTTOM), "below")
    below = [label(f"{10 * i}", LEFT + 75 * i, BOTTOM + 12) for i in range(5)]
    reading = canvas.read([*ticks(), *below])
    assert [row[0] for row in grid_of(reading.text)[1:]] == ["0-10", "10-20", "20-30", "30-40"]


@pytest.mark.parametrize(("role", "title"), [("title", "Sales by year"), ("note", ""), ("", "")])
def test_a_chart_has_the_title_that_its_texts_say(role: str, title: str) -> None:
    canvas = Canvas()
    for at in range(3):
        canvas.bar(100 + 80 * at, row_of(30 + 20 * at), 130 + 80 * at, BOTTOM)
    named = [label(name, 115 + 80 * at, 232) for at, name in enumerate("abc")]
    text = canvas.read([*ticks(), *named, label("Sales by year", 210, 8, role=role)]).text
    assert text.startswith(f"<table><caption>{title}</caption>" if title else "<table><tr>")
    assert grid_of(text)[1] == ["a", "30"]


def test_bars_end_between_pixels_where_their_colour_blends() -> None:
    canvas, large = Canvas(), Image.new("RGB", (1600, 1200), "white")
    draw, values = ImageDraw.Draw(large), (80.1, 2.7, 1.3)
    for i, value in enumerate(values):
        x = LEFT + (i + 0.5) * (RIGHT - LEFT) / 3
        draw.rectangle((4 * (x - 15), 4 * row_of(value), 4 * (x + 15) - 1, 4 * BOTTOM - 1), BLUE)
        canvas.bar(x - 15, row_of(value), x + 15, BOTTOM)
    found = canvas.read([*ticks(), *names(("Spring", "Summer", "Autumn"))], large.reduce(4))
    assert [row[0] for row in numbers(found.text)] == pytest.approx(values, abs=0.2)


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize(("at", "step"), [(range(2010, 2017), 2), ((5, 15, 35, 50, 55, 95), 20)])
def test_a_line_or_an_area_over_numbers_has_values_where_it_bends(at: Sequence[int], step: int, filled: bool) -> None:
    heights, named = [20, 70, 30, 80, 10, 60, 50][: len(at)], range(at[0] // step * step, at[-1] + step, step)
    places = {x: LEFT + 30 + 240 * (x - named[0]) / (named[-1] - named[0]) for x in (*named, *at)}
    line(canvas := Canvas(), heights, GREY if filled else BLUE, [places[x] for x in at])
    if filled:
        (edge,) = canvas.strokes["edge"] = canvas.strokes.pop("line")
        canvas.draw.polygon([(edge[0, 0], BOTTOM), *map(tuple, edge), (edge[-1, 0], BOTTOM)], BLUE)
    found = grid_of(canvas.read([*ticks(), *(label(str(x), places[x], BOTTOM + 12) for x in named)]).text)[1:]
    assert [int(row[0]) for row in found] == list(at)
    assert np.allclose([float(row[1]) for row in found], heights, atol=5 if filled else 1.5)  # a steep edge


def test_a_percentage_goes_to_the_sector_of_its_share() -> None:
    canvas = Canvas()
    start = -90.0
    for share, color in ((0.06, BLUE), (0.02, ORANGE), (0.92, GREEN)):
        sector(canvas, start, start + 360 * share, color)
        start += 360 * share
    texts = [written("Ann 6%", 260, 40), written("Otto 2%", 290, 55), written("Ida 92%", 180, 225)]
    found = canvas.read(texts)
    assert grid_of(found.text)[1:] == [["Ann", "6%"], ["Otto", "2%"], ["Ida", "92%"]] and not found.doubt
    found = canvas.read([*texts[:2], written("Ida 796396", 180, 225)])
    assert np.allclose(numbers(found.text), [[6], [2], [92]], atol=1) and found.doubt


def test_names_of_sectors_have_all_their_lines_whatever_these_look_like() -> None:
    sector(canvas := Canvas(), -90, 90, BLUE)
    sector(canvas, 90, 270, ORANGE)
    texts = [*lines("Mostly good 50%", 290, 120, "title"), *lines("Very bad or worse", 60, 110, "note")]
    assert [row[0] for row in grid_of(canvas.read(texts).text)[1:]] == ["Mostly good", "Very bad or worse"]


def test_what_stands_above_stacks_that_lie_names_their_series() -> None:
    canvas = Canvas()
    for i, value in enumerate([60, 45, 70]):
        canvas.bar(100, 60 + 40 * i, 100 + 2 * value, 80 + 40 * i, BLUE)
        canvas.bar(100 + 2 * value, 60 + 40 * i, 300, 80 + 40 * i, ORANGE)
    at = [label(name, 60, 70 + 40 * i, role="category") for i, name in enumerate(["Ann", "Otto", "Ida"])]
    below = [label(f"{v}", 100 + 2 * v, 190, role="value tick") for v in (0, 20, 40, 60, 80, 100)]
    heads = [*lines("Very much so", 145, 18, "title"), *lines("Hardly", 245, 44, "note")]
    assert grid_of(canvas.read([*at, *below, *heads]).text)[0][1:] == ["Very much so", "Hardly"]


def test_the_first_name_of_an_axis_may_begin_where_that_does() -> None:
    line(canvas := Canvas(), heights := [30, 80, 20, 60, 40, 90, 10], BLUE)
    first, *others = names(["Jan", "", "Mar", "", "May", "", "Jul"])[::2]
    found = canvas.read([*ticks(), replace(first, box=first.box.moved(9, 0)), *others])
    assert [row[0] for row in grid_of(found.text)[1:]] == ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul"]
    assert np.allclose(np.ravel(numbers(found.text)), heights, atol=1)


def test_values_are_written_with_the_decimals_that_all_agree_with() -> None:
    axis = find_axes([label(str(v), 30, 200 - 3 * v) for v in (0, 20, 40, 60)], vertical=True)[0]
    assert write_all(axis, [200 - 3 * 21.1, 200 - 3 * 34.9, 200 - 3 * 50.2]) == ["21", "35", "50"]
    assert write_all(axis, [200 - 3 * 21.5, 200 - 3 * 34.9])[0] == "21.5"


def test_what_a_korean_chart_gives_no_name_has_a_korean_one() -> None:
    bars(canvas := Canvas(), (80, 30))
    at = LEFT + (RIGHT - LEFT) / 4  # words of a name that are found one by one are one name in the middle
    words = [label("앞", at + 8, BOTTOM + 11, role="category"), label("시청", at - 5, BOTTOM + 12, role="category")]
    rows = grid_of(canvas.read([*ticks(), *words, names(("", "해외"))[1]]).text)
    assert [row[0] for row in rows] == ["항목", "시청 앞", "해외"] and rows[0][1] == "값"
