"""HWPX documents: one page of headings, paragraphs, lists, tables, pictures and notes, in order.

What a tracked change deletes is left out. Standard: KS X 6101 (OWPML).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.office.chart import in_font, read_chart
from sokdok.office.flow import RAISED, Flow, Walker, link, raised
from sokdok.office.package import PackageFile, attribute, child, children, descendants, inside, integer, local, within
from sokdok.office.seen import LEAST_PT, WHITE, Rgb, rgb, stands_out
from sokdok.office.styles import Level, Numbering, counted
from sokdok.reasons import say
from sokdok.tables.markup import RawCell

_SECTION = re.compile(r"Contents/section(\d{1,4})\.xml")
_MASTER = re.compile(r"Contents/masterpage\d{1,4}\.xml")  # what lies below all pages
_COUNTED = ("PICTURE", "TABLE", "EQUATION")  # kinds of automatic numbers that belong to the text
_DROPPED = {"hiddenComment", "memo", "secPr", "linesegarray", "shapeComment", "parameters", "caption"}
_SPACES = {"tab": " ", "lineBreak": "\n", "nbSpace": "\xa0", "fwSpace": " ", "hyphen": "-"}
_DRAWN = {"rect", "ellipse", "polygon", "curve", "line", "arc", "container", "textart", "connectLine", "drawText"}
_RUBY = ("mainText", "subText")  # words, and how they are read
_SAYING = {"compose": ("composeText",), "edit": ("text",), "comboBox": ("selectedValue",)}
_SAYING |= dict.fromkeys(("btn", "checkBtn", "radioBtn"), ("caption",))
"""elements in a line that show text of their own → where that stands"""
OUTLINE, NUMBER, BULLET = "OUTLINE", "NUMBER", "BULLET"  # heads that a paragraph's shape gives it
_AUTOMATIC = ("그림입니다", "사각형입니다", "표입니다", "그리기 개체입니다")  # what it writes by itself


class HwpxFile(PackageFile):
    """An open HWPX document; InputError if it is none, locked, or of a version that is not known."""

    def __init__(self, path: Path, source: str, most: int) -> None:
        super().__init__(path, source, most)
        head = self.package.optional("version.xml")
        version = attribute(head, "xmlVersion") or attribute(head, "major", "1")
        if version.partition(".")[0] != "1":
            what = f"HWPX of version {version[:20]}, which sokdok does not know"
            raise InputError(f"{source} is {what}: save it as PDF")
        if list(descendants(self.package.optional("META-INF/manifest.xml"), "encryption-data")):
            raise InputError(say("office_encrypted", file=source))
        found = ((int(match[1]), name) for name in self.package.names if (match := _SECTION.fullmatch(name)))
        self.sections = [name for _, name in sorted(found)]
        if not self.sections:
            raise InputError(f"{source} is damaged: it has no section")
        listed = list(descendants(self.package.optional("Contents/content.hpf"), "item"))
        places = ((one, inside(at, attribute(one, "href"))) for at in ("Contents", "") for one in listed)
        self.images = {attribute(one, "id"): place for one, place in places if place in self.package}

    def add_to(self, flow: Flow) -> None:
        """Add all sections."""
        reader = Reader(flow, self.package.optional("Contents/header.xml"), self.images, self)
        for name in sorted(filter(_MASTER.fullmatch, self.package.names)):
            flow.text(reader.lines(reader.paragraphs, self.package.xml(name), keep=False), "header")
        for name in self.sections:
            reader.section(self.package.xml(name))


class Reader(Walker):
    """Walks through sections, and counts their paragraphs' numbers; `images` are references by what sections say."""

    def __init__(self, flow: Flow, head: Any, images: Mapping[str, str], file: HwpxFile | None = None) -> None:
        self.flow, self.numbering, self.images, self.file = flow, _numbering(head), images, file
        named = ("style", "charPr", "paraPr", "borderFill")
        defined = ({attribute(one, "id"): one for one in descendants(head, name)} for name in named)
        self.styles, self.looks, self.shapes, self.fills = defined
        self.notes, self.outline = 0, ""
        self.paper: Rgb | None = None  # its colour, where nothing else may lie below words
        self.deleting = False  # whether a tracked change deletes what comes

    def section(self, root: Any) -> None:
        """Add a section."""
        fills = (self.fills.get(attribute(one, "borderFillIDRef")) for one in descendants(root, "pageBorderFill"))
        brushes = [child(one, "fillBrush", "winBrush") for one in fills if child(one, "fillBrush") is not None]
        coloured = any(attribute(one, "faceColor") != "none" for one in brushes)
        self.paper = None if coloured or any(one.get("textWrap") == "BEHIND_TEXT" for one in root.iter()) else WHITE
        self.outline = attribute(next(descendants(root, "secPr"), None), "outlineShapeIDRef")
        if any(local(one) in ("hiddenComment", "memo") or one.get("type") == "MEMO" for one in root.iter()):
            self.flow.warn("comments are left out")
        self.paragraphs(root)

    def _add(self, text: str, heading: Any, style: str) -> None:
        """A paragraph: a heading, an item, a caption or running text."""
        head, level = attribute(heading, "type"), min(integer(heading, "level"), 8)
        if not text.strip():
            return
        if head == OUTLINE:
            name = f"outline {self.outline}"  # which counts by itself
            self.numbering.levels.setdefault(name, self.numbering.levels.get(self.outline, {}))
            label = self.numbering.label(name, level, self.flow)
            self.flow.heading(level + 1, f"{label} {text}" if label else text)
        elif head in (NUMBER, BULLET):
            label = self.numbering.label(attribute(heading, "idRef"), level, self.flow) if head == NUMBER else ""
            self.flow.item(level + 1, text, label or "")
        elif style in ("캡션", "Caption"):
            self.flow.text(text, "table_caption" if text.lstrip("<[ ").startswith(("표", "Table")) else "image_caption")
        else:
            self.flow.text(text)

    def paragraphs(self, holder: Any) -> None:
        for paragraph in within(holder, _DROPPED, "p"):
            style = self.styles.get(attribute(paragraph, "styleIDRef"))
            heading = next(descendants(self.shapes.get(attribute(paragraph, "paraPrIDRef")), "heading"), None)
            self._add(in_font(self._line(paragraph), ""), heading, attribute(style, "name"))
            for run in children(paragraph, "run"):
                for one in run:
                    self._object(one)

    def _line(self, paragraph: Any) -> str:
        pieces: list[str] = []
        opened: list[tuple[str, int]] = []  # fields: where they lead, and where their words begin
        for run in children(paragraph, "run"):
            look = self.looks.get(attribute(run, "charPrIDRef"))
            tag = next((tag for name, tag in RAISED.items() if child(look, name) is not None), "")
            strike = child(look, "strikeout")  # 3D is what Hancom writes where nothing is struck out
            off = {attribute(strike, "type"), attribute(strike, "shape") or "NONE"} & {"NONE", "3D"}
            tiny = (integer(look, "height") or 1_000) < 100 * LEAST_PT
            pale = tiny or not stands_out(rgb(attribute(look, "textColor")), self._ground(run, look))
            for one in run:
                text = self._piece(one)
                if pale and local(one) == "t":
                    self.flow.unseen += len(text.split())
                    continue
                pieces.append(raised(raised(text, tag), "" if off else "del") if local(one) == "t" else text)
                for control in one if local(one) == "ctrl" else ():
                    if local(control) == "fieldBegin":
                        params = descendants(control, "stringParam")
                        said = (one.text for one in params if attribute(one, "name") in ("Path", "Command"))
                        # `http\\://example.org;1;0;0;` without its escapes and flags.
                        address = re.sub(r"\\(.)", r"\1", re.split(r"(?<!\\);", next(filter(None, said), ""))[0])
                        opened.append((address if attribute(control, "type") == "HYPERLINK" else "", len(pieces)))
                    elif local(control) == "fieldEnd" and opened:
                        address, begin = opened.pop()
                        pieces[begin:] = [link("".join(pieces[begin:]), address)]
        return "".join(pieces)

    def _ground(self, run: Any, look: Any) -> Rgb | None:
        """The colour below type: of its own ground, or the next one around it; None where that is not known."""
        if own := rgb(attribute(look, "shadeColor")):
            return own
        for one in (run if look is None else look, *run.iterancestors()):
            margin = child(self.shapes.get(attribute(one, "paraPrIDRef")), "border")
            filled = self.fills.get(attribute(one if margin is None else margin, "borderFillIDRef"))
            brush = child(one if local(one) in _DRAWN else filled, "fillBrush")
            plain = child(brush, "winBrush")
            if brush is not None and attribute(plain, "faceColor") != "none":
                return rgb(attribute(plain, "faceColor"))
            if local(one) in _DRAWN:  # it may lie on anything
                return None
        return self.paper

    def _piece(self, one: Any) -> str:
        name = local(one)
        if name == "t":
            return "".join(self._text(one))
        if name == "ctrl":
            return "".join(map(self._control, one))
        if name == "equation":
            self.flow.warn("formulas are kept in Hancom's own notation")
            return " ".join(word for script in children(one, "script") for word in (script.text or "").split())
        if name == "dutmal":
            main, sub = ("".join(text for each in children(one, part) for text in each.itertext()) for part in _RUBY)
            return f"{main}({sub})" if sub.strip() else main
        for key in _SAYING.get(name, ()):  # what a field says, in an attribute or an element
            inner = child(one, key)
            mark = {"CHECKED": "☒ ", "UNCHECKED": "☐ "}.get(attribute(one, "value"), "") if name != "btn" else ""
            return mark + (attribute(one, key) or ("".join(inner.itertext()) if inner is not None else ""))
        return " " if attribute(child(one, "pos"), "treatAsChar") == "1" else ""  # it stands among the words

    def _text(self, element: Any) -> Iterator[str]:
        yield "" if self.deleting else element.text or ""
        for one in element:
            name = local(one)
            if name in ("deleteBegin", "deleteEnd"):
                self.deleting = name == "deleteBegin"
            elif name in _SPACES:
                yield _SPACES[name]
            else:
                yield from self._text(one)
            yield "" if self.deleting else one.tail or ""

    def _control(self, one: Any) -> str:
        name = local(one)
        if name in ("footNote", "endNote"):
            own = next(descendants(one, "autoNum"), None)
            self.notes += own is None
            mark = self._number(own) if own is not None else str(self.notes)
            self.flow.note(mark, self.lines(self.paragraphs, one))
            return raised(mark)
        if name in ("header", "footer"):
            self.flow.text(self.lines(self.paragraphs, one, keep=False), name)
        return self._number(one) if name == "autoNum" and attribute(one, "numType") in _COUNTED else ""

    def _number(self, one: Any) -> str:
        form = child(one, "autoNumFormat")
        number = counted(integer(one, "num", 1), attribute(form, "type", "DIGIT"), self.flow)
        return f"{attribute(form, 'prefixChar')}{number}{attribute(form, 'suffixChar')}"

    def _object(self, one: Any) -> None:
        """What stands beside a paragraph's words: tables, pictures, text boxes."""
        name = local(one)
        if name == "tbl":
            self._caption(one)
            rows = (
                sorted(children(row, "tc"), key=lambda cell: integer(child(cell, "cellAddr"), "colAddr"))
                for row in children(one, "tr")
            )
            self.flow.table([self._cell(cell) for cell in row] for row in rows)
        elif name == "pic":
            image = next(descendants(one, "img"), None)
            reference = self.images.get(attribute(image, "binaryItemIDRef"))
            if reference is None:
                self.flow.warn("a picture that is linked from elsewhere is not fetched")
            else:
                said = "".join(comment.text or "" for comment in children(one, "shapeComment")).strip()
                self.flow.picture(reference, "" if said.startswith(_AUTOMATIC) else said)
            self._caption(one)
        elif name == "chart" and self.file and (at := inside("", attribute(one, "chartIDRef"))) in self.file.package:
            self.flow.chart(*read_chart(self.file.package.xml(at)))
        elif name == "switch":  # a chart, or for older programs an object
            taken = next((branch for branch in one if child(branch, "chart") is not None), child(one, "default"))
            for inner in taken if taken is not None else ():
                self._object(inner)
        elif name in ("ole", "chart", "video", "form", "listBox"):
            what = "a form's field" if name in ("form", "listBox") else f"an embedded object ({name.upper()})"
            self.flow.lacks(f"{what} is not read")
        elif name in _DRAWN:
            self.flow.text(attribute(one, "text") if name == "textart" else "")
            for inner in one:
                if local(inner) == "subList":
                    self.paragraphs(inner)
                elif local(inner) not in _DROPPED:
                    self._object(inner)
            self._caption(one)

    def _caption(self, one: Any) -> None:
        caption = child(one, "caption")
        if caption is not None:
            kind = "table_caption" if local(one) == "tbl" else "image_caption"
            self.flow.text(self.lines(self.paragraphs, caption), kind)

    def _cell(self, cell: Any) -> RawCell:
        span = child(cell, "cellSpan")
        rows, columns = (integer(span, name, 1, least=1) for name in ("rowSpan", "colSpan"))
        return RawCell(rows, columns, attribute(cell, "header") == "1", [self.lines(self.paragraphs, cell)])


def _numbering(head: Any) -> Numbering:
    numbering = Numbering()
    for one in descendants(head, "numbering"):
        levels: dict[int, Level] = {}
        for level in children(one, "paraHead"):
            pattern = re.sub(r"\^([1-9])", r"%\1", "".join(level.itertext()).strip())
            start, number = integer(level, "start", 1, least=1), min(integer(level, "level", 1, least=1), 9)
            levels[number - 1] = Level(attribute(level, "numFormat", "DIGIT"), pattern, start)
        numbering.levels[attribute(one, "id")] = levels
    return numbering
