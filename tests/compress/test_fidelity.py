from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.compress.fidelity import compare, exact, fidelity, repeats, word_precision, words_right


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


@pytest.mark.parametrize(
    ("truth", "read", "value"),
    [
        ("", "", 1.0),
        (" ", "", 0.0),  # white space counts
        ("a\tb", "a b", 2 / 3),  # a tab is no space
        ("a\n\nb", "a\nb", 0.75),  # a lost blank line
    ],
)
def test_exact(truth: str, read: str, value: float) -> None:
    assert exact(truth, read) == pytest.approx(value)


@pytest.mark.parametrize(
    ("truth", "read", "precision", "right"),
    [
        ("", "", 1.0, 1.0),  # no words to find
        ("", "a b", 1.0, 1.0),  # invented words cost nothing here: that is what fidelity is for
        ("a b", "", 0.0, 0.0),
        ("a b c d", "d c b a", 1.0, 0.25),  # order counts in words_right only
        ("a a a b", "a b", 1.0, 0.5),  # so does every occurrence
        ("one two", "one, two", 0.5, 0.5),  # punctuation belongs to the word, as in Fox's tool
        ("a b c", "x a b y c z", 1.0, 1.0),  # words in between cost nothing
        ("뷁 쀍 켻", "뷁 쁽 켻", 2 / 3, 2 / 3),
    ],
)
def test_words(truth: str, read: str, precision: float, right: float) -> None:
    assert word_precision(truth, read) == pytest.approx(precision)
    assert words_right(truth, read) == pytest.approx(right)


@pytest.mark.parametrize(
    ("text", "looped"),
    [
        ("", False),
        ("a" * 59, False),  # too short to be sure
        ("read well until " + "a" * 60, True),
        ("it said: " + "and so on, " * 6, True),  # 66 characters of a phrase
        ("it said: " + "and so on, " * 3, False),  # emphasis is no loop
        ("x" * 80 + " and then the text goes on", False),  # only the end tells
        ("the end, then the blank rest of the page" + " " * 500, False),
        ("la " * 30 + " " * 10, True),
        ("| 0.0 | 0.1 |\n" * 3 + "| 0.2 | 0.3 |\n", False),  # a table
    ],
)
def test_repeats(text: str, looped: bool) -> None:
    assert repeats(text) is looped


@given(st.text(max_size=40), st.text(max_size=40))
def test_all_lie_between_nothing_and_everything(truth: str, read: str) -> None:
    numbers = vars(compare(truth, read)).values()
    assert all(0 <= number <= 1 for number in numbers)
    assert all(number == 1 for number in vars(compare(truth, truth)).values())
    assert fidelity(truth, read) == pytest.approx(fidelity(read, truth))
