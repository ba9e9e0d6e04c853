"""Points, lines, marks and labels of geometry figures, found in logits and in pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.figures.geometry_oracle import oracle_logits
from sokdok.figures.geometry.dictionary import to_pixels
from sokdok.figures.geometry.parse import parse_geometry
from sokdok.figures.geometry.read import reader
from sokdok.figures.geometry.read.labels import SIDE_PX, Symbol, clean, read_values, squares
from sokdok.figures.geometry.read.lines import find_circles, find_lines
from sokdok.model.nano.formats.geometry import CHANNELS, CHARS, ROLES, SLICES
from sokdok_lab.synth.geometry.maker import GeometryMaker
from sokdok_lab.synth.geometry.truth import GeometryFigure
from sokdok_lab.synth.pages.fonts import FontBook


@pytest.fixture(scope="module")
def figures() -> list[GeometryFigure]:
    matplotlib = pytest.importorskip("matplotlib")
    maker = GeometryMaker(FontBook(Path(matplotlib.get_data_path()) / "fonts" / "ttf"))
    return [maker.figure(f"oracle {seed}") for seed in range(12)]


def read(figure: GeometryFigure, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(reader, "SIDE_PX", max(figure.size))
    text, confidence, doubt = reader.read_geometry(figure.pixels, lambda x: oracle_logits(figure, *x.shape[2:]))
    assert confidence > 0.6 and not doubt  # heat of hard-edged lines, read between cells
    return text


def test_perfect_answers_give_nearly_all_relations(figures: list[GeometryFigure], monkeypatch) -> None:
    truth, found, right = 0, 0, 0
    for figure in figures:
        expected = _canonical(figure.relations)
        forms = _canonical(parse_geometry(read(figure, monkeypatch)).logic_forms)
        truth, found, right = truth + len(expected), found + len(forms), right + len(expected & forms)
    assert truth > 60 and right / truth > 0.8 and right / found > 0.85


def test_a_point_without_a_letter_gets_a_free_one_where_a_label_speaks_of_it(
    figures: list[GeometryFigure], monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = next(f for f in figures if any(label.role == "length" for label in f.labels))
    label = next(label for label in figure.labels if label.role == "length")
    whole = {point.name for point in figure.points if point.name}
    lost = figure.points[label.points[0]].name
    labels = tuple(each for each in figure.labels if not (each.role == "name" and each.text == lost))
    scene = parse_geometry(read(replace(figure, labels=labels), monkeypatch)).scene
    given = set(scene.points) - whole
    assert len(given) == 1 and lost not in scene.points
    x, y = to_pixels(scene.points[given.pop()], figure.size)
    point = figure.points[label.points[0]]
    assert np.hypot(x - point.x, y - point.y) < 2


def test_two_figures_on_one_straight_line_are_not_joined() -> None:
    logits = np.full((CHANNELS, 8, 100), -9, np.float32)
    for first, last in ((5, 40), (46, 95)):
        logits[SLICES["line"], 4, first:last] = 9
    points = np.array([22, 158, 186, 378]) + 18j
    assert [line.points for line in find_lines(logits, points)] == [(2, 3), (0, 1)]


def test_numbers_of_angles_on_either_side_of_a_line_stay_apart() -> None:
    def symbol(x: float, char: str, role: str) -> Symbol:
        codes, roles = np.zeros(len(CHARS)), np.zeros(len(ROLES))
        codes[CHARS.index(char)] = roles[ROLES.index(role)] = 1
        return Symbol(complex(x, 50), 20.0, codes, roles, 110 + 20j, 1.0)

    for role, step, texts in (("number", 20, ["1", "2"]), ("number", 12, ["12"]), ("angle", 12, ["12"])):
        values = read_values([symbol(100, "1", role), symbol(100 + step, "2", role)])
        assert [value.text for value in values] == texts


def test_the_letter_net_overrules_what_characters_were_read_as(figures: list[GeometryFigure], monkeypatch) -> None:
    figure = next(figure for figure in figures if len(figure.strokes) == 3)
    monkeypatch.setattr(reader, "SIDE_PX", max(figure.size))

    def letters(squares: np.ndarray) -> np.ndarray:
        logits = np.zeros((len(squares), len(CHARS), 1, 1), np.float32)
        logits[:, CHARS.index("Q")] = 9
        return logits

    text, *_ = reader.read_geometry(figure.pixels, lambda x: oracle_logits(figure, *x.shape[2:]), letters)
    assert list(parse_geometry(text).scene.points) == ["Q"]  # a name is given once


def _canonical(forms: list[str]) -> set[tuple[str, ...]]:
    """Logic forms whatever the order of their arguments: as the letters they are written with."""
    return {tuple(sorted(form)) for form in forms}


def test_points_and_lines_that_explain_less_than_half_of_the_lines_leave_a_doubt(figures: list[GeometryFigure]) -> None:
    everywhere = np.isin(np.arange(CHANNELS), np.arange(CHANNELS)[SLICES["line"]])[:, None, None] * 99
    figure = figures[0]
    text, _, doubt = reader.read_geometry(figure.pixels, lambda x: oracle_logits(figure, *x.shape[2:]) + everywhere)
    assert parse_geometry(text).valid and "%" in doubt


def cold(pixels: np.ndarray) -> np.ndarray:
    assert pixels.dtype == np.float32 and pixels.shape[2] % 32 == pixels.shape[3] % 32 == 0
    return np.full((1, CHANNELS, pixels.shape[2] // 4, pixels.shape[3] // 4), -9, np.float32)


def test_a_picture_without_lines_has_an_empty_dictionary_and_no_confidence() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (90, 130, 3), np.uint8)
    text, confidence, _ = reader.read_geometry(photo, cold)
    assert confidence == 0 and not parse_geometry(text).valid and not parse_geometry(text).scene.points


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (3000, 2)])
def test_odd_sizes_are_read(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 3), 255, np.uint8)
    text, confidence, _ = reader.read_geometry(pixels, cold)
    assert confidence == 0 and text.startswith("{'Line'")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(3x + 10)°", "3x+10"), ("43°", "43"), ("15 ft", "15"), ("7 in.", "7"), ("x cm", "x"), ("7√2", r"7\sqrt{2}"),
        ("2x - 25", "2x-25"), ("8.5", "8.5"), ("m", "m"), ("12 m", "12"), ("5m", "5m"), ("√3", r"\sqrt{3}"),
        ("15 t", "15"), ("17 1.", "17"), ("(8.5x + 3) c", "8.5x+3"), ("3x -5", "3x-5"), ("7 √2", r"7\sqrt{2}"),
    ],
)  # fmt: skip
def test_labels_are_written_as_logic_forms_have_them(text: str, value: str) -> None:
    assert clean(text) == value


def test_two_circles_are_found_with_centre_and_radius() -> None:
    ink = np.zeros((64, 64), bool)
    rows, columns = np.mgrid[:64, :64] + 0.5
    for x, y, radius in ((24, 30, 18), (40, 40, 9)):
        ink |= np.abs(np.hypot(columns - x, rows - y) - radius) < 0.6
    found = sorted(find_circles(ink, np.zeros(0, complex), []), key=lambda circle: circle.radius)
    assert [round(ring.radius / 4) for ring in found] == [9, 18]
    assert abs(found[1].center - (96 + 120j)) < 2


def test_no_circle_is_found_in_a_picture_that_is_ink_all_over() -> None:
    noise = np.random.default_rng(0).random((60, 60)) < 0.6
    for ink in (noise, np.ones((60, 60), bool), np.zeros((60, 60), bool)):
        assert find_circles(ink, np.zeros(0, complex), []) == []


@pytest.mark.parametrize("em", [10.0, 30.0])
def test_squares_bring_characters_to_one_size(em: float) -> None:
    ink = np.zeros((120, 160), np.uint8)
    half = round(em * 0.35)  # a bar of .7 em is half of the square's 1.4 ems
    ink[60 - half : 60 + half, 80 - 2 : 80 + 2] = 90
    (square,) = squares(ink, np.array([80 + 60j]), np.array([em]))[0]
    rows = (square > 0.5).any(1)
    assert square.max() == 1 and square.min() == 0
    assert SIDE_PX / 2 - 3 <= rows.sum() <= SIDE_PX / 2 + 3 and rows[SIDE_PX // 2]
