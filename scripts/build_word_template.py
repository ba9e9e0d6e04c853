"""Write the empty document that Word files begin with: its fonts have Korean, its paper is A4, its headings are black.

Needs python-docx (the extra `office`), whose own template it changes. Two ways of numbering lists are in it, for
bullets and for numbers, and a part for footnotes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from sokdok.documents.write.docx import BULLETS, DECIMALS, LEVELS, element

OUT = Path(__file__).parent.parent / "src/sokdok/documents/write/template.docx"
LATIN, KOREAN, CODE = "Calibri", "맑은 고딕", "Consolas"
LIST_INDENT = 360  # twentieths of a point that each level of a list is set in
SIGNS = "•◦▪"  # of bullets, level by level
MARGIN_MM = 22


def set_styles(document: Any) -> None:
    """Fonts and sizes of all styles, and one for code."""
    for style in document.styles:
        if getattr(style, "font", None) is not None:
            properties = style.element.get_or_add_rPr()
            for old in properties.findall(qn("w:rFonts")):  # the theme's, which has none for Korean
                properties.remove(old)
            properties.insert(0, element("rFonts", ascii=LATIN, hAnsi=LATIN, eastAsia=KOREAN, cs=LATIN))
    normal = document.styles["Normal"]
    normal.font.size, normal.paragraph_format.space_after = Pt(10.5), Pt(6)
    for level in range(1, LEVELS + 1):
        heading = document.styles[f"Heading {level}"]
        heading.font.color.rgb, heading.font.italic = RGBColor(0x1C, 0x1D, 0x1F), False
    style = document.styles.add_style("Code", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = normal
    style.font.size = Pt(9)
    style.element.get_or_add_rPr().insert(0, element("rFonts", ascii=CODE, hAnsi=CODE, eastAsia=KOREAN, cs=CODE))
    style.paragraph_format.space_after = Pt(6)
    style.element.get_or_add_pPr().insert(0, element("shd", val="clear", color="auto", fill="F4F5F7"))


def numbering(number: int, looks: list[tuple[str, str]]) -> Any:
    """A way of numbering: the kind and the text of each level."""
    made = element("abstractNum", element("multiLevelType", val="hybridMultilevel"), abstractNumId=number)
    for level, (kind, text) in enumerate(looks):
        indent = element("ind", left=LIST_INDENT * (level + 1), hanging=LIST_INDENT)
        signs = (element("start", val=1), element("numFmt", val=kind), element("lvlText", val=text))
        made.append(element("lvl", *signs, element("lvlJc", val="left"), element("pPr", indent), ilvl=level))
    return made


def build(path: Path) -> None:
    """Build the document."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    set_styles(document)
    root = document.part.numbering_part.element
    first = root.find(qn("w:num"))  # which stand behind all ways of numbering
    first.addprevious(numbering(900, [("bullet", SIGNS[level % len(SIGNS)]) for level in range(LEVELS)]))
    first.addprevious(numbering(DECIMALS, [("decimal", f"%{level}.") for level in range(1, LEVELS + 1)]))
    made = root.add_num(900).numId
    assert made == BULLETS, made
    ends = [("separator", -1), ("continuationSeparator", 0)]  # lines between the text and its notes
    notes = [element("footnote", element("p", element("r", element(kind))), type=kind, id=at) for kind, at in ends]
    package, root = document.part.package, element("footnotes", *notes)
    part = XmlPart(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, root, package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    document.core_properties.author = document.core_properties.comments = ""
    document.save(str(path))


if __name__ == "__main__":
    build(OUT)
