"""What a child does with texts: drawn as pages, counted, priced, and held against what was read of them; schemas."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from sokdok.compress.one_text import compare, put_on_pages
from sokdok.compress.pages import measure_models
from sokdok.documents.extract.claims import load_schema
from sokdok.errors import InputError
from sokdok.model.nano.alphabet import nano_code_points
from sokdok.pages import draw_pages, get_cell, save_page
from sokdok.reasons import say
from sokdok.tokens import count_text
from sokdok.tokens.models import find_model, models
from sokdok.tokens.prices import load_prices


def draw_text(
    text: str, mode: str, cell: str | None, for_nano: bool, model: str | None, most_pages: int
) -> dict[str, Any]:
    """A text's pages as PNG, what it costs, and the price with a model. Raises InputError for too many pages, an
    unknown cell or model; `for_nano`: characters that nano does not know are drawn as their code points."""
    priced = None if model is None else find_model(model)
    wanted = None if cell is None else get_cell(cell)
    on_pages, layouts = put_on_pages(text, mode, wanted, nano_code_points() if for_nano else None)
    if len(layouts) > most_pages:
        raise InputError(say("text_many_pages", pages=len(layouts), most=most_pages))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        pictures = []
        for page in draw_pages(layouts):
            save_page(page, path)
            pictures.append(path.read_bytes())
    (price,) = measure_models(text, [priced], load_prices(), calls=1) if priced is not None else (None,)
    return on_pages.row() | {"pictures": pictures, "price": price and asdict(price)}


def compare_texts(drawn: str, read: str) -> dict[str, Any]:
    """What came back of a text, and where it is another."""
    back = compare(drawn, read)
    return {"text": back.text} | back.row()


def first_tokens(text: str, most: int) -> tuple[str, int]:
    """The beginning of a text that has so many tokens at most, and how many it has."""
    end = bisect_right(range(len(text) + 1), most, key=lambda length: count_text(text[:length])) - 1
    return text[:end], count_text(text[:end])


def list_models() -> bytes:
    """Models whose tokens are known."""
    prices = load_prices()
    rows = [{"name": model.name, "as_of": str(model.as_of), "priced": model.name in prices} for model in models()]
    return msgspec.json.encode({"models": rows})


def checked_schema(text: str) -> dict[str, Any]:
    """A JSON schema of an object, so that no document is read for another. Raises InputError for anything else."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the schema is no JSON: {error}") from None
    if not isinstance(schema, dict):
        raise InputError('the schema is none of an object: it needs "type": "object" and "properties"')
    return load_schema(schema)
