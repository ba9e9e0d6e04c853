"""What is drawn on a page is a figure with its labels; tables, frames and rules are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.pdf import Text, blocks_of

PROSE = "A paragraph of text that runs over the page from its left margin to its right one."
ABOVE, BELOW = Text(60, 90, PROSE), Text(60, 420, PROSE)


def line(x1: float, y1: float, x2: float, y2: float) -> bytes:
    return b"%g %g m %g %g l S" % (x1, 842 - y1, x2, 842 - y2)


AXES = [line(120, 150, 120, 350), line(120, 350, 400, 350)]


def kind(tmp_path: Path, *drawn: Text | bytes) -> str:
    """What stands between two lines of prose."""
    _, found, _ = blocks_of(tmp_path, [ABOVE, *drawn, BELOW])
    return found.kind


def test_a_line_chart_is_one_figure_with_its_numbers_and_names(tmp_path: Path) -> None:
    values = [line(120, 340, 200, 200), line(200, 200, 300, 260), line(300, 260, 390, 160)]
    labels = [*(Text(104, 350 - 60 * n, str(n), 8) for n in range(4)), Text(250, 362, "2024", 8)]
    name = [Text(240, 374, "epoch", 8)]
    _, chart, _ = blocks_of(tmp_path, [ABOVE, *AXES, *values, *labels, *name, BELOW])
    assert chart.kind == "image" and {line.text for line in chart.lines} == {"0", "1", "2", "3", "2024", "epoch"}
    assert chart.box.left < 105 and chart.box.right >= 400 and chart.box.bottom > 374


def test_bars_are_a_figure(tmp_path: Path) -> None:
    sides = [(140 + 60 * n, height) for n, height in enumerate((60, 120, 90, 150))]
    bars = [b".2 .4 .7 rg %g 492 40 %g re f 0 g" % side for side in sides]
    assert kind(tmp_path, *AXES, *bars) == "image"


def test_a_shaded_table_is_no_figure(tmp_path: Path) -> None:
    shades = [b".8 g %g %g %g 18 re f 0 g" % (x, 842 - 168, width) for x, width in ((60, 80), (140, 120), (260, 60))]
    shades += [b".9 g 60 %g 260 18 re f 0 g" % (842 - 186 - 36 * n) for n in range(2)]
    cells = [Text(x + 4, 164 + 18 * n, f"cell {n}", 9) for n in range(4) for x in (60, 140, 260)]
    assert kind(tmp_path, *shades, *cells) == "table"


def test_a_frame_with_round_corners_is_no_figure(tmp_path: Path) -> None:
    corners = (b"60 700 m 60 704 64 708 68 708 c 532 708 l 536 708 540 704 540 700 c 540 640 l "
               b"540 636 536 632 532 632 c 68 632 l 64 632 60 636 60 640 c h S")  # fmt: skip
    assert kind(tmp_path, corners, Text(80, 160, "A note about something", 10)) != "image"


@pytest.mark.parametrize(("moved", "chart"), [(0, True), (60, False)])  # names of lines, to places between them
def test_a_grid_with_names_at_the_ends_of_its_lines_is_a_chart(tmp_path: Path, moved: int, chart: bool) -> None:
    places = range(50, 651, 120)
    grid = [line(50, at, 550, at) for at in places] + [line(at, 50, at, 650) for at in places[:-1]]
    names = [Text(30, at + moved + 3, f"{at}", 9) for at in places]
    names += [Text(at + moved - 7, 662, f"{at}", 9) for at in places[:-1]]
    inside = [Text(x + 30, y + 30, f"{x + y}", 9) for x in places[:-2] for y in places[:-1]]
    found = blocks_of(tmp_path, [*grid, *inside, *names])
    assert ([block.kind for block in found] == ["image"]) is chart
    assert sum(len(block.text.split()) for block in found) == len(names) + len(inside)
