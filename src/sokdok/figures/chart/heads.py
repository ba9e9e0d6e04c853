"""Heads of a chart's columns that it gives no name itself, in the language of the texts that it shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sokdok.pages.hangul import is_syllable


class Heads(NamedTuple):
    """What columns are called."""

    category: str
    value: str
    series: str  # of several, before their numbers


ENGLISH, KOREAN = Heads("Category", "Value", "Series"), Heads("항목", "값", "계열")


def heads_for(texts: Iterable[str]) -> Heads:
    """Korean ones where any text of the chart is."""
    return KOREAN if any(map(is_syllable, "".join(texts))) else ENGLISH
