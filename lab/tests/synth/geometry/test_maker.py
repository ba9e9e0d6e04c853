from __future__ import annotations

import random
from itertools import pairwise

import pytest

from sokdok_lab.synth.geometry.labels import dimension_line
from sokdok_lab.synth.geometry.maker import GeometryMaker
from sokdok_lab.synth.geometry.scenes import SCENES, Sketch, draw_scene
from sokdok_lab.synth.geometry.sheet import Sheet, Style
from sokdok_lab.synth.geometry.truth import GeometryFigure
from sokdok_lab.synth.pages.fonts import FontBook

BLACK = (0, 0, 0)


@pytest.fixture(scope="module")
def plain(book: FontBook) -> Style:
    style = Style(book, 100, random.Random(0))
    style.paper, style.tracking = (255, 255, 255), 1.0
    return style


@pytest.fixture(scope="module")
def figures(book: FontBook) -> list[GeometryFigure]:
    maker = GeometryMaker(book)
    return [maker.figure(seed) for seed in range(60)]


def place(figure: GeometryFigure, index: int) -> complex:
    return complex(figure.points[index].x, figure.points[index].y)


def test_points_of_a_stroke_lie_on_it_in_order(figures: list[GeometryFigure]) -> None:
    strokes = [(figure, stroke.points) for figure in figures for stroke in figure.strokes]
    assert any(len(points) > 2 for _, points in strokes)
    for figure, points in strokes:
        way = place(figure, points[-1]) - place(figure, points[0])
        steps = [(place(figure, p) - place(figure, points[0])) * way.conjugate() / abs(way) for p in points]
        assert max(abs(step.imag) for step in steps) < 0.01 * abs(way)
        assert all(a.real < b.real for a, b in pairwise(steps))


def test_points_of_a_ring_lie_on_it(figures: list[GeometryFigure]) -> None:
    rings = [(figure, ring) for figure in figures for ring in figure.rings]
    assert any(ring.points for _, ring in rings)
    for figure, ring in rings:
        for index in ring.points:
            assert abs(place(figure, index) - place(figure, ring.center)) == pytest.approx(ring.radius, rel=1e-6)


def test_what_marks_state_is_so(figures: list[GeometryFigure]) -> None:
    rights = ticks = 0
    for figure in figures:
        lengths: dict[str, list[float]] = {}
        for mark in figure.marks:
            places = [place(figure, index) for index in mark.points]
            if mark.kind == "right":
                first, second = (leg - places[0] for leg in places[1:])
                assert abs((first.conjugate() * second).real) < 0.01 * abs(first) * abs(second)
                rights += 1
            elif mark.kind.startswith("tick"):
                lengths.setdefault(mark.kind, []).append(abs(places[1] - places[0]))
        for group in lengths.values():
            assert len(group) > 1 and max(group) == pytest.approx(min(group), rel=1e-6)
            ticks += 1
    assert rights > 5 and ticks > 5


def test_texts_stay_on_the_picture_and_speak_of_named_points(figures: list[GeometryFigure]) -> None:
    for figure in figures:
        width, height = figure.size
        for label in figure.labels:
            assert -width * 0.02 <= label.box[0] < label.box[2] <= width * 1.02
            assert -height * 0.02 <= label.box[1] < label.box[3] <= height * 1.02
            assert all(figure.points[index].name for index in label.points)
            assert "".join(char for char, *_ in label.chars) == label.text.replace(" ", "")


def test_relations_name_incidences_and_labels(figures: list[GeometryFigure]) -> None:
    forms = [form for figure in figures for form in figure.relations]
    for start in ("PointLiesOnLine(", "PointLiesOnCircle(", "Perpendicular(Line(", "Parallel(Line("):
        assert any(form.startswith(start) for form in forms), start
    assert any(form.startswith("Equals(LengthOf(Line(") and form.endswith("), x)") for form in forms)
    assert any(form.startswith("Equals(MeasureOf(Angle(") for form in forms)
    assert not any(", )" in form or "(," in form for form in forms)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_every_kind_of_scene_draws_strokes_between_its_points(scene: object) -> None:
    assert callable(scene)
    for seed in range(20):
        sketch = Sketch()
        scene(sketch, random.Random(seed))
        assert sketch.strokes and all(len(set(line)) == len(line) > 1 for line in sketch.strokes)


def test_points_of_a_scene_stay_apart() -> None:
    crowded = 0
    for seed in range(40):
        points = draw_scene(random.Random(seed)).points
        size = max(abs(a - b) for a in points for b in points)
        crowded += min(abs(a - b) for i, a in enumerate(points) for b in points[:i]) < 0.1 * size
    assert crowded == 0


def test_a_dashed_line_has_gaps_and_a_whole_one_none(plain: Style) -> None:
    ink = []
    for dash in (0.0, 6.0):
        sheet = Sheet((100, 20), plain)
        sheet.line(5 + 10j, 95 + 10j, 2, BLACK, dash)
        ink.append((sheet.pixels()[10, 8:92] < 128).all(1).mean())
    assert ink[0] == 1 and 0.4 < ink[1] < 0.8


def test_a_length_stands_in_the_gap_of_its_own_line(plain: Style) -> None:
    sheet = Sheet((100, 60), plain)
    dimension_line(sheet, (10 + 30j, 90 + 30j), 12.0, 10.0, BLACK)
    ink = (sheet.pixels() < 160).all(2)
    along = ink[28:33].any(0)
    assert along[14:36].all() and not along[40:60].any() and along[64:86].all()
    assert ink[27:34, 9:12].any(1).all() and ink[27:34, 88:92].any(1).all()  # bars at its ends


def test_the_sheet_knows_where_it_is_covered(plain: Style) -> None:
    sheet = Sheet((100, 100), plain)
    sheet.line(0 + 50j, 99 + 50j, 1, BLACK)
    assert sheet.clutter((10, 45, 30, 55)) > 0 == sheet.clutter((10, 10, 30, 20))
    assert sheet.clutter((-9, 10, 30, 20)) > 1  # outside is worse than any ink
