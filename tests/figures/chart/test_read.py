"""Charts drawn with pillow, read with known texts: every kind gives its table, and what is no chart gives none."""

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sokdok.figures.chart.read.axes import find_axes, write_all
from sokdok.figures.chart.read.labels import Label
from sokdok.figures.chart.read.names import fill_names
from sokdok.figures.chart.read.reader import read_chart
from sokdok_lab.bench.metrics.html_tables import grid_of

BLUE, ORANGE, GREEN, GREY = (40, 118, 221), (245, 133, 24), (84, 162, 75), (221, 221, 221)
LEFT, TOP, RIGHT, BOTTOM = 60, 20, 360, 220  # of the plot, on a picture of 400 x 300


def canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (400, 300), "white")
    return image, ImageDraw.Draw(image)


def label(text: str, x: float, y: float, size: float = 10, angle: float = 0, role: str = "") -> Label:
    half = 3 * len(text)
    box = (
        (x - half, y - size / 2, x + half, y + size / 2)
        if not angle
        else (x - size / 2, y - half, x + size / 2, y + half)
    )
    return Label(text, box, 0.9, angle, role)


def row_of(value: float, high: float = 100) -> float:
    return BOTTOM - value / high * (BOTTOM - TOP)


def ticks(high: float = 100, unit: str = "") -> list[Label]:
    return [label(f"{value:g}{unit}", LEFT - 20, row_of(value, high)) for value in np.linspace(0, high, 6)]


def names(texts: Sequence[str]) -> list[Label]:
    step = (RIGHT - LEFT) / len(texts)
    return [label(text, LEFT + (i + 0.5) * step, BOTTOM + 12) for i, text in enumerate(texts)]


def bars(draw: ImageDraw.ImageDraw, values: Sequence[float], color: tuple[int, int, int] = BLUE) -> None:
    step = (RIGHT - LEFT) / len(values)
    for i, value in enumerate(values):
        x = LEFT + (i + 0.5) * step
        draw.rectangle((x - 15, row_of(value), x + 14, BOTTOM - 1), color)


def numbers(text: str) -> list[list[float]]:
    return [[float(cell.rstrip("%억")) for cell in row[1:]] for row in grid_of(text)[1:]]


def test_bars_are_measured_against_the_axis() -> None:
    image, draw = canvas()
    bars(draw, [30, 75, 50])
    title = [label("Sales", 12, 120, angle=90, role="axis title"), label("Region", 210, BOTTOM + 34, role="axis title")]
    reading = read_chart(np.asarray(image), [*ticks(), *names(["North", "South", "East"]), *title])
    assert grid_of(reading.text)[0] == ["Region", "Sales"]
    assert [row[0] for row in grid_of(reading.text)[1:]] == ["North", "South", "East"]
    assert np.allclose(numbers(reading.text), [[30], [75], [50]], atol=1)
    assert reading.kind == "bar" and reading.confidence > 0.5


def test_a_value_at_a_bar_is_taken_where_the_axis_agrees() -> None:
    image, draw = canvas()
    bars(draw, [30, 75, 50])
    x = [LEFT + (i + 0.5) * 100 for i in range(3)]
    written = [label("31.4", x[0], row_of(30) - 8), label("999", x[1], row_of(75) - 8)]
    reading = read_chart(np.asarray(image), [*ticks(), *names(["a1", "b1", "c1"]), *written])
    assert numbers(reading.text)[0] == [31.4]
    assert numbers(reading.text)[1] == pytest.approx([75], abs=1)


def test_bars_without_an_axis_have_what_is_written_at_them() -> None:
    image, draw = canvas()
    for i, value in enumerate([80, 40, 20]):
        draw.rectangle((100, 40 + 50 * i, 100 + 2 * value, 60 + 50 * i), ORANGE)
    beside = [label(text, 70, 50 + 50 * i) for i, text in enumerate(["Yes", "No", "무응답"])]
    written = [label(f"{v}%", 100 + 2 * v + 14, 50 + 50 * i) for i, v in enumerate([80, 40, 20])]
    reading = read_chart(np.asarray(image), [*beside, *written])
    assert grid_of(reading.text)[1:] == [["Yes", "80%"], ["No", "40%"], ["무응답", "20%"]]


def test_groups_have_a_column_for_each_colour_of_the_legend() -> None:
    image, draw = canvas()
    truth = [(30, 60), (80, 20)]
    for i, pair in enumerate(truth):
        for j, value in enumerate(pair):
            left = LEFT + 40 + 150 * i + 35 * j
            draw.rectangle((left, row_of(value), left + 33, BOTTOM - 1), (BLUE, ORANGE)[j])
    for j, color in enumerate((BLUE, ORANGE)):
        draw.rectangle((100 + 100 * j, 275, 109 + 100 * j, 284), color)
    legend = [label("Men", 130, 280, role="legend"), label("Women", 230, 280, role="legend")]
    reading = read_chart(np.asarray(image), [*ticks(), *names(["2019", "2020"]), *legend])
    assert grid_of(reading.text)[0][1:] == ["Men", "Women"]
    assert np.allclose(numbers(reading.text), truth, atol=1)


def test_stacks_have_the_parts_not_the_sums() -> None:
    image, draw = canvas()
    truth = [(30, 20), (50, 25), (10, 60)]
    for i, (low, high) in enumerate(truth):
        left = LEFT + 30 + 100 * i
        draw.rectangle((left, row_of(low), left + 40, BOTTOM - 1), BLUE)
        draw.rectangle((left, row_of(low + high), left + 40, row_of(low) - 1), ORANGE)
    reading = read_chart(np.asarray(image), [*ticks(), *names(["a1", "b1", "c1"])])
    assert np.allclose(numbers(reading.text), truth, atol=1.5)


def test_bars_below_the_baseline_are_negative() -> None:
    image, draw = canvas()
    middle = 120
    draw.rectangle((80, middle - 60, 110, middle - 1), BLUE)
    draw.rectangle((180, middle, 210, middle + 40), BLUE)
    draw.rectangle((280, middle - 20, 310, middle - 1), BLUE)
    axis = [label(f"{value}", 40, middle - value) for value in (-100, -50, 0, 50, 100)]
    below = [label(name, x, 245) for name, x in zip("xyz", (95, 195, 295), strict=True)]
    reading = read_chart(np.asarray(image), [*axis, *below])
    assert np.allclose(numbers(reading.text), [[60], [-41], [20]], atol=1.5)


def line(draw: ImageDraw.ImageDraw, values: Sequence[float], color: tuple[int, int, int]) -> None:
    step = (RIGHT - LEFT) / len(values)
    draw.line([(LEFT + (i + 0.5) * step, row_of(value)) for i, value in enumerate(values)], color, 2)


def test_lines_are_read_at_their_names() -> None:
    image, draw = canvas()
    for value in (0, 20, 40, 60, 80, 100):
        draw.line((LEFT, row_of(value), RIGHT, row_of(value)), GREY)
    truth = [[10, 90], [40, 60], [35, 80], [70, 50]]
    line(draw, [row[0] for row in truth], BLUE)
    line(draw, [row[1] for row in truth], GREEN)
    reading = read_chart(np.asarray(image), [*ticks(unit="억"), *names(["2017", "2018", "2019", "2020"])])
    assert reading.kind == "line"
    values = np.array(numbers(reading.text))
    order = np.argsort(values[0])
    assert np.allclose(values[:, order], truth, atol=1.5)
    assert "억" in reading.text


def test_an_area_is_read_at_its_names() -> None:
    image, draw = canvas()
    truth = [20, 60, 40, 90]
    points = [(LEFT + 100 * i, row_of(value)) for i, value in enumerate(truth)]
    draw.polygon([*points, (RIGHT, BOTTOM), (LEFT, BOTTOM)], BLUE)
    below = [label(f"{2017 + i}", x, BOTTOM + 12) for i, (x, _) in enumerate(points)]
    reading = read_chart(np.asarray(image), [*ticks(), *below])
    assert reading.kind == "area"
    assert np.allclose(numbers(reading.text), [[value] for value in truth], atol=2)


def test_a_pie_has_the_shares_of_its_turn() -> None:
    image, draw = canvas()
    start = -90.0
    texts = []
    for name, share, color in (("A1", 0.5, BLUE), ("B1", 0.3, ORANGE), ("C1", 0.2, GREEN)):
        end = start + 360 * share
        draw.pieslice((120, 50, 280, 210), start, end, color)
        angle = math.radians((start + end) / 2)
        texts.append(label(name, 200 + 95 * math.cos(angle), 130 + 95 * math.sin(angle)))
        start = end
    reading = read_chart(np.asarray(image), texts)
    assert reading.kind == "pie"
    assert [row[0] for row in grid_of(reading.text)[1:]] == ["A1", "B1", "C1"]
    assert np.allclose(numbers(reading.text), [[50], [30], [20]], atol=1)


def test_points_are_read_against_both_axes() -> None:
    image, draw = canvas()
    truth = [(10, 20), (30, 70), (50, 40), (70, 90), (90, 60)]
    for x, y in truth:
        column = LEFT + 3 * x
        draw.ellipse((column - 4, row_of(y) - 4, column + 4, row_of(y) + 4), BLUE)
    across = [label(str(x), LEFT + 3 * x, BOTTOM + 12) for x in range(0, 101, 20)]
    reading = read_chart(np.asarray(image), [*ticks(), *across])
    assert reading.kind == "scatter"
    found = [[float(cell) for cell in row] for row in grid_of(reading.text)[1:]]
    assert np.allclose(found, truth, atol=1)


def test_a_picture_without_marks_or_numbers_is_no_chart() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    blank = np.full((200, 300, 3), 255, np.uint8)
    image, draw = canvas()
    bars(draw, [30, 75, 50])
    for pixels in (noise, blank, np.asarray(image), np.zeros((1, 1, 3), np.uint8)):
        reading = read_chart(pixels, [])
        assert reading.text == "" and reading.confidence == 0


def test_any_drawing_gives_a_result() -> None:
    for seed in range(30):
        rng = random.Random(seed)
        image, draw = canvas()
        for _ in range(rng.randint(0, 12)):
            x, y = rng.randint(0, 390), rng.randint(0, 290)
            box = (x, y, x + rng.randint(1, 200), y + rng.randint(1, 200))
            color = tuple(rng.randint(0, 255) for _ in range(3))
            rng.choice([draw.rectangle, draw.ellipse, draw.line])(box, fill=color)
        texts = [
            label(rng.choice(["5", "10%", "가", "x y", "1,000", ""]), rng.randint(0, 400), rng.randint(0, 300))
            for _ in range(rng.randint(0, 20))
        ]
        reading = read_chart(np.asarray(image), texts)
        assert 0 <= reading.confidence <= 1 and len({len(row) for row in grid_of(reading.text)}) <= 1


def test_an_axis_ignores_numbers_that_do_not_fit() -> None:
    axis = find_axes([*ticks(1000), label("7", LEFT - 20, 130)], vertical=True)[0]
    assert axis.value(row_of(500, 1000)) == pytest.approx(500, abs=3)
    assert len(axis.labels) == 6


def test_a_logarithmic_axis_is_recognised() -> None:
    labels = [label(text, 40, 220 - 50 * i) for i, text in enumerate(["1", "10", "100", "1,000", "10,000"])]
    axis = find_axes(labels, vertical=True)[0]
    assert axis.log and axis.value(220 - 125) == pytest.approx(10**2.5, rel=0.05)


def test_names_are_filled_in_between_years_only() -> None:
    assert fill_names(["2000", "", "2002"]) == ["2000", "2001", "2002"]
    assert fill_names(["Jan", "", "Mar"]) == ["Jan", "Feb", "Mar"]
    assert fill_names(["Q3 '19", "", "Q1 '20"]) == ["Q3 '19", "Q4 '19", "Q1 '20"]
    assert fill_names(["North", "", "South"]) == ["North", "", "South"]


def test_a_histogram_is_named_by_the_numbers_at_the_edges_of_its_bars() -> None:
    image, draw = canvas()
    for i, value in enumerate([80, 50, 20, 10]):
        draw.rectangle((LEFT + 75 * i, row_of(value), LEFT + 75 * i + 73, BOTTOM - 1), BLUE)
    below = [label(f"{10 * i}", LEFT + 75 * i, BOTTOM + 12) for i in range(5)]
    reading = read_chart(np.asarray(image), [*ticks(), *below])
    assert [row[0] for row in grid_of(reading.text)[1:]] == ["0-10", "10-20", "20-30", "30-40"]


@pytest.mark.parametrize(
    ("read", "right"), [("Sep Oct Non Dec", "Sep Oct Nov Dec"), ("1990 7991 1992 1993", "1990 1991 1992 1993")]
)
def test_a_month_or_year_that_was_misread_among_others_is_put_right(read: str, right: str) -> None:
    image, draw = canvas()
    bars(draw, [30, 75, 50, 20])
    reading = read_chart(np.asarray(image), [*ticks(), *names(read.split())])
    assert [row[0] for row in grid_of(reading.text)[1:]] == right.split()


def test_series_are_in_the_order_of_the_legend() -> None:
    image, draw = canvas()
    texts = [*ticks(), label("Q1", 120, 232), label("Q2", 220, 232)]
    for x, low, high in ((100, 30, 60), (200, 40, 80)):
        draw.rectangle((x, row_of(low), x + 18, BOTTOM), fill=BLUE)
        draw.rectangle((x + 20, row_of(high), x + 38, BOTTOM), fill=ORANGE)
    draw.rectangle((100, 270, 110, 278), fill=BLUE)
    draw.rectangle((200, 270, 210, 278), fill=ORANGE)
    legend = [label("second", 240, 274, role="legend"), label("first", 135, 274, role="legend")]
    text = read_chart(np.asarray(image), [*texts, *legend]).text
    assert text.startswith("<table><tr><td>Category</td><td>first</td><td>second</td>")


@pytest.mark.parametrize(("role", "title"), [("title", "Sales by year"), ("note", ""), ("", "")])
def test_a_chart_has_the_title_that_its_texts_say(role: str, title: str) -> None:
    image, draw = canvas()
    for at in range(3):
        draw.rectangle((100 + 80 * at, row_of(30 + 20 * at), 130 + 80 * at, BOTTOM), fill=BLUE)
    named = [label(name, 115 + 80 * at, 232) for at, name in enumerate("abc")]
    text = read_chart(np.asarray(image), [*ticks(), *named, label("Sales by year", 210, 8, role=role)]).text
    assert text.startswith(f"<table><caption>{title}</caption>" if title else "<table><tr>")
    assert grid_of(text)[1] == ["a", "30.5"]


def test_bars_end_between_pixels_where_their_colour_blends() -> None:
    large = Image.new("RGB", (1600, 1200), "white")
    draw = ImageDraw.Draw(large)
    values = (80.1, 2.7, 1.3)
    for i, value in enumerate(values):
        x = LEFT + (i + 0.5) * (RIGHT - LEFT) / 3
        draw.rectangle((4 * (x - 15), 4 * row_of(value), 4 * (x + 15) - 1, 4 * BOTTOM - 1), BLUE)
    found = read_chart(np.array(large.reduce(4)), [*ticks(), *names(("Spring", "Summer", "Autumn"))])
    assert [row[0] for row in numbers(found.text)] == pytest.approx(values, abs=0.2)


def test_months_between_names_have_values_where_a_line_bends() -> None:
    image, draw = canvas()
    values = [20, 70, 30, 80, 10, 60, 50]
    line(draw, values, BLUE)
    places = LEFT + (np.arange(len(values)) + 0.5) * (RIGHT - LEFT) / len(values)
    below = [label(text, x, BOTTOM + 12) for text, x in zip(("Jan", "Mar", "May", "Jul"), places[::2], strict=True)]
    found = read_chart(np.asarray(image), [*ticks(), *below])
    assert [row[0] for row in grid_of(found.text)[1:]] == ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul"]


def test_a_percentage_goes_to_the_sector_of_its_share() -> None:
    image, draw = canvas()
    start = -90.0
    for share, color in ((0.06, BLUE), (0.02, ORANGE), (0.92, GREEN)):
        draw.pieslice((120, 50, 280, 210), start, start + 360 * share, color)
        start += 360 * share
    texts = [label("Ann 6%", 260, 40), label("Otto 2%", 290, 55), label("Ida 92%", 180, 225)]
    found = read_chart(np.asarray(image), texts)
    assert grid_of(found.text)[1:] == [["Ann", "6%"], ["Otto", "2%"], ["Ida", "92%"]]


def test_values_are_written_with_the_decimals_that_all_agree_with() -> None:
    axis = find_axes(
        [Label(str(v), (20, 200 - 3 * v - 5, 40, 200 - 3 * v + 5)) for v in (0, 20, 40, 60)], vertical=True
    )[0]
    assert write_all(axis, [200 - 3 * 21.1, 200 - 3 * 34.9, 200 - 3 * 50.2]) == ["21", "35", "50"]
    assert write_all(axis, [200 - 3 * 21.5, 200 - 3 * 34.9])[0] == "21.5"


def test_what_a_korean_chart_gives_no_name_has_a_korean_one() -> None:
    image, draw = canvas()
    bars(draw, (80, 30))
    found = read_chart(np.asarray(image), [*ticks(), *names(("국내", "해외"))])
    assert grid_of(found.text)[0] == ["항목", "값"]
