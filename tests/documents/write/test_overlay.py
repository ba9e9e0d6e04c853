"""Frames over pages, in a PDF that another library reads."""

from __future__ import annotations

import io
import tracemalloc

import pypdfium2
import pytest
from PIL import Image

from fakes.documents import FakePictures
from sokdok.documents.document import Block, Document, DocumentPage
from sokdok.documents.write.overlay import LONG_SIDE, OverlayWriter
from sokdok.documents.write.writer import Wanted

HEAD = Document("a", "a.pdf")
PAGE = DocumentPage(
    1,
    600,
    1200,
    (
        Block("title", (100, 100, 500, 200), "제목", confidence=0.875),
        Block("odd (kind\\", (100, 600, 500, 1100), ""),
        Block("text", None, "nowhere"),
    ),
)


def overlay(*pages: tuple[DocumentPage, Image.Image | None]) -> pypdfium2.PdfDocument:
    file = io.BytesIO()
    pictures = FakePictures({page.number: image for page, image in pages})
    writer = OverlayWriter(file, HEAD, Wanted(pictures=pictures))
    for page, _ in pages:
        writer.add(page)
    writer.close()
    return pypdfium2.PdfDocument(file.getvalue())


def test_the_page_is_under_frames_with_their_kinds() -> None:
    pdf = overlay((PAGE, Image.new("RGB", (600, 1200), (255, 250, 200))))
    assert pdf[0].get_size() == pytest.approx((LONG_SIDE / 2, LONG_SIDE))
    words = pdf[0].get_textpage().get_text_bounded()
    assert "title 88%" in words and "odd (kind\\" in words
    seen = pdf[0].render(scale=1200 / LONG_SIDE).to_pil().convert("RGB")
    assert seen.getpixel((300, 400)) == pytest.approx((255, 250, 200), abs=3)  # between the frames
    red, green, blue = seen.getpixel((500, 170))  # on the right edge of the title
    assert red > 150 and green < 150 and blue < 150
    red, green, blue = seen.getpixel((100, 900))  # on the left edge of the other block
    assert blue > 150 and red < 150


def test_what_failed_says_so_on_a_sheet_of_its_own() -> None:
    lost = DocumentPage(2, 0, 0, status="FAILURE", error="the file ends (here)")
    pdf = overlay((PAGE, Image.new("RGB", (600, 1200))), (lost, None))
    assert len(pdf) == 2
    assert "page 2: the file ends (here)" in pdf[1].get_textpage().get_text_bounded()


def test_a_document_without_pages_is_still_a_pdf_file() -> None:
    file = io.BytesIO()
    OverlayWriter(file, HEAD, Wanted()).close()
    assert file.getvalue().startswith(b"%PDF-1.4") and file.getvalue().endswith(b"%%EOF\n")


@pytest.mark.parametrize(
    ("mode", "size"),
    [("L", (30, 20)), ("1", (8, 8)), ("P", (5, 9)), ("RGBA", (3, 3)), ("CMYK", (4, 4)), ("RGB", (1, 9000))],
)
def test_any_picture_will_do(mode: str, size: tuple[int, int]) -> None:
    page = DocumentPage(1, *size, (Block("image", (0, 0, 1, 1), ""),))
    pdf = overlay((page, Image.new(mode, size)))
    assert min(pdf[0].get_size()) >= 3
    assert pdf[0].render().to_pil().size


def test_memory_does_not_grow_with_the_pages() -> None:
    class Sink(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            return len(data)  # type: ignore[arg-type]

    image = Image.effect_noise((400, 400), 80)
    wanted = Wanted(pictures=FakePictures({PAGE.number: image}))
    writer = OverlayWriter(Sink(), HEAD, wanted)  # type: ignore[arg-type]
    writer.add(PAGE)
    tracemalloc.start()
    for _ in range(300):
        writer.add(PAGE)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 300 * 1000  # the pictures are some 60 kB each
