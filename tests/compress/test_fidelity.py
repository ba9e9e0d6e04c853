from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.compress.fidelity import Difference, differences, fidelity, visible

TEXTS = st.lists(st.sampled_from(["a", "b\n", "c\r\n", "\n", "가나\t", "\u2028"]), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("truth", "read", "value"),
    [
        ("", "", 1.0),  # nothing lost
        ("abc", "", 0.0),  # nothing read
        ("", "abc", 0.0),  # all invented
        ("   \n", "", 1.0),  # white space alone is nothing
        ("a b\nc", "a  b c ", 1.0),  # runs, line ends and ends of the text don't count
        ("ab c", "abc", 0.75),  # but a space that is gone does: 1 edit in 4
        ("kitten", "sitting", 1 - 3 / 7),  # the textbook case; divided by the longer one
        ("abcd", "abcdabcd", 0.5),  # reading twice costs half
        ("한글", "한굴", 0.5),  # a syllable is one character
        ("é", "e\u0301", 0.0),  # code points, not glyphs: no normalisation
    ],
)
def test_fidelity(truth: str, read: str, value: float) -> None:
    assert fidelity(truth, read) == pytest.approx(value)


def test_a_wrong_character_is_shown_in_its_line() -> None:
    found = differences("one\ntwo 0\nthree\n", "one\ntwo O\nthree\n")
    assert found == [Difference(2, 1, "two 0\\n", "two O\\n")]


def test_lines_that_are_missing_are_one_place() -> None:
    text = "".join(f"line {i}\n" for i in range(9))
    (place,) = differences(text, "line 0\nline 1\n")
    assert (place.line, place.lines, place.read) == (3, 7, "")
    assert place.expected.startswith("line 2\\nline 3\\n")


def test_what_a_terminal_would_obey_is_written_out() -> None:
    assert visible("\x1b[2J\u202e\x07\u2028가") == "\\x1b[2J\\u202e\\x07\\u2028가"


@given(TEXTS, TEXTS)
def test_nothing_differs_only_between_equal_texts(expected: str, read: str) -> None:
    assert (differences(expected, read) == []) == (expected == read)
