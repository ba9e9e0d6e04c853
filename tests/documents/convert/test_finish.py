"""A page put together of what its text layer and its pixels say."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from fakes.converting import FakeReader, converted
from fakes.figures import drawings
from fakes.pdf import Text, write_pdf
from sokdok.documents.convert.finish import compare
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word
from sokdok.reading import load
from sokdok.reading.reading import Abilities

ABOVE = ["Words of the file stand above", "the picture; they are exact.", "They are read as they", "stand there."]
PICTURE = b"q 300 0 0 200 60 400 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xe0 EI Q"
LINES = ["A report on the state of the harbour,", "written for those who pay for it.", "Nothing was found amiss."]
WHOLE = " ".join(LINES)
SCAN = b"q 400 0 0 300 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xf0 EI Q"  # a picture that covers the page


class Lines:
    """Finds as many lines as a test wants, one below the other over the whole picture."""

    def __init__(self, texts: list[str], share: float = 0.9, sure: float = 0.9) -> None:
        self.texts, self.share, self.sure = texts, share, sure

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        height, width = pixels.shape[:2]
        pitch = height / max(1, len(self.texts))
        found = []
        for number, text in enumerate(self.texts):
            box = Box(0, pitch * number, self.share * width, pitch * (number + 0.6))
            words = tuple(
                Word(word, box, box.height, box.bottom, source="recogniser", confidence=self.sure)
                for word in text.split()[:1]
            )
            legible = text != "?"
            found.append(TextLine(box, text * legible, 0.9, box.height, words=words * legible))
        return found


def beside(tmp_path: Path, lines: Lines) -> DocumentPage:
    texts = [Text(60, 80 + 14 * row, line) for row, line in enumerate(ABOVE)]
    path = write_pdf(tmp_path / "a.pdf", [[*texts, PICTURE]])
    return next(joined_pages([converted(path, FakeReader(abilities=Abilities(lines=lines)))]))


def test_a_picture_of_text_is_read_and_laid_out_with_the_page(tmp_path: Path) -> None:
    page = beside(tmp_path, Lines(["Here", "stands", "more", *"abcdefgh", "text"]))
    assert page.evidence == "mixed" and "a place beside it where text may stand" in page.evidence_reason
    assert said(page).startswith(" ".join(ABOVE)) and said(page).endswith("text")
    sources = {word.text: word.source for block in page.blocks for word in block.words}
    assert sources["Words"] == "text-layer" and sources["Here"] == sources["text"] == "reader"
    assert page.confidence is not None and 0.9 < page.confidence < 1
    left, top, right, bottom = next(word.box for block in page.blocks for word in block.words if word.text == "Here")
    assert left < right < 0.7 * page.width and 0.28 * page.height < top < bottom < 0.33 * page.height


def test_labels_of_a_figure_belong_to_the_figure(tmp_path: Path) -> None:
    page = beside(tmp_path, Lines(["10", "20", "30"], share=0.1))
    assert [block.kind for block in page.blocks] == ["text", "image"]
    assert page.blocks[1].text == "10\n20\n30" and [word.text for word in page.blocks[1].words] == ["10", "20", "30"]
    assert page.ledger is not None and page.ledger.present == 1 and page.ledger.seen == len(" ".join(ABOVE).split()) + 3


def test_lines_that_are_not_legible_are_not_read_but_in_a_figure(tmp_path: Path) -> None:
    page = beside(tmp_path, Lines(["Here", "stands", "?", "more", "?", *"abcdefgh", "text"]))
    assert page.ledger is not None and len(page.ledger.unread_boxes) == 2 and page.ledger.unread > 0.03
    assert page.status == "PARTIAL" and "was not read (places: 2)" in page.error and "?" not in said(page)
    page = beside(tmp_path, Lines(["10", "?", "30"], share=0.1))
    assert page.status == "SUCCESS" and [word.text for word in page.blocks[-1].words] == ["10", "30"]


def test_a_place_that_is_hardly_legible_is_not_read(tmp_path: Path) -> None:
    page = beside(tmp_path, Lines(["HHHH", "10", *"abcdefgh", "fit if"], sure=0.4))
    assert "was not read (places: 11)" in page.error and "place beside" in page.evidence_reason
    assert said(page) == " ".join(ABOVE) and page.confidence is not None and page.confidence < 0.97


def test_a_picture_without_text_leaves_a_page_exact(tmp_path: Path) -> None:
    page = beside(tmp_path, Lines([]))
    assert page.evidence == "exact" and [block.kind for block in page.blocks] == ["text", "image"]


SCANNED = ["The harbour office opens at eight", "and closes when the last boat", "has left for the islands."]


def scan(tmp_path: Path, hidden: list[str]) -> Path:
    """A page as a scanner leaves it, with text recognition's findings behind its picture."""
    image = Image.new("L", (1190, 840), 250)
    font = ImageFont.load_default(size=36)
    for row, line in enumerate(SCANNED):
        ImageDraw.Draw(image).text((120, 120 + 60 * row), line, 20, font)
    picture = b"q 595 0 0 420 0 0 cm BI /W 1190 /H 840 /BPC 8 /CS /G ID " + image.tobytes() + b" EI Q"
    texts = [b"q 3 Tr"]
    for row, line in enumerate(hidden):
        width = font.getlength(SCANNED[row]) / 2
        scale = 100 * width / max(1.0, ImageFont.load_default(size=180).getlength(line) / 10)
        texts.append(b"BT /F1 18 Tf %.1f Tz 1 0 0 1 60 %d Tm (%s) Tj ET" % (scale, 342 - 30 * row, line.encode()))
    return write_pdf(tmp_path / "scan.pdf", [[picture, *texts, b"Q"]], (595, 420))


def said(page: DocumentPage) -> str:
    return " ".join(block.text for block in page.blocks)


def test_a_wrong_layer_behind_a_scan_changes_nothing(tmp_path: Path) -> None:
    nano = load("nano")
    garbled = [line.translate(str.maketrans("aeiostr", "zqxjvkw")) for line in SCANNED]
    page, alone = converted(scan(tmp_path, garbled), nano), converted(scan(tmp_path, garbled), nano, "reader")
    assert said(page) == said(alone) and page.evidence == "pixels" and "is not believed" in page.evidence_reason
    assert not any(word.other for block in page.blocks for word in block.words)


def test_a_good_layer_behind_a_scan_corrects_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nano = load("nano")
    read = nano.read

    def misread(pages: object, *asked: object, **options: object) -> object:
        for reading in read(pages, *asked, **options):  # type: ignore[arg-type]
            first = reading.lines[0]
            words = [
                replace(word, text="harhour", confidence=0.5) if word.text == "harbour" else word
                for word in first.words
            ]
            assert words != list(first.words)
            yield replace(reading, lines=(replace(first, words=tuple(words)), *reading.lines[1:]))

    monkeypatch.setattr(nano, "read", misread)
    page = converted(scan(tmp_path, SCANNED), nano)
    assert said(page) == " ".join(SCANNED) and page.evidence == "mixed" and "corrects" in page.evidence_reason
    (corrected,) = [word for block in page.blocks for word in block.words if word.other]
    assert (corrected.text, corrected.other, corrected.source) == ("harbour", "harhour", "text-layer")


def test_words_of_the_layer_that_nobody_reads_are_written_where_they_stand(tmp_path: Path, monkeypatch) -> None:
    nano = load("nano")
    read = nano.read

    def blind(pages: object, *asked: object, **options: object) -> object:
        for reading in read(pages, *asked, **options):  # type: ignore[arg-type]
            yield replace(reading, lines=reading.lines[:1])

    monkeypatch.setattr(nano, "read", blind)
    image = Image.new("L", (1190, 840), 250)
    picture = b"q 595 0 0 420 0 0 cm BI /W 1190 /H 840 /BPC 8 /CS /G ID " + image.tobytes() + b" EI Q"
    texts = [Text(60, 60 + 30 * row, line, 18) for row, line in enumerate(SCANNED)]
    page = converted(write_pdf(tmp_path / "a.pdf", [[picture, *texts]], (595, 420)), nano)
    assert page.evidence == "mixed" and said(page) == " ".join(SCANNED) and page.status == "SUCCESS"


WORDS = [f"word{number}" for number in range(50)]
ROWS = " ".join(f"This is line {number} of a page of text" for number in range(40))


@pytest.mark.parametrize(
    ("text", "layer", "ordered", "unordered", "unreliable"),
    [
        ("# A title\n\n- **one**\n- two\n<table><tr><td>3</td></tr></table>", "A title one\ntwo   3", 0.95, 1, False),
        (" ".join(WORDS), " ".join(WORDS[25:] + WORDS[:25]), 0, 0.95, False),  # in another order
        (" ".join(ROWS.split()[::-1]), ROWS, 0, 0.3, True),  # words out of order make no text
        ("환경노동위원회 회의록", "환경노동위원회회의록", 0.9, 1, False),  # missing spaces
        ("difficult ABC", "diﬃcult ＡＢＣ", 1, 1, False),
        ("", "text", 0, 0, True),
        ("xyzzy plugh", "completely other words", 0, 0, True),
        ("", "", 1, 1, False),
    ],
)
def test_texts_agree_in_any_order(text: str, layer: str, ordered: float, unordered: float, unreliable: bool) -> None:
    found = compare(text, layer)
    assert ordered <= found.ordered < ordered + 0.75 and unordered <= found.unordered and found.unreliable is unreliable


def read(
    tmp_path: Path, says: dict[str, Any], source: Literal["auto", "reader", "text-layer"] = "auto", **how: Any
) -> DocumentPage:
    texts = [Text(60, 80 + 14 * row, line) for row, line in enumerate(LINES)]
    reader = None if source == "text-layer" else FakeReader(says={1: says})
    return converted(write_pdf(tmp_path / "a.pdf", [[SCAN, *texts]], (400, 300)), reader, source, **how)


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


def of_picture(path: Path, written: str, source: Literal["auto", "text-layer"]) -> DocumentPage:
    """What becomes of a picture with such text, by a reader that says nothing."""
    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).text((20, 20), written, "black")
    image.save(path)
    return converted(path, FakeReader(says={1: {"text": ""}}), source)


def test_a_picture_that_cannot_be_decoded_or_ends_early_is_told(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.pdf")
    whole = (tmp_path / "a.pdf").read_bytes()
    begin, end = whole.index(b"\xff\xd8"), whole.rindex(b"\xff\xd9")
    ways = {"SUCCESS": whole, "FAILURE": whole[:begin] + bytes(200) + whole[begin + 200 :]}
    ways["PARTIAL"] = whole[: end - 2000] + bytes(2002) + whole[end + 2 :]
    for status, data in ways.items():
        (tmp_path / "a.pdf").write_bytes(data)
        page = converted(tmp_path / "a.pdf", FakeReader())
        assert page.status == status and ("64 x 64 pixels, DCTDecode" in page.error) == (status != "SUCCESS")


@pytest.mark.parametrize(("written", "status"), [("Words in a row", "PARTIAL"), ("", "SUCCESS")])
def test_an_empty_answer_is_believed_of_an_empty_page_only(tmp_path: Path, written: str, status: str) -> None:
    page = of_picture(tmp_path / "a.png", written, "auto")
    assert page.status == status and bool(page.warnings) == (status == "SUCCESS")


def test_a_page_without_a_layer_says_so_if_only_layers_count(tmp_path: Path) -> None:
    page = of_picture(tmp_path / "a.png", "Some text in pixels", "text-layer")
    assert page.status == "FAILURE" and "no text layer" in page.error
    page = of_picture(tmp_path / "a.png", "", "text-layer")
    assert page.status == "SUCCESS" and page.warnings == ("the page is blank",)


def test_a_picture_that_is_a_chart_by_itself_is_a_figure_with_its_table_and_no_other_is(tmp_path: Path) -> None:
    nano = load("nano")
    drawings.chart().save(tmp_path / "chart.png")
    page = converted(tmp_path / "chart.png", nano)
    assert [(block.kind, block.box) for block in page.blocks] == [("chart", (0, 0, 480, 360))]
    assert "<td>name1</td><td>162</td>" in page.markdown and "500" in page.text and page.status == "SUCCESS"
    drawings.text().save(tmp_path / "text.png")
    assert "<td>" not in converted(tmp_path / "text.png", nano).markdown


def test_a_mode_that_is_asked_for_is_taken_and_auto_says_why(tmp_path: Path) -> None:
    assert read(tmp_path, {"text": WHOLE}, mode="large").mode_reason == "as asked"
    assert "the reader's choice" in read(tmp_path, {"text": WHOLE}).mode_reason
