"""The table of `sokdok cost`: one text over all models (`asking.costs`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log10
from typing import TYPE_CHECKING

from sokdok.cli.ui.console import note
from sokdok.cli.ui.tables import console, short, table

if TYPE_CHECKING:
    from sokdok.asking.costs import ModelCost
    from sokdok.tokens.prices import Price

_TABLE_WIDTH = 112
_EXTRA_HINT = "; OpenAI's and Qwen's are exact with pip install 'sokdok[tokens]'"


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
    if value is None:
        return ""
    leading = floor(log10(value)) if value else 0
    return f"{value:,.{max(2, 2 - leading)}f}"


def _notes(rows: Sequence[ModelCost], prices: Mapping[str, Price]) -> Iterator[str]:
    from sokdok.tokens.text import is_exact

    if not all(row.exact_text for row in rows):
        yield "~ is an estimate that errs high, which flatters pictures" + (
            "" if is_exact("o200k_base") else _EXTRA_HINT
        )
    if not all(row.sendable for row in rows):
        yield "! more pages than the model takes images in one request"
    dates = [prices[row.model].as_of for row in rows if row.model in prices]
    if dates:
        yield f"$: list prices of {min(dates)}, the prompt cached where that is cheaper; --prices FILE for others"
        yield "new: what a text nobody has sent yet is cheaper as; cached: a text in the provider's cache already"
    yield "this is what fits at that glyph size, not what reads back; sokdok probe measures a model's eyes"
