"""From a picture to a checked result: which kind, who is believed, what is refused.

The kinds told apart on small drawings, and pictures of any mode and size looked at without an exception.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fakes.figures import TABLE, TEXTS, TRIANGLE, Says
from fakes.figures.drawings import DRAWN, chart, geometry, handwriting, picture, table, text
from fakes.type_pages import text_page
from sokdok.errors import InputError, MissingExtraError
from sokdok.figures.parse import (
    KINDS,
    PICTURE,
    TEXT,
    has_ground,
    kind_of_text,
    kind_scores,
    parse_figure,
    parse_file,
    parse_text,
)
from sokdok.figures.readers import FigureText, NanoFigures
from sokdok.model.nano.session import bundled_folder

LOOKS = (*KINDS, PICTURE, TEXT)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets every picture look like something: scores of the kinds named, and of all others."""

    def set_scores(others: float, **scores: float) -> None:
        named = {name.replace("_", " "): score for name, score in scores.items()}
        monkeypatch.setattr("sokdok.figures.parse.kind_scores", lambda image: dict.fromkeys(LOOKS, others) | named)

    return set_scores


def test_auto_asks_for_what_the_picture_looks_like() -> None:
    for image, kind in ((chart(), "chart"), (table(), "table")):
        reader = Says(TEXTS[kind])
        figure = parse_figure(image, reader=reader)
        assert has_ground(image) and not has_ground(picture())
        assert has_ground(Image.fromarray(np.uint8(30) * (np.indices((90, 80))[0] // 12).astype(np.uint8)))  # eight
        assert reader.asked == [kind] == [figure.kind] and figure.result.valid and figure.looks > 0.5
        assert figure.result.confidence == 0.9


def test_a_figure_gives_what_its_kind_has(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    found = parse_figure(chart(), "chart", Says(TEXTS["chart"]))
    assert found.to_dataframe().shape == (len(found.result.categories), len(found.result.series))
    assert (found.smiles, found.relations) == ("", ())
    triangle = parse_figure(geometry(), "geometry", Says(TRIANGLE))
    assert "AB ⟂ AC" in triangle.relations and triangle.smiles == ""
    with pytest.raises(InputError, match="only charts and tables become DataFrames, and this was parsed as geometry"):
        triangle.to_dataframe()
    with pytest.raises(InputError, match="there is no DataFrame of this chart: the text holds no table"):
        parse_figure(chart(), "chart", Says("nothing")).to_dataframe()
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"DataFrame needs the extra 'pandas': pip install 'sokdok\[pandas\]'"):
        found.to_dataframe()


def test_a_figure_in_a_file_in_bytes_in_an_array(tmp_path: Path) -> None:
    chart().save(tmp_path / "chart.png")
    inputs = (tmp_path / "chart.png", (tmp_path / "chart.png").read_bytes(), chart(), np.asarray(chart()))
    for thing in inputs:
        assert parse_file(thing, "chart", Says(TEXTS["chart"])).kind == "chart"
    with pytest.raises(InputError, match="no such file"):
        parse_file(tmp_path / "nowhere.png")
    with pytest.raises(InputError, match="a PIL image, an array of pixels or a Page was expected"):
        parse_file(5)  # type: ignore[arg-type]


class Doubts(Says):
    """A reader that finds tables only and is unsure of anything else."""

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        self.asked.append(kind)
        return FigureText(TABLE, 0.9) if kind == "table" else FigureText("" if kind == "chart" else "CCO", 0.1)


class Sees(Says):
    """A reader that takes everything for a table, to which some of the picture's text belongs."""

    def __init__(self, share: float) -> None:
        super().__init__(TABLE)
        self.share = share

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        return FigureText(TABLE, 0.9, share=self.share)


def test_a_page_is_no_table_unless_it_is_asked_for_as_one(looks) -> None:
    looks(0.1, table=0.5)
    page = parse_figure(chart(), reader=Sees(0.2))
    assert page.kind == PICTURE and not page.result.valid and "sokdok convert" in page.result.reason
    assert parse_figure(chart(), "table", Sees(0.2)).kind == "table"
    assert parse_figure(chart(), reader=Sees(0.9)).kind == "table"


def test_print_is_no_figure_unless_a_kind_is_asked_for() -> None:
    reader = Says("two lines\nof text")
    page = parse_figure(text(), reader=reader)
    assert page.kind == PICTURE and not page.result.valid and "sokdok convert" in page.result.reason
    assert not reader.asked
    assert parse_figure(text(), "handwriting", reader).result.valid


def test_text_is_no_table_and_a_length_at_a_line_no_chart() -> None:
    assert NanoFigures(bundled_folder()).read_figure(text_page(columns=1)[0], "table").share < 0.5
    length_at_a_line = Image.open(bundled_folder().parent / "server/examples/geometry.png")  # no chart of one row
    assert parse_figure(length_at_a_line).kind == "geometry"


class Bare(Doubts):
    """A reader without the extra that molecules need, which is sure of nothing."""

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        if kind == "molecule":
            raise MissingExtraError("figures", "reading molecules")
        return FigureText(TABLE, 0.2)


def test_auto_passes_over_a_kind_whose_extra_is_missing_unless_it_is_the_likeliest(looks) -> None:
    assert parse_figure(chart(), reader=Bare("")).kind == "chart"
    with pytest.raises(MissingExtraError):
        parse_figure(chart(), "molecule", Bare(""))
    looks(0.1, molecule=0.5)
    with pytest.raises(MissingExtraError):
        parse_figure(chart(), reader=Bare(""))


def test_auto_goes_on_until_the_reader_is_sure(looks) -> None:
    reader = Doubts("")
    figure = parse_figure(chart(), reader=reader)
    assert reader.asked == ["chart"] == [figure.kind] and not figure.result.valid  # it looks like nothing else
    looks(0.03, chart=0.5, table=0.3)
    figure = parse_figure(chart(), reader=reader)
    assert reader.asked == ["chart", "chart", "table"] and figure.kind == "table"
    assert parse_figure(chart(), "chart", asked := Doubts("")).kind == "chart" and asked.asked == ["chart"]


@pytest.mark.parametrize(
    ("found", "scaled", "status"),
    [
        (["geometry", TRIANGLE], False, "SUCCESS"),
        (["geometry", TRIANGLE], True, "PARTIAL"),
        (["molecule", "C1CCCCC1"], False, "PARTIAL"),  # an outline of a figure looks so
        *((["molecule", text], False, "SUCCESS") for text in ("CCO", "C=CC")),
    ],
)
def test_lines_that_look_like_another_kind_are_in_doubt(looks, found: list[str], scaled: bool, status: str) -> None:
    class Lines(Says):
        def read_figure(self, image: Image.Image, kind: str) -> FigureText:
            own = kind == found[0]
            return FigureText(found[1] * own, 0.5 * own, has_scale=scaled and kind == "chart")

    if found[0] == "molecule":
        pytest.importorskip("rdkit")
    looks(0.0, geometry=0.7, chart=0.2, molecule=0.2)
    figure = parse_figure(geometry(), reader=Lines(""))
    assert (figure.kind, figure.status) == (found[0], status)


def test_auto_believes_a_reader_whose_answer_is_of_another_kind() -> None:
    pytest.importorskip("rdkit")
    figure = parse_figure(geometry(), reader=Says("c1ccccc1O"))
    assert figure.kind == "molecule" and figure.result.formula == "C6H6O"


@pytest.mark.parametrize(
    ("text", "expected", "kind"),
    [
        (TABLE, "chart", "chart"),
        (TABLE, "geometry", "table"),
        (TRIANGLE, "chart", "geometry"),
        ("CCO", "chart", "molecule"),
        ("CCO", "handwriting", "handwriting"),
        ("a photo of a cat", "chart", "chart"),
        ("", "table", "table"),
    ],
)
def test_the_kind_of_a_text_is_told_by_its_form(text: str, expected: str, kind: str) -> None:
    assert kind_of_text(text, expected) == kind


def test_a_photograph_is_never_read_as_a_chart() -> None:
    reader = Says(TABLE)
    asked = parse_figure(picture(), "chart", reader)
    assert asked.kind == "chart" and not asked.result.valid and "photograph" in asked.result.reason
    assert asked.result.confidence < 0.1 and not reader.asked and asked.text == ""
    found = parse_figure(picture(), reader=reader)
    assert found.kind == PICTURE and not found.result.valid and not reader.asked


def test_an_icon_is_read_as_what_is_asked_for_and_as_nothing_else(looks) -> None:
    looks(0.02, **{PICTURE: 0.9})
    reader = Says(TRIANGLE)
    asked = parse_figure(geometry(), "geometry", reader)
    assert asked.result.valid and asked.result.confidence == 0.02 and reader.asked == ["geometry"]
    assert not parse_figure(geometry(), reader=reader).result.valid and reader.asked == ["geometry"]


def test_another_kind_than_asked_is_read_with_a_warning_and_little_confidence() -> None:
    pytest.importorskip("scipy")  # draws hands
    figure = parse_figure(handwriting(), "chart", Says(TABLE))
    assert figure.result.valid and figure.result.confidence < 0.2
    assert "looks like handwriting, not like a chart" in figure.result.warnings[0]
    figure = parse_figure(handwriting(), reader=(reader := Says(TEXTS["handwriting"])))
    assert reader.asked == ["handwriting"] == [figure.kind] and figure.result.valid and figure.looks > 0.5


def test_a_chart_of_a_kind_that_none_reads_is_named_and_not_asked_for(looks) -> None:
    looks(0.05, chart=0.25, box_plot=0.35, heat_map=0.2)
    reader = Says(TABLE)
    for asked in ("auto", "chart"):
        figure = parse_figure(chart(), asked, reader)
        assert (figure.kind, figure.status) == ("box plot", "UNSUPPORTED") and not reader.asked
        assert figure.to_dict()["status"] == "UNSUPPORTED" and "no values are made up" in figure.result.reason
    assert parse_figure(chart(), "table", reader).status == "SUCCESS"
    looks(0.05, chart=0.28, box_plot=0.35, heat_map=0.2)
    assert parse_figure(chart(), reader=reader).kind == "chart"


def test_looks_say_nothing_against_a_reading_that_explains_the_ink(looks) -> None:
    pytest.importorskip("rdkit")
    looks(0.01, geometry=0.9)

    class Explains(Says):
        def read_figure(self, image: Image.Image, kind: str) -> FigureText:
            return FigureText("C1CCCCC1", self.sure, explains=True)

    for sure, warned in ((0.8, False), (0.2, True)):
        reader = Explains("")
        reader.sure = sure
        result = parse_figure(geometry(), "molecule", reader).result
        assert result.confidence == (0.01 if warned else sure) and bool(result.warnings) == warned


def test_what_stopped_the_reader_is_a_warning_and_an_unknown_kind_is_named() -> None:
    figure = parse_figure(table(), "table", Says("<table><tr><td>a", error="broken off at the length limit"))
    assert "broken off at the length limit" in figure.result.warnings[0] and figure.result.valid
    with pytest.raises(InputError, match="unknown kind 'graph'; choose one of auto, chart, molecule"):
        parse_figure(chart(), "graph", Says(""))


def test_nothing_read_is_nothing_made_up() -> None:
    for kind in KINDS:
        if kind == "molecule":
            pytest.importorskip("rdkit")
        result = parse_text(kind, "", 0.0)
        assert not result.valid and result.reason and result.confidence == 0.0


def test_text_read_without_confidence_is_noise_and_says_so() -> None:
    noise = parse_text("handwriting", "∌ c∠∧/2ce/Z", 0.07)
    assert not noise.valid and noise.reason == "not legible (confidence 0.07)"
    assert parse_text("handwriting", "Dear Sir,", 0.4).valid and parse_text("handwriting", "Dear Sir,").valid
    assert parse_text("handwriting", " \n", 0.07).reason == "no text was found"


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_of_a_reader_gives_a_result(text: str) -> None:
    image = Image.fromarray(np.full((20, 20, 3), 255, np.uint8))
    for kind in ("chart", "geometry", "table", "handwriting"):
        json.dumps(parse_figure(image, kind, Says(text)).to_dict())


@pytest.mark.parametrize("kind", DRAWN)
def test_each_kind_is_recognised(kind: str) -> None:
    assert kind_scores(DRAWN[kind]())[kind] > 0.5
    for mode in ("1", "L", "P", "RGBA", "CMYK", "LA", "YCbCr") if kind == "geometry" else ():
        assert kind_scores(geometry().convert("L").convert(mode))["geometry"] > 0.5, mode


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I", "I;16", "F", "LA", "YCbCr"])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (200, 1), (9, 9), (1500, 40)])
def test_nothing_speaks_for_a_kind_where_nothing_is_drawn(mode: str, size: tuple[int, int]) -> None:
    assert set(kind_scores(Image.new(mode, size)).values()) == {0, 1 / 7}
