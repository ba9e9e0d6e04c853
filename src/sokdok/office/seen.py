"""What can be seen of a web page: what its styles hide is taken out of the tree, words that they add are put in.

- Asked are `style` attributes and elements, HTML's own attributes, and the sheets that come with a file, as a screen
  shows them. Where sheets are elsewhere, colours are not known, and colours that are not known hide nothing.
- Unseen is what is not displayed, has no size, lies off the page or is clipped away, and type that stands out from its
  ground by less than `LEAST_CONTRAST`. Letters get the case that is shown, lists the `type` of their marks.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import takewhile
from math import inf
from pathlib import Path
from typing import Any

import cssselect2
import tinycss2
from tinycss2.color4 import parse_color

from sokdok.office.flow import Flow

WHITE = (1.0, 1.0, 1.0)  # of paper
LEAST_CONTRAST = 1.1  # ratio of luminances (WCAG 2): yellow on white has 1.07
_LEAST_OPACITY = 0.02
LEAST_PX, LEAST_PT = 2.0, 1.5  # height of type, on a screen and on paper
_AWAY_PX = 900.0  # to the left or upwards: nobody scrolls there
_INVISIBLE_PX = 1.0  # a box of this size that lets nothing stand out
WEB = tomllib.loads(Path(__file__).with_name("web.toml").read_text(encoding="utf-8"))
_UNITS, _EFFECTS, _RELATIVE = WEB["units"], WEB["effects"], WEB["relative"]
_HAS, _NEVER, _DRAWN, _WORDS, _LENGTHS = (
    WEB[name].split() for name in ("screen", "never", "drawn", "words", "lengths")
)
_OWN_LOOK, _CLIPS, _NO_WORDS, _LINES = (tuple(WEB[name].split()) for name in ("own_look", "clips", "no_words", "lines"))
LINE_END = "\u2028"  # one that is shown
_CODE = re.compile("(?:#|[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")
_BARE = re.compile(r"\A(?=[0-9A-Fa-f]{6}\Z)")  # a colour's code in an attribute, without its sign
_SIBLINGS = re.compile(r"~(?!=)")
_LONGEST = 10_000  # characters of what a rule selects: each rule in a rule may double it
_CONTAINER = re.compile(r"\A\s*(?!not\b)[\w-]+\s+(?=\()")  # the name of one that is asked for its size
_FEATURE = re.compile(r"\(([^()]*)\)")  # of a media query
_BOUND = re.compile(r"(min-|max-)?(width|height)\s*(?::|([<>])=?)\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)(px|em|rem|in|cm|pt)?")
_CASES: dict[str, Callable[[str], str]] = {
    "uppercase": str.upper,
    "lowercase": str.lower,
    "capitalize": lambda text: re.sub(r"(?<!\S)\w", lambda letter: letter[0].upper(), text),
}

Rgb = tuple[float, float, float]
Files = Callable[[str], str | None]  # from an address in a page to a text or a reference; None for what is elsewhere
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
    case: str = ""  # of letters, as `text-transform` says
    breaks: bool = False  # whether line ends of the file are shown as such
    names: dict[str, str] = field(default_factory=dict)  # variables of sheets, and the words that they stand for

    def shown(self, text: str | None) -> str:
        """Text with the letters and line ends that are shown."""
        text = _CASES.get(self.case, str)(text or "")
        return text.replace("\n", LINE_END) if self.breaks else text

    @property
    def seen(self) -> bool:
        if not self.visible or self.px < LEAST_PX or self.indent < -_AWAY_PX:
            return False
        share = self.opacity * (self.colour[3] if self.colour else 1)
        own = _composited(self.colour and (*self.colour[:3], share), self.ground)
        return self.opacity > _LEAST_OPACITY and stands_out(own, self.ground)


def rgb(code: str) -> Rgb | None:
    """A colour as office programs write it: `FFFFFF`, `#FFFFFF`, or `FFFFFFFF` with its opacity first."""
    match = _CODE.fullmatch(code)
    return tuple(one / 255 for one in bytes.fromhex(match[1])) if match else None  # type: ignore[return-value]


@lru_cache(4096)
def stands_out(colour: Rgb | None, ground: Rgb | None) -> bool:
    """Whether type of a colour (red, green, blue from 0 to 1) is seen on a ground; it is where either is not known."""
    if colour is None or ground is None:
        return True
    light, dark = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05) >= LEAST_CONTRAST


def keep_seen(root: Any, sheets: Files, flow: Flow) -> None:
    """Make a page's tree what is seen of it; the flow is told how many words that took away, and what is missing."""
    rules = _Rules()
    known = False not in [_add_sheet(rules, one, sheets) for one in root.iter("style", "link", "{*}style", "{*}link")]
    for element in root.xpath("//template[@shadowrootmode]"):  # the inside of an element, which is shown
        element.tag = "div"
        flow.lacks("parts of the page that stand in each other's slots (shadow trees) may be out of order")
    # The text that `use` takes from elsewhere in a drawing stands where it is shown.
    named = {one.get("id"): one for one in root.iter() if one.get("id")}
    for one in list(root.iter("use")):
        drawn = named.get((one.get("href") or one.get("xlink:href", "")).strip().removeprefix("#"))
        one.extend([deepcopy(text) for text in (drawn.iter("text") if drawn is not None else ())])
    for element in list(root.iter(*_NEVER, *(f"{{*}}{name}" for name in _NEVER))):
        _take_out(element)
    look = _Look() if known else _Look(None, None)
    wrapped = cssselect2.ElementWrapper.from_html_root(root) if rules.any else None
    _Eye(rules, flow).look(root, wrapped, look, look.seen)


class _Eye:
    """Goes through a page from the root, with what is handed down."""

    def __init__(self, rules: _Rules, flow: Flow) -> None:
        self.rules, self.flow = rules, flow

    def look(self, element: Any, wrapped: Any, look: _Look, seen: bool) -> float:
        """Go through an element; where it stands among others, as `order` says."""
        styles = self.rules.of(element, wrapped)
        if style := _of_attributes(element) | styles[None]:
            if names := {name: style[name] for name in style if name.startswith("--")}:
                look = replace(look, names=look.names | names)
            named = {name: said for name in ("display", "visibility") if isinstance(said := style.get(name), tuple)}
            style |= {name: look.names.get(*said) for name, said in named.items()}
            if element.tag in ("td", "th") and "display" not in style:
                style["overflow"] = ""  # a cell is as large as its words
            if _is_away(style):
                self.flow.unseen += len(" ".join(element.itertext()).split())
                _take_out(element)
                return 0.0
            look = _computed_style(style, look)
            seen = look.seen
            if style.get("display", "").startswith(_LINES) and element.getparent() is not None:
                _put(element.getparent(), element.getprevious(), LINE_END)
                element.tail = LINE_END + (element.tail or "")
            if "list" in style and element.tag in ("ol", "ul", "menu", "li"):
                element.set("type", "".join(filter(str.isprintable, style["list"])))
        for key in () if look.visible and look.opacity > _LEAST_OPACITY else ("alt", "placeholder", "src", "value"):
            element.attrib.pop(key, None)  # the state of a box to tick is drawn another way
        if element.tag == "li" and (mark := self._added(element, styles["marker"], look)):
            element.set("type", f'"{mark}')
        inner = [(one, None) for one in element]
        if wrapped is not None:
            inner = [(one.etree_element, one) for one in wrapped.iter_children()]
        if not seen:
            self.flow.unseen += len(" ".join([element.text or "", *(one.tail or "" for one in element)]).split())
        if not seen or look.breaks or look.case in _CASES:
            element.text = look.shown(element.text) if seen else ""
            for one, _ in inner:
                one.tail = look.shown(one.tail) if seen else ""
        places = {one: self.look(one, its, look, seen) for one, its in inner}
        if style.get("display", "").endswith(("flex", "grid")):
            back = -1 if f"{style.get('flex-direction')}".endswith("reverse") else 1
            element[:] = sorted(element, key=places.__getitem__)[::back]
        if before := self._added(element, styles["before"], look):
            element.text = before + (element.text or "")
        if after := self._added(element, styles["after"], look):
            _put(element, element[-1] if len(element) else None, after)
        if style.get("overflow") in ("hidden", "clip") and _is_cut("".join(element.itertext()), style, look.px):
            self.flow.warn("text that a box cuts off on a screen is told, too")
        return float(style.get("order", 0.0))

    def _added(self, element: Any, style: Style, look: _Look) -> str:
        """What a sheet puts before or after an element's words; signs of fonts for icons are blanks."""
        said = [_said(element, one) for one in takewhile(lambda one: one != "/", style.get("content", ()))]
        if None in said:
            self.flow.lacks("numbers that a style sheet counts are not read")
        if None in said or not said:
            return ""
        text = "".join(char if char.isprintable() else " " for char in "".join(map(str, said)))
        look = _computed_style(style, look)
        if _is_away(style) or not look.seen:
            self.flow.unseen += len(text.split())
            return ""
        text = look.shown(text)
        return text if style.get("display", "inline") == "inline" else f" {text} "


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

    def of(self, element: Any, wrapped: Any) -> dict[str | None, Style]:
        """What is said of an element (None), and of what stands `before` and `after` its words."""
        said = [match[2:] for match in (self.matcher.match(wrapped) if wrapped is not None else ())]
        if own := element.get("style"):
            said.append((None, list(_declared(tinycss2.parse_blocks_contents(own)))))
        styles: dict[str | None, Style] = defaultdict(dict)
        for wanted in (False, True):
            for pseudo, declared in said:
                styles[pseudo] |= {name: value for name, value, important in declared if important is wanted}
        return styles

    def _rule(self, rule: Any, above: str = "") -> bool:
        """Add a rule; `above` selects what the rule that it stands in is about."""
        if rule.type not in ("at-rule", "qualified-rule"):
            return True
        selected, prelude = above, tinycss2.serialize(rule.prelude)
        if rule.type == "at-rule":
            name = rule.lower_at_keyword
            if rule.content is None or name not in ("media", "container", "supports", "layer"):
                return name != "import"
            asked = _CONTAINER.sub("", prelude).replace("inline-size", "width") if name == "container" else prelude
            if name in ("media", "container") and not _is_for_screens(asked):  # a container is taken for a whole window
                return True
        elif not above:
            selected = prelude
        else:
            parts = "".join("\0" if one == "," else one.serialize() for one in rule.prelude).split("\0")
            parts = [part if "&" in part else f"& {part}" for part in parts]
            selected = ",".join(parts).replace("&", f":is({above})")
        if len(selected) > _LONGEST:
            return False
        if not selected:
            return False not in [self._rule(one) for one in tinycss2.parse_rule_list(rule.content, True, True)]
        nodes = tinycss2.parse_blocks_contents(rule.content, True, True)
        declarations = list(_declared(nodes))
        # Of what stands beside an element all before it would be gone through.
        if declarations and not _SIBLINGS.search(selected):
            with suppress(cssselect2.SelectorError):
                for selector in cssselect2.compile_selector_list(selected):
                    self.matcher.add_selector(selector, declarations)
                    self.any = True
        return False not in [self._rule(one, selected) for one in nodes]


def _add_sheet(rules: _Rules, element: Any, sheets: Files) -> bool:
    """Add what an element of a page's head says or names; whether all of it is here."""
    if not _is_for_screens(element.get("media", "")):
        return True
    if str(element.tag).endswith("style"):
        return rules.add(element.text or "")
    if "stylesheet" not in element.get("rel", "").lower().split():
        return True
    sheet = sheets(element.get("href", ""))
    return sheet is not None and rules.add(sheet)


def _is_for_screens(media: str) -> bool:
    """Whether one of some media queries holds of a usual screen; one that asks for what is not known does not."""

    def has(feature: str) -> bool | None:
        if (bound := _BOUND.fullmatch(feature.strip())) is None:
            return "".join(feature.split()) in _HAS or None
        own, asked = WEB["window"][bound[2]], float(bound[4]) * _UNITS[bound[5] or "px"]
        return own >= asked if bound[1] == "min-" or bound[3] == ">" else own <= asked

    def holds(query: str) -> bool:
        words, found = _FEATURE.sub(" ", query).split(), list(map(has, _FEATURE.findall(query)))
        types = set(words) - {"only", "not", "and"}
        return (
            None not in found and "or" not in types and (types <= {"all", "screen"} and all(found)) != ("not" in words)
        )

    return not media.strip() or any(map(holds, media.lower().split(",")))


def _declared(nodes: Iterable[Any]) -> Iterator[tuple[str, Any, bool]]:
    """What declarations say of how type looks: name, value, and whether it is important."""
    for node in (one for one in nodes if one.type == "declaration"):
        name = WEB["same"].get(node.lower_name, node.lower_name)
        value = [one for one in node.value if one.type not in ("whitespace", "comment")]
        word = value[0].lower_value if len(value) == 1 and value[0].type == "ident" else ""
        if name.startswith("--"):
            yield node.name, word, node.important
        elif name in ("display", "visibility") and value and getattr(value[0], "lower_name", "") == "var":
            said = [one.value for one in value[0].arguments if one.type == "ident"]
            yield name, (said[0] if said else "", said[1].lower() if len(said) > 1 else ""), node.important
        elif name in _WORDS:
            yield name, word, node.important
        elif name == "content":
            yield name, value, node.important
        elif name == "order" and value and value[0].type == "number":
            yield name, value[0].value, node.important
        elif name == "list-style":
            words = [f'"{one.value}' for one in value if one.type == "string"]
            words += [one.lower_value for one in value if one.type == "ident" and one.lower_value not in _NO_WORDS]
            yield "list", words[0] if words else "", node.important
        elif name == "color":
            yield name, _colour(value[0]) if len(value) == 1 else None, node.important
        elif name == "background":
            yield "ground", _ground(value), node.important
        elif name in _EFFECTS and word != "none":
            yield _EFFECTS[name], True, node.important
        elif name == "opacity" and value and value[0].type in ("number", "percentage"):
            yield name, value[0].value / (100 if value[0].type == "percentage" else 1), node.important
        elif name in ("font-size", "font"):
            size = next((one for one in value if one.type in ("dimension", "percentage", "number")), None)
            if name == "font-size" or size is None or size.type != "number" or not size.value:
                yield "size", size, node.important
        elif name == "overflow":
            is_shown = word in ("visible", *_NO_WORDS) or not value or value[0].type != "ident"
            yield name, "" if is_shown else word if node.lower_name == "overflow" else "auto", node.important
        elif name in ("inset", "margin", "padding") and value:
            for side, one in zip(("top", "right", "bottom", "left"), _sides(value), strict=True):
                yield f"{name}-{side}".removeprefix("inset-"), _pixels(one), node.important
        elif name in _LENGTHS:
            yield name, _pixels(value[0], name == "text-indent") if len(value) == 1 else None, node.important
        elif name in _CLIPS:
            functions = [(one.lower_name, one.arguments) for one in value if one.type == "function"]
            yield name, any(_is_clipped(*one) for one in functions or [(name, value)]), node.important


def _of_attributes(element: Any) -> Style:
    """What HTML's own attributes and elements say of how type looks."""
    name, said = str(element.tag), dict(element.items())  # of `attrib` a name with a brace raises
    style = Style(color=None, ground=None) if name in _OWN_LOOK else Style()
    if {"hidden", "popover"} & said.keys() or (name == "dialog" and "open" not in said):
        style["display"] = "none"
    if name == "a" and said.get("href"):
        style["color"] = (0, 0, 0.93, 1)
    named = WEB["attributes"]["all"] | WEB["attributes"].get("drawn" if name in _DRAWN else name, {})
    own = ";".join(f"{its}:{_BARE.sub('#', said[key].partition(';')[0])}" for key, its in named.items() if key in said)
    return style | {key: value for key, value, _ in _declared(tinycss2.parse_blocks_contents(own))}


def _computed_style(style: Style, above: _Look) -> _Look:
    below = None if style.get("position") in ("absolute", "fixed") else above.ground  # it may lie on anything
    share = min(max(style.get("opacity", 1.0), style.get("animated", 0.0)), 1.0)
    colour = None if style.get("outlined") else style.get("color", "inherit")
    shown, case, space = (style.get(name, "inherit") for name in ("visibility", "text-transform", "white-space"))
    return replace(
        above,
        opacity=above.opacity * share,
        ground=None if style.get("picture") else _composited(style.get("ground", "same"), below),
        colour=above.colour if colour == "inherit" else colour,
        visible=shown == "visible" if shown in ("visible", "hidden", "collapse") else above.visible,
        case=above.case if case == "inherit" else case,
        breaks=above.breaks if space == "inherit" else space.startswith(("pre", "break")),
        indent=above.indent if style.get("text-indent") is None else style["text-indent"],
        px=_type_size(style["size"], above.px) if "size" in style else above.px,
    )


def _is_away(style: Style) -> bool:
    """Whether an element and all that is in it is not displayed, off the page, clipped away or without a size."""
    moved = ("left", "right", "top", "bottom") if style.get("position") in ("absolute", "fixed", "relative") else ()
    off = any((style.get(name) or 0) < -_AWAY_PX for name in ("margin-left", "margin-top", *moved))
    gone = style.get("display") == "none" or style.get("content-visibility") == "hidden"
    clipped = any(map(style.get, _CLIPS)) and not style.get("animated")
    beside = style.get("white-space") == "nowrap" and (style.get("text-indent") or 0) >= WEB["window"]["width"]
    return off or gone or clipped or (bool(style.get("overflow")) and (beside or min(_room(style)) <= _INVISIBLE_PX))


def _room(style: Style) -> Iterator[float]:
    """Width and height of a box in pixels, at most: where they are not known, those of a window without an end."""
    for size, *sides in (("width", "left", "right"), ("height", "top", "bottom")):
        said = [style[name] for name in (size, f"max-{size}") if style.get(name) is not None]
        more = (f"min-{size}", "flex", "flex-grow", *(f"padding-{side}" for side in sides))
        is_known = said and all(style.get(name, 0) == 0 for name in more)
        yield min(said) if is_known else WEB["window"]["width"] if size == "width" else inf


def _is_cut(text: str, style: Style, px: float) -> bool:
    """Whether a box cuts words off, were letters as narrow and lines as close as they come."""
    width, height = _room(style)
    lines = style.get("line-clamp") or (1 if style.get("white-space") == "nowrap" else height / px)
    return px * sum(0.8 if sign > "\u1100" else 0.3 for sign in " ".join(text.split())) > width * lines


def _colour(token: Any) -> Any:
    """Red, green, blue and opacity of a colour, or `inherit`; None where it is another space's, or another colour's."""
    if token.type == "ident" and token.lower_value == "inherit":
        return "inherit"
    colour = parse_color(token)
    if colour is None or isinstance(colour, str):
        return None
    try:
        return tuple(float(one or 0) for one in colour.to("srgb"))
    except (NotImplementedError, ValueError):
        return None


def _ground(value: list[Any]) -> Any:
    """The colour of a background: `same` where it has none of its own, None where it is a picture or not known."""
    if any(one.type in ("url",) or (one.type == "function" and _colour(one) is None) for one in value):
        return None
    return next((colour for one in value if (colour := _colour(one)) not in (None, "inherit")), "same")


def _composited(ground: Any, below: Rgb | None) -> Rgb | None:
    if ground is None or isinstance(ground, str):
        return below if ground is not None else None
    *own, share = ground
    if below is None and share < 1:
        return None
    red, green, blue = (share * one + (1 - share) * under for one, under in zip(own, below or own, strict=True))
    return red, green, blue


def _pixels(token: Any, of_window: bool = False) -> float | None:
    """A length, a share of one that of the window's width; None for what depends on other things."""
    if token.type == "number" or (of_window and token.type == "percentage"):
        return float(token.value) * (WEB["window"]["width"] / 100 if of_window else 1)
    return float(token.value) * _UNITS[token.lower_unit] if getattr(token, "lower_unit", "") in _UNITS else None


def _type_size(token: Any, above: float) -> float:
    """Pixels of type in text whose type has `above`; words such as `small` are read as the usual size."""
    if token is None:
        return 16.0
    unit = "%" if token.type == "percentage" else getattr(token, "lower_unit", "")
    size = above * _RELATIVE[unit] * float(token.value) if unit in _RELATIVE else _pixels(token)
    return 16.0 if size is None else size


def _sides(parts: list[Any]) -> list[Any]:
    """What one to four values say of the top, the right, the bottom and the left."""
    return [*parts, parts[1]] if len(parts) == 3 else (parts * 4)[:4]


def _is_clipped(name: str, said: list[Any]) -> bool:
    """Whether it leaves nothing: `rect(0 0 0 0)`, `inset(50%)`, `circle(0)`, `scale(0)`, `translateX(-9999px)`."""
    parts = [one for one in said if one.type in ("number", "dimension", "percentage")]
    if not parts or any(one.type == "function" for one in said):  # calc
        return False
    numbers = [float(one.value) for one in parts]
    if name == "inset":
        top, right, bottom, left = (one.value if one.type == "percentage" else 0 for one in _sides(parts))
        return max(top + bottom, left + right) >= 100
    if name == "polygon" or (name == "rect" and len(parts) == 4):
        least = _INVISIBLE_PX if name == "rect" else 0
        return any(max(one) - min(one) <= least for one in (numbers[::2], numbers[1::2]) if one)
    if name.startswith("translate"):
        return any((_pixels(one) or 0) < -_AWAY_PX for one in parts[: 0 if name.endswith("z") else 2])
    if name in ("rotatex", "rotatey"):
        return numbers[0] / WEB["quarters"].get(getattr(parts[0], "lower_unit", ""), 1) % 2 == 1
    return any(abs(one) < _LEAST_OPACITY for one in numbers[: WEB["nothing_at"].get(name, 0)])


def _said(element: Any, token: Any) -> str | None:
    """What a part of `content` says; None for a number that a browser counts."""
    if token.type == "function" and token.lower_name == "attr":
        return str(element.get(next((one.value for one in token.arguments if one.type == "ident"), ""), ""))
    if token.type == "function":
        return None if token.lower_name.startswith(("counter", "var")) else ""
    if token.type == "ident":
        return WEB["quotes"].get(token.lower_value, "") if element.tag != "q" else ""
    return str(token.value) if token.type == "string" else ""


def _luminance(colour: Iterable[float]) -> float:
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _take_out(element: Any) -> None:
    """Take an element out of its tree, not what follows it."""
    parent = element.getparent()
    if parent is None:
        element.clear()
        return
    _put(parent, element.getprevious(), element.tail or "")
    parent.remove(element)


def _put(parent: Any, before: Any, text: str) -> None:
    """Put text behind an element in another, or at the other's begin."""
    if before is not None:
        before.tail = (before.tail or "") + text
    else:
        parent.text = (parent.text or "") + text
