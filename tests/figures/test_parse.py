"""From a picture to a checked result: which kind, who is believed, what is refused, what files come of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fakes.drawings import chart, geometry, handwriting, picture, table
from sokdok.errors import InputError, MissingExtraError
from sokdok.figures.files import save_figure, write_index
from sokdok.figures.parse import KINDS, PICTURE, kind_of_text, parse_figure, parse_text
from sokdok.figures.readers import FigureText

TABLE = "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>2</td></tr></table>"
TRIANGLE = (
    "{'Line': {'line': ['(0, 0) -- (4, 0)', '(0, 0) -- (0, 3)', '(0, 3) -- (4, 0)'], 'line_type': ['--', '--', '--'], "
    "'line_endpoint': ['A: (0, 0)', 'B: (4, 0)', 'C: (0, 3)']}}"
)
TEXTS = {"chart": TABLE, "table": TABLE, "molecule": "c1ccccc1O", "geometry": TRIANGLE, "handwriting": "dear\nsir "}


class Says:
    """A reader that says one thing of every figure."""

    name = "says"

    def __init__(self, text: str, confidence: float = 0.9, error: str = "") -> None:
        self.said = FigureText(text, confidence, error)
        self.asked: list[str] = []

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        assert image.mode == "RGB"
        self.asked.append(kind)
        return self.said


def test_auto_asks_for_what_the_picture_looks_like() -> None:
    for image, kind in ((chart(), "chart"), (table(), "table"), (handwriting(), "handwriting")):
        reader = Says(TEXTS[kind])
        figure = parse_figure(image, reader=reader)
        assert reader.asked == [kind] == [figure.kind] and figure.result.valid and figure.looks > 0.5
        assert figure.result.confidence == 0.9


class Doubts(Says):
    """A reader that finds tables only and is unsure of anything else."""

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        self.asked.append(kind)
        return FigureText(TABLE, 0.9) if kind == "table" else FigureText("" if kind == "chart" else "CCO", 0.1)


class Bare(Doubts):
    """A reader without the extra that molecules need, which is sure of nothing."""

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        if kind == "molecule":
            raise MissingExtraError("figures", "reading molecules")
        return FigureText(TABLE, 0.2)


def test_auto_passes_over_a_kind_whose_extra_is_missing_unless_it_is_the_likeliest(monkeypatch) -> None:
    assert parse_figure(chart(), reader=Bare("")).kind == "chart"
    with pytest.raises(MissingExtraError):
        parse_figure(chart(), "molecule", Bare(""))
    monkeypatch.setattr(
        "sokdok.figures.parse.kind_scores", lambda image: dict.fromkeys(KINDS, 0.1) | {PICTURE: 0.1, "molecule": 0.5}
    )
    with pytest.raises(MissingExtraError):
        parse_figure(chart(), reader=Bare(""))


def test_auto_goes_on_until_the_reader_is_sure() -> None:
    reader = Doubts("")
    figure = parse_figure(chart(), reader=reader)
    assert reader.asked[0] == "chart" and reader.asked[-1] == "table" == figure.kind
    asked = Doubts("")
    assert parse_figure(chart(), "chart", asked).kind == "chart" and asked.asked == ["chart"]


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


def test_another_kind_than_asked_is_read_with_a_warning_and_little_confidence() -> None:
    figure = parse_figure(handwriting(), "chart", Says(TABLE))
    assert figure.result.valid and figure.result.confidence < 0.2
    assert "looks like a text, not like a chart" in figure.result.warnings[0]


def test_what_stopped_the_reader_is_a_warning() -> None:
    figure = parse_figure(table(), "table", Says("<table><tr><td>a", error="broken off at the length limit"))
    assert "broken off at the length limit" in figure.result.warnings[0] and figure.result.valid


def test_nothing_read_is_nothing_made_up() -> None:
    for kind in KINDS:
        if kind == "molecule":
            pytest.importorskip("rdkit")
        result = parse_text(kind, "", 0.0)
        assert not result.valid and result.reason and result.confidence == 0.0


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(InputError, match="unknown kind 'graph'; choose one of auto, chart, molecule"):
        parse_figure(chart(), "graph", Says(""))


@given(st.text(max_size=80))
def test_any_text_of_a_reader_gives_a_result(text: str) -> None:
    image = Image.fromarray(np.full((20, 20, 3), 255, np.uint8))
    for kind in ("chart", "geometry", "table", "handwriting"):
        json.dumps(parse_figure(image, kind, Says(text)).to_dict())


@pytest.mark.parametrize(
    ("kind", "endings"),
    [
        ("chart", {".csv", ".xlsx", ".html", ".redrawn.png"}),
        ("table", {".csv", ".xlsx", ".html", ".md"}),
        ("molecule", {".svg"}),
        ("geometry", {".svg", ".txt"}),
        ("handwriting", {".txt"}),
    ],
)
def test_files_of_each_kind(tmp_path: Path, kind: str, endings: set[str]) -> None:
    for extra in ("rdkit", "openpyxl", "matplotlib"):
        pytest.importorskip(extra)
    image = Image.new("RGB", (90, 60), "white")
    figure = parse_figure(image, kind, Says(TEXTS[kind]))
    assert save_figure(figure, image, tmp_path, "그림 1", "ko") == []
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"그림 1{ending}" for ending in (*endings, ".png", ".json")}
    record = json.loads((tmp_path / "그림 1.json").read_text(encoding="utf-8"))
    assert record["kind"] == kind and set(record["files"]) == names - {"그림 1.json"}
    assert all((tmp_path / name).stat().st_size for name in names)


def test_a_figure_that_is_not_valid_leaves_its_picture_and_the_reason(tmp_path: Path) -> None:
    save_figure(parse_figure(picture(), "table", Says("")), picture(), tmp_path, "x")
    assert {path.name for path in tmp_path.iterdir()} == {"x.png", "x.json"}
    assert "photograph" in write_index(tmp_path).read_text(encoding="utf-8")


def test_the_index_shows_all_figures_and_runs_no_script(tmp_path: Path) -> None:
    image = Image.new("RGB", (90, 60), "white")
    script = "<script>alert(1)</script>"
    for kind, text in (("table", f"<table><tr><td>{script}&lt;script&gt;</td></tr></table>"), ("handwriting", script)):
        save_figure(parse_figure(image, kind, Says(text)), image, tmp_path, f"{kind}<b>")
    (tmp_path / "other.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert page.count("<section>") == 2 and "<script" not in page and "<b>" not in page
