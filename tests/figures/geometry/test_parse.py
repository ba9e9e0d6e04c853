"""Dictionaries of geometry figures become scenes, relations, statements, and places on the picture."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.figures.geometry.parse import Geometry, parse_geometry
from sokdok.figures.geometry.relations import Places, Relation, places_of

SQUARE = (
    "{'Line': {'line': ['(0.00, 0.00) -- (4.00, 0.00) -- (8.00, 0.00)', '(8.00, 0.00) -- (8.00, 8.00)', "
    "'(8.00, 8.00) -- (0.00, 8.00)', '(0.00, 8.00) -- (0.00, 0.00)'], 'line_type': ['--', '--', '--', '..'], "
    "'line_endpoint': ['A: (0.00, 0.00)', 'B: (8.00, 0.00)', 'C: (8.00, 8.00)', 'D: (0.00, 8.00)', 'M: (4.02, 0.01)']}}"
)
ROUND = (
    "{'Line': {'line': ['(-5, -3) -- (5, -3)'], 'line_type': ['--'], 'line_endpoint': ['T: (0, -3)', 'S: (5, -3)']}, "
    "'Circle': {'circle_center': ['O: (0, 0)', '(0.05, 0)'], 'radius': [3, 1.5]}}"
)


def with_relations(*forms: str) -> str:
    return SQUARE[:-1] + f", 'Relation': {list(forms)}}}"


def kinds(figure: Geometry) -> set[str]:
    return {relation.kind for relation in figure.relations}


def test_a_square_is_told_by_its_coordinates() -> None:
    figure = parse_geometry(SQUARE)
    assert figure.valid and not figure.warnings
    assert figure.scene.lines[0].points == ("A", "M", "B") and figure.scene.lines[3].dashed
    said = figure.statements()
    for line in ("ABCD is a square", "AB ⟂ BC", "AB ∥ CD", "M is the midpoint of AB", "M lies on AB"):
        assert line in [s.replace("DC", "CD").replace("CB", "BC") for s in said], said
    assert "□ABCD: 정사각형" in figure.statements("ko") and "점 M: AB의 중점" in figure.statements("ko")


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ([(0, 0), (6, 0), (3, 5.196)], {"equilateral"}),
        ([(0, 0), (6, 0), (3, 8)], {"isosceles"}),
        ([(0, 0), (6, 0), (0, 4)], {"right triangle"}),
        ([(0, 0), (5, 0), (0, 5)], {"right triangle", "isosceles"}),
        ([(0, 0), (9, 0), (2, 5)], set()),
        ([(0, 0), (8, 0), (8, 3), (0, 3)], {"rectangle"}),
        ([(0, 0), (5, 0), (8, 4), (3, 4)], {"rhombus"}),
        ([(0, 0), (7, 0), (9, 4), (2, 4)], {"parallelogram"}),
        ([(0, 0), (9, 0), (6, 4), (2, 4)], {"trapezoid"}),
        ([(0, 0), (9, 1), (6, 6), (2, 4)], set()),
    ],
)
def test_polygons_get_their_strictest_class(corners: list[tuple[float, float]], expected: set[str]) -> None:
    names = dict(zip("ABCD", corners, strict=False))
    lines = [f"{a} -- {b}" for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    text = str({"Line": {"line": lines, "line_endpoint": [f"{name}: {place}" for name, place in names.items()]}})
    shapes = {"equilateral", "isosceles", "right triangle", "rectangle", "rhombus", "parallelogram", "trapezoid"}
    assert kinds(parse_geometry(text)) & (shapes | {"square"}) == expected


def test_circles_tangents_and_concentric_ones() -> None:
    figure = parse_geometry(ROUND)
    assert (
        sum(form.startswith("Perpendicular") for form in parse_geometry(SQUARE).logic_forms) == 4
    )  # nothing is stated
    assert figure.valid and {"tangent", "concentric", "on circle"} <= kinds(figure)
    assert "TS is tangent to circle O" in figure.statements()
    assert "PointLiesOnCircle(T, Circle(O))" in figure.logic_forms
    assert not any("(0.05" in form for form in figure.logic_forms)  # a circle without a name is in no logic form


def test_stated_relations_are_told_from_measured_ones() -> None:
    figure = parse_geometry(
        with_relations("Equals(LengthOf(Line(A, M)), 2x+3)", "Perpendicular(Line(A, B), Line(B, C))")
    )
    stated = [relation for relation in figure.relations if relation.source == "stated"]
    assert [(r.kind, r.things, r.value) for r in stated] == [
        ("length", (("A", "M"),), "2x+3"),
        ("perpendicular", (("A", "B"), ("B", "C")), ""),
    ]
    assert figure.logic_forms == [
        "PointLiesOnLine(M, Line(A, B))",
        "Equals(LengthOf(Line(A, M)), 2x+3)",
        "Perpendicular(Line(A, B), Line(B, C))",
    ]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (r"Equals(MeasureOf(Angle(D, A, B)), 3x+\sqrt{2})", r"∠DAB = 3x+\sqrt{2}°"),
        ("Equals(MeasureOf(Angle(D, A, B)), MeasureOf(Angle(A, B, C)))", "∠DAB = ∠ABC"),
        ("Equals(MeasureOf(Angle(D, A, B)), MeasureOf(angle 1))", "∠DAB = ∠1"),
        ("Equals(LengthOf(Line(A, M)), LengthOf(Line(M, B)))", "AM = MB"),
        ("Parallel(Line(A, B), Line(D, C))", "AB ∥ DC"),
    ],
)
def test_logic_forms_read_and_write_alike(form: str, said: str) -> None:
    figure = parse_geometry(with_relations(form))
    assert form in figure.logic_forms and said in figure.statements() and not figure.warnings


@pytest.mark.parametrize(
    "form",
    ["Perpendicular(Line(A, B), Line(C, Q))", "Perpendicular(Line(A, B", "Bisects(A, B)", "nonsense", "Equals(A)"],
)
def test_what_is_no_relation_between_the_points_is_a_warning(form: str) -> None:
    figure = parse_geometry(with_relations(form))
    assert figure.valid and len(figure.warnings) == 1
    assert all(relation.source == "measured" for relation in figure.relations)


def test_a_statement_that_the_drawing_contradicts_is_a_warning() -> None:
    figure = parse_geometry(with_relations("Parallel(Line(A, B), Line(B, C))"))
    assert figure.warnings == ("the figure states AB ∥ BC, which its drawing misses by 90°",)


def test_a_text_that_breaks_off_keeps_what_it_said() -> None:
    figure = parse_geometry(SQUARE[:140])
    assert not figure.valid and "breaks off" in figure.reason
    assert len(figure.scene.lines) == 3


@pytest.mark.parametrize(
    "text",
    [
        "", "a photo of a cat", "{", "{}", "{'Line': 3}", "{'Line': {'line': ['(0, 0)']}}", "{'Line': exit()}",
        "{'Line': {'line': [" + "[" * 5000, "{1: 2}", "{'Circle': {'circle_center': ['O: (0, 0)'], 'radius': [-1]}}",
        "{'Line': {'line': ['(0, 0) -- (1e999, 3)']}}", "{'Circle': {'circle_center': ['O: (0, 0)'], 'radius': ['r']}}",
    ],
)  # fmt: skip
def test_malformed_text_is_invalid_with_a_reason(text: str) -> None:
    figure = parse_geometry(text)
    assert not figure.valid and figure.reason
    json.dumps(figure.to_dict(), allow_nan=False)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.integers(0, len(SQUARE)), st.integers(0, len(SQUARE)))
def test_no_text_raises(noise: str, start: int, stop: int) -> None:
    for text in (noise, SQUARE[:start] + noise + SQUARE[stop:], ROUND[:start] + noise):
        json.dumps(parse_geometry(text).to_dict())


def test_the_redrawn_scene_is_well_formed_and_escaped(tmp_path: Path) -> None:
    figure = parse_geometry(SQUARE.replace("'M:", "'<&:"))
    figure.redraw(tmp_path / "figure.svg")
    root = ElementTree.parse(tmp_path / "figure.svg").getroot()
    tags = [element.tag.rpartition("}")[2] for element in root]
    assert tags.count("line") == 4 and tags.count("text") == 5
    assert "<&" in [element.text for element in root]
    ElementTree.fromstring(parse_geometry("").to_svg())


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match="en or ko"):
        parse_geometry(SQUARE).statements("fr")


def test_what_says_the_same_is_said_once() -> None:
    relations = (
        Relation("perpendicular", (("P", "Q"), ("R", "Q"))),
        Relation("perpendicular", (("P", "Q"), ("Q", "R")), "stated"),
        Relation("perpendicular", (("B", "C"), ("C", "M"))),
        Relation("perpendicular", (("M", "C"), ("B", "C"))),
        Relation("equal angles", (("A", "B", "C"), ("D", "E", "F"))),
        Relation("equal angles", (("F", "E", "D"), ("A", "B", "C"))),
        Relation("midpoint", (("M",), ("A", "B"))),
        Relation("midpoint", (("M",), ("C", "D"))),
        Relation("length", (("A", "B"),), "stated", "3"),
        Relation("length", (("A", "B"),), "stated", "4"),
    )
    assert Geometry(relations=relations).statements() == [
        "PQ ⟂ QR",
        "MC ⟂ BC",
        "∠FED = ∠ABC",
        "M is the midpoint of AB",
        "M is the midpoint of CD",
        "AB = 3",
        "AB = 4",
    ]


def test_a_part_of_a_line_says_the_same_as_the_whole() -> None:
    geometry = parse_geometry(SQUARE)
    stated = Relation("perpendicular", (("M", "B"), ("C", "B")), "stated")
    told = replace(geometry, relations=(*geometry.relations, stated)).statements()
    assert "AB ⟂ BC" in geometry.statements() and "AB ⟂ BC" not in told and "MB ⟂ CB" in told
    assert len(told) == len(geometry.statements())


PLACED = (
    "{'Line': {'line': ['(0, 0) -- (9, 0)', '(9, 0) -- (9, 9)', '(9, 9) -- (0, 9)', '(0, 9) -- (0, 0)'], "
    "'line_type': ['--', '--', '--', '--'], 'line_endpoint': ['A: (0, 0)', 'B: (9, 0)', 'C: (9, 9)', 'D: (0, 9)']}, "
    "'Circle': {'circle_center': ['O: (4.5, 4.5)'], 'radius': [4.5]}, "
    "'Relation': ['Equals(MeasureOf(Angle(A, B, C)), 90)']}"
)
SIZE = (300, 300)  # ten pixels a unit; (0, 0) is its middle


def places(kind: str) -> Places:
    figure = parse_geometry(PLACED)
    return places_of(next(each for each in figure.distinct if each.kind == kind), figure.scene, SIZE)


def test_things_are_where_they_are_drawn_with_y_downward() -> None:
    perpendicular, tangent = places("perpendicular"), places("tangent")
    assert perpendicular.lines == ((150, 150, 240, 150), (240, 150, 240, 60))
    assert perpendicular.circles == perpendicular.points == ()
    assert len(places("square").lines) == 4 and len(places("angle").lines) == 2  # only a polygon is closed
    assert tangent.circles == ((195, 105, 45),) and len(tangent.lines) == 1 and tangent.points == ()


def test_all_that_is_said_has_its_places() -> None:
    figure = parse_geometry(PLACED)
    assert len(figure.distinct) == len(figure.statements("ko"))
    for relation in figure.distinct:
        at = places_of(relation, figure.scene, SIZE)
        assert at.lines or at.circles or at.points, relation
