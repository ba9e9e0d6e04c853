"""Which kind a file is of, and texts of each."""

import time
from pathlib import Path

import pytest

from fakes.office import MOST, archive, docx, png, told
from sokdok.errors import InputError
from sokdok.office import flow, kinds
from sokdok.office.html import HtmlFile
from sokdok.office.kinds import ARCHIVE, COMPOUND, is_document, office_kind
from sokdok.office.mail import MailFile
from sokdok.office.markdown import MarkdownFile, NotebookFile
from sokdok.office.package import Package
from sokdok.office.plain import DelimitedFile, TextFile

BINARY_SHEET = '<Override ContentType="application/vnd.ms-excel.sheet.binary.main"/>'
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def written(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("x.docx", b"PK\x03\x04", ARCHIVE),
        ("x", b"PK\x03\x04", ARCHIVE),
        ("x.hwp", OLD, COMPOUND),
        ("x.md", b"# a", "markdown"),
        ("x.HTM", b"<p>a", "html"),
        ("x.csv", "가,나".encode("cp949"), "csv"),
        ("x.tsv", b"a\tb", "tsv"),
        ("x.ipynb", b"{}", "notebook"),
        ("x.mht", b"a", "mhtml"),
        ("x.doc", b'MIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"', "mhtml"),
        ("x.xls", b" <TABLE border=1><tr>", "html"),
        ("x.xls", b"a\tb\n", "csv"),
        ("x.log", b"a", "plain"),
        ("stdin", b"\xef\xbb\xbf\n<!DOCTYPE HTML><p>a", "html"),
        ("x.md", png(), None),
        ("x.txt", b"%PDF-1.7", None),
        ("x", b"a\0\1b", None),
        ("x.txt", "속독 a\n".encode("utf-16-le"), "plain"),
        ("x.txt", b"", None),
    ],
)
def test_kinds(tmp_path: Path, name: str, data: bytes, kind: str | None) -> None:
    assert office_kind(written(tmp_path, name, data)) == kind


def test_formats_that_are_not_read_are_named(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for data, message in (
        (b"{\\rtf1 a}", "is a document in RTF: save it as DOCX first"),
        (b"HWP Document File V3.00 \x1a", "is a document of HWP 3: save it as HWPX first"),
        (b'<?xml version="1.0"?><HWPML>', "is a document in HWPML: save it as HWPX first"),
        (b'<?mso-application progid="Excel.Sheet"?>', "is a workbook of Excel 2003 in XML: save it as XLSX first"),
        (b'<x office:mimetype="application/vnd.oasis.opendocument.text">', "a text of OpenDocument in XML: save it as"),
        (b'<?xml version="1.0"?>\n<!-- a --><svg width="1">', r"is a drawing \(SVG\): save it as PNG or PDF first"),
        (b'<!-- a -->\n<svg width="1" xmlns="http://www.w3.org/2000/svg"><g/>', r"is a drawing \(SVG\)"),
    ):
        with subtests.test(data=data), pytest.raises(InputError, match=message):
            office_kind(written(tmp_path, "x", data))


def test_old_office_documents_are_named(subtests: pytest.Subtests) -> None:
    for stream, message in {
        "WordDocument": "Word 97 to 2003: save it as DOCX first",
        "EncryptedPackage": "encrypted with a password: save it without one",
        "__properties_version1.0": r"a mail of Outlook \(MSG\): save it as EML first",
        "x": "an old office document that sokdok does not know",
    }.items():
        with subtests.test(stream=stream), pytest.raises(InputError, match=message):
            kinds.refuse_compound({stream}, "x.doc")


def test_formats_of_archives_whatever_their_names_say(tmp_path: Path) -> None:
    types = {"application/epub+zip": "epub", "application/hwp+zip": "hwpx"}
    for parts, kind in (*(({"mimetype": name}, types[name]) for name in types), ({"Contents/content.hpf": ""}, "hwpx")):
        assert kinds.format_of(Package(archive(tmp_path / "x", parts), "x", MOST)) == kind
    assert kinds.format_of(Package(docx(tmp_path / "x.xlsx", "<w:p/>"), "x", MOST)) == "docx"


def test_other_archives_are_refused(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for name, said, message in (
        ("a.txt", "a", "holds no document"),
        ("visio/document.xml", "<a/>", "a drawing of Visio: save it as PDF first"),
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "OpenDocument: save it as XLSX"),
        ("[Content_Types].xml", f"<Types>{BINARY_SHEET}</Types>", "XLSB"),
    ):
        with subtests.test(name=name), pytest.raises(InputError, match=message):
            kinds.format_of(Package(archive(tmp_path / "x", {name: said}), "x", MOST))


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("x.docx", b"PK\x03\x04", True),
        ("x.zip", b"PK\x03\x04", False),
        ("x.doc", OLD, True),  # opening it says why not, as of all that follow
        ("x.txt", b"\0\1\2", True),
        ("._x.docx", b"\0\5\x16\7", False),
        ("x", b"\x89PNG\r\n\x1a\n", True),
        ("x", b"II+\0\x08\0\0\0", True),
        ("x", b"BM\xff\xff\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", True),
        ("x.log", b"BMW and others\n", False),
    ],
)
def test_files_of_folders(tmp_path: Path, name: str, data: bytes, found: bool) -> None:
    assert is_document(written(tmp_path, name, data)) is found
    (tmp_path / "circle.docx").symlink_to("circle.docx")
    assert is_document(tmp_path / "circle.docx") and not is_document(tmp_path / "missing") and not is_document(tmp_path)


def test_documents_in_archives_are_found_whatever_they_are_called(tmp_path: Path) -> None:
    assert is_document(docx(tmp_path / "x.bin", "<w:p/>"))
    assert is_document(archive(tmp_path / "book", {"mimetype": "application/epub+zip"}))
    assert not is_document(archive(tmp_path / "y.bin", {"a.txt": "word/ xl/", "[Content_Types].xml": "<Types/>"}))


@pytest.mark.parametrize(("name", "kind"), [("x.txt", "plain"), ("x.md", "markdown"), ("x.csv", "csv")])
def test_a_text_with_a_nul_is_one(tmp_path: Path, name: str, kind: str) -> None:
    assert office_kind(written(tmp_path, name, b"a\0b")) == kind
    with pytest.raises(InputError, match="no text, whatever its name says"):
        office_kind(written(tmp_path, name, bytes(9)))


TABLE = "<table><tr><th>이름</th><th>값</th></tr><tr><td>가,나</td><td>1</td></tr></table>"


@pytest.mark.parametrize(
    "text", ['이름,값\r\n"가,나",1\r\n', 'sep=;\n이름;값\n가,나;="1"', "이름\t값\n가,나\t1\n\n", "이름|값\n가,나|1"]
)
def test_the_mark_between_fields_is_found(text: str) -> None:
    assert told(DelimitedFile(text, "x.csv")) == TABLE
    assert "\t" not in text or told(DelimitedFile(text, "x.tsv", tabs=True)) == TABLE
    broken = DelimitedFile('k,v\n1,"a\nb"\n2,"c\n3,"d" e\n4,f\n', "x.csv")
    said = '<td>a<br>b</td></tr><tr><td>2</td><td>"c</td></tr><tr><td>3</td><td>d e</td></tr><tr><td>4</td><td>f</td>'
    assert said in told(broken) and "a quote is missing" in broken.part(0).warnings[0]


def test_a_table_too_long_or_too_wide_says_so_and_a_field_without_an_end_is_refused(monkeypatch) -> None:
    part = DelimitedFile(",".join("1" * 1001) + "\n", "x.csv").part(0)
    assert part.error == "only the first 1,000 columns were taken"
    assert not DelimitedFile(",".join("1" * 1000) + "\n", "x.csv").part(0).error
    with pytest.raises(InputError, match="line 1"):
        DelimitedFile('a,"' + "x" * (17 << 20), "x.csv").part(0)
    monkeypatch.setattr(flow, "MOST_CELLS", 20)
    assert DelimitedFile("a,b\n" * 100, "x.csv").part(0).error.startswith("only the first 10 rows are here")


@pytest.mark.parametrize("text", ["", ">" * 5000, "- " * 5000, "[" * 5000, "*a " * 5000, "|a" * 5000 + "\n|-\n"])
def test_hostile_markdown_ends(text: str) -> None:
    told(MarkdownFile(text, "x.md"))


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "told").glob("*.told")), ids=lambda path: path.stem)
def test_a_text_is_told_as_the_file_beside_it_says(path: Path) -> None:
    opener = {".md": MarkdownFile, ".ipynb": NotebookFile, ".html": HtmlFile}.get(path.with_suffix("").suffix)
    text = path.with_suffix("").read_text(encoding="utf-8")
    file = opener(text, path.stem) if opener else MailFile(text.encode("cp949"), path.stem, ".mht" in path.stem)
    assert f"{told(file)}\n" == path.read_text(encoding="utf-8")


def test_notebooks_show_pictures_and_say_what_they_lack() -> None:
    text = (Path(__file__).parent / "told/notebook.ipynb").read_text(encoding="utf-8")
    file = NotebookFile(text, "x.ipynb")
    assert [file.picture(reference) for _, reference in file.part(0).pictures] == [png()] * 3
    cells = '{"cells": [{"cell_type": "code", "outputs": [{"data": {"%s": "<script></script>", "text/plain": "h"}}]}]}'
    parts = [NotebookFile(cells % kind, "x").part(0) for kind in ("text/html", "application/vnd.plotly.v1+json")]
    assert "scripts" in parts[0].error and "(application/vnd.plotly.v1+json)" in parts[1].error
    assert [piece.text for part in parts for piece in part.pieces] == ["```text\nh\n```"]
    for text in ("[", "[" * 100_000, "[]", '{"cells": [1]}', '{"worksheets": []}', '{"cells": [], "metadata": 1}'):
        with pytest.raises(InputError, match="is no notebook as Jupyter writes them"):
            NotebookFile(text, "x").part(0)


def test_plain_text_is_its_paragraphs() -> None:
    assert told(TextFile("가\r\n나\x0c라\r\n\r\n\r\n<b\n\x01[a](b:)", "x.txt")) == "가\n나\n라\n\n&lt;b\n�[a]\\(b:)"
    code = "def f():\n    x = 1\n\n    y"  # what blanks lay out is code and keeps them
    assert told(TextFile(f"a.  B\n\n{code}\n", "f.py")) == f"a. B\n\n```\n{code}\n```"
    assert told(TextFile("  가나\n다라\n\n  마", "x.txt")) == "가나\n다라\n\n마"  # paragraphs begin so


def test_a_long_markdown_takes_time_in_proportion() -> None:
    text = "".join(f"Paragraph {number}.\n\n* item\n\n" for number in range(15_000))
    started = time.process_time()
    assert len(MarkdownFile(text, "x.md").part(0).pieces) == 30_000
    assert time.process_time() - started < 10  # a second or two; 40 where every block looked at all behind it


def test_a_table_in_markdown_ends_where_it_ends() -> None:
    part = MarkdownFile("| a | b |\n|---|---|\n| 1<br>2 | *c* |\n\n| d |\n|---|\n", "x.md").part(0)
    assert [piece.text for piece in part.pieces] == ["a\tb\n1 2\t*c*", "d"]
