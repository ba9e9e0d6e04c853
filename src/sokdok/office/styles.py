"""Word's styles and numbers: the heading level, list and use of a paragraph, by itself or by its style.

What stands before a paragraph of a list Word counts itself: the file has no such text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from sokdok.office.package import attribute, child, children, descendants, integer
from sokdok.pages.hangul import OUTLINE

_HEADING = re.compile(r"(?:heading|제목|개요|標題|标题|見出し)\s*([1-9])", re.IGNORECASE)
_LIST = re.compile(r"list (?:bullet|number) ([2-5])", re.IGNORECASE)
_CODE = re.compile(r"preformatted|source ?code|\bcode\b|macro text|html pre", re.IGNORECASE)
MOST_BASES = 20  # styles that one rests on; more are a circle
BODY_LEVEL = 9  # outline level of text that is no heading
_PLACE = re.compile(r"%([1-9])")
_SIGNS = {
    **dict.fromkeys(("ganada", "hangul"), OUTLINE),
    **dict.fromkeys(("chosung", "hangul-consonant"), "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"),
    "ideographtraditional": "甲乙丙丁戊己庚辛壬癸", "ideographzodiac": "子丑寅卯辰巳午未申酉戌亥",
}  # fmt: skip
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
MOST_LEVELS = 9


@dataclass(frozen=True)
class Style:
    """What a paragraph is."""

    heading: int = 0  # level, from 1; 0 for none
    number: str = ""  # of its list
    level: int | None = None  # in its list, from 0
    deeper: int = 0  # levels that its style sets its items in further: List Bullet 2, 3 … are lists of their own
    use: str = ""  # code, caption, quote, or nothing
    hidden: bool = False
    capitals: bool = False


@dataclass
class Styles:
    """The styles of `word/styles.xml`, by their ids."""

    elements: dict[str, Any] = field(default_factory=dict)
    characters: dict[str, Any] = field(default_factory=dict)  # styles of characters
    shaded: set[str] = field(default_factory=set)  # styles of any kind with a ground of their own
    default: str = ""
    _known: dict[str, Style] = field(default_factory=dict)

    def of(self, paragraph: Any) -> Style:
        """What a paragraph is: its own properties before its style's."""
        properties = child(paragraph, "pPr")
        named = child(properties, "pStyle")
        name = attribute(named, "val", self.default)
        style = self._known[name] = self._known.get(name) or self._found(name)
        if properties is None:
            return style
        heading, number, level = _described(properties)
        own = {"heading": heading, "number": number, "level": level}
        return replace(style, **{name: said for name, said in own.items() if said is not None})  # type: ignore[arg-type]

    def sets(self, run: Any, name: str, above: bool) -> bool:
        """Whether a run's properties switch something on (`vanish`, `caps`); `above` is what its paragraph says."""
        own, named = child(run, name), child(run, "rStyle")
        for _ in range(MOST_BASES):
            if own is not None or named is None:
                break
            style = self.characters.get(attribute(named, "val"))
            own, named = child(style, "rPr", name), child(style, "basedOn")
        return above if own is None else is_on(own)

    def _found(self, name: str) -> Style:
        heading, number, level, deeper, use, hidden, capitals = None, None, None, 0, "", False, None
        for _ in range(MOST_BASES):
            element = self.elements.get(name)
            if element is None:
                break
            title_text = attribute(child(element, "name"), "val")
            mine = _described(child(element, "pPr"))
            if heading is None:
                called = _HEADING.fullmatch(title_text.strip())
                level_called = 1 if title_text.lower() == "title" else int(called[1]) if called else None
                heading = mine[0] if mine[0] is not None else level_called
            number = mine[1] if number is None else number
            level = mine[2] if level is None else level
            is_caption = title_text.lower() in ("caption", "캡션")
            use = use or ("caption" if is_caption else "code" if _CODE.search(title_text) else "")
            set_in = _LIST.fullmatch(title_text.strip())
            deeper = deeper or (int(set_in[1]) - 1 if set_in else 0)
            hidden = hidden or is_on(child(element, "rPr", "vanish"))
            capitals = child(element, "rPr", "caps") if capitals is None else capitals
            name = attribute(child(element, "basedOn"), "val")
        return Style(heading or 0, number or "", level, deeper, use, hidden, is_on(capitals))


def read_styles(root: Any) -> Styles:
    """All paragraph styles."""
    styles = Styles()
    for one in children(root, "style"):
        base = attribute(child(one, "basedOn"), "val")
        if base in styles.shaded or any(map(is_ground, descendants(one, "shd"))):
            styles.shaded.add(attribute(one, "styleId"))
        if attribute(one, "type", "paragraph") == "paragraph":
            styles.elements[attribute(one, "styleId")] = one
            if attribute(one, "default") in ("1", "true"):
                styles.default = attribute(one, "styleId")
        elif attribute(one, "type") == "character":
            styles.characters[attribute(one, "styleId")] = one
    return styles


def _described(properties: Any) -> tuple[int | None, str | None, int | None]:
    """Heading level, list and level in it, as far as properties of a paragraph say."""
    if properties is None:
        return None, None, None
    outline, listed = child(properties, "outlineLvl"), child(properties, "numPr")
    list_of, level = child(listed, "numId"), child(listed, "ilvl")
    heading = None
    if outline is not None and attribute(outline, "val").isdecimal():
        found = int(attribute(outline, "val"))
        heading = found + 1 if found < BODY_LEVEL else 0
    number = attribute(list_of, "val") if list_of is not None else None
    return heading, number, min(integer(level), MOST_LEVELS - 1) if level is not None else None


def is_ground(shading: Any) -> bool:
    """Whether a shading colours the ground; one that is white does not."""
    fill = attribute(shading, "fill", "auto").upper()
    return attribute(shading, "val") not in ("", "clear", "nil") or fill not in ("AUTO", "FFFFFF")


def is_on(element: Any) -> bool:
    """Whether a switch is there and not off."""
    return element is not None and attribute(element, "val", "1") not in ("0", "false", "off", "none")


@dataclass
class Level:
    """How one level of a list is numbered."""

    form: str = "decimal"
    pattern: str = "%1."
    start: int = 1
    legal: bool = False  # whether all numbers in it are figures


@dataclass
class Numbering:
    """The lists of a document, and how far each has counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # by list and level, from 0
    same: dict[str, str] = field(default_factory=dict)  # that count on with each other, by their definition
    _counts: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * MOST_LEVELS))

    def label(self, number: str, level: int) -> str | None:
        """What stands before the next paragraph of a list's level: `2.1`; empty for a bullet, None for no list."""
        found = self.levels.get(number, {}).get(level)
        if found is None or found.form == "none":
            return None
        counts = self._counts[self.same.get(number, number)]
        counts[level] = counts[level] + 1 if counts[level] else found.start
        counts[level + 1 :] = [0] * (MOST_LEVELS - level - 1)

        def count(place: re.Match[str]) -> str:
            above = int(place[1]) - 1
            form = "decimal" if found.legal else self.levels[number].get(above, Level()).form
            return counted(counts[above] or 1, form)

        return "" if found.form == "bullet" else _PLACE.sub(count, found.pattern)


def read_numbering(root: Any) -> Numbering:
    """The lists of `word/numbering.xml`."""
    abstract = {
        attribute(one, "abstractNumId"): {
            min(integer(level, "ilvl"), MOST_LEVELS - 1): _level(level) for level in children(one, "lvl")
        }
        for one in children(root, "abstractNum")
    }
    numbering = Numbering()
    for one in children(root, "num"):
        number, base = attribute(one, "numId"), attribute(child(one, "abstractNumId"), "val") if len(one) else ""
        levels = dict(abstract.get(base, {}))
        overrides = list(children(one, "lvlOverride"))
        for override in overrides:
            level = min(integer(override, "ilvl"), MOST_LEVELS - 1)
            own, start = child(override, "lvl"), child(override, "startOverride")
            levels[level] = _level(own) if own is not None else levels.get(level, Level())
            if start is not None:
                levels[level] = replace(levels[level], start=integer(start, default=1))
        numbering.levels[number] = levels
        if not overrides:
            numbering.same[number] = f"abstract {base}"
    return numbering


def _level(element: Any) -> Level:
    form, pattern, start, legal = (child(element, name) for name in ("numFmt", "lvlText", "start", "isLgl"))
    return Level(attribute(form, "val", "decimal"), attribute(pattern, "val"), integer(start, default=1), is_on(legal))


def counted(number: int, form: str) -> str:
    """A number as a list writes it, whose form is called as in Word or CSS; in figures where that is not known."""
    lower = form.lower()
    if lower.endswith("roman"):
        text = roman(number)
    elif lower.endswith(("letter", "alpha", "latin")):
        text = "abcdefghijklmnopqrstuvwxyz"[(number - 1) % 26] * ((number - 1) // 26 % 5 + 1)
    elif lower in ("decimalzero", "decimal-leading-zero"):
        return f"{number:02}"
    elif lower in _SIGNS:
        return _SIGNS[lower][(number - 1) % len(_SIGNS[lower])]
    elif lower.startswith("decimalenclosedcircle") and 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    else:
        return str(number)
    return text.upper() if form.startswith("upper") else text


def roman(number: int) -> str:
    """A number up to 3999 in Roman letters."""
    text = ""
    for value, letters in _ROMAN:
        text += letters * min(number // value, 3)
        number %= value
    return text
