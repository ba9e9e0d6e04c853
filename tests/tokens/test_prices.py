import datetime
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.tokens.models import models
from sokdok.tokens.prices import Price, break_even_calls, image_pays, load_prices

ROW = 'model = "gpt-4o"\ninput = 2.5\ncache_write = 1\ncache_read = 0.5\nas_of = 2026-11-25\n'
CLAUDE = Price(3, 1.25, 0.1, datetime.date(2026, 11, 25))


def test_packaged_prices() -> None:
    prices = load_prices()
    assert prices["gpt-4o"].input == 2.5 and prices["claude-sonnet-4"].cache_write == 1.25
    assert all(0 < price.input <= 15 and 0 < price.cache_read < 1 for price in prices.values())
    priced = {model.name for model in models() if model.max_images is not None}  # those behind an API
    assert set(prices) == priced


def test_a_file_replaces_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f"[[price]]\n{ROW.replace('2.5', '9').replace('gpt-4o', 'openai/gpt-4o-2024-11-20')}")
    assert load_prices(file) == load_prices() | {"gpt-4o": Price(9, 1, 0.5, datetime.date(2026, 11, 25))}


def test_dollars() -> None:
    assert CLAUDE.dollars(1_000_000) == 3  # once: not worth caching
    assert CLAUDE.dollars(1_000_000, calls=2) == pytest.approx(3 * 1.35)
    assert CLAUDE.dollars(2_000, calls=10) == pytest.approx(0.0129)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[price]", "is no TOML: "),
        ("", "is empty"),
        (f"[gpt-4o]\n{ROW}", r"expected a list of \[\[price\]\] rows"),
        ("[[price]]\ninput = 3", "price 1: .* missing required field `model`"),
        (f"[[price]]\n{ROW}[[price]]\n{ROW}", r"price 2 \(gpt-4o\): gpt-4o has a row already"),
        (
            f"[[price]]\n{ROW.replace('gpt-4o', 'gpt-4p')}",
            "price 1 .gpt-4p.: unknown model 'gpt-4p'; the nearest are gpt",
        ),
        (f"[[price]]\n{ROW}output = 4", "unknown field `output`"),
        (
            f"[[price]]\n{ROW.replace('cache_read = 0.5', '')}",
            r"price 1 \(gpt-4o\): .* missing required field `cache_read`",
        ),
        (f"[[price]]\n{ROW.replace('2.5', '-1')}", "Expected `float` >= 0.0 - at `.*input`"),
        (f"[[price]]\n{ROW.replace('2026-11-25', '2026')}", "Expected `date`, got `int` - at `.*as_of`"),
    ],
)
def test_broken_files_say_where_and_what(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        load_prices(file)
    assert str(caught.value).startswith(str(file)) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("ratio", "calls"), [(0.1, 1.3), (0.2, 2.9), (0.3, 4.9), (0.5, 11.5), (0.7, 26.8)])
def test_break_even(ratio: float, calls: float) -> None:
    assert break_even_calls(ratio) == pytest.approx(calls, abs=0.05)


@given(image=st.integers(1, 5000), text=st.integers(1, 5000), calls=st.integers(1, 200))
def test_it_pays_beyond_the_break_even_and_not_before(image: int, text: int, calls: int) -> None:
    even = break_even_calls(image / text)
    if abs(calls - even) > 1e-6:
        assert image_pays(image, text, calls=calls, cached=True) == (calls > even)


def test_other_providers_factors() -> None:
    assert break_even_calls(0.5, write=1, read=0.5) == pytest.approx(1)
    assert image_pays(500, 1000, calls=2, cached=True, write=1, read=0.5)
    assert not image_pays(500, 1000, calls=2, cached=True)


def test_never() -> None:
    assert break_even_calls(1) == break_even_calls(3) == break_even_calls(0.1, read=0) == inf
    assert not image_pays(100, 1000, calls=10**6, cached=True, read=0)
