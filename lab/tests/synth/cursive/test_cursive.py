"""Joined handwriting: letters are known, curves go through their points, boxes lie where the ink is."""

from __future__ import annotations

import random
import string

import numpy as np
import pytest

from sokdok_lab.synth.cursive.maker import LENGTHS, LINES, CursiveMaker, Pen, draw
from sokdok_lab.synth.cursive.writer import BOTTOM, PAIRS, SIDE, STEP, Form, Writer, forms, jamo, syllable, through
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.pages.words import Words as MadeUp

SEEDS = range(30)


@pytest.fixture(scope="module")
def pages() -> list[SyntheticPage]:
    maker = CursiveMaker(MadeUp(), {"en": 1.0})
    return [maker.page(seed) for seed in SEEDS]


def test_letters_digits_and_the_commonest_marks_have_forms() -> None:
    assert set(string.ascii_letters + string.digits + ".,;:-'\"!?()&$") <= set(forms())


def test_lines_are_as_long_as_asked(pages: list[SyntheticPage]) -> None:
    lines = [line for page in pages for line in page.text.splitlines()]
    assert max(len(page.text.splitlines()) for page in pages) <= max(LINES)
    assert max(map(len, lines)) <= max(LENGTHS)
    assert all(line == " ".join(line.split()) for line in lines)


def test_ink_lies_in_the_boxes_of_letters_and_not_in_those_of_spaces() -> None:
    """Without wear: of an upright writer, as others lean out of their boxes."""
    writer, rng = Writer(random.Random(5)), random.Random(5)
    writer.habits.slant = 0.0
    written = writer.word("minimum")
    curves = [np.array([2, 3]) + curve * (1, -1) for curve in written.curves]
    ink = draw(curves, Pen(rng), (100, round(20 * (written.width + 4))), 20)
    edges = [round(20 * (start + 2)) for start in [*written.starts, written.width]]
    for begin, end in zip(edges[:-1], edges[1:], strict=True):
        assert ink[35:62, begin:end].max() > 128, "between baseline and the height of an x"
    assert ink[:, : edges[0] - 20].max() == 0


def test_unknown_characters_are_left_out() -> None:
    class Chinese:
        def sample(self, kind: str, length: int, rng: random.Random) -> str:
            return "漢字 read 漢 read " * length

    page = CursiveMaker(Chinese(), {"en": 1}).page(1)
    assert set(page.text.split()) == {"read"}


def test_a_curve_goes_through_its_points_in_small_steps() -> None:
    points = np.array([[0, 0], [0.4, 1], [0.4, 0.1], [1.5, 0]])
    curve = through(points)
    assert all(np.linalg.norm(curve - point, axis=1).min() < 1e-9 for point in points)
    assert np.linalg.norm(np.diff(curve, axis=0), axis=1).max() < 3 * STEP
    assert len(through(points[:2])) >= 3


def test_a_pointed_pen_is_wide_and_dark_where_it_goes_down() -> None:
    pen = Pen(random.Random(1))
    pen.thin, pen.thick, pen.nib, pen.faint = 0.1, 0.3, None, 0.5
    widths, tones = pen.strokes(np.array([[0.0, -1.0], [0.0, 1.0], [1.0, 0.0]]))
    assert widths == pytest.approx([0.3, 0.1, 0.1]) and tones == pytest.approx([1, 0.5, 0.5])


# --- Hangul ---


def composed(char: str, flow: float = 0.0) -> Form:
    return syllable(char, lambda letter: forms()[letter][0], flow, random.Random(1))


def test_syllables_come_apart_into_letters_that_all_have_forms() -> None:
    assert [jamo(char) for char in "뷁쓰의값"] == [["ㅂ", "ㅞ", "ㄺ"], ["ㅆ", "ㅡ"], ["ㅇ", "ㅢ"], ["ㄱ", "ㅏ", "ㅄ"]]
    letters = {letter for code in range(ord("가"), ord("힣") + 1) for letter in jamo(chr(code))}
    assert len(letters) == 51 and {part for letter in letters for part in PAIRS.get(letter, letter)} - set(
        "ㅘㅙㅚㅝㅞㅟㅢ"
    ) <= set(forms())


@pytest.mark.parametrize("char", [chr(code) for code in range(ord("가"), ord("힣") + 1, 97)])
def test_a_syllable_stays_in_its_square(char: str) -> None:
    points = np.concatenate(composed(char).strokes)
    assert -0.1 < points[:, 0].min() < points[:, 0].max() < 1.1 * SIDE
    assert BOTTOM - 0.1 < points[:, 1].min() < points[:, 1].max() < SIDE * 1.15 + BOTTOM


def test_a_final_consonant_lies_below_what_it_closes() -> None:
    """The last strokes of 악 are its ㄱ, all others higher."""
    *above, final = composed("악").strokes
    assert final[:, 1].max() < min(stroke[:, 1].min() for stroke in above) + 0.1


def test_vowels_stand_beside_or_below() -> None:
    consonant, *beside = composed("시").strokes[:1], composed("시").strokes[-1]
    assert beside[0][:, 0].min() > max(stroke[:, 0].max() for stroke in consonant)
    *_, below = composed("스").strokes
    assert below[:, 1].max() < min(stroke[:, 1].min() for stroke in composed("스").strokes[:-1])


def test_a_korean_writer_writes_syllables_and_latin() -> None:
    writer = Writer(random.Random(3), korean=True)
    written = writer.word("속독AI")
    assert len(written.starts) == 4 and np.all(np.diff(written.starts) > 0)
    assert abs(writer.habits.slant) < 0.6
