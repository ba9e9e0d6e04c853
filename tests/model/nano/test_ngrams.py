"""A table of n-grams: what it makes likely, and what is no table."""

import math
from pathlib import Path

import numpy as np
import pytest

from sokdok.errors import ModelError
from sokdok.model.nano.ngrams import ENTRY, SCALE, UNKNOWN, CharacterNgrams, key_of, sign_of
from sokdok.reading.nano.session import bundled_folder


def table(**runs: tuple[float, float]) -> np.ndarray:
    """Entries of runs: probability of the last sign, and what is left for others if the run is a history."""
    stored = {key_of(run): tuple(round(-math.log(p) * SCALE) for p in row) for run, row in runs.items()}
    return np.array([(key, *stored[key]) for key in sorted(stored)], ENTRY)


def test_a_longer_history_counts_and_what_it_lacks_is_taken_from_a_shorter_one() -> None:
    ngrams = CharacterNgrams(table(q=(0.01, 0.1), u=(0.02, 0.5), a=(0.08, 0.5), qu=(0.9, 1.0)))
    near = 1 / SCALE
    assert ngrams.log_probability("", "u") == pytest.approx(math.log(0.02), abs=near)
    assert ngrams.log_probability("q", "u") == pytest.approx(math.log(0.9), abs=near)
    assert ngrams.log_probability("q", "a") == pytest.approx(math.log(0.1 * 0.08), abs=near)
    assert ngrams.log_probability("abcdefq", "u") == pytest.approx(math.log(0.9), abs=near)
    assert ngrams.log_probability("", "ж") == pytest.approx(-UNKNOWN / SCALE)


def test_syllables_count_by_their_initial_consonant() -> None:
    assert [sign_of(char) for char in "가갛나힣a "] == ["\u1100", "\u1100", "\u1102", "\u1112", "a", " "]


def test_the_table_that_ships_knows_english_and_korean_from_noise() -> None:
    ngrams = CharacterNgrams.load(bundled_folder() / "ngrams.npy")

    def mean(text: str) -> float:
        signs = "".join(map(sign_of, text))
        return sum(ngrams.log_probability(f" {signs[:at]}", sign) for at, sign in enumerate(signs)) / len(signs)

    assert mean("I have received your letter of the twelfth") > mean("I hove reccived yoar lettcr af tke twclftb") + 0.5
    assert mean("이 법은 다음과 같이 시행한다") > mean("한같음 은다시행 과법이 다이") + 0.3


@pytest.mark.parametrize(
    "stored",
    [
        np.zeros(3, np.float32),
        np.zeros(2, ENTRY),  # keys don't rise
        np.zeros((2, 2), ENTRY),
        np.array([{}], object),
    ],
)
def test_what_is_no_table_is_refused(stored: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "ngrams.npy", stored)
    with pytest.raises(ModelError, match=r"ngrams\.npy is no table of n-grams"):
        CharacterNgrams.load(tmp_path / "ngrams.npy")
