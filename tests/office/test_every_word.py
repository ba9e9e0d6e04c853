"""Every word that can be seen in a file is told once, and none that can't be: on files drawn at random, by their seeds.

A word is `s12` where it can be seen, `h12` where not, which is counted; `x0` is a branch that is not taken.
"""

import random
import re
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pptx
import pytest
from lxml import etree
from openpyxl.comments import Comment
from pptx.util import Emu

from fakes.office import MOST, archive, docx, related
from sokdok.office.docx import DocxFile
from sokdok.office.file import OpenFile
from sokdok.office.flow import Part
from sokdok.office.html import HtmlFile
from sokdok.office.hwpx import HwpxFile
from sokdok.office.mail import MailFile
from sokdok.office.pptx import PptxFile
from sokdok.office.xlsx import XlsxFile

SEEDS = range(12)
WORD = re.compile(r"\b[shx]\d+\b")


class Words:
    """Words that are drawn, each once."""

    def __init__(self, seed: int) -> None:
        self.random, self.made = random.Random(seed), list[str]()

    def seen(self) -> str:
        return self._new("s")

    def unseen(self) -> str:
        return self._new("h")

    def _new(self, kind: str) -> str:
        self.made.append(f"{kind}{len(self.made)}")
        return self.made[-1]

    def one(self, *makers: Callable[[], str]) -> str:
        return self.random.choice(makers)()

    def some(self, make: Callable[[], str], most: int = 3) -> str:
        return "".join(make() for _ in range(self.random.randint(1, most)))


def said(part: Part) -> str:
    pieces = []
    for piece in part.pieces:
        told = "" if piece.kind == "table" else piece.text
        pieces += [told, re.sub(r"<[^>]*>", " ", piece.html or ""), *(text for *_, text in piece.items)]
    return " ".join(pieces)


def check(words: Words, file: OpenFile) -> None:
    parts = [file.part(number) for number in range(len(file))]
    assert not any(part.error and part.pieces for part in parts)
    found = Counter(WORD.findall(" ".join(map(said, parts))))
    seen = [word for word in words.made if word[0] == "s"]
    assert {word: found[word] for word in seen if found[word] != 1} == {}
    assert [word for word in found if word[0] != "s"] == []
    assert sum(part.unseen for part in parts) == len(words.made) - len(seen)


HIDES = ["display:none", "font-size:0", "opacity:0", "visibility:hidden", "color:#fff"]
HIDES += ["position:absolute;left:-9999px"]
SHEET = "<style>.gone{display:none}.pale{color:#fffffe}</style>"


def html(words: Words, depth: int = 0) -> str:
    def again() -> str:
        return html(words, depth + 1) if depth < 3 else words.seen()

    def hidden() -> str:
        how = words.random.choice((f"style='{words.random.choice(HIDES)}'", "hidden", "class=gone", "class=pale"))
        return f"<div {how}>{words.unseen()}</div>"

    def table() -> str:
        rows = "".join(
            f"<tr>{words.some(lambda: f'<td>{again()}</td>')}</tr>" for _ in range(words.random.randint(1, 3))
        )
        return f"<table><caption>{words.seen()}</caption>{rows}</table>"

    def element() -> str:
        name = words.random.choice(
            ("div", "p", "b", "span", "section", "h2", "pre", "li", "ul", "ol", "a", "sup", "details", "figure", "nav")
        )
        return f"<{name}>{words.seen()} {again()} {words.seen()}</{name}> "

    def field() -> str:
        return (
            f"<input value={words.seen()}><select><option>{words.seen()}</select><textarea>{words.seen()}</textarea> "
        )

    return words.some(lambda: words.one(element, element, table, hidden, field, lambda: f" {words.seen()} "), 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_web_pages(seed: int) -> None:
    words = Words(seed)
    check(words, HtmlFile(f"{SHEET}<body>{html(words)}", "x.html"))


@pytest.mark.parametrize("seed", SEEDS)
def test_mail(seed: int) -> None:
    words = Words(seed)
    made = EmailMessage()
    made["Subject"], made["From"] = words.seen(), f"{words.seen()} <a@b.kr>"
    if seed % 2 == 0:
        made.set_content(f"{words.seen()}\n\n{words.seen()} {words.seen()}")
    else:
        made.set_content("x0, the same in another form")
        made.add_alternative(f"{SHEET}{html(words)}", "html")
    made.make_mixed()
    for _ in range(seed % 3):
        text = EmailMessage()
        text.set_content(words.seen())
        made.attach(text)
    check(words, MailFile(bytes(made), "x.eml"))


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'> {text} </w:t></w:r>"


def either(known: str, other: str, space: str = "wps") -> str:
    """Alternatives, of which the first is for programs that know what is called `space`."""
    uri = {"wps": "word/2010/wordprocessingShape", "a14": "drawing/2010/main"}.get(space, "unknown")
    choice = (
        f"<mc:Choice xmlns:{space}='http://schemas.microsoft.com/office/{uri}' Requires='{space}'>{known}</mc:Choice>"
    )
    return f"<mc:AlternateContent>{choice}<mc:Fallback>{other}</mc:Fallback></mc:AlternateContent>"


def word_line(words: Words, depth: int) -> str:

    def ruby() -> str:
        reading, base = run(words.seen()), run(words.seen())
        return f"<w:r><w:ruby><w:rubyPr/><w:rt>{reading}</w:rt><w:rubyBase>{base}</w:rubyBase></w:ruby></w:r>"

    def box() -> str:
        inner = f"<w:txbxContent>{word_blocks(words, depth + 1)}</w:txbxContent>" if depth < 4 else ""
        return f"<w:r>{either(inner, f'<w:pict>{inner}</w:pict>')}</w:r>"

    def deleted() -> str:
        return f"<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:moveFrom>{run('moved')}</w:moveFrom>"

    return words.some(
        lambda: words.one(
            lambda: run(words.seen()),
            lambda: f"<w:ins>{run(words.seen())}</w:ins>",
            lambda: f"<w:hyperlink>{run(words.seen())}</w:hyperlink>",
            lambda: f"<w:sdt><w:sdtContent>{run(words.seen())}</w:sdtContent></w:sdt>",
            lambda: f"<w:fldSimple w:instr='DATE'><w:smartTag>{run(words.seen())}</w:smartTag></w:fldSimple>",
            lambda: f"<w:r>{either(f'<w:t> {words.seen()} </w:t>', '<w:t>x0</w:t>')}</w:r>",
            lambda: either(run("x0"), run(words.seen()), "unknown"),
            lambda: run(words.unseen(), "<w:vanish/>"),
            lambda: run(words.unseen(), "<w:sz w:val='2'/>"),
            lambda: run(words.unseen(), "<w:rStyle w:val='Gone'/>"),
            lambda: run(words.seen(), "<w:rStyle w:val='Gone'/><w:vanish w:val='0'/>"),
            ruby,
            box,
            deleted,
        ),
        4,
    )


def word_blocks(words: Words, depth: int = 0) -> str:
    def paragraph() -> str:
        style = words.random.choice(("", "<w:pStyle w:val='Heading1'/>", "<w:numPr><w:numId w:val='1'/></w:numPr>"))
        return f"<w:p><w:pPr>{style}</w:pPr>{word_line(words, depth)}</w:p>"

    def table() -> str:
        row = lambda: f"<w:tr>{words.some(lambda: f'<w:tc>{word_blocks(words, depth + 1)}</w:tc>')}</w:tr>"  # noqa: E731
        return f"<w:tbl>{words.some(row)}</w:tbl>" if depth < 3 else ""

    return words.some(
        lambda: words.one(
            paragraph,
            paragraph,
            table,
            lambda: f"<w:sdt><w:sdtContent>{paragraph()}</w:sdtContent></w:sdt>",
            lambda: f"<w:customXml>{paragraph()}</w:customXml>",
            lambda: either(paragraph(), "<w:p><w:r><w:t>x0</w:t></w:r></w:p>"),
        ),
        3,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_word_documents(seed: int, tmp_path: Path) -> None:
    words = Words(seed)
    styles = (
        "<w:styles {spaces}><w:style w:type='character' w:styleId='Gone'><w:rPr><w:vanish/></w:rPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='Heading1'><w:name w:val='heading 1'/></w:style></w:styles>"
    )
    parts = {
        "styles.xml": styles,
        "numbering.xml": "<w:numbering {spaces}><w:abstractNum w:abstractNumId='0'><w:lvl w:ilvl='0'><w:numFmt "
        "w:val='bullet'/></w:lvl></w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num></w:numbering>",
        "footnotes.xml": f"<w:f {{spaces}}><w:footnote w:id='2'>{word_blocks(words)}</w:footnote></w:f>",
        "header1.xml": f"<w:hdr {{spaces}}>{word_blocks(words)}</w:hdr>",
        "a.html": f"<p>{words.seen()}</p><p>{words.seen()}</p>",
        "b.docx": docx(tmp_path / "b.docx", word_blocks(words), {"styles.xml": styles}).read_bytes(),
        "diagrams/data1.xml": "<dgm:d xmlns:dgm='d' xmlns:a='a'><dgm:pt><dgm:t><a:p><a:r>"
        f"<a:t>{words.seen()}</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:d>",
    }
    targets = ("header1.xml", "a.html", "b.docx", "diagrams/data1.xml")
    relations = "".join(related(f"r{number}", name) for number, name in enumerate(targets))
    used = "<w:sectPr><w:headerReference r:id='r0'/></w:sectPr>"
    note = "<w:p><w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
    chunks = "<w:altChunk r:id='r1'/><w:altChunk r:id='r2'/>"
    diagram = "<w:p><w:r><w:drawing><dgm:relIds xmlns:dgm='d' r:dm='r3'/></w:drawing></w:r></w:p>"
    path = docx(tmp_path / "x.docx", word_blocks(words) + note + chunks + diagram + used, parts, relations)
    check(words, DocxFile(path, "x.docx", MOST))


P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def of_slide(tag: str, inner: str, said: str = "", more: str = "") -> str:
    """A shape of a slide; `said` stands in its properties."""
    head = {"sp": "nvSpPr", "grpSp": "nvGrpSpPr", "graphicFrame": "nvGraphicFramePr", "pic": "nvPicPr"}[tag]
    properties = f"<p:cNvPr id='2' name='x' {said}/><p:cN{head[1:]}/><p:nvPr>{more}</p:nvPr>"
    return f"<p:{tag}><p:{head}>{properties}</p:{head}>{inner}</p:{tag}>"


def shape(words: Words, depth: int = 0) -> str:
    def lines(word: Callable[[], str]) -> str:
        field = lambda: f"<a:fld type='x' id='x'><a:t>{word()}</a:t></a:fld>"  # noqa: E731
        return words.some(lambda: f"<a:p><a:r><a:t>{word()}</a:t></a:r><a:br/>{field()}</a:p>")

    def box(word: Callable[[], str] = words.seen, hidden: str = "") -> str:
        kind = words.random.choice(("", "<p:ph type='title'/>", "<p:ph idx='1'/>", "<p:ph type='nonsense'/>"))
        x, y = (words.random.randint(0, 5_000_000) for _ in range(2))
        place = f"<p:spPr><a:xfrm><a:off x='{x}' y='{y}'/><a:ext cx='90' cy='90'/></a:xfrm></p:spPr>"
        return of_slide("sp", f"{place}<p:txBody><a:bodyPr/>{lines(word)}</p:txBody>", hidden, kind)

    def group() -> str:
        return of_slide("grpSp", f"<p:grpSpPr/>{words.some(lambda: shape(words, depth + 1)) if depth < 24 else ''}")

    def table() -> str:
        row = lambda: f"<a:tr h='1'><a:tc><a:txBody><a:bodyPr/>{lines(words.seen)}</a:txBody></a:tc></a:tr>"  # noqa: E731
        frame = f"<a:tbl><a:tblGrid><a:gridCol w='1'/></a:tblGrid>{words.some(row)}</a:tbl>"
        data = f"<a:graphic><a:graphicData uri='{A[:-4]}table'>{frame}</a:graphicData></a:graphic>"
        return of_slide("graphicFrame", f"<p:xfrm/>{data}")

    def picture() -> str:
        return of_slide("pic", "<p:blipFill><a:blip r:embed='none'/></p:blipFill><p:spPr/>")

    return words.one(
        box,
        box,
        group,
        table,
        picture,
        lambda: box(words.unseen, "hidden='1'"),
        lambda: either(shape(words), box(lambda: "x0"), "a14"),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_slides(seed: int, tmp_path: Path) -> None:
    words, show = Words(seed), pptx.Presentation()
    show.slide_width = show.slide_height = Emu(9_000_000)
    spaces = f"xmlns:p='{P}' xmlns:a='{A}' xmlns:mc='{MC}' xmlns:r='{R}'"
    for _ in range(2):
        slide = show.slides.add_slide(show.slide_layouts[1])
        tree = slide.shapes._spTree
        for one in list(slide.placeholders):
            tree.remove(one._element)
        parser = pptx.oxml.oxml_parser
        tree.extend(etree.fromstring(f"<x {spaces}>{words.some(lambda: shape(words), 6)}</x>", parser))
        slide.notes_slide.notes_text_frame.text = words.seen()
    text = "<p:sp><p:txBody><a:p><a:r><a:t>furniture</a:t></a:r></a:p></p:txBody></p:sp>"
    show.slide_layouts[1].shapes._spTree.extend(etree.fromstring(f"<x {spaces}>{text}</x>"))
    show.save(tmp_path / "x.pptx")
    file = PptxFile(tmp_path / "x.pptx", "x.pptx", MOST)
    check(words, file)
    assert [piece.text for piece in file.part(1).pieces if piece.kind == "header"] == ["furniture"]


@pytest.mark.parametrize("seed", SEEDS)
def test_workbooks(seed: int, tmp_path: Path) -> None:
    words, book = Words(seed), openpyxl.Workbook()
    chance = words.random
    sheet = book.active
    rows, columns = chance.randint(3, 9), chance.randint(2, 6)
    hidden_rows = {row for row in range(2, rows + 1) if chance.random() < 0.3}
    hidden_columns = {column for column in range(2, columns + 1) if chance.random() < 0.3}
    merged = [(2, 2, 3, 2)] if seed % 2 else [(2, 1, 3, 2)]
    inside = {(r, c) for a, b, d, e in merged for r in range(a, d + 1) for c in range(b, e + 1)}
    for row in range(1, rows + 1):
        for column in range(1, columns + 1):
            if (row, column) in inside and (row, column) not in {(a, b) for a, b, _, _ in merged}:
                continue
            area = next(
                ((range(a, d + 1), range(b, e + 1)) for a, b, d, e in merged if (row, column) == (a, b)),
                ((row,), (column,)),
            )
            shown = not (set(area[0]) <= hidden_rows or set(area[1]) <= hidden_columns)
            blank = shown and chance.random() < 0.1
            sheet.cell(row, column).value = words.seen() if shown and not blank else words.unseen()
            sheet.cell(row, column).number_format = ";;;" if blank else "General"
    for a, b, d, e in merged:
        sheet.merge_cells(start_row=a, start_column=b, end_row=d, end_column=e)
    for row in hidden_rows:
        sheet.row_dimensions[row].hidden = True
    for column in hidden_columns:
        sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].hidden = True
    sheet["A1"].comment = Comment(words.seen(), "who")
    book.create_sheet("more").append([words.seen(), words.seen()])
    book.save(tmp_path / "x.xlsx")
    check(words, XlsxFile(tmp_path / "x.xlsx", "x.xlsx", MOST))


def hancom(words: Words, depth: int = 0) -> str:
    def paragraph(inner: str = "") -> str:
        return f"<p><run><t> {words.seen()}<tab/>{words.seen()} </t>{inner}</run></p>"

    def parts() -> str:
        below = lambda: f"<subList>{hancom(words, depth + 1)}</subList>" if depth < 3 else ""  # noqa: E731
        return words.one(
            lambda: "",
            lambda: (
                f"<tbl><tr>{words.some(lambda: f'<tc>{below()}</tc>')}</tr>"
                f"<caption><subList>{paragraph()}</subList></caption></tbl>"
            ),
            lambda: f"<rect><drawText>{below()}</drawText></rect>",
            lambda: f"<ctrl><footNote>{below()}</footNote></ctrl>",
            lambda: f"<ctrl><header>{below()}</header></ctrl>",
            lambda: f"<dutmal><mainText>{words.seen()}</mainText><subText>{words.seen()}</subText></dutmal>",
            lambda: f"<t>{words.seen()} <deleteBegin/>x0<deleteEnd/> {words.seen()}</t>",
            lambda: f"<textart text='{words.seen()}'/><edit><text>{words.seen()}</text></edit>",
        )

    return words.some(lambda: paragraph(parts()))


@pytest.mark.parametrize("seed", SEEDS)
def test_hancom_documents(seed: int, tmp_path: Path) -> None:
    words = Words(seed)
    parts = {"mimetype": "application/hwp+zip", "Contents/section0.xml": f"<sec>{hancom(words)}</sec>"}
    check(words, HwpxFile(archive(tmp_path / "x.hwpx", parts), "x.hwpx", MOST))
