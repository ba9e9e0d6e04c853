"""What is drawn in office documents: charts by the numbers stored with them, diagrams and shapes by their words."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from sokdok.office.flow import Flow, inline_formula, link, raised
from sokdok.office.formulas import latex
from sokdok.office.number_format import DAY_0, shown_number
from sokdok.office.package import Package, attribute, child, children, descendants, integer, local, relation, within
from sokdok.office.seen import Rgb, rgb
from sokdok.pages.textlayer.glyphs import SYMBOLS
from sokdok.tables.markup import RawCell

_SYMBOL_FONT = dict(enumerate("ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", 0x41)) | dict(enumerate("αβχδεφγηιϕκλμνοπθρστυϖωξψζ", 0x61))
_SYMBOL_FONT |= dict(zip(b"\xa3\xb3\xb1\xb4\xb8\xa5\xae\xb9\xbb\xd6\xe5\xb0\xce\xde", "≤≥±×÷∞→≠≈√∑°∈⇒", strict=True))
_CODED = re.compile("_x([0-9A-Fa-f]{4})_(\n?)")  # a character that XML can't hold
_PRIVATE = re.compile(f"[\uf000-\uf0ff{''.join(chr(one) for one in SYMBOLS if one > 0xFFFF)}]")
_FONTS = ("Symbol", "Wingdings", "Webdings")
MOST_POINTS = 10_000  # of a series


def read_chart(root: Any) -> tuple[list[list[RawCell]], str]:
    """A chart part's table, categories down and series across, and its titles, the axes', too."""
    series = list(descendants(root, "ser"))[:100]
    titles = "\n".join(text for title in descendants(root, "title") for text in paragraphs(title))
    if (data := child(root, "chartData")) is not None:  # of 2016 and later (`cx`): a column for each of its dimensions
        columns = [_values(level) for level in descendants(data, "lvl")]
        places = sorted({place for one in columns for place in one})
        return [[RawCell(pieces=[_number(one.get(place, ""))]) for one in columns] for place in places], titles
    names = [" ".join(_values(child(one, "tx")).values()) for one in series]
    categories = [_labels(next(within(one, (), "cat", "xVal"), None)) for one in series]
    values = [_values(next(within(one, (), "val", "yVal"), None)) for one in series]
    places = sorted({place for one in values for place in one})
    rows = [[RawCell(header=True, pieces=[text]) for text in ("", *names)]] if any(names) else []
    for place in places:
        label = next((one[place] for one in categories if place in one), "")
        cells = [RawCell(pieces=[_number(one.get(place, ""))]) for one in values]
        rows.append([RawCell(header=True, pieces=[label]), *cells])
    return rows, titles


def add_drawn(flow: Flow, one: Any, package: Package, related: dict[str, str]) -> None:
    """Add what an element of a drawing shows: words, a picture, a chart or a diagram, by the parts it is related to."""
    name = local(one)
    target = related.get(next(filter(None, (relation(one, key) for key in ("embed", "id", "dm"))), ""), "")
    if name == "txBody":
        flow.text("\n".join(paragraphs(one)))
    elif name in ("blip", "imagedata") and target in package:
        holders = one.iterancestors("{*}pic", "{*}sp", "{*}inline", "{*}anchor")
        said = (attribute(named, "descr") for holder in holders for named in holder.iter("{*}cNvPr", "{*}docPr"))
        flow.picture(target, next(filter(None, said), ""))
    elif name in ("blip", "imagedata"):
        flow.warn("a picture that is linked from elsewhere is not fetched")
    elif name == "chart" and target in package:
        flow.chart(*read_chart(package.xml(target)))
    elif name == "relIds" and target in package:
        _add_diagram(flow, package.xml(target))


def _add_diagram(flow: Flow, data: Any) -> None:
    """Add a diagram (SmartArt) as a list, by its data: each box above those that belong to it."""
    points = {attribute(one, "modelId", str(at)): one for at, one in enumerate(descendants(data, "pt"))}
    boxes = {key: one for key, one in points.items() if attribute(one, "type", "node") in ("node", "asst", "doc")}
    below = defaultdict[str, list[str]](list)
    for line in sorted(descendants(data, "cxn"), key=lambda line: integer(line, "srcOrd"), reverse=True):
        if attribute(line, "type", "parOf") == "parOf":
            below[attribute(line, "srcId")].append(attribute(line, "destId"))
    waiting = [(key, int(attribute(box, "type") != "doc")) for key, box in reversed(boxes.items())]
    waiting.sort(key=lambda one: -one[1])  # the document is taken first, and what belongs to nothing last
    while waiting:
        key, level = waiting.pop()
        if (box := boxes.pop(key, None)) is not None:
            for text in paragraphs(box):
                flow.item(max(level, 1), text)
            waiting += [(inner, level + 1) for inner in below[key]]


def theme_colours(root: Any) -> dict[str, Rgb | None]:
    """The colours of a theme by their names, in order: `dk1`, `lt1` …"""
    named = ((local(one), next(iter(one), None)) for one in next(descendants(root, "clrScheme"), ()))
    return {name: rgb(attribute(one, "lastClr") or attribute(one, "val")) for name, one in named}


def paragraphs(element: Any) -> list[str]:
    """Paragraphs of DrawingML text that say something."""
    return [text for one in descendants(element, "p") if (text := words(one)).strip()]


def count_words(element: Any) -> int:
    """How many words an element of DrawingML or of Word says."""
    said = (p.iter("{*}t", "{*}br", "{*}tab") for p in descendants(element, "p"))
    return len(" ".join("".join(one.text or " " for one in each) for each in said).split())


def words(element: Any, links: dict[str, str] | None = None) -> str:
    """The words of a paragraph of DrawingML, raised and lowered ones marked; `links` are addresses by their ids."""
    return "".join(_word(one, links or {}) for one in element)


def in_font(text: str, font: str, letters: bool = True) -> str:
    """Text as a symbol font shows it, or without `letters` known signs alone (`à` is →); unknown ones are bullets."""
    if font.startswith(_FONTS):
        signs = [one for one in range(0x21, 0x100) if letters or (one > 0x7F and 0xF000 + one in SYMBOLS)]
        text = text.translate({one: 0xF000 + one for one in signs})
    own = _SYMBOL_FONT if font == "Symbol" else {}
    return _PRIVATE.sub(lambda one: own.get(ord(one[0]) & 0xFF) or SYMBOLS.get(ord(one[0])) or "•", text)


def decoded(text: str) -> str:
    """Text with the characters that codes in it stand for (ST_Xstring): `_x000D_` ends a line."""

    def sign(code: re.Match[str]) -> str:
        one = chr(int(code[1], 16))
        return "\n" if one in "\r\x0b" else f"{one if one.isprintable() else ''}{code[2]}"

    return _CODED.sub(sign, text)


def is_hidden(shape: Any) -> bool:
    """Whether a shape says itself that it is not shown; Excel says it of its controls, which it shows another way."""
    own = [one for kind in shape if local(kind).startswith("nv") for one in children(kind, "cNvPr")][:1]
    return any(attribute(one, "hidden") in ("1", "true") and not list(one.iter("{*}compatExt")) for one in own)


def _word(one: Any, links: dict[str, str]) -> str:
    name = local(one)
    if name in ("r", "fld"):
        return _run(one, links)
    if name in ("t", "br"):
        return "\n" if name == "br" else one.text or ""
    return inline_formula(latex(one)) if name in ("oMath", "oMathPara") else words(one, links)


def _run(run: Any, links: dict[str, str]) -> str:
    text, properties = decoded("".join(one.text or "" for one in children(run, "t"))), child(run, "rPr")
    latin, signs = (attribute(child(properties, one), "typeface") for one in ("latin", "sym"))
    text = in_font(text, latin) if latin.startswith(_FONTS) else in_font(text, signs, letters=False)
    text = text.upper() if attribute(properties, "cap") == "all" else text
    offset = attribute(properties, "baseline").rstrip("%")
    text = raised(text, "" if not offset.strip("-0.") else "sub" if offset.startswith("-") else "sup")
    text = raised(text, "del" if attribute(properties, "strike").endswith("Strike") else "")  # once or twice
    click = child(properties, "hlinkClick")
    return link(text, links.get(relation(click, "id"), "")) if click is not None else text


def _values(element: Any) -> dict[int, str]:
    """Points of a series by their places; a name has one."""
    found: dict[int, str] = {}
    for point in descendants(element, "pt"):
        value, place = child(point, "v"), attribute(point, "idx", "0")
        if place.isdecimal() and len(found) < MOST_POINTS:
            found[int(place[:9])] = (point if value is None else value).text or ""
    return found or dict(enumerate(one.text or "" for one in children(element, "v")))


def _labels(element: Any) -> dict[int, str]:
    """Names of a series' points: dates as they are shown, names of groups before those in them."""
    names, *groups = [_values(level) for level in descendants(element, "lvl")] or [_values(element)]
    for group in groups:
        names = {at: f"{group.get(max(filter(at.__ge__, group), default=0), '')} {name}" for at, name in names.items()}
    form = next((one.text for one in descendants(element, "formatCode")), None)
    return {at: _number(name, form) for at, name in names.items()} if form else names


def _number(text: str, form: str = "General") -> str:
    """A number without the tail of its binary form, 0.30000000000000004 → 0.3, or as a format shows it."""
    try:
        return f"{float(text):.12g}" if form == "General" else shown_number(float(text), form, DAY_0)
    except ValueError:
        return text
