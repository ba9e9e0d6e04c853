"""`sokdok cost`: what a text costs as text and as pages, for every model, or in detail for one of the family.

- Without --model, or with a provider's model: a table of models with tokens and dollars.
- With one of `MODELS`, whose decoder and encoder are known in full: attention pairs and operations too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log10
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sokdok.cli.ui.console import note, print_json, progress
from sokdok.cli.ui.files import read_stdin
from sokdok.cli.ui.options import Encoding, Json
from sokdok.cli.ui.tables import console, number, short, si, table
from sokdok.compress.pages import ModelCost, measure_models
from sokdok.model import config
from sokdok.model.checkpoints.manifest import active_parameters
from sokdok.model.config import ClipConfig, DecoderConfig, ModelConfig, NanoConfig, SamConfig
from sokdok.model.nano.alphabet import nano_code_points
from sokdok.model.preprocess import get_mode, vision_token_count
from sokdok.pages import Cell, get_cell, plan, read_text
from sokdok.pages.draw import get_glyph_size
from sokdok.tokens.cost import (
    PIXELS_PER_TOKEN,
    Convolution,
    DecoderSize,
    EncoderSize,
    PageCost,
    PageMode,
    TextCost,
    VisionTransformer,
    page_cost,
    text_cost,
)
from sokdok.tokens.deepseek import count_text
from sokdok.tokens.models import VisionModel, find_model, models
from sokdok.tokens.prices import Price, load_prices
from sokdok.tokens.text import is_exact

MODELS: dict[str, ModelConfig | NanoConfig] = {
    "deepseek-ocr": config.DEEPSEEK_OCR,
    "unlimited-ocr": config.UNLIMITED_OCR,
    "nano": config.NANO,
}
MODES = ("tiny", "small", "base", "large")
_TABLE_WIDTH = 112
_EXTRA_HINT = "; OpenAI's and Qwen's are exact with pip install 'sokdok[tokens]'"


def cost(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A text file, or - for standard input.")],
    model: Annotated[
        str | None, typer.Option(help=f"One model instead of all; {', '.join(MODELS)} with attention pairs and FLOPs.")
    ] = None,
    cell: Annotated[
        str | None,
        typer.Option(help="Character grid in pixels, e.g. 8x16. Default: the model's own; alone, what fits."),
    ] = None,
    calls: Annotated[int, typer.Option(help="How often the prompt is sent, its start cached.")] = 10,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prices that replace the packaged ones, in the same TOML.")
    ] = None,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Count a text as text tokens and, drawn as pages, as image tokens: for which model a picture is cheaper."""
    chosen = find_model(model) if model is not None else None
    text = read_text(read_stdin() if file == "-" else Path(file), encoding)
    if chosen is not None and chosen.name in MODELS:
        _cost_in_detail(text, file, chosen.name, cell, as_json)
    else:
        _cost_by_model(text, file, (chosen,) if chosen else models(), cell, calls, prices, as_json)


def _cost_by_model(
    text: str,
    file: str,
    models: Sequence[VisionModel],
    cell: str | None,
    calls: int,
    prices: Path | None,
    as_json: bool,
) -> None:
    glyph = get_glyph_size(cell) if cell is not None else None
    priced = load_prices(prices)
    rows = []
    with progress("laying out", total=len(models)) as advance:
        for row in measure_models(text, models, priced, calls, glyph):
            rows.append(row)
            advance(1)
    if as_json:
        print_json({"file": file, "characters": len(text), "calls": calls, "models": rows})
    else:
        print_models(f"{file}: {len(text):,} characters, sent {calls:,} times", rows, priced)


def _cost_in_detail(text: str, file: str, model: str, cell: str | None, as_json: bool) -> None:
    as_text, as_pages = measure(text, MODELS[model], get_cell(cell) if cell is not None else None)
    if as_json:
        print_json({"file": file, "model": model, "text": as_text, "modes": as_pages})
        return
    _print_tables(file, model, as_text, as_pages)
    note("this is what fits, not what reads back; sokdok compress --check measures that")
    if model == "nano":
        note("nano itself reads characters: its text row says what its decoder would spend on DeepSeek's tokens")


def measure(text: str, config: ModelConfig | NanoConfig, cell: Cell | None) -> tuple[TextCost, list[PageCost]]:
    """Costs of `text` as text, and as pages of each mode."""
    decoder, encoder = decoder_size(config.decoder), encoder_size(config)
    as_text = text_cost(count_text(text), decoder)
    alphabet = nano_code_points() if config.name == "nano" else None
    as_pages = []
    for mode in map(_page_mode, MODES):
        layouts = plan(text, (mode.side, mode.side), cell, alphabet)
        as_pages.append(page_cost(as_text, mode, len(layouts), str(layouts[0].cell), decoder, encoder))
    return as_text, as_pages


def decoder_size(config: DecoderConfig) -> DecoderSize:
    """The decoder as the formulas see it."""
    head = config.vocab * config.hidden
    body = active_parameters(config) - head
    return DecoderSize(config.layers, config.heads * config.head_dim, body, head)


def encoder_size(config: ModelConfig | NanoConfig) -> EncoderSize:
    """SAM, compressor, CLIP and what follows them, as the formulas see it."""
    assert config.clip is not None  # what `cost` offers has one
    convolutions = (*_stem(config.sam), *_neck(config.sam))
    return EncoderSize(convolutions, (_sam(config.sam), _clip(config.clip)), _token_parameters(config))


def _stem(sam: SamConfig) -> tuple[Convolution, ...]:
    if sam.stem == "patch":
        return (Convolution(3, sam.width, sam.patch_size, sam.patch_size),)
    quarter, eighth = sam.stem_widths
    return Convolution(3, quarter, 4, 4), Convolution(quarter, eighth, 3, 8), Convolution(eighth, sam.width, 3, 16)


def _neck(sam: SamConfig) -> tuple[Convolution, ...]:
    """Neck and compressor."""
    patch, neck, (half, quarter) = sam.patch_size, sam.neck_width, sam.compressor_widths
    return (
        Convolution(sam.width, neck, 1, patch),
        Convolution(neck, neck, 3, patch),
        Convolution(neck, half, 3, 2 * patch),
        Convolution(half, quarter, 3, 4 * patch),
    )


def _sam(sam: SamConfig) -> VisionTransformer:
    windows = tuple(0 if block in sam.global_blocks else sam.window for block in range(sam.depth))
    mlp_width = int(sam.width * sam.mlp_ratio)
    return VisionTransformer(sam.width, mlp_width, windows, sam.patch_size, relative_positions=True)


def _clip(clip: ClipConfig) -> VisionTransformer:
    return VisionTransformer(clip.width, clip.mlp_width, (0,) * clip.depth, PIXELS_PER_TOKEN, class_token=True)


def _token_parameters(config: ModelConfig | NanoConfig) -> int:
    """Count the weights behind the encoders that meet each vision token once: projectors, and nano's upsampler."""
    assert config.clip is not None
    fused = config.clip.width + config.sam.out_width
    if isinstance(config, ModelConfig):
        return fused * config.decoder.hidden
    vision, neck, half = config.vision_width, config.sam.neck_width, config.sam.compressor_widths[0]
    halves, patches, subcells = 4, 16, 8  # of a token, of a token, of a patch
    upsampler = vision * halves * half + halves * half * 4 * neck
    upsampler += patches * (neck + subcells * config.subcell_width) * config.upsampler_width
    return fused * vision + vision * config.decoder.hidden + upsampler


def _page_mode(name: str) -> PageMode:
    tokens = vision_token_count(name)
    return PageMode(name, get_mode(name).base, tokens.paper, tokens.real)


def _print_tables(file: str, model: str, text: TextCost, pages: list[PageCost]) -> None:
    out = console()
    out.print(f"{file}: {text.tokens:,} text tokens, model {model}", markup=False, soft_wrap=True)
    for made in (_token_table(out, text, pages), _flops_table(out, text, pages)):
        out.print()
        out.print(made)


def _token_table(out: Console, text: TextCost, pages: list[PageCost]) -> Table:
    """Text tokens against vision tokens."""
    made = table(out, "tokens", "pages", "cell", "paper's", "sequence", "ratio", "pairs", "n²/k²")
    made.add_row("text", "", "", f"{text.tokens:,}", f"{text.tokens:,}", "1×", number(text.pairs), "1×")
    for page in pages:
        tokens, sequence = f"{page.vision_tokens:,}", f"{page.sequence_tokens:,}"
        factors = f"{short(page.ratio)}×", number(page.pairs), f"{short(page.pairs_factor)}×"
        made.add_row(page.mode, f"{page.pages:,}", page.cell, tokens, sequence, *factors)
    return made


def _flops_table(out: Console, text: TextCost, pages: list[PageCost]) -> Table:
    """Floating-point operations; "prefill" holds the attention beside it, "total" prefill and encoder."""
    made = table(out, "FLOPs", "attention", "prefill", "encoder", "total", "text/this")
    total = si(text.total_flops)
    made.add_row("text", si(text.attention_flops), total, "", total, "1×")
    for page in pages:
        decoder = si(page.attention_flops), si(page.prefill_flops)
        both = si(page.encoder_flops), si(page.total_flops)
        made.add_row(page.mode, *decoder, *both, f"{short(page.flops_factor)}×")
    return made


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
