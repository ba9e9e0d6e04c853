"""Describe a checkpoint as plain data.

- One set of frozen dataclasses describes every member of the family: DeepSeek-OCR, Unlimited-OCR, DeepSeek-OCR-2 and
  our own `nano`.
- Sizes only; no torch, so that a command can describe a model without loading a framework.
- `DEEPSEEK_OCR`, `UNLIMITED_OCR` and `DEEPSEEK_OCR_2` are the published values. Unlimited-OCR has the tensors of
  DeepSeek-OCR: it differs in the reference sliding window of its decoder and in the longest position. DeepSeek-OCR-2
  keeps SAM and decoder and puts a query encoder in CLIP's place.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec.structs import force_setattr

from sokdok.errors import InputError

STEMS = ("patch", "conv")
CONV_STEM_STRIDE = 16
PIXELS_PER_TOKEN = 64  # Side of the cell that one vision token covers: patch 16 times compressor 4.
MOST = 2**31  # of any size: a configuration may be anybody's, and what is computed from it stays within 64 bits
MOST_LAYERS = 1024  # of an encoder or decoder; published ones have up to 24
MOST_EXPERTS = 32_768  # of a decoder, all layers together; published ones have 704, others up to some 15,000
MOST_NAME_CHARACTERS = 100  # of a nano's name, which is printed
MOST_NANO_WINDOW = 8192  # text steps that nano's decoder sees; ours sees 128


class ConfigError(InputError):
    """A configuration that describes no possible model; the message names the field."""


def _positive(config: object, *names: str, most: int = MOST) -> None:
    for name in names:
        value = getattr(config, name)
        if not value > 0:
            raise ConfigError(f"{type(config).__name__}.{name} must be positive, not {value!r}")
        if value > most:
            raise ConfigError(f"{type(config).__name__}.{name} is {value!r}, more than the {most:,} it may be")


def _divides(config: object, divisor: str, dividend: str) -> None:
    if getattr(config, dividend) % getattr(config, divisor):
        raise ConfigError(
            f"{type(config).__name__}.{dividend} ({getattr(config, dividend)}) must be a multiple of "
            f"{divisor} ({getattr(config, divisor)})"
        )


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes as plain data, with conversion to and from JSON-ready dictionaries."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build from `to_dict`'s output. Raises ConfigError, naming a field that is unknown, missing or of no use."""
        try:
            return msgspec.convert(values, cls)
        except msgspec.ValidationError as error:
            raise ConfigError(f"{cls.__name__}: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """Convert to dictionaries, lists, numbers and strings."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values


class SamConfig(_Section, frozen=True):
    """The first encoder: a SAM ViT on 1/16 patches, a neck, and the 16x compressor (two stride-2 convolutions)."""

    width: int
    depth: int
    heads: int
    window: int  # Side of an attention window, in patches.
    image_size: int  # Side in pixels at which the positions are native; other sizes interpolate them.
    neck_width: int
    compressor_widths: tuple[int, ...]  # Output channels of net_2 and net_3.
    global_blocks: tuple[int, ...] = ()  # Indices of blocks that attend over the whole image; others are windowed.
    mlp_ratio: float = 4.0
    patch_size: int = 16
    stem: str = "patch"  # One 16x16 projection, as published; or conv, a small pyramid, which learns glyphs fast.
    stem_widths: tuple[int, ...] = ()  # Channels at strides 4 and 8; conv stem only.
    abs_pos: bool = True

    def __post_init__(self) -> None:
        _positive(self, "width", "heads", "window", "image_size", "neck_width", "mlp_ratio", "patch_size")
        _positive(self, "depth", most=MOST_LAYERS)
        _divides(self, "heads", "width")
        _divides(self, "patch_size", "image_size")
        if len(self.compressor_widths) != 2 or min(self.compressor_widths) <= 0:
            raise ConfigError(f"SamConfig.compressor_widths must be two positive widths, not {self.compressor_widths}")
        if any(not 0 <= block < self.depth for block in self.global_blocks):
            raise ConfigError(f"SamConfig.global_blocks {self.global_blocks} names a block beyond depth {self.depth}")
        if len(set(self.global_blocks)) < len(self.global_blocks):
            raise ConfigError("SamConfig.global_blocks names a block twice")
        if self.stem not in STEMS:
            raise ConfigError(f"SamConfig.stem must be one of {', '.join(STEMS)}, not {self.stem!r}")
        if self.stem == "conv" and (len(self.stem_widths) != 2 or self.patch_size != CONV_STEM_STRIDE):
            raise ConfigError("SamConfig.stem 'conv' needs two stem_widths and patch_size 16")
        if self.stem == "patch" and self.stem_widths:
            raise ConfigError("SamConfig.stem_widths belong to stem 'conv'")

    @property
    def grid(self) -> int:
        """Patches per side at the native image size."""
        return self.image_size // self.patch_size

    @property
    def out_width(self) -> int:
        """Channels of the compressed map."""
        return self.compressor_widths[1]


class ClipConfig(_Section, frozen=True):
    """The second encoder: a CLIP ViT whose patch embedding is the compressed SAM map."""

    width: int
    depth: int
    heads: int
    mlp_width: int
    image_size: int = 224
    patch_size: int = 14  # Side of the unused patch convolution; with image_size it fixes the grid of positions.

    def __post_init__(self) -> None:
        _positive(self, "width", "heads", "mlp_width", "image_size", "patch_size")
        _positive(self, "depth", most=MOST_LAYERS)
        _divides(self, "heads", "width")
        _divides(self, "patch_size", "image_size")

    @property
    def grid(self) -> int:
        """Positions per side, the class token not counted."""
        return self.image_size // self.patch_size


class DecoderConfig(_Section, frozen=True):
    """A DeepSeek-V2 decoder with plain attention: dense first layers, then mixtures of experts."""

    hidden: int
    layers: int
    heads: int
    dense_ffn: int
    vocab: int
    kv_heads: int = 0  # 0: one per head, filled in.
    head_dim: int = 0  # 0: hidden / heads, filled in.
    moe_ffn: int = 0
    experts: int = 0  # 0: every layer is dense.
    experts_per_token: int = 0
    shared_experts: int = 0
    first_dense: int = 0  # Layers before the first mixture.
    rope_theta: float = 10_000.0
    max_positions: int = 8192
    norm_eps: float = 1e-6
    sliding_window: int | None = None  # Tokens visible behind the prefill, oneself included; None: all.

    def __post_init__(self) -> None:
        _positive(self, "hidden", "heads", "dense_ffn", "vocab", "rope_theta", "max_positions", "norm_eps")
        _positive(self, "layers", most=MOST_LAYERS)
        if self.head_dim == 0:
            _divides(self, "heads", "hidden")
            force_setattr(self, "head_dim", self.hidden // self.heads)
        if self.kv_heads == 0:
            force_setattr(self, "kv_heads", self.heads)
        _positive(self, "head_dim", "kv_heads")
        _divides(self, "kv_heads", "heads")
        if self.head_dim % 2:
            raise ConfigError(f"DecoderConfig.head_dim must be even for rotary positions, not {self.head_dim}")
        if self.sliding_window is not None:
            _positive(self, "sliding_window")
        if not self.experts:
            return
        _positive(self, "moe_ffn", "experts_per_token")
        _positive(self, "experts", most=MOST_EXPERTS // self.layers)
        if self.shared_experts:
            _positive(self, "shared_experts")
        if self.experts_per_token > self.experts:
            raise ConfigError(f"DecoderConfig.experts_per_token exceeds the {self.experts} experts")

    def is_moe(self, layer: int) -> bool:
        """Whether layer `layer` is a mixture of experts."""
        return self.experts > 0 and layer >= self.first_dense


class QueryEncoderConfig(_Section, frozen=True):
    """The other second encoder: a Qwen2 stack that reads the compressed SAM map and answers learnt queries."""

    width: int
    depth: int
    heads: int
    kv_heads: int
    mlp_width: int
    rope_theta: float = 1_000_000.0
    norm_eps: float = 1e-6
    sides: tuple[int, ...] = (768, 1024)  # Pixels of the views that have queries, one for each 64 x 64 cell; ascending.

    def __post_init__(self) -> None:
        _positive(self, "width", "heads", "kv_heads", "mlp_width", "rope_theta", "norm_eps")
        _positive(self, "depth", most=MOST_LAYERS)
        _divides(self, "heads", "width")
        _divides(self, "kv_heads", "heads")
        if not self.sides or any(side <= 0 or side % PIXELS_PER_TOKEN for side in self.sides):
            raise ConfigError(
                f"QueryEncoderConfig.sides must be positive multiples of {PIXELS_PER_TOKEN}, not {self.sides}"
            )
        if list(self.sides) != sorted(set(self.sides)):
            raise ConfigError(f"QueryEncoderConfig.sides must ascend, unlike {self.sides}")

    @property
    def stack(self) -> DecoderConfig:
        """Its layers as a dense decoder's; they read embeddings only, so the vocabulary is a formality."""
        return DecoderConfig(
            hidden=self.width, layers=self.depth, heads=self.heads, kv_heads=self.kv_heads, dense_ffn=self.mlp_width,
            vocab=1, rope_theta=self.rope_theta, norm_eps=self.norm_eps,
        )  # fmt: skip

    @staticmethod
    def queries(side: int) -> int:
        """Learnt queries of a square view: 144 for 768 pixels, 256 for 1024."""
        return (side // PIXELS_PER_TOKEN) ** 2


class ModelConfig(_Section, frozen=True, kw_only=True):
    """A whole model: encoders, the projector between, the decoder, and the ids that join text and image."""

    name: str
    sam: SamConfig
    clip: ClipConfig | None = None
    query_encoder: QueryEncoderConfig | None = None  # The second encoder is either this or `clip`.
    decoder: DecoderConfig
    image_token_id: int
    bos_token_id: int = 0
    eos_token_id: int = 1
    pad_token_id: int = 2

    def __post_init__(self) -> None:
        encoder = self.second_encoder
        if self.sam.out_width != encoder.width:
            raise ConfigError(
                f"SamConfig.compressor_widths[1] ({self.sam.out_width}) must equal {type(encoder).__name__}.width "
                f"({encoder.width}): the compressed map is the second encoder's patch embedding"
            )
        for name in ("image_token_id", "bos_token_id", "eos_token_id", "pad_token_id"):
            if not 0 <= getattr(self, name) < self.decoder.vocab:
                raise ConfigError(f"ModelConfig.{name} lies outside the vocabulary of {self.decoder.vocab}")

    @property
    def second_encoder(self) -> ClipConfig | QueryEncoderConfig:
        """The one there is. Raises ConfigError for none and for two."""
        if self.clip is not None and self.query_encoder is None:
            return self.clip
        if self.query_encoder is not None and self.clip is None:
            return self.query_encoder
        raise ConfigError("ModelConfig needs exactly one second encoder: set either clip or query_encoder")


PUBLISHED_SIZES = tomllib.loads(Path(__file__).with_name("config.toml").read_text(encoding="utf-8"))
DEEPSEEK_OCR, UNLIMITED_OCR, DEEPSEEK_OCR_2 = (
    ModelConfig.from_dict(PUBLISHED_SIZES[name]) for name in ("deepseek-ocr", "unlimited-ocr", "deepseek-ocr-2")
)
PUBLISHED = {config.name: config for config in (DEEPSEEK_OCR, UNLIMITED_OCR, DEEPSEEK_OCR_2)}  # By name.


class NanoConfig(_Section, frozen=True):
    """nano: the same encoder and decoder, and an upsampler of vision tokens between them."""

    name: str
    sam: SamConfig
    clip: ClipConfig
    decoder: DecoderConfig
    classes: int  # Size of the alphabet's first head.
    vision_width: int  # Of a vision token; wide where the decoder is narrow: it decides how dense a page can be.
    subcell_width: int
    upsampler_width: int

    def __post_init__(self) -> None:
        if not self.name.isprintable() or len(self.name) > MOST_NAME_CHARACTERS:
            raise ConfigError(f"NanoConfig.name must be up to {MOST_NAME_CHARACTERS} printable characters")
        _positive(self, "classes", "vision_width", "subcell_width", "upsampler_width")
        if self.decoder.sliding_window is None:
            raise ConfigError("NanoConfig.decoder needs a sliding_window: a page has no longest text")
        _positive(self.decoder, "sliding_window", most=MOST_NANO_WINDOW)


NANO = NanoConfig.from_dict(PUBLISHED_SIZES["nano"])
