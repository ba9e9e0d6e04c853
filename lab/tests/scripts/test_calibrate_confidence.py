"""How far confidence holds: words judged by a page's text, a curve fitted to them, and what is left of the error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calibrate_confidence import Judged, expected_error, fitted, judge, plot, reliability, together


def overconfident(rng: np.random.Generator, count: int = 4000) -> Judged:
    """Words that are right as often as the square of what is said."""
    said = rng.uniform(0, 1, count)
    return Judged(said, rng.uniform(0, 1, count) < said**2)


def test_a_word_is_right_if_the_page_has_it_so_often() -> None:
    words = [("the", 0.9), ("the", 0.8), ("cat’s", 0.7), ("Hat", 0.6)]
    assert judge(words, "the cat's hat").right.tolist() == [True, False, True, False]
    assert judge(words, "the cat's hat", case=False).right.tolist() == [True, False, True, True]


def test_a_fitted_curve_takes_most_of_the_error_away_on_words_it_has_not_seen() -> None:
    rng = np.random.default_rng(0)
    curve = fitted([overconfident(rng), overconfident(rng, 300)])
    unseen = overconfident(rng)
    after = Judged(np.interp(unseen.confidence, curve.said, curve.right), unseen.right)
    assert expected_error(unseen) > 0.12 and expected_error(after) < 0.04


def test_bins_tell_what_was_said_and_what_was_right() -> None:
    judged = Judged(np.array([0.05, 0.05, 0.95, 1.0]), np.array([False, True, True, True]))
    low, high = reliability(judged)
    assert (low.words, low.said, low.right) == (2, pytest.approx(0.05), 0.5)
    assert (high.words, high.right) == (2, 1.0)
    assert together([]).right.size == 0 and expected_error(together([])) == 0.0


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    judged = overconfident(np.random.default_rng(1), 500)
    plot(judged, {"one": judged, "few": Judged(np.array([0.5]), np.array([True]))}, tmp_path / "it.png")
    assert (tmp_path / "it.png").stat().st_size > 5000
