"""OCRmyPDF with sokdok as its OCR engine: `ocrmypdf --plugin sokdok.ocrmypdf in.pdf out.pdf`. Needs no Tesseract.

OCRmyPDF calls the hooks below (its `pluginspec`); `engine` does the reading.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from ocrmypdf import hookimpl
from sokdok.ocrmypdf.engine import SokdokEngine, load_reader

__all__ = ["add_options", "check_options", "get_ocr_engine", "initialize", "register_options"]


@hookimpl
def initialize(plugin_manager: Any) -> None:
    """Take Tesseract's place, so that it need not be installed."""
    plugin_manager.set_blocked("ocrmypdf.builtin_plugins.tesseract_ocr")


@hookimpl
def register_options() -> dict[str, Any]:
    """Tesseract's options, which OCRmyPDF looks at whether Tesseract is there or not."""
    from ocrmypdf.builtin_plugins.tesseract_ocr import TesseractOptions

    return {"tesseract": TesseractOptions}


@hookimpl
def add_options(parser: ArgumentParser) -> None:
    """Let the reader be chosen."""
    from ocrmypdf.builtin_plugins.tesseract_ocr import TesseractOptions

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
