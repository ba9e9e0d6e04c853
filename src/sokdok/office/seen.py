"""What can be seen of a web page: its styles as far as they hide text, which is then taken out of the tree.

- Asked are `style` attributes and elements, HTML's own attributes, and the sheets that come with a file; what a screen
  shows counts. Nothing is fetched: where a page's sheets are elsewhere, colours that it does not name are not known,
  and colours that are not known hide nothing.
- Unseen is what is not displayed, has no size, lies off the page or is clipped away, and type that stands out from its
  ground by less than `LEAST_CONTRAST`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cssselect2
import tinycss2
from tinycss2.color4 import parse_color

LEAST_CONTRAST = 1.1  # ratio of luminances (WCAG 2): yellow on white has 1.07
LEAST_PX = 2.0  # height of type
_AWAY_PX = 900.0  # to the left or upwards: nobody scrolls there
_INVISIBLE_PX = 1.0  # a box of this size that lets nothing stand out
_UNITS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "in": 96.0, "cm": 37.8}
_NEVER = {"script", "style", "noscript", "template", "iframe", "object", "audio", "video", "canvas"}
_NEVER |= {"datalist", "noframes", "title", "desc", "metadata", "defs", "symbol", "param", "source", "track"}
_PLACES = {"left", "right", "top", "bottom", "margin-left", "margin-top", "text-indent"}
_SIZES = {"width", "height", "max-width", "max-height"}
_SIBLINGS = re.compile(r"~(?!=)")
_SCREENS = re.compile(r"(?:^|,)\s*(?:only\s+)?(?:all|screen)?\s*(?:,|$)", re.IGNORECASE)
_GROUND_WORDS = {"transparent", "none", "inherit", "initial", "unset", "revert"}

Rgb = tuple[float, float, float]
Sheets = Callable[[str], str | None]  # from the address of a style sheet to its text; None for what is elsewhere
Style = dict[str, Any]  # property → what it says: a word, pixels, a colour; None for what is not known


@dataclass(frozen=True)
class _Look:
    """How an element's own text looks; most of it is handed down."""

    colour: tuple[float, float, float, float] | None = (0, 0, 0, 1)
    """red, green, blue, opacity, from 0 to 1; None where that is not known"""
    ground: Rgb | None = (1, 1, 1)
    opacity: float = 1.0
    px: float = 16.0
    visible: bool = True
    indent: float = 0.0

    @property
    def seen(self) -> bool:
        if not self.visible or self.px < LEAST_PX or self.indent < -_AWAY_PX:
            return False
        if self.colour is None or self.ground is None:
            return self.opacity > 0.02
        share = self.colour[3] * self.opacity
        own = [share * one + (1 - share) * below for one, below in zip(self.colour, self.ground, strict=False)]
        return stands_out(own, self.ground)


def stands_out(colour: Iterable[float], ground: Iterable[float]) -> bool:
    """Whether type of a colour (red, green, blue from 0 to 1) is seen on a ground."""
    light, dark = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05) >= LEAST_CONTRAST


def drop_unseen(root: Any, sheets: Sheets) -> int:
    """Take what can't be seen out of a page's tree; the number of words that took away."""
    rules = _Rules()
    known = False not in [
        _add_sheet(rules, element, sheets) for element in root.iter("style", "link", "{*}style", "{*}link")
    ]
    for element in list(root.iter(*_NEVER, *(f"{{*}}{name}" for name in _NEVER))):
        _take_out(element)
    return _Eye(rules).look(root, _Look() if known else _Look(None, None))


class _Eye:
    """Goes through a page from the root, with what is handed down."""

    def __init__(self, rules: _Rules) -> None:
        self.rules, self.unseen = rules, 0

    def look(self, root: Any, look: _Look) -> int:
        self._element(root, cssselect2.ElementWrapper.from_html_root(root) if self.rules.any else None, look, look.seen)
        return self.unseen

    def _element(self, element: Any, wrapped: Any, look: _Look, seen: bool) -> None:
        if style := _of_attributes(element) | self.rules.of(element, wrapped):
            if _is_away(style):
                self.unseen += len(" ".join(element.itertext()).split())
                _take_out(element)
                return
            look = _computed_style(style, look)
            seen = look.seen
        inner = [(one, None) for one in element]
        if wrapped is not None:
            inner = [(one.etree_element, one) for one in wrapped.iter_children()]
        if not seen:
            self.unseen += len(" ".join([element.text or "", *(one.tail or "" for one in element)]).split())
            element.text = None
            for one, _ in inner:
                one.tail = None
        for one, its in inner:
            self._element(one, its, look, seen)


class _Rules:
    """The rules of a page's sheets that may hide something."""

    def __init__(self) -> None:
        self.matcher, self.any = cssselect2.Matcher(), False

    def add(self, sheet: str) -> bool:
        """Add a sheet; whether it is whole by itself."""
        try:
            return False not in [self._rule(rule) for rule in tinycss2.parse_stylesheet(sheet, True, True)]
        except RecursionError:  # rules in rules in rules
            return False

    def of(self, element: Any, wrapped: Any) -> Style:
        """What an element's rules and its own attribute say; what is important last."""
        said: list[list[tuple[str, Any, bool]]] = []
        if wrapped is not None:
            said = [payload for _, _, pseudo, payload in self.matcher.match(wrapped) if pseudo is None]
        if own := element.get("style"):
            said.append(list(_declared(tinycss2.parse_blocks_contents(own))))
        style: Style = {}
        for wanted in (False, True):
            for declarations in said:
                style |= {name: value for name, value, important in declarations if important is wanted}
        return style

    def _rule(self, rule: Any) -> bool:
        if rule.type == "at-rule":
            if rule.lower_at_keyword == "import":
                return False
            media = rule.lower_at_keyword == "media"
            if rule.content is None or rule.lower_at_keyword not in ("media", "supports", "layer"):
                return True
            if media and not _SCREENS.search(tinycss2.serialize(rule.prelude).strip()):
                return True
            return False not in [self._rule(one) for one in tinycss2.parse_rule_list(rule.content, True, True)]
        if rule.type != "qualified-rule":
            return True
        declarations = list(_declared(tinycss2.parse_blocks_contents(rule.content)))
        if not declarations or _SIBLINGS.search(tinycss2.serialize(rule.prelude)):
            return True  # of what stands beside an element all before it would be gone through
        try:
            for selector in cssselect2.compile_selector_list(rule.prelude):
                self.matcher.add_selector(selector, declarations)
                self.any = True
        except cssselect2.SelectorError:
            return True
        return True


def _add_sheet(rules: _Rules, element: Any, sheets: Sheets) -> bool:
    """Add what an element of a page's head says or names; whether all of it is here."""
    if not _SCREENS.search(element.get("media", "").strip()):
        return True
    if str(element.tag).endswith("style"):
        return rules.add(element.text or "")
    if "stylesheet" not in element.get("rel", "").lower().split():
        return True
    sheet = sheets(element.get("href", ""))
    return sheet is not None and rules.add(sheet)


def _declared(nodes: Iterable[Any]) -> Iterator[tuple[str, Any, bool]]:
    """What declarations say of how type looks: name, value, and whether it is important."""
    for node in nodes:
        if node.type != "declaration":
            continue
        name, value = node.lower_name, [one for one in node.value if one.type not in ("whitespace", "comment")]
        word = value[0].lower_value if len(value) == 1 and value[0].type == "ident" else ""
        if name in ("display", "visibility", "overflow", "position"):
            yield name, word, node.important
        elif name in ("color", "-webkit-text-fill-color"):
            yield "color", _colour(value[0]) if len(value) == 1 else None, node.important
        elif name in ("background", "background-color"):
            yield "ground", _ground(value), node.important
        elif name == "background-image" and word != "none":
            yield "picture", True, node.important
        elif name in ("text-shadow", "-webkit-text-stroke") and word != "none":
            yield "outlined", True, node.important
        elif name == "opacity" and value and value[0].type in ("number", "percentage"):
            yield name, value[0].value / (100 if value[0].type == "percentage" else 1), node.important
        elif name in ("font-size", "font"):
            size = next((one for one in value if one.type in ("dimension", "percentage", "number")), None)
            if name == "font-size" or size is None or size.type != "number" or not size.value:
                yield "size", size, node.important
        elif name in _PLACES or name in _SIZES:
            yield name, _pixels(value[0]) if len(value) == 1 else None, node.important
        elif name in ("clip", "clip-path") and value and value[0].type == "function":
            yield "clip", _is_clipped(value[0]), node.important
        elif name in ("clip", "clip-path"):
            yield "clip", False, node.important


def _of_attributes(element: Any) -> Style:
    """What HTML's own attributes and elements say of how type looks."""
    name, style = str(element.tag), Style()
    if not element.attrib and name not in _OWN_LOOK:
        return style
    if element.get("hidden") is not None or (name == "dialog" and element.get("open") is None):
        style["display"] = "none"
    if name == "a" and element.get("href"):
        style["color"] = (0, 0, 0.93, 1)
    if name in _OWN_LOOK and name != "dialog":
        style |= {"color": None, "ground": None}
    if (ground := element.get("bgcolor")) is not None:
        colour = parse_color(ground.strip())
        style["ground"] = _channels(colour) if colour is not None else None
    if element.get("background") is not None:
        style["picture"] = True
    given = element.get("color") if name == "font" else element.get("text") if name == "body" else None
    if given is not None:
        style["color"] = _channels(parse_color(given.strip()))
    return style


def _computed_style(style: Style, above: _Look) -> _Look:
    """How an element looks that stands in another."""
    look = replace(above, opacity=above.opacity * min(max(style.get("opacity", 1.0), 0.0), 1.0))
    if style.get("position") in ("absolute", "fixed"):
        look = replace(look, ground=None)  # it may lie on anything
    if "ground" in style:
        look = replace(look, ground=_composited(style["ground"], look.ground))
    if style.get("picture"):
        look = replace(look, ground=None)
    if "color" in style and style["color"] != "inherit":
        look = replace(look, colour=style["color"])
    if style.get("outlined"):
        look = replace(look, colour=None)
    if style.get("visibility") in ("visible", "hidden", "collapse"):
        look = replace(look, visible=style["visibility"] == "visible")
    if style.get("text-indent") is not None:
        look = replace(look, indent=style["text-indent"])
    if "size" in style:
        look = replace(look, px=_type_size(style["size"], above.px))
    return look


def _is_away(style: Style) -> bool:
    """Whether an element and all that is in it is not displayed, off the page, clipped away or without a size."""
    placed = style.get("position") in ("absolute", "fixed", "relative")
    moved = ("left", "right", "top", "bottom") if placed else ()
    if any((style.get(name) or 0) < -_AWAY_PX for name in ("margin-left", "margin-top", *moved)):
        return True
    small = any(style[name] is not None and style[name] <= _INVISIBLE_PX for name in _SIZES & style.keys())
    return style.get("display") == "none" or bool(style.get("clip")) or (small and style.get("overflow") in _CUT)


_CUT = ("hidden", "clip")
_OWN_LOOK = {"button", "input", "select", "textarea", "mark", "dialog"}


def _colour(token: Any) -> Any:
    if token.type == "ident" and token.lower_value == "inherit":
        return "inherit"
    return _channels(parse_color(token))


def _channels(colour: Any) -> tuple[float, ...] | None:
    """Red, green, blue and opacity of a colour; None where it is another space's, or another colour's."""
    if colour is None or isinstance(colour, str):
        return None
    try:
        red, green, blue, share = (float(one or 0) for one in colour.to("srgb"))
    except (NotImplementedError, ValueError):
        return None
    return red, green, blue, share


def _ground(value: list[Any]) -> Any:
    """The colour of a background: `none` where it has none of its own, None where it is a picture or not known."""
    if any(one.type in ("url",) or (one.type == "function" and _colour(one) is None) for one in value):
        return None
    found = [colour for one in value if (colour := _colour(one)) not in (None, "inherit")]
    if found:
        return found[0]
    return "none" if any(one.type == "ident" and one.lower_value in _GROUND_WORDS for one in value) else "same"


def _composited(ground: Any, below: Rgb | None) -> Rgb | None:
    """A background over what lies below it."""
    if ground is None or isinstance(ground, str):
        return below if ground is not None else None
    share = ground[3]
    if share >= 1:
        return ground[:3]  # type: ignore[no-any-return]
    if below is None:
        return below if share else None
    mixed = [share * own + (1 - share) * under for own, under in zip(ground, below, strict=False)]
    return mixed[0], mixed[1], mixed[2]


def _pixels(token: Any) -> float | None:
    """A length; None for what depends on other things."""
    if token.type == "number":
        return float(token.value)
    return float(token.value) * _UNITS[token.lower_unit] if getattr(token, "lower_unit", "") in _UNITS else None


def _type_size(token: Any, above: float) -> float:
    """Pixels of type in text whose type has `above`; words such as `small` are read as the usual size."""
    if token is None:
        return 16.0
    if token.type == "percentage":
        return above * float(token.value) / 100
    if token.type == "dimension" and token.lower_unit in ("em", "ex"):
        return above * float(token.value) * (1 if token.lower_unit == "em" else 0.5)
    size = _pixels(token)
    return 16.0 if size is None else size


def _is_clipped(function: Any) -> bool:
    """Whether a clip leaves nothing: `rect(0 0 0 0)`, `rect(1px, 1px, 1px, 1px)`, `inset(50%)`, `circle(0)`."""
    parts = [one for one in function.arguments if one.type in ("number", "dimension", "percentage")]
    if function.lower_name == "rect" and len(parts) == 4:
        top, right, bottom, left = (float(one.value) for one in parts)
        return abs(bottom - top) <= _INVISIBLE_PX or abs(right - left) <= _INVISIBLE_PX
    if function.lower_name == "inset" and parts:
        return parts[0].type == "percentage" and parts[0].value >= 50
    return function.lower_name == "circle" and bool(parts) and parts[0].value == 0


def _luminance(colour: Iterable[float]) -> float:
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _take_out(element: Any) -> None:
    """Take an element out of its tree, not what follows it."""
    parent = element.getparent()
    if parent is None:
        for one in list(element):
            element.remove(one)
        element.text = None
        return
    before, tail = element.getprevious(), element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
