"""Paths of a PDF: thin rectangles and straight strokes are rules, filled boxes are shades, small shapes marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.pdf import Text, write_pdf
from sokdok.pages.files import open_file
from sokdok.pages.textlayer import Fill, Rule, TextLayer

CIRCLE = (
    b"100 703 m 100 704.7 98.7 706 97 706 c 95.3 706 94 704.7 94 703 c "
    b"94 701.3 95.3 700 97 700 c 98.7 700 100 701.3 100 703 c h f"
)


def layer_of(tmp_path: Path, drawn: bytes, rotate: int = 0) -> TextLayer:
    file = open_file(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "Words"), drawn]], rotate=rotate))
    layer = file.layer(0)
    file.close()
    assert layer is not None
    return layer


@pytest.mark.parametrize(
    ("drawn", "rule"),
    [
        (b"100 700 200 1 re f", Rule(True, 141.5, 100, 300, 1)),
        (b"q 200 0 0 1 100 700 cm BI /W 1 /H 1 /BPC 1 /IM true ID \0 EI Q", Rule(True, 141.5, 100, 300, 1)),
        (b"2 w 100 700 m 300 700 l S", Rule(True, 142, 100, 300, 2)),
        (b"1 0 0 RG 2 w 100 700 m 100 600 l S", Rule(False, 100, 142, 242, 2, (255, 0, 0))),
        (b"q .5 0 0 .5 0 0 cm 4 w 200 1400 m 600 1400 l S Q", Rule(True, 142, 100, 300, 2)),
    ],
)
def test_thin_things_are_rules(tmp_path: Path, drawn: bytes, rule: Rule) -> None:
    (found,) = layer_of(tmp_path, drawn).rules
    assert (found.horizontal, found.color) == (rule.horizontal, rule.color)
    assert [found.at, found.start, found.end, found.width] == pytest.approx(
        [rule.at, rule.start, rule.end, rule.width], abs=0.01
    )


def test_a_stroked_box_is_four_rules(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, b"1 w 100 600 200 100 re S")
    assert sorted(rule.horizontal for rule in layer.rules) == [False, False, True, True] and not layer.fills


def test_filled_boxes_are_shades_unless_they_are_paper(tmp_path: Path) -> None:
    (fill,) = layer_of(tmp_path, b".8 g 100 600 200 100 re f 1 g 100 400 200 100 re f").fills
    assert isinstance(fill, Fill) and fill.color == (204, 204, 204)
    assert tuple(fill.box) == pytest.approx((100, 142, 300, 242), abs=0.01)


@pytest.mark.parametrize(
    "drawn", [CIRCLE, b"94 700 6 6 re f", b"94 700 9 9 re S"], ids=["bullet", "square", "tick box"]
)
def test_small_shapes_are_marks(tmp_path: Path, drawn: bytes) -> None:
    layer = layer_of(tmp_path, drawn)
    (mark,) = layer.marks or layer.unticked
    assert mark.left == pytest.approx(94, abs=0.01) and not layer.rules and not layer.fills


def test_paths_inside_forms_are_where_they_are_shown_and_turned_pages_are_turned_back(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, b"100 700 200 1 re f", rotate=90)
    (rule,) = layer.rules
    assert layer.turned == 90 and rule.horizontal and rule.at == pytest.approx(141.5, abs=0.01)
