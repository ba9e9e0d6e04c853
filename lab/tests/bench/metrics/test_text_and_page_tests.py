from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.compress.fidelity import fidelity
from sokdok_lab.bench.metrics.page_tests import run_test
from sokdok_lab.bench.metrics.text import bigram_f1, cer, letters_right, word_recall, words_right


@pytest.mark.parametrize(
    ("truth", "read", "errors", "letters"),
    [
        ("", "", 0.0, 1.0),
        ("", "a", 1.0, 0.0),
        ("abcd", "", 1.0, 0.0),
        ("abcd", "abxd", 0.25, 0.75),
        ("ab  cd\n", "ab cd", 0.0, 1.0),
        ("Ab, cd!", "ab cd", 3 / 7, 1.0),  # case, comma, mark: letters and digits alone are right
        ("ab", "abcdef", 2.0, 0.0),  # an error rate can exceed 1, its complement not fall below 0
        ("한글 1", "한굴 1", 1 / 4, 2 / 3),
    ],
)
def test_character_errors_by_hand(truth: str, read: str, errors: float, letters: float) -> None:
    assert cer(truth, read) == pytest.approx(errors)
    assert letters_right(truth, read) == pytest.approx(letters)


def test_bigrams_do_not_see_the_order_of_blocks() -> None:
    assert bigram_f1("가나다 라마바", "라마바 가나다") == pytest.approx(4 / 5)  # the seam alone differs, one in five
    assert bigram_f1("가나다", "다나가") == 0.0
    assert bigram_f1("", "") == bigram_f1("a", "b") == 1.0


PAGE = (
    "# The *Vision*\n\nFirst part — “quoted”.\n\nSecond part. <b>cafe\u0301</b><br>of 5 \u00b5m\n\n"
    "| Name | 2019 |\n|---|---|\n| Rent | 1,136 |\n\n"
    '<table><tr><td></td><td colspan="2">Year Ended</td></tr>'
    "<tr><td>Research</td><td>2,532</td><td>680</td></tr></table>"
)


@pytest.mark.parametrize(
    ("test", "passed"),
    [
        ({"type": "present", "text": "The Vision"}, True),
        ({"type": "present", "text": "the vision"}, False),
        ({"type": "present", "text": "the vision", "case_sensitive": False}, True),
        ({"type": "present", "text": 'part - "quoted"'}, True),
        ({"type": "present", "text": "Secund part", "max_diffs": 1}, True),
        ({"type": "present", "text": "Secund part"}, False),
        ({"type": "present", "text": "The Vision", "last_n": 20}, False),
        ({"type": "present", "text": "The Vision", "first_n": 12, "last_n": 20}, True),
        ({"type": "present", "text": "caf\u00e9 of 5 \u03bcm"}, True),
        ({"type": "absent", "text": "x" * 9999 + "First", "max_diffs": 4}, True),
        ({"type": "absent", "text": "First part", "first_n": 5}, True),
        ({"type": "absent", "text": "First part"}, False),
        ({"type": "order", "before": "First part", "after": "Second part"}, True),
        ({"type": "order", "before": "Second part", "after": "First part"}, False),
        ({"type": "order", "before": "First part", "after": "Third part"}, False),
        ({"type": "table", "cell": "1,136", "left": "Rent", "top_heading": "2019"}, True),
        ({"type": "table", "cell": "680", "top_heading": "Year Ended", "left_heading": "Research"}, True),
        ({"type": "table", "cell": "680", "up": "2019"}, False),
        ({"type": "table", "cell": "1,137"}, False),  # another number
        ({"type": "table", "cell": "1,137", "left": "Ront", "max_diffs": 1}, True),
        ({"type": "table", "cell": "1,1", "max_diffs": 9}, True),
        ({"type": "table", "cell": "1", "max_diffs": 9}, False),
        ({"type": "table", "cell": "absent"}, False),
        ({"type": "math", "math": "a^2"}, None),
    ],
)
def test_unit_tests_of_a_page(test: dict[str, Any], passed: bool | None) -> None:
    assert run_test(test, PAGE) is passed


def test_molecules_by_hand() -> None:
    from sokdok_lab.bench.evaluation.figures import compare_molecules

    assert compare_molecules("c1ccccc1O", "OC1=CC=CC=C1") == (1.0, 1.0)  # however written
    assert compare_molecules("C[C@H](N)O", "C[C@@H](N)O") == (0.0, 1.0)  # the mirror image
    assert compare_molecules("CCO", "C1CC") == compare_molecules("CCO", " ") == (0.0, 0.0)
    # CCO has fragments CH3, CH2, OH and three around them; CCN shares CH3 and CH2 of the six and six
    ethanol = "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"
    assert compare_molecules("CCO", "CCN", inchikey=ethanol) == (0.0, pytest.approx(1 / 3))
    assert compare_molecules("CCN", "CCO", inchikey=ethanol)[0] == 1.0  # the set's key counts


@pytest.mark.parametrize(
    ("truth", "read", "recall", "right"),
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
def test_words(truth: str, read: str, recall: float, right: float) -> None:
    assert word_recall(truth, read) == pytest.approx(recall)
    assert words_right(truth, read) == pytest.approx(right)


@given(st.text(max_size=40), st.text(max_size=40))
def test_all_lie_between_nothing_and_everything(truth: str, read: str) -> None:
    for score in (fidelity, word_recall, words_right):
        assert 0 <= score(truth, read) <= 1 == score(truth, truth)
    assert fidelity(truth, read) == pytest.approx(fidelity(read, truth))
