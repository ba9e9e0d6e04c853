from __future__ import annotations

from sokdok.figures.geometry.parse import parse_geometry
from sokdok.figures.geometry.places import Places, places_of

SQUARE = (
    "{'Line': {'line': ['(0, 0) -- (9, 0)', '(9, 0) -- (9, 9)', '(9, 9) -- (0, 9)', '(0, 9) -- (0, 0)'], "
    "'line_type': ['--', '--', '--', '--'], 'line_endpoint': ['A: (0, 0)', 'B: (9, 0)', 'C: (9, 9)', 'D: (0, 9)']}, "
    "'Circle': {'circle_center': ['O: (4.5, 4.5)'], 'radius': [4.5]}, "
    "'Relation': ['Equals(MeasureOf(Angle(A, B, C)), 90)']}"
)
SIZE = (300, 300)  # ten pixels a unit; (0, 0) is its middle


def places(kind: str) -> Places:
    figure = parse_geometry(SQUARE)
    return places_of(next(each for each in figure.told if each.kind == kind), figure.scene, SIZE)


def test_lines_are_where_they_are_drawn_with_y_downward() -> None:
    perpendicular = places("perpendicular")
    assert perpendicular.lines == ((150, 150, 240, 150), (240, 150, 240, 60))
    assert perpendicular.circles == perpendicular.points == ()


def test_a_polygon_is_closed_and_an_angle_is_not() -> None:
    assert len(places("square").lines) == 4 and len(places("angle").lines) == 2


def test_a_circle_goes_by_its_centre_and_is_no_point() -> None:
    tangent = places("tangent")
    assert tangent.circles == ((195, 105, 45),) and len(tangent.lines) == 1 and tangent.points == ()


def test_all_that_is_said_has_its_places() -> None:
    figure = parse_geometry(SQUARE)
    assert len(figure.told) == len(figure.statements("ko"))
    for relation in figure.told:
        at = places_of(relation, figure.scene, SIZE)
        assert at.lines or at.circles or at.points, relation
