"""OCRmyPDF with sokdok as its OCR engine: `ocrmypdf --plugin sokdok.ocrmypdf in.pdf out.pdf`. Needs no Tesseract.

OCRmyPDF calls the hooks below (its `pluginspec`), and hands pages over to the engine: as hOCR, as a PDF of nothing but
text, and how they lie.
"""

from __future__ import annotations

import math
from argparse import ArgumentParser
from contextlib import closing
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from ocrmypdf.builtin_plugins.tesseract_ocr import TesseractOptions
from ocrmypdf.exceptions import BadArgsError, MissingDependencyError
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

from ocrmypdf import hookimpl
from sokdok.documents.blocks import Word
from sokdok.documents.lines import direction_of, lines_of, slope_of
from sokdok.documents.question import Question
from sokdok.documents.result import Document, convert_file
from sokdok.documents.write import require_form, write_files
from sokdok.documents.write.searchable import FONT_NAME
from sokdok.documents.write.writer import Original, Wanted
from sokdok.errors import InputError, SokdokError
from sokdok.reading import Reader, load
from sokdok.version import version

# Degrees by which a page lies turned, by where its lines run; OCRmyPDF turns it back by as many.
_CLOCKWISE = {"right": 0, "up": 270, "left": 180, "down": 90}
MOST_CONFIDENCE = 15.0  # what OCRmyPDF takes for certain; it turns a page from 14 on
LEAST_WORDS = 5  # of a page whose lines say how it lies
# What nano was made to read; Latin letters with accents, Greek and Cyrillic come out too, less surely.
LANGUAGES = frozenset({"eng", "kor"})
_TESSERACT_FONT = "/f-0-0"
_lock = Lock()  # OCRmyPDF may work in threads, and a reader takes a page at a time


@hookimpl
def initialize(plugin_manager: Any) -> None:
    """Take Tesseract's place, so that it need not be installed."""
    plugin_manager.set_blocked("ocrmypdf.builtin_plugins.tesseract_ocr")


@hookimpl
def register_options() -> dict[str, Any]:
    """Tesseract's options, which OCRmyPDF looks at whether Tesseract is there or not."""
    return {"tesseract": TesseractOptions}


@hookimpl
def add_options(parser: ArgumentParser) -> None:
    """Let the reader be chosen."""
    TesseractOptions.add_arguments_to_parser(parser)
    group = parser.add_argument_group("sokdok", "Options of the OCR engine sokdok")
    group.add_argument("--sokdok-model", default="nano", help="as --model of `sokdok convert` (nano)")


@hookimpl
def check_options(options: Any) -> None:
    """Have OCRmyPDF take over text layers as sokdok sets them, unless another renderer was chosen; try the reader."""
    if options.pdf_renderer == "auto":
        options.pdf_renderer = "sandwich"
    load_reader(options)


@hookimpl
def get_ocr_engine(options: Any) -> SokdokEngine | None:
    """The engine, unless another one was asked for."""
    if options is not None and getattr(options, "ocr_engine", "auto") not in ("auto", "sokdok"):
        return None
    return SokdokEngine()


class SokdokEngine(OcrEngine):
    """What OCRmyPDF asks of an engine. Errors of sokdok pass through as one line."""

    @staticmethod
    def version() -> str:
        """The version of sokdok."""
        return version()

    @staticmethod
    def creator_tag(options: Any) -> str:
        """What the metadata of the PDF says."""
        return f"sokdok {version()}"

    def __str__(self) -> str:
        return f"sokdok {version()}"

    @staticmethod
    def languages(options: Any) -> frozenset[str]:
        """What may follow `-l`; a reader that is not nano may know any, and all that is asked for is granted."""
        chosen = getattr(options, "languages", None) or ()
        return LANGUAGES if _model(options) == "nano" else LANGUAGES | frozenset(chosen)

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> OrientationConfidence:
        """How a page lies turned."""
        words = _words(_read(input_file, options))
        if len(words) < LEAST_WORDS:
            return OrientationConfidence(0, 0.0)
        known = [word.confidence for word in words if word.confidence is not None]
        confidence = MOST_CONFIDENCE * (sum(known) / len(known) if known else 0.0)
        return OrientationConfidence(_CLOCKWISE[direction_of(words)], confidence)

    @staticmethod
    def get_deskew(input_file: Path, options: Any) -> float:
        """By how many degrees a page is to be turned counter-clockwise so that its lines are level."""
        words = _words(_read(input_file, options))
        return math.degrees(math.atan(slope_of(lines_of(words, direction_of(words)))))

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        """Write a page as hOCR, and its text."""
        document = _read(input_file, options)
        write_files([("hocr", output_hocr)], document, document.pages, Wanted())
        _write_text(document, output_text)

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        """Write a page of nothing but unseen text, as large as the picture, and its text."""
        document = _read(input_file, options)
        sheet = output_pdf.with_suffix(".sheet.pdf")
        sheet.write_bytes(_empty_sheet(input_file))
        write_files([("pdf", output_pdf)], document, document.pages, Wanted(original=Original(sheet)))
        _as_tesseract_names_it(output_pdf)
        _write_text(document, output_text)


def load_reader(options: Any) -> Reader:
    """The reader that is asked for. Raises OCRmyPDF's errors: one line, and its exit code."""
    try:
        require_form("pdf")
        return _loaded(_model(options))
    except InputError as error:
        raise BadArgsError(str(error)) from None
    except SokdokError as error:
        raise MissingDependencyError(str(error)) from None


@lru_cache(maxsize=1)
def _loaded(name: str) -> Reader:
    return load(name)


def _model(options: Any) -> str:
    extra = getattr(options, "extra_attrs", None) or {}
    return str(getattr(options, "sokdok_model", None) or extra.get("sokdok_model") or "nano")


def _read(path: Path, options: Any) -> Document:
    with _lock:
        return convert_file(path, Question(source="reader"), load_reader(options))


def _words(document: Document) -> list[Word]:
    return [word for page in document.pages for block in page.blocks for word in block.words]


def _write_text(document: Document, path: Path) -> None:
    text = document.text
    path.write_text(f"{text}\n" if text else "", encoding="utf-8", errors="replace")


def _empty_sheet(image: Path) -> bytes:
    """A PDF of one empty page, as large as a picture at its resolution."""
    import pikepdf
    from PIL import Image

    with Image.open(image) as picture:
        across, down = picture.info.get("dpi", (72.0, 72.0))
        size = picture.width / float(across) * 72, picture.height / float(down) * 72
    data = BytesIO()
    with closing(pikepdf.new()) as pdf:
        pdf.add_blank_page(page_size=size)
        pdf.save(data)
    return data.getvalue()


def _as_tesseract_names_it(path: Path) -> None:
    """One content stream, and the font by the name that OCRmyPDF looks for when it takes the text over."""
    import pikepdf

    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        page = pdf.pages[0]
        page.contents_coalesce()
        fonts: Any = page.obj.Resources.get("/Font", {})
        if FONT_NAME in fonts:
            fonts[_TESSERACT_FONT] = fonts[FONT_NAME]
            del fonts[FONT_NAME]
            written = page.obj.Contents.read_bytes().replace(FONT_NAME.encode(), _TESSERACT_FONT.encode())
            page.obj.Contents = pdf.make_stream(written)
        pdf.save(path)
