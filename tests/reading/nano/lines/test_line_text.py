"""What a line says, mended: symbols read twice, spaces that were not read."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.reading.nano.lines.line_text import LineText, spaced_by_paper, spaced_by_pitch, without_doubles


def read_at(text: str, *places: float) -> LineText:
    return LineText(text, np.array(places, np.float32), np.linspace(0.5, 0.9, len(places), dtype=np.float32))


def test_symbols_that_stand_far_apart_are_of_two_words() -> None:
    read = spaced_by_pitch(read_at("대리작성 일", 280, 304, 372, 396, 420, 460), em=27.6)
    assert read.text == "대리 작성 일" and read.places.tolist() == [280, 304, 338, 372, 396, 420, 460]
    assert read.probability.tolist() == pytest.approx([0.5, 0.58, 0.58, 0.66, 0.74, 0.82, 0.9])


@pytest.mark.parametrize(
    "read",
    [
        read_at("보고서를", 10, 70, 130, 190),  # spaced letters
        read_at("한국어 글", 10, 35, 60, 95, 130),
        read_at("1,000", 5, 14, 22, 36, 50),
        read_at("「보험법」제2조", 10, 35, 60, 85, 110, 170, 190, 210),
        read_at("가", 5),
        read_at(""),
    ],
)
def test_symbols_of_one_word_stay_together(read: LineText) -> None:
    assert spaced_by_pitch(read, em=27.0) is read


def test_one_glyph_that_was_read_in_two_alphabets_is_one_symbol() -> None:
    read = without_doubles(read_at("З3 Б5", 4, 6, 12, 20, 29), em=15.7)
    assert read.text == "3 Б5" and read.places.tolist() == [6, 12, 20, 29]
    assert read.probability.tolist() == pytest.approx([0.6, 0.7, 0.8, 0.9])
    for text in ("ll", "Да", "3a"):
        whole = read_at(text, 4, 6)
        assert without_doubles(whole, em=15.7) is whole


def test_one_quotation_mark_that_was_read_twice_is_one_symbol() -> None:
    assert without_doubles(read_at("a'”", 4, 14, 18), em=15.7).text == "a”"  # the likelier
    for places in ((4, 14, 19), (4, 14, 24)):  # two single ones, set for a double one
        whole = read_at("a’’", *places)
        assert without_doubles(whole, em=15.7) is whole


def test_one_syllable_that_was_read_as_several_is_one() -> None:
    assert without_doubles(read_at("립톡녹성", 10, 34, 37, 60), em=25.0).text == "립녹성"  # the likelier
    narrow = read_at("녹색성장", 10, 20, 30, 40)  # set to two fifths of its width
    assert without_doubles(narrow, em=25.0) is narrow


def ink_of(text: str, space: int) -> tuple[np.ndarray, np.ndarray]:
    """The ink of a line of strokes 6 pixels wide and 2 apart, `_` for paper that is `space` wide; their middles."""
    columns: list[int] = []
    middles = []
    for char in text:
        if char != "_":
            middles.append(len(columns) + 3.0)
            columns += [255] * 6 + [0] * 2
        else:
            columns += [0] * space
    return np.tile(np.array(columns, np.uint8), (32, 1)), np.array(middles, np.float32)


def test_paper_as_wide_as_at_the_spaces_of_a_line_is_one() -> None:
    ink, at = ink_of("ab_cd_ef_g._H[_1_]", 10)
    middles = np.insert(at, (2, 4, 6), [21, 47, 73]).astype(np.float32)
    read = LineText("ab cd ef g.H[1]", middles, np.full(len(middles), 0.9, np.float32))
    more = spaced_by_paper(read, ink, middles)
    assert more.text == "ab cd ef g. H[1]" and len(more.places) == len(more.probability) == len(more.text)
    assert list(more.places) == sorted(more.places)


def test_where_paper_tells_no_space_none_is_put() -> None:
    ink, at = ink_of("ab_cd_ef_gh._.k", 10)
    middles = np.insert(at, (2, 4, 6), [21, 47, 73]).astype(np.float32)
    leaders = LineText("ab cd ef gh..k", middles, np.full(len(middles), 0.9, np.float32))
    assert spaced_by_paper(leaders, ink, middles) is leaders  # between two dots
    ink, at = ink_of("ab_cd", 10)
    lone = LineText("abcd", at, np.full(4, 0.9, np.float32))
    assert spaced_by_paper(lone, ink, at) is lone  # nothing tells how wide a space is
    blank = np.zeros_like(ink)
    assert (
        spaced_by_paper(leaders, np.zeros((32, 100), np.uint8), middles) is leaders
        and spaced_by_paper(lone, blank, at) is lone
    )


def test_one_dash_that_was_read_twice_is_one_symbol() -> None:
    assert without_doubles(read_at("1—–9", 4, 12, 18, 24), em=15.7).text == "1–9"  # the likelier
    for text in ("1--9", "1——9", "- 9", "-9"):
        whole = read_at(text, *(8.0 * at for at in range(len(text))))
        assert without_doubles(whole, em=15.7) is whole
