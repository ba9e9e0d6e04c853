from __future__ import annotations

import io
from importlib.util import find_spec

import pytest
from PIL import Image, ImageDraw

from sokdok.figures.readers import FigureText
from sokdok.server.engine.figures import figure_read
from sokdok.server.engine.messages import FigureAsked

CHART = (
    "<table><tr><th>도시</th><th>비</th></tr><tr><td>서울</td><td>12</td></tr><tr><td>부산</td><td>30</td></tr></table>"
)
LINES = (
    "{'Line': {'line': ['(0, 0) -- (9, 0)', '(9, 0) -- (9, 9)'], 'line_type': ['--', '--'], "
    "'line_endpoint': ['A: (0, 0)', 'B: (9, 0)', 'C: (9, 9)']}}"
)


class Reader:
    name = "fake"

    def __init__(self, text: str) -> None:
        self.text = text

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        return FigureText(self.text, 0.9)


def drawing(size: tuple[int, int] = (300, 300)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).line((20, 20, 200, 200), "black", 2)
    return image


def test_a_chart_is_its_values_and_drawn_anew() -> None:
    read = figure_read(drawing(), FigureAsked("chart"), Reader(CHART))
    assert read.table is not None and read.table.columns == ["도시", "비"] and read.table.rows[1] == ["부산", "30"]
    assert read.result["result"]["valid"] and Image.open(io.BytesIO(read.picture)).size == read.size == (300, 300)
    assert read.redrawn.startswith("data:image/png;base64,") or find_spec("matplotlib") is None


def test_statements_speak_of_places_on_the_picture_that_is_sent() -> None:
    read = figure_read(drawing((3_000, 3_000)), FigureAsked("geometry", "ko"), Reader(LINES))
    assert read.size == (2_000, 2_000)
    (said,) = [each for each in read.statements if "⟂" in each.text]
    assert said.lines[0] == (1000, 1000, 1600, 1000) and read.redrawn.startswith("data:image/svg+xml;base64,")


def test_a_molecule_is_depicted() -> None:
    pytest.importorskip("rdkit")
    read = figure_read(drawing(), FigureAsked("molecule"), Reader("c1ccccc1O"))
    assert read.result["result"]["formula"] == "C6H6O" and "benzene" in read.statements[0].text
    assert read.redrawn.startswith("data:image/svg+xml;base64,")


def test_what_is_none_has_a_reason_and_nothing_drawn() -> None:
    read = figure_read(drawing(), FigureAsked("chart"), Reader(""))
    assert not read.result["result"]["valid"] and read.result["result"]["reason"]
    assert (read.redrawn, read.table, read.statements) == ("", None, ())
