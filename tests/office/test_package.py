"""Archives and XML from strangers: bombs, entities, damaged and locked files are refused before they are unpacked."""

import zipfile
from pathlib import Path

import pytest

from fakes.office import MOST, archive, docx, related
from sokdok.errors import InputError
from sokdok.office.docx import DocxFile
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


@pytest.mark.parametrize("name", ["word/document.xml", "word/styles.xml", "word/_rels/document.xml.rels"])
def test_entities_in_any_part_are_refused(tmp_path: Path, name: str) -> None:
    path = docx(tmp_path / "x.docx", "<w:p/>")
    with zipfile.ZipFile(path) as file:
        parts = {one: file.read(one) for one in file.namelist()}
    archive(path, parts | {name: LAUGHS})
    with pytest.raises(InputError, match="defines XML entities"):
        DocxFile(path, "x.docx", MOST).part(0)


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


@pytest.mark.parametrize("xml", ["", "<a", "no xml", "<a></b>", "<a>&b;</a>", "\0", "<a>" * 10_000])
def test_damaged_xml_is_refused(xml: str) -> None:
    with pytest.raises(InputError, match="damaged"):
        parse_xml(xml.encode(), "x.xml")


def test_xml_that_is_nested_too_deep_is_called_so() -> None:
    with pytest.raises(InputError, match=r"^x\.xml is damaged: its XML is nested deeper than any office program's$"):
        parse_xml(b"<a>" * 1000 + b"</a>" * 1000, "x.xml")


@pytest.mark.parametrize(
    ("folder", "target", "name"),
    [
        ("word", "media/a.png", "word/media/a.png"),
        ("word", "/xl/a.png", "xl/a.png"),
        ("OEBPS/text", "../i%20i.png#x", "OEBPS/i i.png"),
        ("word", "../../../etc/passwd", "../../etc/passwd"),  # no name in an archive
    ],
)
def test_references_are_names_in_the_archive(folder: str, target: str, name: str) -> None:
    assert inside(folder, target) == name


def test_relations_tell_what_is_inside_and_what_is_elsewhere(tmp_path: Path) -> None:
    relations = related("a", "media/a.png") + related("b", "https://example.org/", external=True)
    package = Package(docx(tmp_path / "x.docx", "<w:p/>", relations=relations), "x.docx", MOST)
    assert package.related("word/document.xml") == {"a": "word/media/a.png"}
    assert package.links("word/document.xml") == {"b": "https://example.org/"}
