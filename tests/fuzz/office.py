"""What is fuzzed of office files: texts as they are, archives by the XML of their parts, Hangul 5 by its records.

A page that is told must become one of a document, and Markdown that is harmless. Libraries may raise anything about
damaged files, which their process tells as the reason; what is raised in our own readers is a finding.
"""

import io
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest.mock import patch

import sokdok
from sokdok.errors import SokdokError

_TEXTS = (".html", ".md", ".csv", ".tsv", ".eml", ".txt", ".ipynb")
_MOST_PAGES = 8
_MOST_PLACES = 2_000
"""of a table: a cell far to the right makes a million of them, with which the readers that judge are busy for long"""
_PACKAGE = (
    "<package><manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/></manifest>"
    "<spine><itemref idref='a'/></spine></package>"
)
_PAGE = "<html xmlns='http://www.w3.org/1999/xhtml'><body><h1>1</h1><p>a<img src='i.png'/></p></body></html>"
_HEAD = (
    "<head><refList><numberings><numbering id='1'><paraHead level='1' numFormat='DIGIT'>^1.</paraHead></numbering>"
    "</numberings><paraProperties><paraPr id='1'><heading type='OUTLINE' idRef='1' level='0'/></paraPr>"
    "</paraProperties><charProperties><charPr id='5'><supscript/></charPr></charProperties>"
    "<styles><style id='9' name='a'/></styles></refList></head>"
)
_SECTION = (
    "<sec><p><run><secPr outlineShapeIDRef='1'/></run></p><p paraPrIDRef='1'><run charPrIDRef='5'><t>a</t>"
    "<tbl rowCnt='2'><tr><tc header='1'><subList><p><run><t>b</t></run></p></subList>"
    "<cellAddr colAddr='0' rowAddr='0'/><cellSpan colSpan='2' rowSpan='1'/></tc></tr></tbl><footNote><subList>"
    "<p><run><t>c</t></run></p></subList></footNote></run></p></sec>"
)
_WORD = (
    "<w:p><w:pPr><w:outlineLvl w:val='0'/></w:pPr><w:r><w:t>a</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan"
    " w:val='2'/><w:vMerge w:val='restart'/></w:tcPr><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:p>"
    "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath></w:p>"
)


def office_text() -> Callable[[bytes], None]:
    """A web page, Markdown, a table of text, a mail, a plain text or a notebook: the first byte says which."""
    path = _folder() / "file"

    def run(data: bytes) -> None:
        file = path.with_suffix(_TEXTS[data[0] % len(_TEXTS)] if data else ".txt")
        file.write_bytes(data[1:])
        _tell(file)

    return run


def office_archive() -> Callable[[bytes], None]:
    """A document of Word, PowerPoint, Excel or Hangul, or a book: two bytes say which, and which part is changed."""
    path = _folder() / "file.docx"
    archives = [
        {"mimetype": b"application/epub+zip", "OEBPS/a.xhtml": _PAGE.encode(), "OEBPS/content.opf": _PACKAGE.encode()}
        | {"META-INF/container.xml": b"<container><rootfile full-path='OEBPS/content.opf'/></container>"},
        {"mimetype": b"application/hwp+zip", "Contents/header.xml": _HEAD.encode()}
        | {"Contents/section0.xml": _SECTION.encode(), "Contents/content.hpf": b"<package><manifest/></package>"},
        *(_parts(made) for made in (_word(), _show(), _book())),
    ]

    def run(data: bytes) -> None:
        which, part, *_ = (*data[:2], 0, 0)
        parts = archives[which % len(archives)]
        changed = sorted(parts)[part % len(parts)]
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, _changed(content, data[2:]) if name == changed else content)
        _tell(path)

    return run


def office_hangul() -> Callable[[bytes], None]:
    """A document of Hangul 5, whose records have bytes changed."""
    from fakes.office.compound import control, hwp, paragraph, record

    cell = record(0x48, 2, bytes((1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0)) + bytes(20)) + paragraph(2, "b")
    table = control(1, "tbl ", bytes(16), record(0x4D, 2, bytes(4) + b"\1\0\2\0" + bytes(20)) + cell)
    body = paragraph(0, 2, "a", controls=[control(1, "secd", bytes(40))]) + paragraph(0, 11, "c", controls=[table])
    info = record(0x19, 0, bytes(60)) + record(0x17, 0, bytes(80))
    path = _folder() / "file.hwp"

    def run(data: bytes) -> None:
        both = _changed(body + info, data)
        hwp(path, both[: len(body)], both[len(body) :])
        _tell(path)

    return run


def _tell(path: Path) -> None:
    """All that a file says, as Markdown; the child does the same of it."""
    import msgspec

    from fuzz.judge import check_markdown
    from sokdok.documents.build import block_of
    from sokdok.documents.document import DocumentPage
    from sokdok.documents.markdown import blocks_markdown
    from sokdok.office.file import OpenDocument
    from sokdok.office.kinds import office_kind
    from sokdok.tables import markup as grid

    document = OpenDocument()
    try:
        kind = office_kind(path)
        if kind is None:
            return
        opened = document.open(path, "file", kind, None, 512)
        for number in range(len(opened.attached)):
            document.attachment(number)
        for index in range(min(opened.count, _MOST_PAGES)):
            with patch.object(grid, "MAX_PLACES", _MOST_PLACES):
                part = document.part(index)
            msgspec.msgpack.encode(part)
            page = DocumentPage(index + 1, 0, 0, tuple(map(block_of, part.pieces)))
            check_markdown(blocks_markdown(page.blocks, keep_furniture=True).replace("<!-- image -->", ""))
    except SokdokError:
        return
    except Exception as error:
        raised_in = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
        if isinstance(error, AssertionError) or raised_in.is_relative_to(Path(sokdok.__file__).parent):
            raise
    finally:
        document.close()


def _changed(sound: bytes, data: bytes) -> bytes:
    """Bytes with a piece put in at a place (three bytes), or with some of them changed."""
    from fuzz.targets import _damaged

    if data[:1] < b"\x80":
        return _damaged(sound, data[1:])
    place = int.from_bytes(data[1:4], "big") % (len(sound) + 1)
    return sound[:place] + data[4:] + sound[place:]


def _parts(archive: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {name: file.read(name) for name in file.namelist()}


def _word() -> bytes:
    from fakes.office import docx

    return docx(_folder() / "a.docx", _WORD).read_bytes()


def _show() -> bytes:
    import pptx
    from pptx.util import Inches

    made, file = pptx.Presentation(), io.BytesIO()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "a"
    slide.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(5), Inches(2)).table.cell(0, 0).text = "b"
    made.save(file)
    return file.getvalue()


def _book() -> bytes:
    import openpyxl

    made, file = openpyxl.Workbook(), io.BytesIO()
    made.active.append(["a", 1.5, "=A1"])
    made.active.append(["b", True, None])
    made.active.merge_cells("A3:B4")
    made.save(file)
    return file.getvalue()


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sokdok-fuzz-"))
