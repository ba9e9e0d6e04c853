"""Paths of a PDF: thin rectangles and straight strokes are rules, filled boxes are shades, small shapes marks.

A line is told if and only if a person can see it: by PDFium's own picture of the page, with and without the line.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.fuzz import partial_ratio

import sokdok
from fakes import pdf
from fakes.pdf import Text, write_pdf
from fakes.sight import SEEN, UNSEEN, Drawing, words_of, write_sheets
from sokdok.imaging.box import Box
from sokdok.pages.textlayer import Rule, TextLayer
from sokdok.pages.textlayer.paths import Paths, find_drawings


def layer_of(tmp_path: Path, drawn: bytes, rotate: int = 0) -> TextLayer:
    return pdf.layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "Words"), drawn]], rotate=rotate))


@pytest.mark.parametrize(
    ("drawn", "rule"),
    [
        (b"100 700 200 1 re f", Rule(True, 141.5, 100, 300, 1)),
        (b"q 200 0 0 1 100 700 cm BI /W 1 /H 1 /BPC 1 /IM true ID \0 EI Q", Rule(True, 141.5, 100, 300, 1)),
        (b"2 w 100 700 m 300 700 l S", Rule(True, 142, 100, 300, 2)),
        (b"100 700 m 100 600 l 101 601 l 101 699 l f", Rule(False, 100.5, 142, 242, 1)),
        (b"1 0 0 RG 2 w 100 700 m 100 600 l S", Rule(False, 100, 142, 242, 2)),
        (b"q .5 0 0 .5 0 0 cm 4 w 200 1400 m 600 1400 l S Q", Rule(True, 142, 100, 300, 2)),
    ],
)
def test_thin_things_are_rules(tmp_path: Path, drawn: bytes, rule: Rule) -> None:
    (found,) = layer_of(tmp_path, drawn).rules
    assert found.horizontal == rule.horizontal
    sides = [rule.at, rule.start, rule.end, rule.width]
    assert [found.at, found.start, found.end, found.width] == pytest.approx(sides, abs=0.01)


def test_stroked_boxes_are_four_rules_and_filled_ones_shades_unless_they_are_paper(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, b"1 w 100 200 200 100 re S .8 g 100 600 200 100 re f 1 g 100 400 200 100 re f")
    assert sorted(rule.horizontal for rule in layer.rules) == [False, False, True, True]
    (fill,) = layer.fills
    assert tuple(fill) == pytest.approx((100, 142, 300, 242), abs=0.01)


def test_paths_inside_forms_are_where_they_are_shown_and_turned_pages_are_turned_back(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, b"100 700 200 1 re f", rotate=90)
    (rule,) = layer.rules
    assert layer.turned == 90 and rule.horizontal and rule.at == pytest.approx(141.5, abs=0.01)


def test_a_map_of_many_drawings_is_not_looked_through_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, middle = list[Box](), Box.middle.fget
    monkeypatch.setattr(Box, "middle", property(lambda box: looks.append(box) or middle(box)))
    places = [(100.0 * (at % 30), 100.0 * (at // 30)) for at in range(300)]
    rings = [Box(x + step, y, x + step + 40, y + 40) for x, y in places for step in range(5)]
    assert len(find_drawings(Paths(drawn=rings), 3000, 1000)) == 300 and len(looks) < 4 * len(rings)


def test_a_long_line_reaches_as_far_as_its_points_however_sharply_it_turns(tmp_path: Path) -> None:
    zigzag = b" ".join(b"%g %d l" % (100 + 0.2 * at, 300 + at % 2 * 100) for at in range(1, 1000))
    (drawing,) = layer_of(tmp_path, b"2 w 100 300 m %s S" % zigzag).drawings
    assert tuple(drawing) == pytest.approx((100, 442, 299.8, 542), abs=0.1)


CONTRAST = 1.1
"""of luminances, lighter to darker (WCAG 2): yellow on white has 1.07; the palest type that is legible more than 1.2"""
PIXELS = 20  # of 144 dpi that a line changes if it can be seen
LIKENESS = 85  # of 100, of words that were read and those that are there


def _luminances(path: Path) -> list[np.ndarray]:
    from pypdfium2 import PdfDocument

    document = PdfDocument(path)
    document.init_forms()
    pages = [np.asarray(page.render(scale=2).to_pil().convert("RGB")) for page in document]
    document.close()
    linear = np.array([v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.arange(256) / 255])
    return [linear[page] @ np.array([0.2126, 0.7152, 0.0722]) for page in pages]


def can_be_seen(folder: Path, drawings: Mapping[str, Drawing]) -> dict[str, bool]:
    """Of each drawing, whether a person sees its words."""
    shown = _luminances(write_sheets(folder / "with.pdf", drawings))
    empty = _luminances(write_sheets(folder / "without.pdf", drawings, shown=False))
    contrast = [
        (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)
        for one, other in zip(shown, empty, strict=True)
    ]
    return {name: bool((there > CONTRAST).sum() >= PIXELS) for name, there in zip(drawings, contrast, strict=True)}


def are_told(folder: Path, drawings: Mapping[str, Drawing]) -> dict[str, bool]:
    """Of each drawing, whether its words are on its page of the document."""
    document = sokdok.convert(write_sheets(folder / "a.pdf", drawings))
    texts = [" ".join(f"{block.text} {block.html or ''}" for block in page.blocks) for page in document.pages]
    told = [partial_ratio(words_of(at), text.casefold()) >= LIKENESS for at, text in enumerate(texts)]
    return dict(zip(drawings, told, strict=True))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    return are_told(tmp_path_factory.mktemp("seen"), SEEN) | are_told(tmp_path_factory.mktemp("unseen"), UNSEEN)


def test_the_drawings_show_and_hide_what_they_say(tmp_path: Path) -> None:
    assert {name for name, seen in can_be_seen(tmp_path, SEEN).items() if not seen} == set()
    assert {name for name, seen in can_be_seen(tmp_path, UNSEEN).items() if seen} == set()


@pytest.mark.parametrize("name", [*SEEN, *UNSEEN])
def test_what_can_be_seen_is_told_and_nothing_else(name: str, told: dict[str, bool]) -> None:
    assert told[name] is (name in SEEN)


PAGE = [Text(60, 100, "Rent of old joy, 10 won", 20)]


def struck(tmp_path: Path, drawn: bytes = b"", **more: list[bytes]) -> tuple[str, dict[str, Box], int]:
    """The words of a page that are struck out, where each of its words is, and how many rules and shades there are."""
    layer = pdf.layer_of(write_pdf(tmp_path / "a.pdf", [[b".8 G .8 g %s 0 g" % drawn, *PAGE]], **more))
    words = [word for piece in layer.pieces for word in piece.words]
    assert [word.text for word in words] == PAGE[0].text.split()
    through = " ".join(word.text for word in words if word.struck)
    return through, {word.text: word.box for word in words}, len(layer.rules) + len(layer.fills)


HIGH, LOW = [(0.2, 0.05, 0), (0.4, 0.1, 0), (0.3, 0.2, 0.25)], [(-0.1, 0.05, 0), (0, 0.08, 0)]
OTHERS = [*LOW, (0.85, 0.05, 0), (0.3, 0.05, 8), (0.3, 0.9, 0)]  # over, of a grid, of a marker
"""how high lines are, how thick, and how far beyond the last word they go, in em"""


@pytest.mark.parametrize("stroked", [True, False])
@pytest.mark.parametrize("line", [*HIGH, *OTHERS])
def test_what_a_line_goes_through_is_struck_out(
    tmp_path: Path, line: tuple[float, float, float], stroked: bool
) -> None:
    boxes, (up, thick, more) = struck(tmp_path)[1], line
    left, right, y = boxes["old"].left, boxes["joy,"].right + 20 * more, 742 + 20 * up
    drawn = b"%f w %f %f m %f %f l S" % (20 * thick, left, y, right, y)
    area = b"%f %f %f %f re f" % (left, y - 10 * thick, right - left, 20 * thick)
    found = struck(tmp_path, drawn if stroked else area)
    assert found[::2] == (("old joy,", 0) if line in HIGH else ("", 1))


def test_a_note_of_a_reviewer_strikes_out(tmp_path: Path) -> None:
    left, top, right, bottom = struck(tmp_path)[1]["old"]
    upper, lower = 842 - top, 842 - bottom
    note = b"/Type /Annot /Subtype /StrikeOut /Rect [%f %f %f %f] /C [1 0 0] " % (left, lower, right, upper)
    note += b"/QuadPoints [%f %f %f %f %f %f %f %f]" % (left, upper, right, upper, left, lower, right, lower)
    assert struck(tmp_path, annotations=[note])[0] == "old"
