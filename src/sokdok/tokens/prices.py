"""What input tokens cost in money, and when a picture of a text is cheaper than the text.

- Prices are an editable file: `prices.toml` beside this module explains its keys. A model without a row has no price,
  and nothing is invented for it.
- A prompt that is sent again is mostly read from the provider's cache, at a fraction of the price (`read`); what is new
  in it costs a surcharge to store (`write`). A picture in place of text that is cached already pays for the change at
  once and earns it back call by call. A new text and its picture both start cold: the fewer tokens win.
- The factors default to Anthropic's. Prices per token cancel: a provider charges image and text tokens alike.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.files import read_file
from sokdok.tokens.models import find_model

PACKAGED = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True)
class Price:
    """Input tokens of one model."""

    input: float  # US dollars per million
    cache_write: float  # factor on `input` for tokens put into the cache
    cache_read: float  # factor on `input` for tokens found in it
    as_of: datetime.date

    def dollars(self, tokens: int, calls: int = 1) -> float:
        """Price a prompt sent `calls` times, cached from the first time on if that is cheaper than sending it anew."""
        times = min(calls, self.cache_write + self.cache_read * (calls - 1))
        return tokens * times * self.input / 1_000_000


def load_prices(path: Path | None = None) -> dict[str, Price]:
    """Prices by the models' names; rows in the file at `path` replace the packaged ones."""
    prices = _read(PACKAGED)
    return prices | _read(path) if path is not None else prices


def _read(path: Path) -> dict[str, Price]:
    try:
        content = tomllib.loads(read_file(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML: {error}") from None
    rows = content.get("price")
    if set(content) != {"price"} or not isinstance(rows, list):
        raise InputError(f"{path}: expected a list of [[price]] rows and nothing else")
    prices: dict[str, Price] = {}
    for number, row in enumerate(rows, start=1):
        name, price = _row(row, f"{path}, price {number}")
        if name in prices:
            raise InputError(f"{path}, price {number}: {name} has a row already")
        prices[name] = price
    return prices


def _row(row: Mapping[str, Any], where: str) -> tuple[str, Price]:
    name = row.get("model")
    if not isinstance(name, str):
        raise InputError(f'{where}: expected a model\'s name, e.g. model = "gpt-4o"')
    where = f"{where} ({name})"
    if unknown := sorted(set(row) - {"model", "input", "cache_write", "cache_read", "as_of"}):
        raise InputError(f"{where}: unknown key {unknown[0]!r}")
    try:
        model = find_model(name)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    numbers = {key: _number(row, key, where) for key in ("input", "cache_write", "cache_read")}
    return model.name, Price(**numbers, as_of=_date(row, where))


def _number(row: Mapping[str, Any], key: str, where: str) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        unit = "US dollars per million tokens" if key == "input" else "a factor on the input price"
        found = "missing" if value is None else repr(value)
        raise InputError(f"{where}: {key} is {found}; expected {unit}, a number from 0 up")
    return float(value)


def _date(row: Mapping[str, Any], where: str) -> datetime.date:
    value = row.get("as_of")
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        found = "missing" if value is None else repr(value)
        raise InputError(f"{where}: as_of is {found}; expected a date without quotes, e.g. 2026-11-25")
    return value


def image_pays(
    image_tokens: int, text_tokens: int, *, calls: int, cached: bool, write: float = 1.25, read: float = 0.1
) -> bool:
    """Whether the picture costs less over the next `calls` sendings; `cached`: the text is in the cache already."""
    if calls < 1:
        raise InputError(f"{calls} calls: a prompt is sent at least once")
    if not cached:
        return image_tokens < text_tokens
    return image_tokens * (write + read * (calls - 1)) < text_tokens * read * calls


def break_even_calls(ratio: float, *, write: float = 1.25, read: float = 0.1) -> float:
    """Calls after which a picture of `ratio` times the text's tokens has earned the cached text back; it pays beyond.

    With the default factors 11.5 ratio / (1 - ratio): half the tokens pay from the twelfth call on. Infinite if never.
    """
    if ratio >= 1 or read == 0:
        return inf
    return ratio * (write - read) / (read * (1 - ratio))
