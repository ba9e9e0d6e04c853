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
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Annotated

import msgspec

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
        """Price a prompt sent `calls` times, cached from the first time on if that is cheaper than sending it again."""
        times = min(calls, self.cache_write + self.cache_read * (calls - 1))
        return tokens * times * self.input / 1_000_000


_Number = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """A row of a file of prices."""

    model: str
    input: _Number
    cache_write: _Number
    cache_read: _Number
    as_of: datetime.date


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
        named = f" ({row['model']})" if isinstance(row, dict) and isinstance(row.get("model"), str) else ""
        where = f"{path}, price {number}{named}"
        try:
            read = msgspec.convert(row, _Row)
            name = find_model(read.model).name
        except (msgspec.ValidationError, InputError) as error:
            raise InputError(f"{where}: {error}") from None
        if name in prices:
            raise InputError(f"{where}: {name} has a row already")
        prices[name] = Price(read.input, read.cache_write, read.cache_read, read.as_of)
    return prices


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
