"""Word's styles and numbers: the heading level, list and use of a paragraph, by itself or by its style.

What stands before a paragraph of a list Word counts itself: the file has no such text. Its kinds of numbers, those of
browsers and of other office programs stand in `numerals.toml` (ECMA-376, part 1, 17.18.59; CSS Counter Styles 3,
chapter 6).
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from sokdok.office.flow import Flow
from sokdok.office.package import attribute, child, children, descendants, integer, local

_HEADING = re.compile(r"(?:heading|제목|개요|標題|标题|見出し)\s*([1-9])", re.IGNORECASE)
_LIST = re.compile(r"list (?:bullet|number) ([2-5])", re.IGNORECASE)
_USES = {
    "code": re.compile(r".*(?:preformatted|source ?code|\bcode\b|macro text|html pre).*"),
    "caption": re.compile("caption|캡션"),
    "quote": re.compile("(?:intense )?quote|quotations|block text|(?:강한 )?인용"),
}  # what a paragraph is → names of styles that say so, Word's, LibreOffice's and pandoc's
MOST_LEVELS = 9  # of lists, and of headings
MOST_BASES = 20  # styles that one rests on; more are a circle
_OF_LEVEL = ("numFmt", "lvlText", "start", "isLgl", "lvlRestart")
_TOGGLES = ("vanish", "caps")  # what one style switches on, another on top of it switches off
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True)
class Style:
    """What a paragraph is."""

    heading: int = 0  # level, from 1; 0 for none
    number: str = ""  # of its list
    level: int | None = None  # in its list, from 0
    deeper: int = 0  # levels that its style sets its items in further: List Bullet 2, 3 … are lists of their own
    use: str = ""  # code, caption, quote, or nothing
    letters: dict[str, Any] = field(default_factory=dict)  # what is said of them, by its name: `color`, `vanish`


@dataclass
class Styles:
    """The styles of `word/styles.xml`, by their ids."""

    elements: dict[str, Any] = field(default_factory=dict)
    shaded: set[str] = field(default_factory=set)  # those with a ground of their own
    default: str = ""  # of paragraphs
    _known: dict[str, Style] = field(default_factory=dict)

    def of(self, paragraph: Any) -> Style:
        """What a paragraph is: its own properties before its style's."""
        name = attribute(child(paragraph, "pPr", "pStyle"), "val", self.default)
        if name not in self._known:
            self._known[name] = _described(self._chain(name), Style())
        return _described([paragraph], self._known[name])

    def letters(self, run: Any, above: dict[str, Any]) -> dict[str, Any]:
        """What is said of a run's letters: by itself, else by the style that it names, else by what is `above`."""
        named = _letters(self._chain(attribute(child(run, "rPr", "rStyle"), "val")))
        off = {name for name in _TOGGLES if is_on(named.get(name)) and is_on(above.get(name))}
        return {name: one for name, one in (above | named).items() if name not in off} | _letters([run])

    def _chain(self, name: str) -> list[Any]:
        """A style, and those that it rests on."""
        found = list[Any]()
        while (one := self.elements.get(name)) is not None and len(found) < MOST_BASES:
            found.append(one)
            name = attribute(child(one, "basedOn"), "val")
        return found


def read_styles(root: Any) -> Styles:
    """All styles."""
    named = {key: one for one in children(root, "style") if (key := attribute(one, "styleId"))}  # nothing names others
    styles = Styles(named)
    for key, one in named.items():
        base = attribute(child(one, "basedOn"), "val")
        if base in styles.shaded or any(map(is_ground, descendants(one, "shd"))):
            styles.shaded.add(key)
        if attribute(one, "type", "paragraph") == "paragraph" and attribute(one, "default") in ("1", "true"):
            styles.default = key
    return styles


def _letters(holders: list[Any]) -> dict[str, Any]:
    """What those that hold properties of letters say, by its name; the first one's word goes."""
    return {local(one): one for holder in reversed(holders) for said in children(holder, "rPr") for one in said}


def _described(holders: list[Any], above: Style) -> Style:
    """What a paragraph, or a style before those that it rests on, says; or else what is said `above`."""
    titles = [attribute(child(one, "name"), "val").strip().lower() for one in holders]
    headings = (one for one in map(_heading, holders, titles) if one is not None)
    places = [[child(one, "pPr", "numPr", name) for one in holders] for name in ("numId", "ilvl")]
    number, level = (next((one for one in found if one is not None), None) for found in places)
    set_in = next(filter(None, map(_LIST.fullmatch, titles)), None)
    uses = (use for title in titles for use, names in _USES.items() if names.fullmatch(title))
    return Style(
        next(headings, above.heading),
        attribute(number, "val") if number is not None else above.number,
        min(integer(level), MOST_LEVELS - 1) if level is not None else above.level,
        int(set_in[1]) - 1 if set_in else above.deeper,
        next(uses, above.use),
        above.letters | _letters(holders),
    )


def _heading(holder: Any, title: str) -> int | None:
    """The level of a heading, from 1; 0 for none, None where nothing is said of it."""
    outline, called = attribute(child(holder, "pPr", "outlineLvl"), "val"), _HEADING.fullmatch(title)
    if outline.isdecimal():
        return int(outline) + 1 if int(outline) < MOST_LEVELS else 0
    return 1 if title == "title" else int(called[1]) if called else None


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
    restart: int = MOST_LEVELS  # how many of the levels above begin it anew


@dataclass
class Numbering:
    """The lists of a document, and how far each has counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # by list and level, from 0
    same: dict[str, str] = field(default_factory=dict)  # that count on with each other, by their definition
    _counts: defaultdict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))  # of levels begun

    def label(self, number: str, level: int, flow: Flow) -> str | None:
        """What stands before the next paragraph of a list's level: `2.1`; empty for a bullet, None for no list."""
        levels = self.levels.get(number, {})
        found = levels.get(level)
        if found is None:
            return None
        counts = self._counts[self.same.get(number, number)]
        counts[level] = counts.get(level, found.start - 1) + 1
        for below in [one for one in counts if one > level and levels.get(one, found).restart > level]:
            del counts[below]

        def count(place: re.Match[str]) -> str:
            above = int(place[1]) - 1
            own = levels.get(above, Level())
            form = "decimal" if found.legal and own.form != "none" else own.form
            return "" if form in ("none", "bullet") else counted(counts.get(above, own.start), form, flow)

        return "" if found.form == "bullet" else _PLACE.sub(count, found.pattern) or None


def read_numbering(root: Any) -> Numbering:
    """The lists of `word/numbering.xml`."""
    abstract = {attribute(one, "abstractNumId"): one for one in children(root, "abstractNum")}
    styles = {attribute(one, "val"): above for above in abstract.values() for one in children(above, "styleLink")}
    numbering = Numbering()
    for one in children(root, "num"):
        number, base = attribute(one, "numId"), attribute(child(one, "abstractNumId"), "val") if len(one) else ""
        defined = abstract.get(base)
        defined = styles.get(attribute(child(defined, "numStyleLink"), "val"), defined)
        levels = {min(integer(one, "ilvl"), MOST_LEVELS - 1): _level(one) for one in children(defined, "lvl")}
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
    form, pattern, start, legal, restart = (child(element, name) for name in _OF_LEVEL)
    kind = attribute(form, "format") or attribute(form, "val", "decimal")  # its own one shows itself: `001, 002, ...`
    begin, above = integer(start, default=1), integer(restart, default=MOST_LEVELS)
    return Level(kind, attribute(pattern, "val"), begin, is_on(legal), above)


def counted(number: int, form: str, flow: Flow) -> str:
    """A number as a list writes it, whose form has the name of any program; in figures, and said, where not known."""
    name = re.sub("[-_]", "", form).lower()
    write, signs = _FORMS.get(name.removeprefix("upper").removeprefix("lower"), (_padded, form))
    text = write(number, signs) if number >= (0 if write in (positional, _padded) else 1) else str(number)
    if not text:
        flow.lacks(f"how a list counts is not known ({form[:40]}): its numbers are figures here")
    return text.upper() if text and name.startswith("upper") else text or str(number)


def spoken(number: int | str, signs: str, bare: str = "", nothing: str = "") -> str:
    """A number by its digits and their units, those in `bare` without a one; `nothing` is said of places between."""
    text, skipped, digits = "", False, str(number).lstrip("0")
    for place, digit in zip(reversed(range(len(digits))), map(int, digits), strict=True):
        unit = signs[9 + place % 4] if place % 4 else ""
        if digit:
            text += (nothing if skipped else "") + ("" if digit == 1 and unit in bare and unit else signs[digit]) + unit
        skipped = not digit
        if place and place % 4 == 0 and digits[-place - 4 : -place].strip("0"):
            text += signs[12 + place // 4 : 13 + place // 4]
    return text or signs[0]


def _chinese(number: int, signs: str) -> str:
    return spoken(number, signs, "十" if number < 20 else "", "零")


def positional(number: int | str, signs: str) -> str:
    """A number by its digits alone."""
    return "".join(signs[int(one)] for one in str(number))


def _repeated(number: int, signs: str) -> str:
    """As office programs: z is followed by aa, bb."""
    return signs[(number - 1) % len(signs)] * min((number - 1) // len(signs) + 1, 30)


def _lettered(number: int, signs: str) -> str:
    """As browsers: z is followed by aa, ab."""
    above, place = divmod(number - 1, len(signs))
    return (_lettered(above, signs) if above else "") + signs[place]


def _listed(number: int, signs: Sequence[str]) -> str:
    return "".join(signs[number - 1 : number])


def _padded(number: int, form: str) -> str:
    """By a form that shows itself: `001, 002, 003, ...`."""
    first = form.partition(",")[0]
    return f"{number:0{len(first)}}" if re.fullmatch("0{0,9}1", first) else ""


def _worded(number: int, places: Sequence[str]) -> str:
    """By the words of its digits in each place."""
    digits = f"{number:0{len(places)}}"
    try:
        return "".join(words.split(" ")[int(digit)] for words, digit in zip(places, digits, strict=True))
    except (IndexError, ValueError):  # there are no words for it
        return ""


_WRITERS: dict[str, Callable[[int, Any], str]] = {
    "positional": positional, "padded": _padded, "listed": _listed, "worded": _worded, "repeated": _repeated,
    "enclosed": lambda number, signs: _listed(number, signs) or str(number), "lettered": _lettered, "spoken": spoken,
    "plain": partial(spoken, bare="십백천十百千"), "formal": partial(spoken, nothing="零"), "chinese": _chinese,
    "to_99": lambda number, signs: (_chinese if number < 100 else positional)(number, signs),
}  # fmt: skip
_FORMS = {
    name: (_WRITERS[writer], signs)
    for writer, known in tomllib.loads(Path(__file__).with_name("numerals.toml").read_text(encoding="utf-8")).items()
    for names, signs in known.items()
    for name in names.split()
}  # kinds of numbers → what writes them, and by which signs
KOREAN, HAN = (_FORMS[name][1] for name in ("koreandigital", "koreandigital2"))
