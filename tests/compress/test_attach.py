"""Files as pictures or as text: which, at what size, at what price, and what is refused before anything is sent."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes.jobs import stay_in_process
from fakes.pdf import Text, write_pdf
from sokdok.compress.attach import Picture, SendOptions, attach, check_count, form_called
from sokdok.errors import InputError
from sokdok.pages import pdf
from sokdok.pages.draw import get_glyph_size
from sokdok.tokens.models import find_model

GLYPHS = (get_glyph_size("16x32"), get_glyph_size("10x20"))
KOREAN = "회의에서 정한 것: 예산은 4,417만 원이고 다음 달부터 쓴다.\n" * 120


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    stay_in_process(monkeypatch)


def terms(name: str = "gpt-4o", **options) -> SendOptions:
    return SendOptions(find_model(name), GLYPHS, **options)


def text_file(path: Path, text: str = KOREAN) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def image_file(path: Path, size: tuple[int, int]) -> Path:
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), np.uint8)).save(path)
    return path


def pdf_file(path: Path, lines: int = 40, pages: int = 1) -> Path:
    written = [Text(72, 72 + 16 * i, f"Line {i} of the report says what came of item {i}.") for i in range(lines)]
    write_pdf(path, [written] * pages)
    return path


def shown(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture.url.partition(",")[2])))


def test_a_long_text_goes_as_pages_and_a_short_one_as_text(tmp_path) -> None:
    long = attach(text_file(tmp_path / "회의록.txt"), terms())
    assert long.form == "pages" and long.reason == "pages are cheaper" and not long.text
    assert long.source.endswith("회의록.txt") and str(long.glyph) == "10x20"
    assert long.text_tokens == find_model("gpt-4o").count_text(KOREAN) > long.image_tokens > 0
    assert [shown(picture).size for picture in long.pictures] == [picture.size for picture in long.pictures]
    short = attach("짧은 글".encode(), terms())
    assert short.form == "text" and short.text == "짧은 글" and short.source == "standard input"
    assert short.reason == "pages would take 255" and short.image_tokens == 0


def test_a_form_that_is_asked_for_is_taken(tmp_path) -> None:
    file = text_file(tmp_path / "a.txt", "short")
    assert attach(file, terms(form="pages")).form == "pages"
    assert attach(text_file(tmp_path / "b.txt"), terms(form="text")).text == KOREAN
    with pytest.raises(InputError, match="unknown form 'book'; choose one of auto, pages, text"):
        form_called("book")


def test_a_model_that_reads_no_glyph_gets_text(tmp_path) -> None:
    blind = replace(terms(), glyphs=())
    assert attach(text_file(tmp_path / "a.txt"), blind).reason == "by its profile the model can read no size of glyph"
    with pytest.raises(InputError, match="by its profile gpt-4o can read no size of glyph; use --as text, or --glyph"):
        attach(tmp_path / "a.txt", replace(blind, form="pages"))


@pytest.mark.parametrize("name", ["gpt-4o", "claude-opus-4.5", "gemini-2.5-pro", "qwen2.5-vl", "qwen3-vl", "internvl3"])
@pytest.mark.parametrize("form", ["pdf", "png", "slip"])
def test_what_is_sent_is_what_the_model_reads(tmp_path, name, form) -> None:
    model = find_model(name)
    sizes = {"png": (1200, 2100), "slip": (900, 640)}
    file = pdf_file(tmp_path / "a.pdf") if form == "pdf" else image_file(tmp_path / "a.png", sizes[form])
    (picture,) = attach(file, terms(name, form="pages")).pictures
    enlarged = name == "internvl3" and form == "slip"  # by the provider: nothing is gained by doing it here
    assert enlarged or model.image_cost(*picture.size).effective == picture.size == shown(picture).size
    assert picture.tokens == model.image_cost(*picture.size).tokens


def test_a_small_image_is_not_enlarged_and_paid_for_as_that(tmp_path) -> None:
    (picture,) = attach(image_file(tmp_path / "a.png", (200, 300)), terms("deepseek-ocr")).pictures
    assert picture.size == (200, 300) and picture.tokens == 273


def test_a_pdf_goes_by_its_text_layer(tmp_path) -> None:
    file = pdf_file(tmp_path / "a.pdf", lines=40)
    alone = attach(file, terms(form="text"))
    assert alone.form == "text" and "Line 39 of the report" in alone.text
    auto = attach(file, terms())
    assert auto.text == alone.text and auto.reason == "pages would take 1,105"
    pages = attach(file, terms(form="pages"))
    assert pages.image_tokens == 1105 and pages.text_tokens == alone.text_tokens
    dense = [[Text(20, 20 + 4 * i, "word " * 60, 4) for i in range(190)]]
    write_pdf(tmp_path / "dense.pdf", dense)
    assert attach(tmp_path / "dense.pdf", terms()).reason == "pages are cheaper"


def test_what_is_not_all_text_is_shown(tmp_path) -> None:
    mixed = tmp_path / "mixed.pdf"
    write_pdf(mixed, [[Text(72, 72, "first page")], []])
    attachment = attach(mixed, terms())
    assert len(attachment.pictures) == 2 and attachment.text_tokens is None
    assert attachment.reason == "not all of it is there as text"
    left = attach(mixed, terms(form="text"))
    assert left.text == "first page" and left.remarks == ("pages without text are left out: 2",)
    assert attach(image_file(tmp_path / "a.png", (60, 40)), terms()).text_tokens is None
    with pytest.raises(InputError, match="a.png has no text layer that can be used; send it with --as pages"):
        attach(tmp_path / "a.png", terms(form="text"))


def test_pictures_in_a_pdf_are_not_dropped_for_cheaper_text(tmp_path, monkeypatch) -> None:
    file = pdf_file(tmp_path / "a.pdf")
    layer = pdf.PdfFile.layer
    box = (0.1, 0.1, 0.5, 0.5)
    monkeypatch.setattr(pdf.PdfFile, "layer", lambda self, index: replace(layer(self, index), pictures=(box,)))
    assert attach(file, terms()).reason == "it holds pictures"
    monkeypatch.setattr(pdf.PdfFile, "layer", lambda self, index: replace(layer(self, index), unmapped=0.5))
    assert attach(file, terms()).reason == "not all of it is there as text"


def test_a_bad_page_is_a_remark_and_nothing_but_bad_pages_an_error(tmp_path, monkeypatch) -> None:
    file = pdf_file(tmp_path / "a.pdf", pages=3)
    draw = pdf._draw

    def failing(document, index, dpi):
        if index in bad:
            raise RuntimeError("no such font")
        return draw(document, index, dpi)

    monkeypatch.setattr(pdf, "_draw", failing)
    bad = {1}
    attachment = attach(file, terms(form="pages"))
    assert len(attachment.pictures) == 2
    assert attachment.remarks == ("page 2 is not sent: the page can't be drawn: no such font",)
    bad = {0, 1, 2}
    with pytest.raises(InputError, match="a.pdf: none of its pages can be used; page 3 is not sent: the page can't"):
        attach(file, terms(form="pages"))


def test_more_pages_than_a_request_takes(tmp_path) -> None:
    two = replace(find_model("gpt-4o"), max_images=2)
    file, text = pdf_file(tmp_path / "a.pdf", pages=3), text_file(tmp_path / "a.txt", KOREAN * 3)
    with pytest.raises(
        InputError, match="a.pdf has 3 pages, and gpt-4o takes 2 images a request; send fewer, use --as"
    ):
        attach(file, SendOptions(two, GLYPHS, "pages"))
    with pytest.raises(InputError, match=r"a.txt needs \d+ pages"):
        attach(text, SendOptions(two, GLYPHS, "pages"))
    assert attach(file, SendOptions(two, GLYPHS)).reason == "a request takes 2 images, not 3"
    assert attach(text, SendOptions(two, GLYPHS)).reason.startswith("a request takes 2 images, not ")
    write_pdf(tmp_path / "scans.pdf", [[], [], []])
    with pytest.raises(InputError, match="scans.pdf has 3 pages"):
        attach(tmp_path / "scans.pdf", SendOptions(two, GLYPHS))
    image = attach(image_file(tmp_path / "a.png", (60, 40)), SendOptions(two, GLYPHS))
    check_count([image] * 2, two)
    with pytest.raises(InputError, match="these files have 3 pages"):
        check_count([image] * 3, two)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.txt", b"", r"empty.txt is empty \(0 bytes\)"),
        ("broken.pdf", b"%PDF-1.7 and nothing more", "broken.pdf is a PDF that can't be opened"),
        ("broken.png", b"\x89PNG\r\n\x1a\nnothing", "broken.png is no image that can be opened"),
        ("report.hwp", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"an old office document \(doc, xls, hwp\), not text"),
        ("broken.txt", "회의록".encode("cp949") + b"\xff", "not valid UTF-8 at byte 2 .*--encoding"),
        ("missing.txt", None, "missing.txt: no such file"),
    ],
)
def test_files_that_can_not_be_used(tmp_path, name, data, message) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message):
        attach(tmp_path / name, terms())
    with pytest.raises(InputError, match="is a folder; name the files in it"):
        attach(tmp_path, terms())
