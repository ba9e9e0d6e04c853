"""The reader's text against the text layer's, and which of them a document gets."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import pytest

from fakes.converting import FakeReader
from fakes.pdf import Text, write_pdf
from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.finish import compare
from sokdok.documents.convert.read_pages import read_pages
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.pages.files import open_file

LINES = ["A report on the state of the harbour,", "written for those who pay for it.", "Nothing was found amiss."]
WHOLE = " ".join(LINES)
SCAN = b"q 400 0 0 300 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xf0 EI Q"  # a picture that covers the page


def test_equal_texts_agree_whatever_their_marks_and_white_space() -> None:
    found = compare("# A title\n\n- **one**\n- two\n<table><tr><td>3</td></tr></table>", "A title one\ntwo   3")
    assert found.ordered > 0.95 and found.unordered == 1.0 and not found.unreliable


def test_another_order_lowers_only_the_ordered_agreement() -> None:
    words = [f"word{number}" for number in range(50)]
    found = compare(" ".join(words), " ".join(words[25:] + words[:25]))
    assert found.ordered < 0.75 and found.unordered > 0.95 and not found.unreliable


def test_lines_out_of_order_make_no_text() -> None:
    lines = [f"This is line {number} of a page of text" for number in range(40)]
    found = compare(" ".join(lines[::2] + lines[1::2][::-1]), " ".join(lines))
    assert found.unordered > 0.95
    assert compare(" ".join("".join(lines).split()[::-1]), " ".join(lines)).unreliable


def test_missing_spaces_hardly_matter() -> None:
    assert compare("환경노동위원회 회의록", "환경노동위원회회의록").unordered == 1.0


def test_ligatures_and_full_width_forms_are_made_plain() -> None:
    assert compare("difficult ABC", "diﬃcult ＡＢＣ").ordered == 1.0


@pytest.mark.parametrize(("read", "said"), [("", "text"), ("xyzzy plugh", "completely other words")])
def test_other_texts_disagree_wildly(read: str, said: str) -> None:
    assert compare(read, said).unreliable


def test_two_empty_texts_agree() -> None:
    assert compare("", "").ordered == compare("", "").unordered == 1.0


def read(
    tmp_path: Path, says: dict[str, Any], source: Literal["auto", "reader", "text-layer"] = "auto", **how: Any
) -> DocumentPage:
    texts = [Text(60, 80 + 14 * row, line) for row, line in enumerate(LINES)]
    file = open_file(write_pdf(tmp_path / "a.pdf", [[SCAN, *texts]], (400, 300)))
    reader = None if source == "text-layer" else FakeReader(says={1: says})
    ((page, _),) = read_pages(file, [0], Conversion(Question(source=source, **how), reader))
    file.close()
    return page


def test_a_good_reading_stays_and_its_agreement_is_reported(tmp_path: Path) -> None:
    page = read(tmp_path, {"text": WHOLE.replace("harbour", "harbor")})
    assert page.source == "reader" and page.reader == "fake" and page.status == "SUCCESS"
    assert page.agreement is not None and 0.98 < page.agreement < 1 and not page.warnings


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"text": "la la la la la la", "status": "looped"}, "fell into a repetition"),
        ({"text": "A rep", "status": "truncated"}, "stopped at its length limit"),
        ({"text": "", "status": "failed", "error": "out of memory"}, "out of memory"),
        ({"text": "Quite another page, it seems, than the one shown"}, "agree to only"),
        ({"text": ""}, "says nothing of a page with rows of ink"),
        ({"text": " ".join(WHOLE.split()[::-1])}, "whatever the order"),
    ],
)
def test_the_layer_stands_in_for_a_bad_reading_and_says_so(tmp_path: Path, says: dict[str, Any], reason: str) -> None:
    page = read(tmp_path, says)
    assert page.source == "text-layer" and WHOLE in [block.text for block in page.blocks]
    assert page.status == "PARTIAL" and reason in page.error and "text may be missing" in page.error
    assert reason in page.warnings[0] and "the text is the text layer's" in page.warnings[0]


def test_a_bad_reading_stays_if_only_the_reader_counts(tmp_path: Path) -> None:
    page = read(tmp_path, {"text": "la la la", "status": "looped"}, "reader")
    assert page.source == "reader" and page.status == "PARTIAL" and page.agreement is not None


def test_the_layer_alone_needs_no_reader(tmp_path: Path) -> None:
    page = read(tmp_path, {}, "text-layer")
    assert page.source == "text-layer" and page.reader == "text layer" and page.blocks[0].text == WHOLE
    assert page.evidence == "exact" and page.evidence_reason == "only the text layer was asked for"
    left, top, right, bottom = page.blocks[0].box or (0, 0, 0, 0)
    assert 0 < left < right < page.width and 0 < top < bottom < page.height


@pytest.mark.parametrize(("written", "status"), [("Words in a row", "PARTIAL"), ("", "SUCCESS")])
def test_an_empty_answer_is_believed_of_an_empty_page_only(tmp_path: Path, written: str, status: str) -> None:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).text((20, 20), written, "black")
    image.save(tmp_path / "a.png")
    with closing(open_file(tmp_path / "a.png")) as file:
        ((page, _),) = read_pages(file, [0], Conversion(Question(), FakeReader(says={1: {"text": ""}})))
    assert page.status == status and bool(page.warnings) == (status == "SUCCESS")


def test_a_page_without_a_layer_says_so_if_only_layers_count(tmp_path: Path) -> None:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).text((20, 20), "Some text in pixels")
    ImageDraw.Draw(image).text((20, 60), "Some text in pixels", "black")
    image.save(tmp_path / "a.png")
    Image.new("RGB", (300, 200), "white").save(tmp_path / "blank.png")
    pages = []
    for name in ("a.png", "blank.png"):
        file = open_file(tmp_path / name)
        pages += [page for page, _ in read_pages(file, [0], Conversion(Question(source="text-layer"), None))]
        file.close()
    assert pages[0].status == "FAILURE" and "no text layer" in pages[0].error
    assert pages[1].status == "SUCCESS" and pages[1].warnings == ("the page is blank",)


def test_a_mode_that_is_asked_for_is_taken_and_auto_says_why(tmp_path: Path) -> None:
    assert read(tmp_path, {"text": WHOLE}, mode="large").mode_reason == "as asked"
    assert "the reader's choice" in read(tmp_path, {"text": WHOLE}).mode_reason
