"""The real OCRmyPDF with sokdok as its engine; what is read is told by a reader of the test's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw

pytest.importorskip("ocrmypdf", reason="needs ocrmypdf (pip install ocrmypdf)")
pytest.importorskip("pikepdf")

MODULE = """
from sokdok.layout.text_line import TextLine
from sokdok.imaging.box import Box
from sokdok.reading.reading import Abilities, Reading

class Fake:
    name = "fake"
    abilities = Abilities(modes=("base",), tasks=("markdown",), layout_task="markdown")

    def read(self, pages, prompt="", **options):
        for place, page in enumerate(pages):
            width, height = page.size
            box = Box(.1 * width, .2 * height, .5 * width, .25 * height)
            line = TextLine(box, "한글문서를", em=box.height)
            text = "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\\n한글문서를"
            yield Reading(place, page.source, "ok", text, mode="base", lines=(line,))

import sokdok.ocrmypdf as engine
engine.load = lambda name: Fake()
from sokdok.ocrmypdf import *
"""


def pdf_of(path: Path, *angles: int) -> Path:
    image = Image.new("L", (620, 877), 255)
    ImageDraw.Draw(image).rectangle((62, 175, 310, 219), fill=0)
    pages = [image.rotate(angle, expand=True) for angle in angles or (0,)]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=75)
    return path


def ocrmypdf(tmp_path: Path, *arguments: object, plugin: str = "") -> subprocess.CompletedProcess[str]:
    """Run it, by default with a plugin that is sokdok's but for its reader."""
    (tmp_path / "plugin.py").write_text(MODULE)
    path = os.pathsep.join([*(place for place in sys.path if place), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", plugin or str(tmp_path / "plugin.py"), "--jobs", "1",
               "--output-type", "pdf", *map(str, arguments)]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}, timeout=280)


def texts(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as pdf:
        return [page.get_textpage().get_text_range().strip() for page in pdf]


@pytest.mark.skipif(shutil.which("gs") is None, reason="needs Ghostscript, which OCRmyPDF calls")
@pytest.mark.parametrize("renderer", ["auto", "fpdf2"])
def test_ocrmypdf_puts_the_words_under_the_picture(tmp_path: Path, renderer: str) -> None:
    result = ocrmypdf(tmp_path, "--pdf-renderer", renderer, "--sidecar", tmp_path / "a.txt", pdf_of(tmp_path / "a.pdf"),
                      tmp_path / "b.pdf")  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert texts(tmp_path / "b.pdf") == ["한글문서를"]
    assert "한글문서를" in (tmp_path / "a.txt").read_text(encoding="utf-8")
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as pdf:
        width, height = pdf[0].get_size()
        words = pdf[0].get_textpage()
        boxes = [words.get_charbox(at, loose=True) for at in range(5)]
    assert min(box[0] for box in boxes) == pytest.approx(0.1 * width, abs=3)
    assert max(box[2] for box in boxes) == pytest.approx(0.5 * width, abs=6)
    assert height - max(box[3] for box in boxes) == pytest.approx(0.2 * height, abs=9)


def test_an_engine_that_was_not_asked_for_stays_away() -> None:
    from types import SimpleNamespace

    from sokdok.ocrmypdf import get_ocr_engine

    assert get_ocr_engine(SimpleNamespace(ocr_engine="none")) is None
    assert str(get_ocr_engine(SimpleNamespace(ocr_engine="auto"))).startswith("sokdok ")


def test_a_language_that_nano_does_not_read_is_refused(tmp_path: Path) -> None:
    result = ocrmypdf(tmp_path, "-l", "jpn", pdf_of(tmp_path / "a.pdf"), tmp_path / "b.pdf")
    assert result.returncode != 0 and "jpn" in result.stderr and not (tmp_path / "b.pdf").exists()


def test_a_model_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = ocrmypdf(
        tmp_path, "--sokdok-model", "/nowhere", pdf_of(tmp_path / "a.pdf"), tmp_path / "b.pdf", plugin="sokdok.ocrmypdf"
    )
    assert result.returncode != 0 and "nowhere" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.slow
def test_ocrmypdf_reads_a_page_with_nano(tmp_path: Path) -> None:
    from fakes.pdf import Text, write_pdf

    path = write_pdf(tmp_path / "a.pdf", [[Text(60, 100 + 30 * row, "The quick brown fox", 18) for row in range(9)]])
    with pypdfium2.PdfDocument(path) as pdf:
        picture = pdf[0].render(scale=2).to_pil().convert("L")
    pages = [picture, picture.rotate(90, expand=True)]
    pages[0].save(tmp_path / "b.pdf", save_all=True, append_images=pages[1:], resolution=144)
    result = ocrmypdf(tmp_path, "--rotate-pages", tmp_path / "b.pdf", tmp_path / "c.pdf", plugin="sokdok.ocrmypdf")
    assert result.returncode == 0, result.stderr
    with pypdfium2.PdfDocument(tmp_path / "c.pdf") as pdf:
        assert [page.get_textpage().get_text_range().count("quick brown fox") for page in pdf] == [9, 9]
        assert [page.get_size()[0] < page.get_size()[1] for page in pdf] == [True, True]
