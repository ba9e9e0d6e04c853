"""The layout of a text layer: columns in reading order, whatever the order of the file; rows of tables."""

from __future__ import annotations

from pathlib import Path

from fakes.pdf import Text, layer_of, write_pdf
from sokdok.layout.text_layer import analyse_layer, layer_lines

LEFT = [
    "Reading begins at the upper left", "and goes down the whole column", "before the eye turns to the", "right side",
    "of the sheet, as people do.", "This line ends the left column.",
]  # fmt: skip
RIGHT = [
    "Here the second column starts,", "which a naive reader mixes with", "the first, line after line, until",
    "nothing of it can be understood", "by anyone at all. That is all.",
]  # fmt: skip


def column(lines: list[str], x: float, top: float, pitch: float = 14) -> list[Text]:
    return [Text(x, top + pitch * i, line) for i, line in enumerate(lines)]


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    title = Text(100, 60, "A title that reaches over both of the columns of text below it", 14)
    page = [title, *column(RIGHT, 310, 100), *column(LEFT, 60, 100)]  # drawn in the wrong order
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [page]))
    assert "\n".join(block.text for block in analyse_layer(layer)[0]).split("\n") == [title.text, *LEFT, *RIGHT]
    assert {(line.source, line.confidence, line.turned) for line in layer_lines(layer)} == {("layer", 1.0, 0.0)}
    left = [block for block in analyse_layer(layer)[0] if block.box.right < 300]
    assert [row.text for block in left for row in block.rows] == LEFT


def test_drawn_boxes_say_whether_they_are_ticked(tmp_path: Path) -> None:
    squares = [b"60 %g 9 9 re S" % (842 - 101 - 30 * row) for row in range(4)]
    names = [Text(74, 100 + 30 * row, f"Choice {row}") for row in range(4)]
    page = [*squares, b"62 743 m 67 748 l 62 748 m 67 743 l S", Text(61, 160, "X", 9), Text(61, 190, "F", 9), *names]
    lines = layer_lines(layer_of(write_pdf(tmp_path / "a.pdf", [page])))
    assert [line.text for line in lines] == ["F", "[x] Choice 0", "[ ] Choice 1", "[x] Choice 2", "Choice 3"]


def test_large_boxes_are_ticked_wherever_they_stand_in_a_line(tmp_path: Path) -> None:
    boxes = b"80 734 20 20 re S 150 734 20 20 re S 60 671 m 84 671 l 84 695 l 60 695 l h 61 672 22 22 re f*"
    words = [Text(60, 100, "Sex"), Text(104, 100, "m"), Text(156, 100, "X"), Text(174, 100, "f"), Text(90, 156, "Yes")]
    page = [boxes, *words]
    lines = [line.text for line in layer_lines(layer_of(write_pdf(tmp_path / "a.pdf", [page])))]
    assert sorted(lines) == ["Sex", "[ ] Yes", "[ ] m", "[x] f"]


def test_letters_in_boxes_side_by_side_are_a_word_unless_they_count_on(tmp_path: Path) -> None:
    page: list[Text | bytes] = []
    combs = [("HOLMES", 8, 14, 3), ("OXFORD", 6, 16, 0), ("0601", 4, 12, 0), ("12345", 5, 16, 0)]
    for row, (word, count, side, gap) in enumerate(combs):
        places = [60 + (side + gap) * at for at in range(count)]
        page += [b"%d %d %d %d re S" % (x, 740 - 40 * row, side, side) for x in places]
        page += [Text(x + 4, 98 + 40 * row, char, 9) for x, char in zip(places, word, strict=False)]
    page += [b"60 580 80 18 re " + b" ".join(b"%d 580 m %d 598 l" % (x, x) for x in range(80, 140, 20)) + b" S"]
    page += [Text(66 + 20 * at, 257, char, 9) for at, char in enumerate("KY")]
    texts = [line.text for line in layer_lines(layer_of(write_pdf(tmp_path / "a.pdf", [page])))]
    assert texts == ["HOLMES", "OXFORD", "0601", "1 2 3 4 5", "KY"]


def test_boxes_and_buttons_of_browsers_are_told_from_bullets(tmp_path: Path) -> None:
    square = b"2 0 m 7 0 l 9 0 9 0 9 2 c 9 7 l 9 9 9 9 7 9 c 2 9 l 0 9 0 9 0 7 c 0 2 l 0 0 0 0 2 0 c h"
    disc = b"9 4.5 m 9 7 7 9 4.5 9 c 2 9 0 7 0 4.5 c 0 2 2 0 4.5 0 c 7 0 9 2 9 4.5 c h"
    box, ring = b"1 g %s f " % square, b"1 g q 1.1 0 0 1.1 -.45 -.45 cm %s f Q %s S " % (disc, disc)
    tick, dot = b"0 0 1 rg %s f 1 G 2 5 m 4 3 l 8 7 l S" % square, b"0 g .6 0 0 .6 1.8 1.8 cm %s f" % disc
    bullets = [*(b".5 0 0 .5 2 2 cm %s %s" % (disc, how) for how in (b"f", b"S")), b"0 0 6 6 re f"]
    paths = [box + tick, box + b"%s S" % square, b"0 0 9 9 re 1 1 7 7 re f*", box + tick, ring, ring + dot, *bullets]
    page = [b"q 1 0 0 1 60 %d cm %s Q" % (742 - 30 * at, path) for at, path in enumerate(paths)]
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[*page, *column(["Choice"] * len(paths), 74, 100, 30)]]))
    signs = [line.text.removesuffix(" Choice") for line in layer_lines(layer)]
    drawn = [*layer.rules, *layer.fills, *layer.other_ink[2:]]  # two ticks may be letters
    assert signs + drawn == ["[x]", "[ ]", "[ ]", "[x]", "( )", "(x)", *"•••"]


def test_boxes_of_a_form_stand_before_their_labels_and_once(tmp_path: Path) -> None:
    box = b"/Subtype /Widget /T (f%d) /FT /Btn /Rect [60 %g 74 %g] /AS /%b /AP << /N << /On 5 0 R /Off 5 0 R >> >>"
    boxes = [box % (at, 738 - 30 * at, 752 - 30 * at, state) for at, state in enumerate((b"On", b"Off"))]
    drawn = [b"60 738 14 14 re S 67 745 m 72 750 l S", Text(82, 100, "Married"), Text(82, 130, "Single")]
    lines = layer_lines(layer_of(write_pdf(tmp_path / "a.pdf", [drawn], annotations=boxes)))
    assert [line.text for line in lines] == ["[x] Married", "[ ] Single"]


def test_dates_are_no_marks_of_items(tmp_path: Path) -> None:
    def kinds(marks: list[str]) -> list[str]:
        lines = [f"{mark} Spring cleaning of the paths" for mark in marks]
        page = [Text(60, 60, "What we do", 14), *column(LEFT, 60, 90), *column(lines, 60, 190), *column(RIGHT, 60, 270)]
        blocks, _ = analyse_layer(layer_of(write_pdf(tmp_path / "a.pdf", [page])))
        return [block.kind for block in blocks if "Spring" in block.text]

    assert kinds(["1. 12. 2.", "2.", "3."]) == ["list"] * 3
    assert set(kinds(["3. 1.", "3. 15.", "3. 20."])) == set(kinds(["2026. 3. 1.", "2026. 3. 9."])) == {"text"}


def test_a_large_letter_begins_the_first_of_the_lines_beside_it(tmp_path: Path) -> None:
    for cap, begins, first in (("N", "orthbank has grown", "Northbank has grown"), ("A", "note of it", "A note of it")):
        beside = [*column([begins, "for six quarters in a row"], 86, 100), Text(60, 128, "and no more.")]
        layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(60, 114, cap, 30), *beside]]))
        assert [line.text for line in layer_lines(layer)][0] == first
        assert sorted(" ".join(block.text for block in analyse_layer(layer)[0]).split()) == sorted(
            f"{first} for six quarters in a row and no more.".split()
        )
