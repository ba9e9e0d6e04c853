"""What a row of type shows."""

from __future__ import annotations

from sokdok.imaging.box import Box
from sokdok.layout.blocks import Row
from sokdok.layout.text_line import TextLine
from sokdok.layout.typeset.rows import SetRow, usual_pitch
from sokdok.pages.textlayer import Word

FRAME = Box(0, 200, 400, 400)


def row(top: float, frame: Box | None = None) -> SetRow:
    word = Word("words", Box(10, top, 390, top + 10), 10.0, top + 10)
    return SetRow(Row((TextLine(word.box, word.text, em=10.0, words=(word,), frame=frame),)))


def test_rows_in_a_frame_do_not_tell_how_far_those_of_the_text_are_from_each_other() -> None:
    text, code = [row(14.0 * at) for at in range(5)], [row(210 + 11.0 * at, FRAME) for at in range(9)]
    assert 14 <= usual_pitch([*text, *code], 10.0) < 15
    assert 11 <= usual_pitch(code, 10.0) < 12
