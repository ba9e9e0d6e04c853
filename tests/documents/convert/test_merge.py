"""One page, two sources: text beside pictures of text, scans with a layer behind them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from fakes.converting import FakeReader
from fakes.pdf import Text, write_pdf
from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.read_pages import read_pages
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages.files import open_file
from sokdok.pages.textlayer import Word
from sokdok.reading import load
from sokdok.reading.reading import Abilities

ABOVE = ["Words of the file itself stand above", "the picture and are exact."]
PICTURE = b"q 300 0 0 200 60 400 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xe0 EI Q"


class Lines:
    """Finds as many lines as a test wants, one below the other over the whole picture."""

    def __init__(self, texts: list[str], share: float = 0.9) -> None:
        self.texts, self.share = texts, share

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        height, width = pixels.shape[:2]
        pitch = height / max(1, len(self.texts))
        found = []
        for number, text in enumerate(self.texts):
            box = Box(0, pitch * number, self.share * width, pitch * (number + 0.6))
            words = tuple(
                Word(word, box, box.height, box.bottom, source="recogniser", confidence=0.9)
                for word in text.split()[:1]
            )
            legible = text != "?"
            found.append(TextLine(box, text * legible, 0.9, box.height, words=words * legible))
        return found


def converted(path: Path, reader: object, source: str = "auto") -> DocumentPage:
    file = open_file(path)
    ((page, _),) = read_pages(file, [0], Conversion(Question(source=source), reader))  # type: ignore[arg-type]
    file.close()
    return page


def beside(tmp_path: Path, lines: Lines) -> DocumentPage:
    texts = [Text(60, 80 + 14 * row, line) for row, line in enumerate(ABOVE)]
    path = write_pdf(tmp_path / "a.pdf", [[*texts, PICTURE]])
    return converted(path, FakeReader(abilities=Abilities(lines=lines)))


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
    assert page.ledger is not None and page.ledger.balanced and page.ledger.seen == len(" ".join(ABOVE).split()) + 3


def test_lines_that_are_not_legible_are_not_read_but_in_a_figure(tmp_path: Path) -> None:
    page = beside(tmp_path, Lines(["Here", "stands", "?", "more", "?", *"abcdefgh", "text"]))
    assert page.ledger is not None and len(page.ledger.unread_boxes) == 2 and page.ledger.unread > 0.03
    assert page.status == "PARTIAL" and "was not read (places: 2)" in page.error and "?" not in said(page)
    page = beside(tmp_path, Lines(["10", "?", "30"], share=0.1))
    assert page.status == "SUCCESS" and page.ledger is not None and not page.ledger.unread


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


def test_words_of_the_layer_that_nobody_reads_are_written_where_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
