"""What a line says, mended: symbols read twice.

Which lines say anything, and which are noise; words of a line by the places of its symbols.
"""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.imaging.pose import Pose, tilted, turned
from sokdok.pages.textlayer import Word
from sokdok.reading.nano.line_text import LineText, is_text, say_anything, text_line, with_spaces, without_doubles
from sokdok.reading.nano.text_detector import DetectedLine


@pytest.mark.parametrize(
    ("text", "places", "kept"),
    [
        ("З3 Б5", (6, 9, 19, 32, 46), (1, 2, 3, 4)),  # in two alphabets
        ("10O5", (6, 22, 24, 38), (0, 2, 3)),  # a letter and a digit
        ("a'”", (6, 22, 28), (0, 2)),
        ("립톡녹성", (10, 34, 37, 60), (0, 2, 3)),
        ("⑦②⑦유", (10, 13, 16, 40), (2, 3)),
        ("감▲소5", (10, 34, 37, 60), (0, 1, 3)),  # a sign counts before the syllable that it looks like
        ("1—–9", (6, 19, 29, 38), (0, 2, 3)),
        *((text, (6, 9.2), ()) for text in ("ll", "Да", "3a")),
        *(("a’’", places, ()) for places in ((6, 22, 30), (6, 22, 38))),  # two single ones, set for a double one
        *((text, (10, 20, 30, 40), ()) for text in ("녹색성장", "□□□□")),  # set to two fifths of their width
        *((text, tuple(13 * at for at in range(len(text))), ()) for text in ("1--9", "1——9", "- 9", "-9")),
    ],
)
def test_a_glyph_that_was_read_twice_is_the_likelier_one(text: str, places: tuple[float], kept: tuple[int]) -> None:
    whole = read(text, [*places], np.linspace(0.5, 0.9, len(places)).tolist())
    one, left = without_doubles(whole, em=25.0), [*kept] or [*range(len(text))]
    assert (one.text, one is whole) == ("".join(text[at] for at in left), not kept)
    assert [*one.places] == [*whole.places[left]] and [*one.probability] == [*whole.probability[left]]


def test_a_syllable_far_from_another_symbol_begins_or_ends_a_word() -> None:
    for text, *places in (("총무과 성명:", 8, 24, 40, 72, 88, 98), ("31개 부서", 4, 12, 24, 56, 72)):
        assert with_spaces(read(text.replace(" ", ""), places), em=16.0).text == text
    for text, *places in (("재직증명서", 8, 40, 72, 104, 136), ("성명:", 8, 60, 70), ("wegt", 4, 12, 34, 42), ("",)):
        assert with_spaces(read(text, places), em=16.0).text == text  # set apart evenly, or what lost a letter


def said(text: str, probability: float) -> LineText:
    return LineText(text, np.arange(len(text), dtype=np.float32), np.full(len(text), probability, np.float32))


def mark(x: float, y: float) -> DetectedLine:
    return DetectedLine((x, y), (x + 10, y), 12.0, "table", 0.9)


def test_signs_alone_must_be_surer_than_words_to_count_as_text() -> None:
    """Specks and the dots of worn leaders are read as signs."""
    assert is_text(said("no. 4", 0.5)) and is_text(said("○", 0.8))
    assert not is_text(said("* + • =", 0.5)) and not is_text(said("word", 0.3)) and not is_text(said("", 0.9))


def test_marks_of_one_row_or_column_need_not_be_as_sure() -> None:
    ring, cross, alone, speck, noise = said("○", 0.5), said("×", 0.45), said("○", 0.5), said("•", 0.5), said("○", 0.2)
    found = [mark(100, 50), mark(101, 90), mark(300, 400), mark(99, 130), mark(100, 170)]
    assert say_anything(found, [ring, cross, alone, speck, noise]) == [True, True, False, False, False]
    assert say_anything([mark(100, 50), mark(400, 52)], [ring, cross]) == [True, True]
    assert say_anything([], []) == []


LINE = DetectedLine((100, 50), (220, 50), 20, "text", 0.9)


def read(text: str, places: list[float] | list[int], probability: list[float] | None = None) -> LineText:
    return LineText(text, np.array(places), np.array(probability or [1.0] * len(text)))


def words_of(line: DetectedLine, said: LineText, pose: Pose | None = None) -> tuple[Word, ...]:
    return text_line(line, said, pose or turned((400, 200)), lambda word, _: float(word.mean())).words


def test_words_stand_between_the_spaces() -> None:
    first, second = words_of(LINE, read("ab cd", [10, 20, 40, 70, 100], [1, 0.5, 1, 0.25, 0.25]))
    assert (first.text, second.text) == ("ab", "cd")
    assert first.box.left == 100 and 120 < first.box.right < 140 < second.box.left < 170 and second.box.right == 220
    assert (first.confidence, second.confidence) == (0.75, 0.25)
    assert first.box.height == pytest.approx(20)


def test_words_of_a_line_that_climbs_stand_side_by_side_on_the_straight_page_alone() -> None:
    line = DetectedLine((0, 100), (200, 60), 20, "text", 0.9)
    first, second = words_of(line, read("a b", [20, 100, 180]))
    assert first.box.middle[1] > second.box.middle[1] + 25
    climbing = tilted(np.array([[1, 0.2, 0], [-0.2, 1, 0], [0, 0, np.hypot(1, 0.2)]]), (400, 200))
    first, second = words_of(line, read("a b", [20, 100, 180]), climbing)
    assert first.box.middle[1] == pytest.approx(second.box.middle[1])
    assert first.box.height == pytest.approx(first.em) == pytest.approx(20)
    assert second.box.right - first.box.left == pytest.approx(200 * np.hypot(1, 0.2))


def test_a_word_with_a_letter_that_cannot_be_read_is_not_right_and_nothing_read_is_no_word() -> None:
    assert words_of(LINE, read("", [])) == ()
    first, second = words_of(LINE, read("한(〓) b", [10, 20, 40, 50, 70, 100]))
    assert (first.text, first.confidence, second.confidence) == ("한(〓)", 0.0, 1.0)
