"""Values of a sheet's cells as its number formats show them: percentages, decimals, thousands, dates and times."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""of a format: text that is shown as it stands, blanks as wide as a character, fillings, colours and conditions"""
_PLACES = re.compile(r"[.]([0#?]+)")
_UNITS = re.compile(r'^(?:\[\$([^\]-]*)[^\]]*\]|"([^"]*)"|([$₩€£¥]))')
_AFTER = re.compile(r'(?:"([^"]*)"|([원개명건%]))\s*$')
_MOST_PLACES = 15


def shown(value: Any, form: str | None) -> str:
    """A cell's value as text; empty for none, and for one that its format shows as nothing (`;;;`)."""
    if value is None or (form and ";;" in form and _is_hidden(value, form.split(";"))):
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, form or "General")
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    return str(value).strip() if not isinstance(value, timedelta) else str(value)


def _is_hidden(value: Any, sections: list[str]) -> bool:
    """Whether the section for such a value, of positive and negative numbers, zero and text, is empty."""
    number = isinstance(value, int | float)
    place = (1 if value < 0 else 2 if value == 0 else 0) if number else 3 if isinstance(value, str) else 0
    return place < len(sections) and not sections[place]


def _number(value: int | float, form: str) -> str:
    """A number; formats that do more than round, group and name a unit show it as it is stored."""
    sections = form.split(";")
    section = sections[1] if value < 0 and len(sections) > 1 and sections[1].strip() else sections[0]
    bare = _QUOTED.sub("", section)
    if form == "General" or not set(bare) & set("0#?") or set(bare.lower()) & set("eymdhs/@"):
        return _plain(value)
    places = _PLACES.search(bare)
    digits = min(len(places[1]), _MOST_PLACES) if places else 0
    percent = "%" in bare
    number = abs(value) * (100 if percent else 1)
    text = f"{number:,.{digits}f}" if "," in bare.partition(".")[0] else f"{number:.{digits}f}"
    if places and "#" in places[1]:
        least = len(places[1].rstrip("#"))
        head, _, tail = text.partition(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        text = f"{head}.{tail}" if tail else head
    sign = "-" if value < 0 and text.strip("0.,") else ""
    return f"{sign}{_unit(_UNITS, section)}{text}{'%' if percent else _unit(_AFTER, section)}"


def _unit(pattern: re.Pattern[str], section: str) -> str:
    """What a format puts before or behind the number: ₩, 원, kg."""
    match = pattern.search(section)
    return next((group for group in match.groups() if group and group != "%"), "") if match else ""


def _plain(value: int | float) -> str:
    """A number as a sheet shows it without a format: no more than eleven digits of a fraction."""
    if isinstance(value, int):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.11g}"
