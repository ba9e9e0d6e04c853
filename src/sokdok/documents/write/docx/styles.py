"""How a Word file is set: fonts that have Korean, A4, headings in black, lists that are numbered as they were."""

from __future__ import annotations

from typing import Any

from sokdok.documents.write.docx.xml import element

LATIN, KOREAN, CODE = "Calibri", "맑은 고딕", "Consolas"
LIST_INDENT = 360  # twentieths of a point that each level of a list is set in
LEVELS = 9  # of headings and lists, as Word has them
BULLETS = "•◦▪"
MARGIN_MM = 22


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
