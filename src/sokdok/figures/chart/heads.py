"""Heads of a chart's columns that it gives no name itself, in the language of the texts that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_HANGUL = re.compile("[가-힣]")


class Heads(NamedTuple):
    """What columns are called."""

    category: str
    value: str
    series: str
    """of several, before their numbers"""


ENGLISH, KOREAN = Heads("Category", "Value", "Series"), Heads("항목", "값", "계열")


def heads_for(texts: Iterable[str]) -> Heads:
    """Korean ones where any text of the chart is."""
    return KOREAN if any(map(_HANGUL.search, texts)) else ENGLISH
