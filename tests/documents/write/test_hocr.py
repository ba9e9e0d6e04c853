"""hOCR as parsers of XML see it: pages, areas, lines and words in reading order, with boxes and confidence."""

import re
from xml.etree import ElementTree

from hypothesis import given, settings

from fakes.documents import documents, written_as
from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document

NAME = "{http://www.w3.org/1999/xhtml}"


def hocr(document: Document) -> ElementTree.Element:
    return ElementTree.fromstring(written_as("hocr", document))


def found(root: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.get("class") == kind]


WORDS = (
    Word("한국어", (10, 10, 60, 30), 0.876),
    Word("<b>", (70, 12, 90, 30), 1.0),
    Word("Zeile", (10, 40, 60, 60), source="text-layer"),
    Word("zwei", (70, 40, 99, 60)),
)
FURTHER = Block("text", (10, 10, 50, 30), "weiter", words=(Word("weiter", (10, 10, 50, 30)),))
PAGES = (
    DocumentPage(1, 200, 300, (Block("text", (10, 10, 99, 60), "", words=WORDS), Block("image", (0, 99, 50, 150), ""))),
    DocumentPage(
        2, 200, 300, (FURTHER, Block("text", (5, 50, 99, 90), "nobody knows where"), Block("text", None, "nor here"))
    ),
    DocumentPage(3, 0, 0, status="FAILURE", error="broken"),
)


def test_what_was_not_read_is_a_picture_that_says_so() -> None:
    block = Block("unread", (10, 10, 99, 60), "[formula not read]", words=WORDS[:2])
    root = hocr(Document("a", "a.pdf", (DocumentPage(1, 200, 300, (block,)),)))
    assert [photo.text for photo in found(root, "ocr_photo")] == ["[formula not read]"]
    assert not found(root, "ocrx_word")


def test_pages_lines_and_words_with_boxes_and_confidence() -> None:
    root = hocr(Document("보고서", 'a"b;c.pdf', PAGES))
    assert [page.get("title") for page in found(root, "ocr_page")] == [
        'image "a\'b,c.pdf"; bbox 0 0 200 300; ppageno 0',
        'image "a\'b,c.pdf"; bbox 0 0 200 300; ppageno 1',
        'image "a\'b,c.pdf"; bbox 0 0 0 0; ppageno 2',
    ]
    lines = found(root, "ocr_line")
    assert ["".join(line.itertext()) for line in lines] == [
        "한국어 <b>", "Zeile zwei", "weiter", "nobody knows where", "nor here"
    ]  # fmt: skip
    assert lines[0].get("title") == "bbox 10 10 90 30" and lines[3].get("title") == "bbox 5 50 99 90"
    assert [word.get("title") for word in found(root, "ocrx_word")] == [
        "bbox 10 10 60 30; x_wconf 88",
        "bbox 70 12 90 30; x_wconf 100",
        "bbox 10 40 60 60; x_wconf 100",
        "bbox 70 40 99 60",
        "bbox 10 10 50 30",
    ]
    assert found(root, "ocr_photo")[0].get("title") == "bbox 0 99 50 150"
    assert found(root, "ocr_page")[1].findall(".//*[@class='ocrx_word']")[0].text == "weiter"


def test_the_page_says_its_language() -> None:
    page = DocumentPage(1, 9, 9, (Block("text", None, "한글"),))
    assert found(hocr(Document("a", "a.pdf", (page,))), "ocr_page")[0].get("lang") == "ko"


def test_lines_that_stand_say_their_angle() -> None:
    words = tuple(Word("stamp", (10, 100 - 50 * at, 20, 140 - 50 * at)) for at in range(2))
    page = DocumentPage(1, 99, 199, (Block("text", (10, 50, 20, 140), "", words=words),))
    (line,) = found(hocr(Document("a", "a.pdf", (page,))), "ocr_line")
    assert line.get("title") == "bbox 10 50 20 140; textangle 90"


@given(document=documents)
@settings(deadline=None, max_examples=25)
def test_any_document_is_well_formed_and_its_ids_are_its_own(document: Document) -> None:
    pages = tuple({page.number: page for page in document.pages}.values())
    root = hocr(Document(document.name, document.source, pages))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {element.tag.removeprefix(NAME) for element in root.iter()} <= {
        *("html", "head", "title", "meta", "body", "div", "p", "span")
    }
    assert all(re.fullmatch(r"[a-z]+(_\d+)+", name) for name in ids)
