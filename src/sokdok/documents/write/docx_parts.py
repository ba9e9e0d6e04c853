"""What a Word file is made of: elements, how it is set (fonts that have Korean, A4, headings in black), lists that are
numbered as they were, and footnotes, a part of its own, which python-docx has not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

LATIN, KOREAN, CODE = "Calibri", "맑은 고딕", "Consolas"
LIST_INDENT = 360  # twentieths of a point that each level of a list is set in
LEVELS = 9  # of headings and lists, as Word has them
BULLETS = "•◦▪"
MARGIN_MM = 22


def element(tag: str, *children: Any, **attributes: str | int) -> Any:
    """An element `w:tag` with children and attributes `w:name`, both in the order given."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    made.extend(children)
    return made


def set_up(document: Any) -> None:
    """Fonts, language, paper and margins of a new document."""
    from docx.shared import Mm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    for style in document.styles:
        if getattr(style, "font", None) is not None:
            _font(style.element.get_or_add_rPr())
    normal = document.styles["Normal"]
    normal.font.size, normal.paragraph_format.space_after = Pt(10.5), Pt(6)
    for level in range(1, LEVELS + 1):
        heading = document.styles[f"Heading {level}"]
        heading.font.color.rgb, heading.font.italic = RGBColor(0x1C, 0x1D, 0x1F), False
    _code_style(document)


def _font(properties: Any) -> None:
    """A Latin and a Korean font instead of the theme's, which has none for Korean."""
    from docx.oxml.ns import qn

    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    properties.insert(0, element("rFonts", ascii=LATIN, hAnsi=LATIN, eastAsia=KOREAN, cs=LATIN))


def _code_style(document: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt

    style = document.styles.add_style("Code", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.font.size = Pt(9)
    style.element.get_or_add_rPr().insert(0, element("rFonts", ascii=CODE, hAnsi=CODE, eastAsia=KOREAN, cs=CODE))
    style.paragraph_format.space_after = Pt(6)
    style.element.get_or_add_pPr().insert(0, element("shd", val="clear", color="auto", fill="F4F5F7"))


class Lists:
    """The numberings of a document: one for all bullets, one for each run of numbers."""

    def __init__(self, document: Any) -> None:
        self._numbering = document.part.numbering_part.element
        self._bullets = self._new(self._abstract(900, lambda level: ("bullet", BULLETS[level % len(BULLETS)])))
        self._decimals = self._abstract(901, lambda level: ("decimal", f"%{level + 1}."))

    def bullets(self) -> int:
        """The numbering of items without numbers."""
        return self._bullets

    def numbers(self, level: int, start: int) -> int:
        """A new numbering whose items of a level, from 0, begin with a number."""
        return self._new(self._decimals, element("lvlOverride", element("startOverride", val=start), ilvl=level))

    def _abstract(self, number: int, look: Any) -> int:
        """A way of numbering, for all levels, before the numberings that use one."""
        from docx.oxml.ns import qn

        made = element("abstractNum", element("multiLevelType", val="hybridMultilevel"), abstractNumId=number)
        for level in range(LEVELS):
            kind, text = look(level)
            indent = element("ind", left=LIST_INDENT * (level + 1), hanging=LIST_INDENT)
            made.append(
                element(
                    "lvl",
                    element("start", val=1),
                    element("numFmt", val=kind),
                    element("lvlText", val=text),
                    element("lvlJc", val="left"),
                    element("pPr", indent),
                    ilvl=level,
                )
            )
        first = self._numbering.find(qn("w:num"))
        if first is None:
            self._numbering.append(made)
        else:
            first.addprevious(made)
        return number

    def _new(self, abstract: int, *overrides: Any) -> int:
        numbering = self._numbering.add_num(abstract)
        numbering.extend(overrides)
        return int(numbering.numId)


MARK = re.compile(r"\s*(?:\[\^?)?[(\[]?(?P<mark>\d{1,3}|[*†‡§]{1,3}|[a-z](?=[\]).]))[\])]?[.:]?\s*")
"""what a footnote begins with"""
_NAMESPACES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_EMPTY = (
    f'<w:footnotes {_NAMESPACES}><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p>'
    '</w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r>'
    "</w:p></w:footnote></w:footnotes>"
)


class Footnotes:
    """The footnotes of a document; the part is made with the first one."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._element: Any = None
        self._count = 0

    def add(self, runs: Iterable[Any]) -> Any:
        """Keep a footnote; the run that calls it."""
        if self._element is None:
            self._element = self._part()
        self._count += 1
        mark = element("r", _raised(), element("footnoteRef"))
        self._element.append(element("footnote", element("p", mark, *runs), id=self._count))
        return element("r", _raised(), element("footnoteReference", id=self._count))

    def _part(self) -> Any:
        from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
        from docx.opc.packuri import PackURI
        from docx.opc.part import XmlPart
        from docx.oxml import parse_xml

        package = self._document.part.package
        root = parse_xml(_EMPTY)
        part = XmlPart(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, root, package)
        self._document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        return root


def _raised() -> Any:
    return element("rPr", element("vertAlign", val="superscript"))


def called(text: str, notes: dict[str, Callable[[], Any]]) -> list[str | Any]:
    """A text cut at the places that call one of the notes, by mark; each note is called at its first place only."""
    parts: list[str | Any] = []
    start = 0
    for match in _CALL.finditer(text):
        mark = match[1] or match[2]
        if mark in notes:
            parts += [text[start : match.start()], notes.pop(mark)()]
            start = match.end()
    return [*parts, text[start:]]


_CALL = re.compile(r"<sup>[\[(]?(\d{1,3}|[*†‡§]{1,3}|[a-z])[\])]?</sup>|\[\^(\d{1,3}|[a-z])\]", re.IGNORECASE)
"""what calls a footnote in running text"""
