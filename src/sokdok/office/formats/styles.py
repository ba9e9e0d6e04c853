"""Word's styles: the heading level, list and use of a paragraph, as it says itself or as its style says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sokdok.office.package import attribute, child, children, descendants

_HEADING = re.compile(r"(?:heading|제목|개요|標題|标题|見出し)\s*([1-9])", re.IGNORECASE)
_LIST = re.compile(r"list (?:bullet|number) ([2-5])", re.IGNORECASE)
_CODE = re.compile(r"preformatted|source ?code|\bcode\b|macro text|html pre", re.IGNORECASE)
MOST_BASES = 20  # styles that one rests on; more are a circle
BODY_LEVEL = 9  # outline level of text that is no heading


@dataclass(frozen=True)
class Style:
    """What a paragraph is."""

    heading: int = 0  # level, from 1; 0 for none
    number: str = ""  # of its list
    level: int | None = None  # in its list, from 0
    deeper: int = 0
    """levels that its style sets its items in further: Word has a list of its own for each of List Bullet 2, 3 …"""
    use: str = ""  # code, caption, quote, or nothing
    hidden: bool = False


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
        style = self._style(attribute(named, "val") if named is not None else self.default)
        if properties is None:
            return style
        heading, number, level = _described(properties)
        return Style(
            style.heading if heading is None else heading,
            style.number if number is None else number,
            style.level if level is None else level,
            style.deeper,
            style.use,
            style.hidden,
        )

    def hides(self, run: Any, hidden: bool) -> bool:
        """Whether properties of a run hide it; `hidden` is what its paragraph's style says."""
        own, named = child(run, "vanish"), child(run, "rStyle")
        for _ in range(MOST_BASES):
            if own is not None or named is None:
                break
            style = self.characters.get(attribute(named, "val"))
            own, named = child(style, "rPr", "vanish"), child(style, "basedOn")
        return hidden if own is None else is_on(own)

    def _style(self, name: str) -> Style:
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: str) -> Style:
        heading, number, level, deeper, use, hidden = None, None, None, 0, "", False
        for _ in range(MOST_BASES):
            element = self.elements.get(name)
            if element is None:
                break
            title = child(element, "name")
            title_text = attribute(title, "val") if title is not None else ""
            mine = _described(child(element, "pPr"))
            if heading is None:
                heading = mine[0] if mine[0] is not None else _level_called(title_text)
            number = mine[1] if number is None else number
            level = mine[2] if level is None else level
            use = use or _use_called(title_text)
            deeper = deeper or _deeper(title_text)
            hidden = hidden or is_on(child(element, "rPr", "vanish"))
            base = child(element, "basedOn")
            name = attribute(base, "val") if base is not None else ""
        return Style(heading or 0, number or "", level, deeper, use, hidden)


def read_styles(root: Any) -> Styles:
    """All paragraph styles."""
    styles = Styles()
    for one in children(root, "style"):
        base = child(one, "basedOn")
        if any(map(is_ground, descendants(one, "shd"))) or (
            base is not None and attribute(base, "val") in styles.shaded
        ):
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
    depth = attribute(level, "val") if level is not None else ""
    return heading, number, min(int(depth), 8) if depth.isdecimal() and len(depth) < 4 else None


def _level_called(name: str) -> int | None:
    if name.lower() == "title":
        return 1
    match = _HEADING.fullmatch(name.strip())
    return int(match[1]) if match else None


def _deeper(name: str) -> int:
    match = _LIST.fullmatch(name.strip())
    return int(match[1]) - 1 if match else 0


def _use_called(name: str) -> str:
    if name.lower() in ("caption", "캡션"):
        return "caption"
    return "code" if _CODE.search(name) else ""


def is_ground(shading: Any) -> bool:
    """Whether a shading colours the ground; one that is white does not."""
    return attribute(shading, "val") not in ("", "clear", "nil") or attribute(shading, "fill", "auto").upper() not in (
        "AUTO",
        "FFFFFF",
    )


def is_on(element: Any) -> bool:
    """Whether a switch is there and not off."""
    return element is not None and attribute(element, "val", "1") not in ("0", "false", "off", "none")
