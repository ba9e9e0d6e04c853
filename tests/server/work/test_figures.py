import base64
import io
from importlib.util import find_spec

import msgspec
import pytest
from PIL import Image, ImageDraw

from sokdok.figures.readers import FigureText
from sokdok.server.engine.job import FigureOptions
from sokdok.server.work.figures import ParsedFigure, figure_row

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


def read(image: Image.Image, asked: FigureOptions, reader: Reader) -> ParsedFigure:
    return msgspec.json.decode(figure_row(image, "그림.png", asked, reader), type=ParsedFigure)


def picture_of(figure: ParsedFigure) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(figure.picture.partition(",")[2])))


def test_a_chart_is_its_values_and_drawn_anew() -> None:
    found = read(drawing(), FigureOptions("chart"), Reader(CHART))
    assert found.table is not None and found.table.columns == ["도시", "비"] and found.table.rows[1] == ["부산", "30"]
    assert found.result["result"]["valid"] and picture_of(found).size == found.size == (300, 300)
    assert (found.redrawn or "").startswith("data:image/png;base64,") or find_spec("matplotlib") is None


def test_statements_speak_of_places_on_the_picture_that_is_sent() -> None:
    found = read(drawing((3_000, 3_000)), FigureOptions("geometry", "ko"), Reader(LINES))
    assert found.size == (2_000, 2_000)
    (said,) = [each for each in found.statements if "⟂" in each.text]
    assert (
        said.lines[0] == (1000, 1000, 1600, 1000)
        and found.redrawn
        and found.redrawn.startswith("data:image/svg+xml;base64,")
    )


def test_a_molecule_is_depicted() -> None:
    pytest.importorskip("rdkit")
    found = read(drawing(), FigureOptions("molecule"), Reader("c1ccccc1O"))
    assert found.result["result"]["formula"] == "C6H6O" and "benzene" in found.statements[0].text
    assert found.redrawn and found.redrawn.startswith("data:image/svg+xml;base64,")


def test_what_is_none_has_a_reason_and_nothing_drawn() -> None:
    found = read(drawing(), FigureOptions("chart"), Reader(""))
    assert not found.result["result"]["valid"] and found.result["result"]["reason"]
    assert (found.redrawn, found.table, found.statements) == (None, None, [])
