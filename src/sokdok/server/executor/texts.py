"""Texts as pages: drawn, counted, priced, and held against what was read of them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sokdok.compress.one_text import compare, put_on_pages
from sokdok.compress.pages import measure_models
from sokdok.errors import InputError
from sokdok.model.nano.alphabet import nano_code_points
from sokdok.pages import draw_pages, get_cell, save_page
from sokdok.reasons import say
from sokdok.server.executor.messages import CompareTexts, DrawText
from sokdok.tokens.models import find_model, models
from sokdok.tokens.prices import load_prices


def draw_text(asked: DrawText) -> dict[str, Any]:
    """A text's pages as PNG, and what it costs. Raises InputError for too many pages, an unknown cell or model."""
    model = None if asked.model is None else find_model(asked.model)
    cell = None if asked.cell is None else get_cell(asked.cell)
    on_pages, layouts = put_on_pages(asked.text, asked.mode, cell, nano_code_points() if asked.for_nano else None)
    if len(layouts) > asked.most_pages:
        raise InputError(say("text_many_pages", pages=len(layouts), most=asked.most_pages))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        pictures = []
        for page in draw_pages(layouts):
            save_page(page, path)
            pictures.append(path.read_bytes())
    (price,) = measure_models(asked.text, [model], load_prices(), calls=1) if model is not None else (None,)
    return on_pages.row() | {"pictures": pictures, "price": price and asdict(price)}


def compare_texts(asked: CompareTexts) -> dict[str, Any]:
    """What came back of a text, and where it is another."""
    back = compare(asked.drawn, asked.read)
    return back.row() | {"text": back.text}


def list_models() -> list[dict[str, Any]]:
    """Models whose tokens are known."""
    prices = load_prices()
    return [{"name": model.name, "as_of": str(model.as_of), "priced": model.name in prices} for model in models()]
