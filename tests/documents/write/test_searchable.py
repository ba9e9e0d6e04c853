"""Searchable PDFs: the words and their places as other programs find them, on pages that stay what they were."""

import io
import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw

from fakes.documents import written_as
from fakes.pdf import Text, write_pdf
from sokdok.documents.blocks import Block, Box, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok.documents.write.writer import Original, Wanted
from sokdok.errors import InputError

pikepdf = pytest.importorskip("pikepdf")
pytest.importorskip("img2pdf")

WORDS = ("한국어", "문서를", "찾는다", "Grüße", "𠮷野家", "f(x)²", "العربية")
PIXELS = (400, 600)


def row(texts: tuple[str, ...], top: int = 40, height: int = 20) -> tuple[Word, ...]:
    """Words from left to right, each twenty pixels a letter, twenty pixels apart."""
    words, left = [], 10
    for text in texts:
        width = 12 * len(text)
        words.append(Word(text, (left, top, left + width, top + height)))
        left += width + 10
    return tuple(words)


def page(*lines: tuple[Word, ...], number: int = 1, size: tuple[int, int] = PIXELS, **values: object) -> DocumentPage:
    blocks = tuple(Block("text", (0, 0, *size), " ".join(word.text for word in line), words=line) for line in lines)
    return DocumentPage(number, *size, blocks, **values)  # type: ignore[arg-type]


def searchable(path: Path, *pages: DocumentPage, password: str | None = None) -> bytes:
    return written_as("pdf", Document("a", str(path), pages), Wanted(original=Original(path, password)))


def text_of(data: bytes, number: int = 0) -> str:
    return pypdfium2.PdfDocument(data)[number].get_textpage().get_text_range().replace("\r\n", "\n")


def place_of(data: bytes, text: str, size: tuple[int, int] = PIXELS) -> Box:
    """Where PDFium finds a text, in pixels of the page as it is shown."""
    with pypdfium2.PdfDocument(data) as pdf:
        shown = pdf[0]
        words = shown.get_textpage()
        start, count = words.search(text).get_next()
        boxes = [words.get_charbox(index, loose=True) for index in range(start, start + count)]
        left, bottom = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, top = max(box[2] for box in boxes), max(box[3] for box in boxes)
        corners = [shown_point(shown, *corner) for corner in ((left, bottom), (right, top))]
        width, height = shown.get_size()
    xs, ys = ([round(at[axis] * pixels / whole) for at in corners] for axis, pixels, whole in
              ((0, size[0], width), (1, size[1], height)))  # fmt: skip
    return min(xs), min(ys), max(xs), max(ys)


def shown_point(shown: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    left, bottom, right, top = shown.get_cropbox()
    return {
        0: (x - left, top - y),
        90: (y - bottom, x - left),
        180: (right - x, y - bottom),
        270: (top - y, right - x),
    }[shown.get_rotation()]


def blank(path: Path, rotate: int = 0, size: tuple[float, float] = (200, 300)) -> Path:
    pdf = pikepdf.new()
    sheet = pdf.add_blank_page(page_size=size)
    sheet.obj.Rotate = rotate
    sheet.cropbox = [20, 10, size[0] - 20, size[1] - 30]
    pdf.save(path)
    return path


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_words_come_back_at_their_places_however_a_page_is_turned(tmp_path: Path, rotate: int) -> None:
    size = PIXELS if rotate in (0, 180) else PIXELS[::-1]
    first, second = row(WORDS[:3]), row(WORDS[3:], top=100)
    data = searchable(blank(tmp_path / "a.pdf", rotate), page(first, second, size=size))
    assert text_of(data) == f"{' '.join(WORDS[:3])}\n{' '.join(WORDS[3:])}"
    for word in (*first, second[0]):
        assert place_of(data, word.text, size) == pytest.approx(word.box, abs=2), word


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")
def test_poppler_finds_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "b.pdf").write_bytes(searchable(blank(tmp_path / "a.pdf"), page(row(WORDS[:3]), row(WORDS[3:6], 100))))
    found = subprocess.run(["pdftotext", tmp_path / "b.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert found.split() == list(WORDS[:6])
    assert found.splitlines()[0] == " ".join(WORDS[:3])


@pytest.mark.parametrize(("turn", "angle"), [("up", 90), ("left", 180), ("down", 270)])
def test_lines_that_stand_or_are_upside_down_run_where_they_run(tmp_path: Path, turn: str, angle: int) -> None:
    def turned(word: Word) -> Word:
        left, top, right, bottom = word.box
        width, height = PIXELS
        box = {
            "up": (top, height - right, bottom, height - left),
            "left": (width - right, height - bottom, width - left, height - top),
            "down": (width - bottom, left, width - top, right),
        }[turn]
        return Word(word.text, box)

    texts = ("한국어", "문서를", "찾는다", "정말로")
    words = tuple(turned(word) for word in row(texts))
    data = searchable(blank(tmp_path / "a.pdf"), page(words, tuple(turned(word) for word in row(("1", "2"), top=90))))
    for word in words:
        assert place_of(data, word.text) == pytest.approx(word.box, abs=3)
    matrix = [item.get_matrix() for item in pypdfium2.PdfDocument(data)[0].get_objects()][0]
    directions = {(0, 1): 90, (-1, 0): 180, (0, -1): 270}
    assert directions[(round(matrix.a), round(matrix.b))] == angle


def falling(slope: float) -> tuple[Word, ...]:
    """A line's words, 22 pixels high, with the boxes around them as they fall."""
    texts = ("부산광역시", "해운대구", "센텀중앙로", "오십오번지", "word4", "word5")
    tops = [40 + 60 * at * slope for at in range(len(texts))]
    return tuple(
        Word(text, (10 + 60 * at, round(top), 60 + 60 * at, round(top + 22 + 50 * slope)))
        for at, (text, top) in enumerate(zip(texts, tops, strict=True))
    )


def test_words_of_a_line_that_falls_lie_along_it(tmp_path: Path) -> None:
    data = searchable(blank(tmp_path / "a.pdf"), page(falling(0.2)))
    matrix = next(iter(pypdfium2.PdfDocument(data)[0].get_objects())).get_matrix()
    assert matrix.b / matrix.a == pytest.approx(-0.2, abs=0.01)
    assert text_of(data) == " ".join(word.text for word in falling(0.2))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")
@pytest.mark.parametrize("slope", [0.01, 0.03, 0.06])
def test_poppler_finds_whole_words_on_a_page_that_is_a_little_askew(tmp_path: Path, slope: float) -> None:
    words = falling(slope)
    data = searchable(blank(tmp_path / "a.pdf", size=(840, 1240)), page(words))
    (tmp_path / "b.pdf").write_bytes(data)
    found = subprocess.run(["pdftotext", tmp_path / "b.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert sorted(found.split()) == sorted(word.text for word in words)
    for word in words:
        assert place_of(data, word.text) == pytest.approx(word.box, abs=2)


def test_the_page_looks_as_before(tmp_path: Path) -> None:
    green = b"q 5 0 0 5 0 0 cm 0 1 0 rg 3 3 9 9 re f"
    path = write_pdf(tmp_path / "a.pdf", [[Text(20, 30, "seen"), green]], (200, 300))
    before = pypdfium2.PdfDocument(path)[0].render().to_pil()
    after = pypdfium2.PdfDocument(searchable(path, page(row(WORDS))))[0].render().to_pil()
    assert before.tobytes() == after.tobytes()


def test_an_image_is_wrapped_without_loss(tmp_path: Path) -> None:
    image = Image.effect_noise(PIXELS, 60).convert("RGB")
    image.save(tmp_path / "a.jpg", quality=85)
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "a.webp", lossless=True)
    for name in ("a.jpg", "a.png", "a.webp"):
        data = searchable(tmp_path / name, page(row(WORDS[:3])))
        assert text_of(data) == " ".join(WORDS[:3])
        with pikepdf.open(io.BytesIO(data)) as pdf:
            (stored,) = pdf.pages[0].get_images().values()
            if name == "a.jpg":
                assert stored.read_raw_bytes() == (tmp_path / name).read_bytes()
            assert pikepdf.PdfImage(stored).as_pil_image().convert("RGB").tobytes() == (
                Image.open(tmp_path / name).convert("RGB").tobytes()
            )


def test_frames_and_pictures_taken_sideways(tmp_path: Path) -> None:
    frames = [Image.new("L", PIXELS, shade) for shade in (200, 250)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    data = searchable(tmp_path / "a.tif", page(row(("하나",))), page(row(("둘둘",)), number=2))
    assert [text_of(data, number) for number in (0, 1)] == ["하나", "둘둘"]
    picture = Image.new("RGB", PIXELS[::-1], "white")  # stored on its side, and said so
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    words = row(WORDS[:3])
    data = searchable(tmp_path / "a.jpg", page(words))
    assert place_of(data, words[0].text) == pytest.approx(words[0].box, abs=2)


def test_transparency_is_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", PIXELS, (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 50, 50), (255, 0, 0, 255))
    image.save(tmp_path / "a.webp", lossless=True)
    seen = pypdfium2.PdfDocument(searchable(tmp_path / "a.webp", page(row(("a",)))))[0].render().to_pil()
    assert seen.getpixel((2, 2)) == pytest.approx((255, 0, 0), abs=3) and seen.getpixel((100, 100)) == (255, 255, 255)


def test_text_that_is_there_already_is_not_doubled(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(20, 30, "exact text")]] * 2, (200, 300))
    layer = tuple(Word(text, (0, 0, 9, 9), source="text-layer") for text in ("exact", "text"))
    mixed = page((*layer, *row(("그림",), 300)), number=2, evidence="mixed")
    data = searchable(path, page(layer, evidence="exact"), mixed)
    assert text_of(data) == "exact text" and text_of(data, 1).split() == ["exact", "text", "그림"]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages[0].Contents.read_bytes()) and not isinstance(pdf.pages[0].Contents, pikepdf.Array)


def test_a_hidden_layer_that_was_not_believed_is_replaced(tmp_path: Path) -> None:
    hidden = b"q BT 3 Tr /F1 10 Tf 20 200 Td (garbled layer) Tj ET Q"
    path = write_pdf(tmp_path / "a.pdf", [[hidden, Text(20, 30, "seen")]], (200, 300))
    data = searchable(path, page(row(("바른", "글"), 200)))
    assert "garbled" not in text_of(data) and "seen" in text_of(data) and "바른 글" in text_of(data)
    form = tmp_path / "form.pdf"
    with pikepdf.open(path) as pdf:
        sheet = pdf.pages[0]
        stream = pdf.make_stream(hidden, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 200, 300])
        stream.Resources = sheet.Resources
        sheet.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm=stream))
        sheet.obj.Contents = pdf.make_stream(b"q /Fm Do Q")
        pdf.save(form)
    assert text_of(searchable(form, page(row(("바른", "글"))))) == "바른 글"


def test_only_the_pages_that_came_are_in_it_and_failed_ones_as_they_are(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(20, 30, f"page {number}")] for number in range(1, 5)], (200, 300))
    lost = DocumentPage(3, 0, 0, status="FAILURE", error="broken")
    data = searchable(path, page(row(("둘",), 200), number=2), lost)
    assert [text_of(data, number).split() for number in range(2)] == [["page", "2", "둘"], ["page", "3"]]
    assert len(pypdfium2.PdfDocument(data)) == 2


def test_an_encrypted_file_stays_encrypted(tmp_path: Path) -> None:
    with pikepdf.open(write_pdf(tmp_path / "a.pdf", [[]], (200, 300))) as pdf:
        pdf.save(tmp_path / "b.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
    data = searchable(tmp_path / "b.pdf", page(row(("비밀",))), password="u")
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(data)
    assert pypdfium2.PdfDocument(data, password="u")[0].get_textpage().get_text_range() == "비밀"


def test_what_has_no_pages_or_is_no_pdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(InputError, match="a.csv has no pages to put words under; name a PDF or an image"):
        searchable(tmp_path / "a.csv")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(InputError, match="can't be written again as a PDF"):
        searchable(tmp_path / "a.pdf", page(row(("a",))))
