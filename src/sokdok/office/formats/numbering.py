"""Numbers that Word counts itself: what stands before a paragraph of a list, though the file has no such text."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sokdok.office.package import attribute, child, children
from sokdok.pages.hangul import OUTLINE

_PLACE = re.compile(r"%([1-9])")
_CHOSUNG = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
MOST_LEVELS = 9


@dataclass
class Level:
    """How one level of a list is numbered."""

    form: str = "decimal"
    pattern: str = "%1."
    start: int = 1


@dataclass
class Numbering:
    """The lists of a document, and how far each has counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # by list and level, from 0
    same: dict[str, str] = field(default_factory=dict)
    """lists that count on with each other, by the one definition that they share"""
    _counts: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * MOST_LEVELS))

    def label(self, number: str, level: int) -> str | None:
        """What stands before the next paragraph of a list's level: `2.1`; empty for a bullet, None for no list."""
        found = self.levels.get(number, {}).get(level)
        if found is None or found.form == "none":
            return None
        counts = self._counts[self.same.get(number, number)]
        counts[level] = counts[level] + 1 if counts[level] else found.start
        counts[level + 1 :] = [0] * (MOST_LEVELS - level - 1)
        return (
            ""
            if found.form == "bullet"
            else _PLACE.sub(lambda place: self._count(number, counts, place), found.pattern)
        )

    def _count(self, number: str, counts: list[int], place: re.Match[str]) -> str:
        level = int(place[1]) - 1
        return counted(counts[level] or 1, self.levels[number].get(level, Level()).form)


def read_numbering(root: Any) -> Numbering:
    """The lists of `word/numbering.xml`."""
    abstract = {attribute(one, "abstractNumId"): _levels(one) for one in children(root, "abstractNum")}
    numbering = Numbering()
    for one in children(root, "num"):
        number, base = attribute(one, "numId"), attribute(child(one, "abstractNumId"), "val") if len(one) else ""
        levels = dict(abstract.get(base, {}))
        overrides = list(children(one, "lvlOverride"))
        for override in overrides:
            level = min(_integer(attribute(override, "ilvl")), MOST_LEVELS - 1)
            own, start = child(override, "lvl"), child(override, "startOverride")
            levels[level] = _level(own) if own is not None else levels.get(level, Level())
            if start is not None:
                before = levels[level]
                levels[level] = Level(before.form, before.pattern, _integer(attribute(start, "val"), 1))
        numbering.levels[number] = levels
        if not overrides:
            numbering.same[number] = f"abstract {base}"
    return numbering


def _levels(abstract: Any) -> dict[int, Level]:
    return {min(_integer(attribute(one, "ilvl")), MOST_LEVELS - 1): _level(one) for one in children(abstract, "lvl")}


def _level(element: Any) -> Level:
    def value(name: str, default: str) -> str:
        found = child(element, name)
        return attribute(found, "val", default) if found is not None else default

    return Level(value("numFmt", "decimal"), value("lvlText", ""), _integer(value("start", "1"), 1))


def _integer(text: str, default: int = 0) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else default


def counted(number: int, form: str) -> str:
    """A number as a list writes it."""
    lower = form.lower()
    if lower.endswith("roman"):
        text = roman(number)
    elif lower.endswith("letter"):
        text = "abcdefghijklmnopqrstuvwxyz"[(number - 1) % 26] * ((number - 1) // 26 % 5 + 1)
    elif lower == "ganada":
        return OUTLINE[(number - 1) % len(OUTLINE)]
    elif lower == "chosung":
        return _CHOSUNG[(number - 1) % len(_CHOSUNG)]
    elif lower.startswith("decimalenclosedcircle") and 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    else:
        return str(number)
    return text.upper() if form.startswith("upper") else text


def roman(number: int) -> str:
    """A number up to 3999 in Roman letters."""
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value % (1 if len(letters) == 2 else 4))
        number %= value
    return text
