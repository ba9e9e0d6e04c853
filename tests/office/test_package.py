"""Archives and XML from strangers: bombs, entities, damaged and locked files are refused before they are unpacked."""

import os
import signal
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import openpyxl
import pytest

from fakes.office import MOST, archive, docx, png, related
from fakes.remote import wait_until
from sokdok.documents.convert.convert import read_pages
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Conversion
from sokdok.errors import InputError
from sokdok.jobs import DEFAULTS, Limits
from sokdok.office.file import OfficeFile
from sokdok.office.kinds import format_of, office_kind
from sokdok.office.package import Package, inside, parse_xml

LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
FETCHED = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


def test_a_bomb_is_refused_by_what_its_own_list_says(tmp_path: Path) -> None:
    path = docx(tmp_path / "x.docx", "<w:p/>", {"bomb.xml": "<a>" + " " * (2 << 20) + "</a>"})
    assert path.stat().st_size < 10_000
    with pytest.raises(InputError, match="unpacks to more than 1 MB; allow more with --limit megabytes"):
        Package(path, "x.docx", 1 << 20)


def test_a_list_that_lies_unpacks_no_more_than_it_says(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"a.xml": "<a>" + " " * (2 << 20) + "</a>"})
    data = path.read_bytes()
    real, said = (2 << 20) + 7, 100
    path.write_bytes(data.replace(real.to_bytes(4, "little"), said.to_bytes(4, "little")))
    with pytest.raises(InputError, match="damaged"):
        Package(path, "x.zip", 1 << 20).read("a.xml")


@pytest.mark.parametrize("xml", [LAUGHS, FETCHED, f"<?xml version='1.0'?><!-- {'x' * 100_000} -->{LAUGHS}"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(xml: str, encoding: str) -> None:
    xml = xml.replace("<?xml version='1.0'?>", f"<?xml version='1.0' encoding='{encoding}'?>")
    with pytest.raises(InputError, match="defines XML entities"):
        parse_xml(xml.encode(encoding), "x.xml")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x03\x04" + bytes(100), b"no archive"])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.docx").write_bytes(data)
    with pytest.raises(InputError, match="no archive that can be opened"):
        Package(tmp_path / "x.docx", "x.docx", MOST)


def test_a_locked_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"a.xml": "<a/>"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="encrypted"):
        Package(path, "x.zip", MOST)


@pytest.mark.parametrize("xml", ["", "<a", "no xml", "<a></b>", "<a>&b;</a>", "\0", "<a>" * 1000 + "</a>" * 1000])
def test_damaged_xml_is_refused(xml: str) -> None:
    why = "its XML is nested deeper than any office program's$" if len(xml) > 99 else ""
    with pytest.raises(InputError, match=rf"^x\.xml is damaged: {why}"):
        parse_xml(xml.encode(), "x.xml")


def test_references_are_names_in_the_archive() -> None:
    assert [inside("word", one) for one in ("media/a.png", "/xl/a.png")] == ["word/media/a.png", "xl/a.png"]
    assert inside("OEBPS/text", "../i%20i.png#x") == "OEBPS/i i.png"
    assert inside("word", "../../../etc/passwd") == "../../etc/passwd"  # no name in an archive


def test_parts_are_found_whatever_the_case_and_the_slashes_of_their_names(tmp_path: Path) -> None:
    path = docx(tmp_path / "a.docx", "<w:p/>")
    with zipfile.ZipFile(path) as file:
        parts = {name.replace("/", "\\").swapcase(): file.read(name) for name in file.namelist()}
    package = Package(archive(path, parts), "a.docx", MOST)
    assert format_of(package) == "docx" and package.xml(package.main_part())[0].tag.endswith("body")


def test_relations_tell_what_is_inside_and_what_is_elsewhere(tmp_path: Path) -> None:
    relations = related("a", "media/a.png") + related("b", "https://example.org/", external=True)
    package = Package(docx(tmp_path / "x.docx", "<w:p/>", relations=relations), "x.docx", MOST)
    assert package.related("word/document.xml") == {"a": "word/media/a.png", "b": "https://example.org/"}


def office_page(file: OfficeFile, index: int) -> DocumentPage:
    ((page, _),) = read_pages(file, [index], Conversion())
    return page


@contextmanager
def opened(path: Path, limits: Limits = DEFAULTS, encoding: str | None = None) -> Iterator[OfficeFile]:
    kind = office_kind(path)
    assert kind is not None
    with closing(OfficeFile(path, path.name, kind, encoding, limits)) as file:
        yield file


def paragraph(words: str) -> str:
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


def test_pictures_are_decoded_there(tmp_path: Path) -> None:
    drawing = "<w:p><w:r><w:drawing><a:blip r:embed='{}'/></w:drawing></w:r></w:p>"
    relations = related("a", "a.png") + related("b", "b.emf") + related("c", "c.png")
    body = "".join(map(drawing.format, "abc"))
    parts = {"a.png": png(), "b.emf": b"\1\0\0\0emf", "c.png": png()[:40]}
    with opened(docx(tmp_path / "x.docx", body, parts, relations)) as file:
        page = office_page(file, 0)
        image = file.figure(0, 0)
        with pytest.raises(InputError):
            file.figure(0, 1)
    assert image.size == (8, 6) and image.getpixel((0, 0)) == (255, 0, 0)
    said = (page.width, page.height, page.source, page.evidence, page.status)
    assert said == (0, 0, "file", "exact", "SUCCESS")  # as long as nobody asks for them


@pytest.mark.parametrize("encoding", ["cp949", "utf-16-le"])
def test_a_guessed_encoding_is_told(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("이름,부서\n김철수,영업\n".encode(encoding))
    with opened(path) as file:
        page = office_page(file, 0)
    assert page.blocks[0].text == "이름\t부서\n김철수\t영업"
    assert page.warnings[0].startswith(f"the text is read as {encoding.upper()}; if it is another encoding, name it")


def test_a_named_encoding_is_used(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes("Größe".encode("cp1252"))
    with pytest.raises(InputError, match="--encoding"), opened(path):
        pass
    with opened(path, encoding="cp1252") as file:
        assert office_page(file, 0).blocks[0].text == "Größe"


def test_xml_that_needs_too_much_memory_fails_alone(tmp_path: Path) -> None:
    path = docx(tmp_path / "x.docx", "<w:p/>" * 4_000_000)
    with opened(path, Limits(megabytes=320)) as file:
        page = office_page(file, 0)
    assert page.status == "FAILURE"
    with opened(docx(tmp_path / "y.docx", paragraph("다음")), Limits(megabytes=320)) as file:
        assert office_page(file, 0).blocks[0].text == "다음"


def test_a_child_that_is_killed_costs_its_page_alone(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("a", "b"):
        book.create_sheet(name).append([name])
    book.save(tmp_path / "x.xlsx")
    with opened(tmp_path / "x.xlsx") as file:
        assert office_page(file, 0).status == "SUCCESS"
        os.kill(file._child.pid, signal.SIGKILL)
        assert wait_until(lambda: not file._child.running)
        assert office_page(file, 1).blocks[-1].text == "a"


def test_a_page_that_takes_too_long_fails(tmp_path: Path) -> None:
    path = docx(tmp_path / "x.docx", paragraph("x") * 300_000)
    with opened(path, Limits(seconds=1.0)) as file:
        page = office_page(file, 0)
    assert page.status == "FAILURE" and "not done after 1 s" in page.error


def test_files_that_are_too_large_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"x" * (2 << 20))
    with pytest.raises(InputError, match="more with --limit file_megabytes"), opened(path, Limits(file_megabytes=1)):
        pass
