from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.figures.geometry.dictionary import read_form
from sokdok_lab.bench.metrics.geometry import (
    Scene,
    Score,
    canonical,
    lines_of,
    match_points,
    relation_score,
    segment_iou,
    segment_score,
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Perpendicular(Line(A, C), Line(B, C))", "Perpendicular(Line(C,B),Line(C,A))", True),
        ("Equals(LengthOf(Line(A, B)), 2x + 1)", "Equals(2x+1, LengthOf(Line(B, A)))", True),
        ("Equals(MeasureOf(Angle(A, B, C)), 30)", "Equals(30, MeasureOf(Angle(C, B, A)))", True),
        ("Equals(AreaOf(Triangle(A,B,C)),150)", "Equals(150, AreaOf(Triangle(B, A, C)))", True),
        ("Parallel(Line(A, B), Line(C, D))", "Parallel(Line(D, C), Line(A, B))", True),
        ("Equals(MeasureOf(Angle(A, B, C)), 30)", "Equals(MeasureOf(Angle(B, A, C)), 30)", False),  # another vertex
        ("PointLiesOnLine(A, Line(B, C))", "PointLiesOnLine(B, Line(A, C))", False),
        ("Equals(LengthOf(Line(A, B)), x)", "Equals(LengthOf(Line(A, B)), X)", False),
        ("Line(A,)", "Line(A, B)", False),
    ],
)
def test_what_means_the_same_has_one_form_and_anything_else_another(one: str, other: str, same: bool) -> None:
    forms = canonical(read_form(one)), canonical(read_form(other))
    assert (forms[0] == forms[1]) is same and (not same or None not in forms)


@pytest.mark.parametrize("text", ["", "A", "Line(A", "Line)A(", "Line(A, B) Line(C, D)", "(A)", "f(" * 40])
def test_text_that_is_no_form_is_none(text: str) -> None:
    assert read_form(text) is None


@given(st.text(alphabet="AB(),Line ", max_size=40))
def test_any_text_is_a_form_or_none(text: str) -> None:
    form = read_form(text)
    assert form is None or canonical(canonical(form)) == canonical(form)


def test_lines_with_two_common_points_are_one() -> None:
    forms = [read_form("PointLiesOnLine(B, Line(A, C))"), read_form("PointLiesOnLine(C, Line(B, D))")]
    assert lines_of(forms, ["EF"]) == [frozenset("EF"), frozenset("ABCD")]


RELATIONS = (
    "PointLiesOnLine(D, Line(A, B))",
    "Perpendicular(Line(C, D), Line(A, B))",
    "Equals(LengthOf(Line(A, D)), 4)",
)


@pytest.mark.parametrize(
    ("read", "precision", "recall"),
    [
        (RELATIONS, 1.0, 1.0),
        (RELATIONS[:1], 1.0, 1 / 3),
        ((*RELATIONS, "Parallel(Line(A, C), Line(B, D))"), 3 / 4, 1.0),
        ((RELATIONS[0], "Perpendicular(Line(D, C), Line(A, D))"), 1.0, 2 / 3),  # D lies on AB: the same line
        (("Perpendicular(Line(D, C), Line(A, D))",), 0.0, 1 / 3),  # the truth knows that, this reading doesn't
        (("nonsense(",), 0.0, 0.0),
        ((), 1.0, 0.0),
    ],
)
def test_relations_by_hand(read: tuple[str, ...], precision: float, recall: float) -> None:
    score = relation_score(Scene(RELATIONS, ["AB", "CD"]), Scene(read, ["CD"]))
    assert (score.precision, score.recall) == pytest.approx((precision, recall))


def test_points_are_called_by_their_places() -> None:
    truth = Scene(["Perpendicular(Line(A, B), Line(B, C))"], (), {"A": (0, 0), "B": (100, 0), "C": (100, 90)})
    places = {"P": (2.0, 1.0), "Q": (97.0, 3.0), "A": (100.0, 88.0)}
    read = Scene(["Perpendicular(Line(A, Q), Line(P, Q))"], (), places)
    assert match_points(truth.positions or {}, places) == {"A": "P", "B": "Q", "C": "A"}
    assert relation_score(truth, read).f1 == 1.0
    assert relation_score(truth, Scene(read.relations)).f1 == 0.0  # by name, without places


def test_a_point_too_far_away_is_none() -> None:
    assert match_points({"A": (0.0, 0.0)}, {"A": (15.1, 0.0)}) == {}
    assert match_points({"A": (0.0, 0.0)}, {"B": (10.1, 0.0)}) == {}  # another name costs 5
    assert match_points({"A": (0.0, 0.0)}, {"B": (9.9, 0.0)}) == {"A": "B"}


def test_f1_is_0_without_a_hit() -> None:
    assert Score(0.0, 0.0).f1 == 0.0


@pytest.mark.parametrize(
    ("one", "other", "iou"),
    [
        (((0, 0), (10, 10)), ((10, 10), (0, 0)), 1.0),  # a segment has no direction
        (((0, 0), (10, 10)), ((0, 0), (5, 10)), 0.75),  # half along x, all along y
        (((0, 0), (10, 10)), ((0, 10), (10, 0)), 0.0),  # the other diagonal
        (((0, 0), (10, 10)), ((20, 20), (30, 30)), 0.0),
        (((0, 0), (10, 0)), ((0, 0), (10, 0)), 1.0),  # level: nothing across
        (((0, 0), (10, 0)), ((0, 1), (10, 1)), 0.5),  # beside it
    ],
)
def test_overlap_of_segments_by_hand(one: tuple, other: tuple, iou: float) -> None:
    assert segment_iou(one, other) == pytest.approx(iou)


def test_segments_are_matched_one_for_one() -> None:
    square = [((0, 0), (100, 0)), ((100, 0), (100, 100)), ((100, 100), (0, 100)), ((0, 100), (0, 0))]
    assert segment_score(square, square) == Score(1.0, 1.0)
    assert segment_score(square, [square[0], square[0], ((0, 50), (100, 50))]) == Score(1 / 3, 1 / 4)
    shaken = [((1, 0), (100, 1)), *square[1:]]
    assert segment_score(square, shaken) == Score(1.0, 1.0)  # a pixel in a hundred is forgiven
    assert segment_score(square, []) == Score(1.0, 0.0)
