"""`sokdok cost`: what a text costs as text tokens and as vision tokens."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.console import PANEL_MEASURE, note, print_json
from sokdok.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sokdok.model.config import ClipConfig, DecoderConfig, ModelConfig, NanoConfig, SamConfig
    from sokdok.pages import Cell
    from sokdok.tokens.cost import PageCost, PageMode, TextCost
    from sokdok.tokens.flops import Convolution, DecoderSize, EncoderSize, VisionTransformer

MODELS = ("deepseek-ocr", "unlimited-ocr", "nano")
MODES = ("tiny", "small", "base", "large")
_PIPE_WIDTH = 160


def register(app: typer.Typer) -> None:
    """Add `sokdok cost` to the product's commands."""
    app.command("cost", rich_help_panel=PANEL_MEASURE)(cost)


def cost(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A text file, or - for standard input.")],
    model: Annotated[str, typer.Option(help=f"Whose decoder and encoder: {', '.join(MODELS)}.")] = "deepseek-ocr",
    cell: Annotated[
        str | None, typer.Option(help="Character grid in pixels, e.g. 8x16. Default: the largest that fits one page.")
    ] = None,
    errors: Annotated[str, typer.Option(help="Bytes that are no text: strict or replace.")] = "strict",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count a text as text tokens and, drawn as pages, as vision tokens: ratio, attention pairs, operations."""
    from sokdok.pages import get_cell, read_text

    config = _config(model)
    grid = get_cell(cell) if cell is not None else None
    text = read_text(sys.stdin.buffer.read() if file == "-" else Path(file), errors)
    as_text, as_pages = measure(text, config, grid)
    if as_json:
        print_json({"file": file, "model": model, "text": as_text, "modes": as_pages})
        return
    _print_tables(file, model, as_text, as_pages)
    note("this is what fits, not what reads back; sokdok compress --check measures that")
    if model == "nano":
        note("nano itself reads characters: its text row says what its decoder would spend on DeepSeek's tokens")


def measure(text: str, config: ModelConfig | NanoConfig, cell: Cell | None) -> tuple[TextCost, list[PageCost]]:
    """Costs of `text` as text, and as pages of each mode."""
    from sokdok.pages import plan
    from sokdok.tokens.cost import page_cost, text_cost
    from sokdok.tokens.deepseek import count_text

    decoder, encoder = decoder_size(config.decoder), encoder_size(config)
    as_text = text_cost(count_text(text), decoder)
    alphabet = _alphabet(config)
    as_pages = []
    for mode in map(_page_mode, MODES):
        layouts = plan(text, (mode.side, mode.side), cell, alphabet)
        as_pages.append(page_cost(as_text, mode, len(layouts), str(layouts[0].cell), decoder, encoder))
    return as_text, as_pages


def decoder_size(config: DecoderConfig) -> DecoderSize:
    """The decoder as the formulas see it."""
    from sokdok.model.manifest import active_parameters
    from sokdok.tokens.flops import DecoderSize

    head = config.vocab * config.hidden
    body = active_parameters(config) - head
    return DecoderSize(config.layers, config.heads * config.head_dim, body, head)


def encoder_size(config: ModelConfig | NanoConfig) -> EncoderSize:
    """SAM, compressor, CLIP and what follows them, as the formulas see it."""
    from sokdok.tokens.flops import EncoderSize

    assert config.clip is not None  # what `cost` offers has one
    convolutions = (*_stem(config.sam), *_neck(config.sam))
    return EncoderSize(convolutions, (_sam(config.sam), _clip(config.clip)), _token_parameters(config))


def _stem(sam: SamConfig) -> tuple[Convolution, ...]:
    from sokdok.tokens.flops import Convolution

    if sam.stem == "patch":
        return (Convolution(3, sam.width, sam.patch_size, sam.patch_size),)
    quarter, eighth = sam.stem_widths
    return Convolution(3, quarter, 4, 4), Convolution(quarter, eighth, 3, 8), Convolution(eighth, sam.width, 3, 16)


def _neck(sam: SamConfig) -> tuple[Convolution, ...]:
    """Neck and compressor."""
    from sokdok.tokens.flops import Convolution

    patch, neck, (half, quarter) = sam.patch_size, sam.neck_width, sam.compressor_widths
    return (
        Convolution(sam.width, neck, 1, patch),
        Convolution(neck, neck, 3, patch),
        Convolution(neck, half, 3, 2 * patch),
        Convolution(half, quarter, 3, 4 * patch),
    )


def _sam(sam: SamConfig) -> VisionTransformer:
    from sokdok.tokens.flops import VisionTransformer

    windows = tuple(0 if block in sam.global_blocks else sam.window for block in range(sam.depth))
    mlp_width = int(sam.width * sam.mlp_ratio)
    return VisionTransformer(sam.width, mlp_width, windows, sam.patch_size, relative_positions=True)


def _clip(clip: ClipConfig) -> VisionTransformer:
    from sokdok.tokens.flops import PIXELS_PER_TOKEN, VisionTransformer

    return VisionTransformer(clip.width, clip.mlp_width, (0,) * clip.depth, PIXELS_PER_TOKEN, class_token=True)


def _token_parameters(config: ModelConfig | NanoConfig) -> int:
    """Weights behind the encoders that meet each vision token once: the projector; nano's bridge and expander too."""
    from sokdok.model.config import ModelConfig

    assert config.clip is not None
    fused = config.clip.width + config.sam.out_width
    if isinstance(config, ModelConfig):
        return fused * config.decoder.hidden
    vision, neck, half = config.vision_width, config.sam.neck_width, config.sam.compressor_widths[0]
    halves, patches, subcells = 4, 16, 8  # of a token, of a token, of a patch
    expander = vision * halves * half + halves * half * 4 * neck
    expander += patches * (neck + subcells * config.subcell_width) * config.expander_width
    return fused * vision + vision * config.decoder.hidden + expander


def _page_mode(name: str) -> PageMode:
    from sokdok.model.preprocess import get_mode, vision_token_count
    from sokdok.tokens.cost import PageMode

    tokens = vision_token_count(name)
    return PageMode(name, get_mode(name).base, tokens.paper, tokens.real)


def _config(name: str) -> ModelConfig | NanoConfig:
    from sokdok.model import config

    known = {known.name: known for known in (config.DEEPSEEK_OCR, config.UNLIMITED_OCR, config.NANO)}
    if name not in known:
        raise InputError(f"unknown model {name!r}; choose one of {', '.join(MODELS)}")
    return known[name]  # type: ignore[return-value]


def _alphabet(config: ModelConfig | NanoConfig) -> frozenset[int] | None:
    """What nano knows; characters beyond are drawn as escapes and take more room. The others read any glyph."""
    from sokdok.model.alphabet import Alphabet, default_chars
    from sokdok.model.config import NanoConfig

    return Alphabet(default_chars()).code_points if isinstance(config, NanoConfig) else None


def _print_tables(file: str, model: str, text: TextCost, pages: list[PageCost]) -> None:
    from rich.console import Console

    out = Console(highlight=False)
    if not out.is_terminal:
        out.width = _PIPE_WIDTH  # nobody's window: cut nothing off
    out.print(f"{file}: {text.tokens:,} text tokens, model {model}", markup=False, soft_wrap=True)
    for table in (_token_table(out, text, pages), _flops_table(out, text, pages)):
        out.print()
        out.print(table)


def _token_table(out: Console, text: TextCost, pages: list[PageCost]) -> Table:
    """Text tokens against vision tokens."""
    table = _table(out, "tokens", "pages", "cell", "paper's", "sequence", "ratio", "pairs", "n²/k²")
    table.add_row("text", "", "", f"{text.tokens:,}", f"{text.tokens:,}", "1×", _number(text.pairs), "1×")
    for page in pages:
        tokens, sequence = f"{page.vision_tokens:,}", f"{page.sequence_tokens:,}"
        factors = f"{_short(page.ratio)}×", _number(page.pairs), f"{_short(page.pairs_factor)}×"
        table.add_row(page.mode, f"{page.pages:,}", page.cell, tokens, sequence, *factors)
    return table


def _flops_table(out: Console, text: TextCost, pages: list[PageCost]) -> Table:
    """Floating-point operations; "prefill" holds the attention beside it, "total" prefill and encoder."""
    table = _table(out, "FLOPs", "attention", "prefill", "encoder", "total", "text/this")
    total = _si(text.total_flops)
    table.add_row("text", _si(text.attention_flops), total, "", total, "1×")
    for page in pages:
        decoder = _si(page.attention_flops), _si(page.prefill_flops)
        both = _si(page.encoder_flops), _si(page.total_flops)
        table.add_row(page.mode, *decoder, *both, f"{_short(page.flops_factor)}×")
    return table


def _table(out: Console, first: str, *columns: str) -> Table:
    """Ruled on a terminal, bare columns in a pipe."""
    from rich import box
    from rich.table import Table

    ruled = out.is_terminal
    table = Table(box=box.SIMPLE_HEAD if ruled else None, pad_edge=False, collapse_padding=True, padding=(0, 1))
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _short(factor: float) -> str:
    """0.14, 1.7, 30.3, 921."""
    return f"{factor:.2g}" if factor < 10 else f"{factor:,.1f}" if factor < 100 else f"{factor:,.0f}"


def _number(value: int) -> str:
    """All digits while they are easy to read."""
    return f"{value:,}" if value < 10**9 else _si(value)


def _si(value: int) -> str:
    """785,735,680,000 → 785.7 G."""
    for factor, unit in ((10**18, "E"), (10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M")):
        if value >= factor:
            return f"{value / factor:,.1f} {unit}"
    return f"{value:,}"
