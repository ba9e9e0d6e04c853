"""What a document's status may be, and what its parts refuse."""

import pytest
from hypothesis import given, settings

from fakes.documents import documents
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage, Status, grade
from sokdok.documents.result import Document

FINE = DocumentPage(1, 100, 100)
CUT = DocumentPage(2, 100, 100, status="PARTIAL", error="cut off")
LOST = DocumentPage(3, 0, 0, status="FAILURE", error="broken")


@pytest.mark.parametrize(
    ("pages", "errors", "status"),
    [
        ((FINE, FINE), (), "SUCCESS"),
        ((FINE,), ("the file is cut off",), "PARTIAL"),
        ((FINE, CUT), (), "PARTIAL"),
        ((FINE, LOST), (), "PARTIAL"),
        ((CUT, LOST), (), "PARTIAL"),
        ((LOST, LOST), (), "FAILURE"),
        ((), (), "FAILURE"),
        ((), ("encrypted",), "FAILURE"),
    ],
)
def test_the_status_follows_from_pages_and_errors(
    pages: tuple[DocumentPage, ...], errors: tuple[str, ...], status: Status
) -> None:
    assert Document("a", "a.pdf", pages, errors).status == status


@given(document=documents)
@settings(deadline=None, max_examples=25)
def test_a_success_has_no_error_inside(document: Document) -> None:
    if document.status == "SUCCESS":
        assert not any(document.errors) and not any(page.error for page in document.pages)


@pytest.mark.parametrize(("status", "error"), [("SUCCESS", "but"), ("FAILURE", ""), ("PARTIAL", "")])
def test_status_and_error_of_a_page_must_agree(status: Status, error: str) -> None:
    with pytest.raises(ValueError, match="page 7 has status"):
        DocumentPage(7, 1, 1, status=status, error=error)


@pytest.mark.parametrize(
    "figure",
    ["/etc/passwd", "../a.png", "images/../../a.png", "javascript:alert(1)", "C:a.png", "a\\b.png", "//h/a", ""],
)
def test_a_picture_stays_within_the_folder(figure: str) -> None:
    with pytest.raises(ValueError, match="not a path within"):
        Block("image", None, "", figure=figure)
    assert Block("image", None, "", figure="images/그림 1.png").figure == "images/그림 1.png"


def test_text_has_everything_and_a_form_feed_between_pages() -> None:
    first = DocumentPage(1, 9, 9, (Block("header", None, "Kopf"), Block("title", None, "## 제목")))
    second = DocumentPage(2, 9, 9, (Block("code", None, "```py\nx = 1\n```"),))
    assert Document("a", "", (first, second)).text == "Kopf\n\n제목\n\fx = 1"


@pytest.mark.parametrize(("confidence", "name"), [(1, "excellent"), (0.95, "good"), (0.6, "fair"), (0.2, "poor")])
def test_a_confidence_has_a_grade(confidence: float, name: str) -> None:
    assert grade(confidence) == name


def test_a_document_is_as_sure_as_its_pages_that_say() -> None:
    pages = tuple(DocumentPage(n, 9, 9, confidence=sure) for n, sure in enumerate((None, 0.5, 1.0), 1))
    assert Document("a", "a.pdf", pages).confidence == 0.75
    assert Document("a", "a.pdf", pages[:1]).confidence is None
