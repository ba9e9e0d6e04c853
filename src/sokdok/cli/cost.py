"""`sokdok cost`: what a text costs as text and as pages, in tokens and dollars, for every model or for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log10
from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import console, note, print_json, progress, short, table
from sokdok.cli.ui.options import Encoding, Json, file_or_stdin
from sokdok.compress.pages import ModelCost, measure_models
from sokdok.pages import read_text
from sokdok.tokens.models import find_model, models
from sokdok.tokens.prices import Price, load_prices
from sokdok.tokens.text import is_exact

_TABLE_WIDTH = 112
_EXACT = "; OpenAI's and Qwen's are exact with pip install 'sokdok[tokens]'"


def cost(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A text file, or - for standard input.")],
    model: Annotated[str | None, typer.Option(help="One model instead of all.")] = None,
    calls: Annotated[int, typer.Option(help="How often the prompt is sent, its start cached.")] = 10,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prices that replace the packaged ones, in the same TOML.")
    ] = None,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Count a text as text tokens and, drawn as pages, as image tokens: for which model a picture is cheaper."""
    chosen = models() if model is None else (find_model(model),)
    text = read_text(file_or_stdin(file), encoding)
    priced = load_prices(prices)
    rows = []
    with progress("laying out", total=len(chosen)) as advance:
        for row in measure_models(text, chosen, priced, calls):
            rows.append(row)
            advance(1)
    if as_json:
        print_json({"file": file, "characters": len(text), "calls": calls, "models": rows})
    else:
        print_models(f"{file}: {len(text):,} characters, sent {calls:,} times", rows, priced)


def print_models(title: str, rows: Sequence[ModelCost], prices: Mapping[str, Price]) -> None:
    """The table, and on stderr what its columns mean."""
    out = console(_TABLE_WIDTH)
    columns = ("text", "page", "glyph", "pages", "images", "ratio", "$ text", "$ pages", "new", "cached")
    made = table(out, "model", *columns)
    for row in rows:
        made.add_row(*_cells(row))
    out.print(title, markup=False, soft_wrap=True)
    out.print()
    out.print(made)
    for line in _notes(rows, prices):
        note(line)


def _cells(row: ModelCost) -> tuple[str, ...]:
    text = f"{row.text_tokens:,}" if row.exact_text else f"~{row.text_tokens:,}"
    pages = f"{row.pages:,}" if row.sendable else f"{row.pages:,}!"
    return (
        row.model,
        text,
        _page(row),
        row.glyph,
        pages,
        f"{row.image_tokens:,}",
        f"{short(row.ratio)}×",
        _dollars(row.text_dollars),
        _dollars(row.pages_dollars),
        row.new,
        row.cached or "",
    )


def _page(row: ModelCost) -> str:
    size, seen = ("x".join(map(str, pair)) for pair in (row.page_size, row.effective_size))
    return size if size == seen else f"{size} → {seen}"


def _dollars(value: float | None) -> str:
    """Three digits that say something, cents at least: 0.000125, 0.0129, 12.90."""
    return "" if value is None else f"{value:,.{max(2, 2 - floor(log10(value or 1)))}f}"


def _notes(rows: Sequence[ModelCost], prices: Mapping[str, Price]) -> Iterator[str]:
    if not all(row.exact_text for row in rows):
        yield "~ is an estimate that errs high, which flatters pictures" + ("" if is_exact("o200k_base") else _EXACT)
    if not all(row.sendable for row in rows):
        yield "! more pages than the model takes images in one request"
    dates = [prices[row.model].as_of for row in rows if row.model in prices]
    if dates:
        yield f"$: list prices of {min(dates)}, the prompt cached where that is cheaper; --prices FILE for others"
        yield "new: what a text nobody has sent yet is cheaper as; cached: a text in the provider's cache already"
    yield "this is what fits at that glyph size, not what reads back; sokdok probe measures a model's eyes"
