"""Typesetting: where lines break, how they are aligned, what is kept of the text."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.typeset import TextStyle, emphasise, set_notes, set_text


@pytest.fixture(scope="module")
def style(book: FontBook) -> TextStyle:
    """At 20 px a letter is 10 px wide and a syllable 20."""
    regular = book.families["Plain"].style("regular")
    return TextStyle(regular, book.families["Hangul"].style("regular"), size=20)


def lines_of(text: str, style: TextStyle, width: float) -> list[str]:
    return [line.text for line in set_text(text, style, width, random.Random(1))]


def test_lines_break_at_spaces_where_the_width_ends(style: TextStyle) -> None:
    assert lines_of("aa bb cc dd", style, 51) == ["aa bb", "cc dd"]
    assert lines_of("aa bb cc dd", style, 79) == ["aa bb", "cc dd"]
    assert lines_of("aa bb cc dd", style, 81) == ["aa bb cc", "dd"]


def test_a_word_longer_than_a_line_is_broken(style: TextStyle) -> None:
    assert lines_of("abcdefgh", style, 31) == ["abc", "def", "gh"]


def test_hangul_breaks_between_syllables_if_asked(style: TextStyle) -> None:
    text = "가나다라 마바"
    assert lines_of(text, style, 111) == ["가나다라", "마바"]
    assert lines_of(text, replace(style, break_hangul=True), 111) == ["가나다라 마", "바"]


def test_justified_lines_end_at_the_margin_but_the_last_does_not(style: TextStyle) -> None:
    lines = set_text("aa bb cc dd ee", replace(style, align="justify"), 88, random.Random(1))
    assert [line.text for line in lines] == ["aa bb cc", "dd ee"]
    assert lines[0].end == pytest.approx(88, abs=0.1)
    assert lines[1].end == pytest.approx(50, abs=0.2)


def test_alignment_moves_a_line(style: TextStyle) -> None:
    (centered,) = set_text("aa", replace(style, align="center"), 60, random.Random(1))
    (right,) = set_text("aa", replace(style, align="right"), 60, random.Random(1))
    assert (centered.x[0], right.x[0]) == pytest.approx((20, 40), abs=0.1)


def test_the_first_line_is_indented_and_the_others_hang(style: TextStyle) -> None:
    lines = set_text("aa bb cc", replace(style, indent=30, hanging=10), 51, random.Random(1))
    assert [float(line.x[0]) for line in lines] == [30, 10, 10]


def test_hyphens_are_part_of_the_text(style: TextStyle) -> None:
    lines = lines_of("a abcdefghijklmnop", replace(style, hyphenate=True), 120)
    assert lines[0].endswith("-") and len(lines[0]) <= 12
    assert "".join(lines).replace("-", "") == "a abcdefghijklmnop"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text("abc가나", min_size=1, max_size=9), min_size=1, max_size=30), st.integers(25, 200))
def test_no_character_is_lost_and_none_sticks_out(style: TextStyle, words: list[str], width: int) -> None:
    lines = set_text(" ".join(words), style, width, random.Random(1))
    assert "".join(line.text for line in lines).replace(" ", "") == "".join(words)
    for line in lines:
        assert line.end <= width + 0.1
        assert np.allclose(np.diff(line.x), line.advances[:-1])


def test_a_space_is_as_wide_as_asked(style: TextStyle) -> None:
    (line,), (wide,) = (
        set_text("a b", each, 500, random.Random(1)) for each in (style, replace(style, word_space=2.0))
    )
    assert wide.advances[1] == pytest.approx(2 * line.advances[1])
    assert wide.advances[0] == line.advances[0] and wide.x[2] > line.x[2]


def test_words_stand_out_in_another_style_and_what_follows_moves_along(style: TextStyle) -> None:
    (line,) = set_text("aa bb cc", style, 500, random.Random(1))
    wide = replace(style, tracking=0.5)
    changed = line.emphasised(3, 5, wide)
    assert np.allclose(np.diff(changed.x), changed.advances[:-1]) and changed.end == line.end + 2 * 10
    assert changed.faces()[3:5] == wide.faces("bb") and changed.faces()[5:] == style.faces(" cc")
    spans = {emphasise(line, wide, random.Random(seed)).emphasis[0][:2] for seed in range(40)}
    assert all(line.text[start:stop] == line.text[start:stop].strip() for start, stop in spans)
    assert {(0, 2), (0, 8), (3, 5)} <= spans


def test_marks_of_notes_are_small_and_raised_or_lowered_and_leave_the_text(style: TextStyle) -> None:
    (line,) = set_text("aa12 bb.3) c4d e*", style, 500, random.Random(1))
    sets = [set_notes(line, random.Random(seed)) for seed in range(40)]
    assert all(noted.text == line.text and noted.end < line.end for noted in sets)
    rises = {tuple(np.sign(noted.rises())) for noted in sets}
    raised = tuple(int(char in "123)*") for char in line.text)
    lowered = tuple(-int(char in "124") for char in line.text)
    assert rises == {raised, lowered}
    assert all(0 < style.size < 20 for noted in sets for *_, style in noted.emphasis)
