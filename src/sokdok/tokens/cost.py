"""What a text costs a language model as text tokens, and what as vision tokens of drawn pages.

- n text tokens against k vision tokens: the ratio n / k, and n² against k² attention pairs.
- k is counted the paper's way (100 for a small page) where the paper's figures are named, and as the sequence really
  holds it (111, with row newlines and separator) where arithmetic is counted.
- The picture is not free: `total_flops` includes the encoder that turns pages into vision tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

from sokdok.tokens.flops import DecoderSize, EncoderSize, attention_flops, encoder_flops, prefill_flops


@dataclass(frozen=True)
class TextCost:
    """A text as text tokens."""

    tokens: int
    pairs: int  # n²
    attention_flops: int
    total_flops: int  # prefill, attention included


@dataclass(frozen=True)
class PageMode:
    """One resolution, as plain numbers."""

    name: str
    side: int  # pixels
    vision_tokens: int  # a page, as the paper counts
    sequence_tokens: int  # a page, as the decoder sees them


@dataclass(frozen=True)
class PageCost:
    """A text as pages of one mode."""

    mode: str
    cell: str  # the character grid, width x height in pixels
    pages: int
    vision_tokens: int  # k, all pages, as the paper counts
    sequence_tokens: int  # all pages, as the decoder sees them
    ratio: float  # n / k
    pairs: int  # k²
    pairs_factor: float  # n² / k²
    attention_flops: int
    prefill_flops: int  # of the decoder, attention included
    encoder_flops: int
    total_flops: int  # prefill and encoder
    flops_factor: float  # the text's total over this total; below 1 the picture costs more


def text_cost(tokens: int, decoder: DecoderSize) -> TextCost:
    """Cost of `tokens` text tokens."""
    return TextCost(tokens, tokens**2, attention_flops(decoder, tokens), prefill_flops(decoder, tokens))


def page_cost(
    text: TextCost, mode: PageMode, pages: int, cell: str, decoder: DecoderSize, encoder: EncoderSize
) -> PageCost:
    """Cost of the same text drawn on `pages` pages. 900 text tokens on one small page: ratio 9, pairs 81 to 1."""
    vision, sequence = mode.vision_tokens * pages, mode.sequence_tokens * pages
    prefill, seeing = prefill_flops(decoder, sequence), encoder_flops(encoder, mode.side) * pages
    return PageCost(
        mode=mode.name,
        cell=cell,
        pages=pages,
        vision_tokens=vision,
        sequence_tokens=sequence,
        ratio=text.tokens / vision,
        pairs=vision**2,
        pairs_factor=text.pairs / vision**2,
        attention_flops=attention_flops(decoder, sequence),
        prefill_flops=prefill,
        encoder_flops=seeing,
        total_flops=prefill + seeing,
        flops_factor=text.total_flops / (prefill + seeing),
    )
