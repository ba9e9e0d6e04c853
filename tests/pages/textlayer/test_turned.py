"""Text at any angle comes out as words along its own line, and letters below each other as one word."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from fakes.pdf import Text, blocks_of, layer_of, write_pdf

BODY: list[Text | bytes] = [
    Text(120, 100 + 14 * row, "Some ordinary text of the page that goes on", 10) for row in range(6)
]


def turned(angle: float, x: float, y: float, text: str, size: float = 12) -> bytes:
    """Operators for a line turned clockwise; x, y are points from the bottom left."""
    cos, sin = math.cos(math.radians(angle)), -math.sin(math.radians(angle))
    return b"BT /F1 %g Tf %f %f %f %f %g %g Tm (%s) Tj ET" % (size, cos, sin, -sin, cos, x, y, text.encode())


@pytest.mark.parametrize("angle", [10, 45, 90, 135, 180, 270, 342])
def test_a_turned_line_is_words_along_its_own_line(tmp_path: Path, angle: int) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[*BODY, turned(angle, 300, 300, "Not to be taken away")]]))
    (piece,) = [piece for piece in layer.pieces if piece.turned]
    assert piece.turned == angle and [word.text for word in piece.words] == ["Not", "to", "be", "taken", "away"]
    first, last = piece.words[0].box.middle, piece.words[-1].box.middle
    runs = math.degrees(math.atan2(last[1] - first[1], last[0] - first[0]))
    assert abs((runs - angle + 180) % 360 - 180) < 4


@pytest.mark.parametrize("angle", [18, 90, 270])
def test_turned_lines_are_read_in_their_own_order(tmp_path: Path, angle: int) -> None:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    lines = [
        turned(angle, 300 - 14 * row * sin, 300 - 14 * row * cos, text)
        for row, text in enumerate(("A note that goes", "on below itself"))
    ]
    *_, note = blocks_of(tmp_path, [*BODY, *reversed(lines)])
    assert note.text == "A note that goes\non below itself"


def test_letters_below_each_other_are_a_word(tmp_path: Path) -> None:
    column: list[Text | bytes] = [Text(500, 300 + 16 * row, letter, 14) for row, letter in enumerate("UPRIGHT")]
    assert [block.text for block in blocks_of(tmp_path, [*BODY, *column])][-1] == "UPRIGHT"


def test_letters_that_have_rows_of_their_own_stay_there(tmp_path: Path) -> None:
    rows: list[Text | bytes] = [Text(100, 300 + 16 * row, letter, 12) for row, letter in enumerate("abcd")]
    rows += [Text(112, 300 + 16 * row, "of its row", 12) for row in range(4)]
    assert not any(piece.turned for piece in layer_of(write_pdf(tmp_path / "a.pdf", [rows])).pieces)


def test_type_in_a_mirror_is_not_upside_down(tmp_path: Path) -> None:
    mirrored = b"BT /F1 12 Tf -1 0 0 1 300 100 Tm (E) Tj ET"
    assert [piece.turned for piece in layer_of(write_pdf(tmp_path / "a.pdf", [[*BODY, mirrored]])).pieces] == [0] * 7
