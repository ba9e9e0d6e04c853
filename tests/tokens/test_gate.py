from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.tokens.gate import break_even_calls, image_pays

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("calls", "ratio"), [(1, 0.08), (2, 0.148), (5, 0.303), (10, 0.465), (20, 0.635), (50, 0.813), (100, 0.897)]
)
def test_largest_share_that_replaces_cached_text(calls: int, ratio: float) -> None:
    """Of the text's tokens, to a thousandth."""
    assert image_pays(int((ratio - 0.001) * MILLION), MILLION, calls=calls, cached=True)
    assert not image_pays(int((ratio + 0.001) * MILLION), MILLION, calls=calls, cached=True)


@pytest.mark.parametrize(("ratio", "calls"), [(0.1, 1.3), (0.2, 2.9), (0.3, 4.9), (0.5, 11.5), (0.7, 26.8)])
def test_break_even(ratio: float, calls: float) -> None:
    assert break_even_calls(ratio) == pytest.approx(calls, abs=0.05)


@given(image=st.integers(1, 5000), text=st.integers(1, 5000), calls=st.integers(1, 200))
def test_it_pays_beyond_the_break_even_and_not_before(image: int, text: int, calls: int) -> None:
    even = break_even_calls(image / text)
    if abs(calls - even) > 1e-6:
        assert image_pays(image, text, calls=calls, cached=True) == (calls > even)


def test_new_text_goes_by_tokens_alone() -> None:
    assert image_pays(999, 1000, calls=1, cached=False)
    assert not image_pays(1000, 1000, calls=100, cached=False)


def test_other_providers_factors() -> None:
    assert break_even_calls(0.5, write=1, read=0.5) == pytest.approx(1)
    assert image_pays(500, 1000, calls=2, cached=True, write=1, read=0.5)
    assert not image_pays(500, 1000, calls=2, cached=True)


def test_never() -> None:
    assert break_even_calls(1) == break_even_calls(3) == break_even_calls(0.1, read=0) == inf
    assert not image_pays(100, 1000, calls=10**6, cached=True, read=0)


def test_a_prompt_is_sent_at_least_once() -> None:
    with pytest.raises(InputError, match="0 calls"):
        image_pays(1, 2, calls=0, cached=False)
