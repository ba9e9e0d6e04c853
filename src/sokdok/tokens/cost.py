"""What a text costs a language model as text tokens and as vision tokens of drawn pages, from sizes alone.

- n text tokens against k vision tokens: the ratio n / k, and n² against k² attention pairs.
- k is counted the paper's way (100 for a small page) where the paper's figures are named, and as the sequence really
  holds it (111, with row newlines and separator) where arithmetic is counted.
- The picture is not free: `total_flops` includes the encoder that turns pages into vision tokens.
- One multiplication and one addition are two operations, so a weight costs 2 for every token it is applied to. Only
  matrix products and convolutions count: norms, activations, softmax and additions are below one percent.
- Attention is counted over the full square of positions, as its kernels compute it or its pairs are named in the paper;
  a kernel that skips what is masked does half. Prefill sees everything before it, sliding window or not.
- Padding counts where the published code computes it (windows of SAM).
"""

from __future__ import annotations

from dataclasses import dataclass

PIXELS_PER_TOKEN = 64  # Side of the page area behind one vision token.


@dataclass(frozen=True)
class DecoderSize:
    """What the cost of a prefill depends on."""

    layers: int
    attention_width: int  # heads times head dimension
    body_parameters: int  # active for one token, without embedding and head
    head_parameters: int


@dataclass(frozen=True)
class Convolution:
    """One convolution of the encoder, on a square input."""

    inputs: int
    outputs: int
    kernel: int  # side
    stride: int  # pixels of the page per step of the *output*


@dataclass(frozen=True)
class VisionTransformer:
    """A stack of transformer blocks on a square grid."""

    width: int
    mlp_width: int
    windows: tuple[int, ...]  # one per block: side of its attention windows in grid cells, 0 for the whole grid
    stride: int  # pixels of the page per grid cell
    class_token: bool = False
    relative_positions: bool = False
    """decomposed: every query also meets one vector per row and one per column of its window"""


@dataclass(frozen=True)
class EncoderSize:
    """What the cost of looking at one page depends on."""

    convolutions: tuple[Convolution, ...]
    transformers: tuple[VisionTransformer, ...]
    token_parameters: int  # of the linear layers behind, applied once to every vision token


def attention_flops(decoder: DecoderSize, tokens: int) -> int:
    """4 · layers · width · n²: queries times keys and weights times values, 2 each per pair and channel.

    DeepSeek-OCR (12 layers, 10 heads of 128), 900 tokens: 4 · 12 · 1,280 · 810,000 = 49.8 · 10⁹.
    """
    return 4 * decoder.layers * decoder.attention_width * tokens**2


def prefill_flops(decoder: DecoderSize, tokens: int) -> int:
    """2 · body · n + 2 · head + attention. The head speaks once, after the last token; the embedding is a look-up.

    DeepSeek-OCR (408.6 M body, 165.5 M head), 900 tokens: 735.6 + 0.3 + 49.8 = 785.7 · 10⁹.
    """
    linear = decoder.body_parameters * tokens + decoder.head_parameters
    return 2 * linear + attention_flops(decoder, tokens)


def encoder_flops(encoder: EncoderSize, side: int) -> int:
    """One page of `side`² pixels, up to the vision tokens that enter the decoder."""
    convolutions = sum(convolution_flops(convolution, side) for convolution in encoder.convolutions)
    transformers = sum(transformer_flops(transformer, side) for transformer in encoder.transformers)
    return convolutions + transformers + 2 * encoder.token_parameters * (side // PIXELS_PER_TOKEN) ** 2


def convolution_flops(convolution: Convolution, side: int) -> int:
    """2 · kernel² · inputs · outputs for every step of the output."""
    steps = (side // convolution.stride) ** 2
    return 2 * convolution.kernel**2 * convolution.inputs * convolution.outputs * steps


def transformer_flops(transformer: VisionTransformer, side: int) -> int:
    """All blocks, for a page of `side`² pixels."""
    grid = side // transformer.stride
    return sum(_block_flops(transformer, grid, window) for window in transformer.windows)


def _block_flops(transformer: VisionTransformer, grid: int, window: int) -> int:
    """8 w² a token for query, key, value and output, 4 w m for the MLP, 4 w a pair for attention.

    In a windowed block the grid is padded to whole windows for all but the MLP.
    """
    width = transformer.width
    tokens = grid**2 + transformer.class_token
    area = window or grid
    padded = (-(-grid // area) * area) ** 2 + transformer.class_token
    pairs = padded * (area**2 + transformer.class_token)
    positions = 4 * width * padded * area if transformer.relative_positions else 0  # 2 for the rows, 2 for the columns
    return 8 * width**2 * padded + 4 * width * transformer.mlp_width * tokens + 4 * width * pairs + positions


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
