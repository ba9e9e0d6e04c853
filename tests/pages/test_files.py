"""Files come in as upright RGB pages; what can't be used is refused in one line.

Anything that has pages, as pages.
"""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from fakes.hostile import png as png_header
from fakes.pdf import Text, write_pdf
from sokdok.errors import InputError
from sokdok.pages import CELLS, Page, PageError, images, pdf, render, save_page, textlayer
from sokdok.pages.files import as_file, is_page_file, open_file, open_pages, page_range, pages_of
from sokdok.pages.isolated import ChildFile
from sokdok.reasons import Reason, reason_of


def opened(path: Path) -> list[Page]:
    pages = list(open_pages(path))
    assert all(isinstance(page, Page) for page in pages)
    return pages  # type: ignore[return-value]  # all of them are pages, as was just checked


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        list(open_pages(path))
    message = str(caught.value)
    assert "\n" not in message and message.count(str(path)) >= 1
    return message


def make_pdf(path: Path, sizes: list[tuple[float, float]]) -> Path:
    from pypdfium2 import PdfDocument

    document = PdfDocument.new()
    for width, height in sizes:
        document.new_page(width, height)
    document.save(path)
    document.close()
    return path


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tiff", "a.webp", "a.gif"])
def test_images_of_five_formats_come_in(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (30, 20), (200, 10, 10)).save(tmp_path / name)
    (page,) = opened(tmp_path / name)
    assert page.size == (30, 20) and page.image.mode == "RGB"
    assert page.source == str(tmp_path / name) and page.index == 0
    assert page.cell is None and page.part is None
    assert abs(np.asarray(page.image).astype(int) - [200, 10, 10]).max() < 12


def test_the_first_bytes_count_not_the_name_and_a_source_may_be_named(tmp_path: Path) -> None:
    Image.new("RGB", (3, 2)).save(tmp_path / "photo.pdf", "PNG")
    (page,) = open_pages(tmp_path / "photo.pdf", source="standard input")
    assert isinstance(page, Page) and page.size == (3, 2) and page.source == "standard input"


def test_every_page_of_a_tiff_comes_in_in_any_order(tmp_path: Path) -> None:
    pages = [Image.new("L", (10 + i, 5), 40 * i) for i in range(3)]
    pages[0].save(tmp_path / "fax.tif", save_all=True, append_images=pages[1:])
    came = opened(tmp_path / "fax.tif")
    assert [(page.size[0], page.index) for page in came] == [(10, 0), (11, 1), (12, 2)]
    assert [page.image.getpixel((0, 0))[0] for page in came] == [0, 40, 80]  # type: ignore[index]
    with closing(open_file(tmp_path / "fax.tif")) as file:
        assert [page_size(file, index)[0] for index in (2, 0, 1)] == [12, 10, 11]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_common_pixel_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (4, 4)).save(path)
    assert opened(path)[0].image.mode == "RGB"


@pytest.mark.parametrize(
    ("mode", "dpi", "orientation", "size"),
    [
        ("1", (204, 98), 1, (40, 41)),  # a fax's usual pixels are twice as high as wide
        ("P", (98, 204), 1, (83, 20)),
        ("RGB", (200, 100), 6, (80, 20)),  # stored on its side
        ("L", (204, 196), 1, (40, 20)),
        ("RGB", (1, 4), 1, (40, 20)),  # no device's
    ],
)
def test_pixels_that_are_not_square_are_stretched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, dpi: tuple[int, int], orientation: int, size: Any
) -> None:
    fax = Image.new(mode, (20, 40) if orientation > 4 else (40, 20), 1)
    fax.save(tmp_path / "fax.tif", dpi=dpi, tiffinfo={274: orientation}, save_all=True, append_images=[fax])
    assert [page.size for page in opened(tmp_path / "fax.tif")] == [size, size]
    with Image.open(tmp_path / "fax.tif") as picture:
        (twice,) = pages_of(picture.resize((9, 9)))  # by somebody who may have made them square
        assert isinstance(twice, Page) and twice.size == (9, 9)
    monkeypatch.setattr(images, "MAX_PAGE_PIXELS", 500)
    assert all(page.size[0] * page.size[1] <= 500 for page in opened(tmp_path / "fax.tif"))


def test_sixteen_bit_greys_are_scaled_not_clipped_and_unusable_modes_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 32896, 65535]], np.uint16)).save(tmp_path / "a.png")
    (page,) = opened(tmp_path / "a.png")
    assert [page.image.getpixel((x, 0))[0] for x in range(3)] == [0, 128, 255]  # type: ignore[index]
    Image.fromarray(np.array([[0, 1e9]], np.float32)).save(tmp_path / "a.tif")
    assert "convert the image to 8-bit RGB" in refusal(tmp_path / "a.tif")


def test_drawn_pages_come_back_pixel_for_pixel(tmp_path: Path) -> None:
    drawn = render("Straße 한글 " * 3000)
    assert len(drawn) == 3
    for page in drawn:
        save_page(page, tmp_path / f"{page.index}.png")
    came = [opened(tmp_path / f"{i}.png")[0] for i in range(3)]
    for page, twin in zip(drawn, came, strict=True):
        assert twin.image.tobytes() == page.image.tobytes()
        assert (twin.cell, twin.part, twin.layout) == (page.cell, page.part, None)
    assert came[1].continues(came[0]) and not came[2].continues(came[0])
    assert not list(tmp_path.glob("*.tmp"))


def test_equal_pages_become_equal_files_that_do_not_give_the_text_away(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        save_page(render("The secret ingredient")[0], tmp_path / name)
    data = (tmp_path / "a.png").read_bytes()
    assert data == (tmp_path / "b.png").read_bytes()
    assert b"secret" not in data and b"cell=8x16 size=640x640 page=1/1" in data


@pytest.mark.parametrize(
    "note", ["cell=9x9 size=8x8 page=1/1", "cell=8x8 size=9x8 page=1/1", "cell=8x8 size=8x8 page=0/1", "\0", "x" * 999]
)
def test_a_foreign_or_stale_note_is_ignored(tmp_path: Path, note: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("sokdok", note)
    Image.new("L", (8, 8)).save(tmp_path / "a.png", pnginfo=info)
    assert opened(tmp_path / "a.png")[0].cell is None


def test_only_drawn_pages_are_saved_and_cells_have_names_that_the_note_can_carry(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not drawn by sokdok"):
        save_page(Page(Image.new("RGB", (8, 8)), "scan.jpg"), tmp_path / "a.png")
    assert all(str(cell) == name for name, cell in CELLS.items())


def test_pdf_pages_come_in_at_the_asked_resolution(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [(72, 144), (144, 72)])
    assert [page.size for page in opened(path)] == [(144, 288), (288, 144)]
    assert [page.size for page in open_pages(path, dpi=72)] == [(72, 144), (144, 72)]  # type: ignore[union-attr]


def test_pdf_pages_have_a_handy_size_unless_a_resolution_is_asked_for(tmp_path: Path) -> None:
    with closing(open_file(make_pdf(tmp_path / "a.pdf", [(595, 842), (14_400, 14_400), (1, 400)]))) as file:
        assert len(file) == 3
        sizes = [page_size(file, index) for index in range(3)]
        assert [max(size) for size in sizes] == pytest.approx([textlayer.LONG_SIDE] * 3, abs=2) and min(sizes[2]) >= 1
        assert page_size(file, 0, enlarged=2.0)[1] == pytest.approx(2 * textlayer.LONG_SIDE, abs=2)
        assert page_size(file, 0, dpi=72) == (595, 842)


def page_size(file: ChildFile, index: int, **how: float) -> tuple[int, int]:
    page = file.page(index, **how)
    assert isinstance(page, Page)
    return page.size


@pytest.mark.parametrize(
    ("wanted", "indices"),
    [(None, [0, 1, 2, 3]), ("3-", [2, 3]), ("4,1-2,2", [0, 1, 3]), (" 1 ,3 ", [0, 2]), ("2-99,7-", [1, 2, 3, 6])],
)
def test_pages_are_named_by_ranges(wanted: str | None, indices: list[int]) -> None:
    assert page_range(wanted, 4, "a.pdf") == indices


@pytest.mark.parametrize("wanted", ["", "0", "-3", "3-1", "one", "1;2", "1-2-3", "5", "٣"])
def test_what_is_no_range_or_beyond_the_end_is_refused(wanted: str) -> None:
    with pytest.raises(InputError):
        page_range(wanted, 4, "a.pdf")


def test_a_form_whose_pages_only_its_program_makes_is_refused(tmp_path: Path) -> None:
    path, form = tmp_path / "a.pdf", b"/Catalog /NeedsRendering true /AcroForm << /XFA (form) >>"
    path.write_bytes(write_pdf(path, [[Text(20, 20, "Wait")]]).read_bytes().replace(b"/Catalog", form))
    with pytest.raises(InputError, match="XFA"):
        open_file(path)


def test_passwords_open_what_is_encrypted(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(20, 20, "secret")]], (100, 100), password="sesame")
    with closing(open_file(path, password="sesame")) as file:
        layer = file.layer(0)
        assert layer is not None and [piece.text for piece in layer.pieces] == ["secret"]
    for password, hint in ((None, "give its password with --password"), ("open", "another password")):
        with pytest.raises(InputError, match=hint):
            open_file(path, password=password)


def test_page_files_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    Image.new("L", (3, 2)).save(tmp_path / "photo.txt", "GIF")
    (tmp_path / "notes.pdf").write_text("no PDF")
    make_pdf(tmp_path / "a.bin", [(72, 72)])
    assert [path.name for path in sorted(tmp_path.iterdir()) if is_page_file(path)] == ["a.bin", "photo.txt"]
    assert not is_page_file(tmp_path) and not is_page_file(tmp_path / "nothing")


def test_pages_are_drawn_when_asked_for_and_a_bad_one_ends_no_document(tmp_path: Path, monkeypatch) -> None:
    draw, drawn = pdf._draw, list[int]()

    def failing(document: Any, index: int, dpi: float) -> tuple[Image.Image, str]:
        drawn.append(index)
        if index == 1:
            raise RuntimeError("Failed to load page.")
        return draw(document, index, dpi)

    monkeypatch.setattr(pdf, "_draw", failing)
    path = make_pdf(tmp_path / "a.pdf", [(72, 72)] * 3)
    pages = open_pages(path)
    first = next(pages)
    assert drawn == [0]
    second, third = pages
    assert isinstance(first, Page) and isinstance(third, Page)
    assert second == PageError(str(path), 1, "the page can't be drawn: Failed to load page.")
    (line,) = open_pages(make_pdf(tmp_path / "a.pdf", [(2, 999_999)]), dpi=None)
    assert isinstance(line, PageError) and line.message.endswith("it is 2 x 999999 points large")


def test_gigantic_pdf_pages_are_drawn_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textlayer, "MAX_PAGE_PIXELS", 10_000)
    (page,) = opened(make_pdf(tmp_path / "plan.pdf", [(14_400, 3_600)]))
    assert page.size[0] * page.size[1] <= 11_000 and page.size[0] > 3 * page.size[1]


@pytest.mark.parametrize(
    ("data", "code"), [(png_header(8, 8)[:20], "picture_ends"), (b"\0\1\2\3" * 9, "unknown_format")]
)
def test_why_a_picture_is_refused_has_a_name(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "a.png").write_bytes(data)
    why = reason_of(refusal(tmp_path / "a.png"))
    assert why is not None and why.code == "no_picture" and why.values["why"] == Reason(code, {}), why


def test_why_a_picture_is_damaged_has_a_name(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    for name, data, code in (
        ("cut.jpg", None, "picture_ends"),
        ("cut.png", whole[:1500], "picture_ends"),
        ("odd.png", whole[:60] + bytes(200) + whole[260:], "picture_data"),
    ):
        if data is None:
            Image.fromarray(noise).save(tmp_path / name)
            data = (tmp_path / name).read_bytes()[:1500]
        (tmp_path / name).write_bytes(data)
        said = refusal(tmp_path / name)
        why = reason_of(said[said.index("the image") :])
        assert why is not None and why.values == {"why": Reason(code, {})}, said


def test_one_bad_tiff_page_does_not_end_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [Image.new("L", (10, 5)) for _ in range(3)]
    pages[0].save(tmp_path / "fax.tif", save_all=True, append_images=pages[1:])
    upright = images._upright_rgb

    def failing(image: Image.Image) -> Image.Image:
        if image.tell() == 1:
            raise OSError("image file is truncated")
        return upright(image)

    monkeypatch.setattr(images, "_upright_rgb", failing)
    kinds = [type(page) for page in open_pages(tmp_path / "fax.tif", wanted="1-9")]
    assert kinds == [Page, PageError, Page], "a range ends where the file does"


@pytest.mark.parametrize(("width", "height"), [(12_001, 10_000), (30_000, 30_000), (100_000, 100_000)])
@pytest.mark.filterwarnings("error")
def test_decompression_bombs_are_refused(tmp_path: Path, width: int, height: int) -> None:
    # Pillow would warn about the first and raise for the others; one limit holds for all.
    (tmp_path / "bomb.png").write_bytes(png_header(width, height))
    assert "more than 120 million pixels" in refusal(tmp_path / "bomb.png")


def test_what_is_no_image_is_refused(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for data, hint in (
        (b"", "is empty (0 bytes)"),
        (b"Just some notes.\n", "sokdok convert"),
        (b"PK\x03\x04rest", "zip archive"),
        (png_header(0, 5), "damaged"),
    ):
        with subtests.test(data=data):
            (tmp_path / "a.png").write_bytes(data)
            assert hint in refusal(tmp_path / "a.png")
            assert "no such file" in refusal(tmp_path / "nothing.png") and "is a folder" in refusal(tmp_path)


def test_broken_pdfs_are_refused(tmp_path: Path) -> None:
    whole = make_pdf(tmp_path / "whole.pdf", [(72, 72)] * 4).read_bytes()
    for data in (b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\x93\x00garbage" * 50, whole[: len(whole) // 4]):
        (tmp_path / "a.pdf").write_bytes(data)
        assert "truncated or damaged" in refusal(tmp_path / "a.pdf")


RED = Image.new("RGB", (6, 4), (200, 0, 0))


def made(kind: str, folder: Path) -> Any:
    path = folder / "red.png"
    RED.save(path)
    return {
        "path": path,
        "name": str(path),
        "bytes": path.read_bytes(),
        "bytearray": bytearray(path.read_bytes()),
        "picture": RED,
        "array": np.asarray(RED),
        "page": Page(RED, "mine"),
    }[kind]


@pytest.mark.parametrize("kind", ["path", "name", "bytes", "bytearray", "picture", "array", "page"])
def test_one_input_is_one_page(kind: str, tmp_path: Path) -> None:
    (page,) = pages_of(made(kind, tmp_path))
    assert isinstance(page, Page) and page.size == RED.size
    assert page.image.getpixel((0, 0)) == (200, 0, 0)


def test_a_picture_or_an_array_of_any_mode_is_upright_and_on_white() -> None:
    clear = Image.new("RGBA", (6, 4), (0, 0, 0, 0))
    turned = Image.new("L", (6, 4), 7)
    turned.getexif()[0x0112] = 6  # a camera held upright
    grey, alone, four = np.full((4, 6), 7, np.uint8), np.full((4, 6, 1), 7, np.uint8), np.full((4, 6, 4), 255, np.uint8)
    pages = [page for page in pages_of([clear, turned, grey, alone, four]) if isinstance(page, Page)]
    assert pages[0].image.getpixel((0, 0)) == (255, 255, 255) and pages[1].image.mode == "RGB"
    assert [page.size for page in pages] == [(6, 4), (4, 6), (6, 4), (6, 4), (6, 4)]


def test_several_in_order_and_what_can_not_be_used_in_its_place(tmp_path: Path) -> None:
    write_pdf(tmp_path / "two.pdf", [[Text(20, 30, "one")], [Text(20, 30, "two")]], size=(160, 80))
    pages = list(pages_of([tmp_path / "two.pdf", tmp_path / "nowhere.png", RED, *render("hello")]))
    assert [type(page) for page in pages] == [Page, Page, PageError, Page, Page]
    assert isinstance(pages[2], PageError) and pages[2].message == f"{tmp_path}/nowhere.png: no such file"
    assert isinstance(pages[4], Page) and pages[4].cell is not None, "a drawn page keeps what is known of it"
    with pytest.raises(InputError, match="no such file"):  # it is the only one
        list(pages_of(tmp_path / "nowhere.png"))


@pytest.mark.parametrize("thing", [5, None, 1.5, object()])
def test_anything_else_is_refused_at_once(thing: object) -> None:
    with pytest.raises(InputError, match=f"a path, bytes, a PIL image.*not {type(thing).__name__}"):
        pages_of(thing)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a path, bytes, a PIL image"):
        list(pages_of([thing]))  # type: ignore[list-item]


@pytest.mark.parametrize(
    "array", [np.zeros((4, 6)), np.zeros((3, 4, 6), np.uint8), np.zeros((2, 4, 6, 3), np.uint8), np.zeros((0, 6), "u1")]
)
def test_an_array_that_is_no_picture_says_what_it_should_be(array: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"uint8 of shape \(height, width\)"):
        list(pages_of(array))


@pytest.mark.parametrize("kind", ["path", "name", "bytes", "picture", "array", "page"])
def test_anything_as_a_file_that_goes_again(kind: str, tmp_path: Path) -> None:
    thing = made(kind, tmp_path)
    with as_file(thing) as path:
        assert Image.open(path).convert("RGB").getpixel((0, 0)) == (200, 0, 0)
    assert path.exists() is (kind in ("path", "name"))
    with pytest.raises(InputError, match="not int"):
        as_file(5)  # type: ignore[arg-type]
