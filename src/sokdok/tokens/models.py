"""Which model counts how: image rule, tokenizer, limits and the page sizes worth drawing, each dated and sourced.

- Providers change their arithmetic and don't announce it: `as_of` is the day a row was last compared with its source.
- `page_sizes` are sizes that the provider leaves as they are, and the cheapest per pixel at their price: a page that is
  resized is paid for at one size and read at a smaller one.
- `find_model` takes the names people type: with a provider in front, a date, size or precision behind, any separators.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial

from sokdok.errors import InputError
from sokdok.tokens import images
from sokdok.tokens.images import ImageCost, Size
from sokdok.tokens.text import count, is_exact


@dataclass(frozen=True)
class VisionModel:
    """A model that reads text and images, and what both cost it."""

    name: str
    rule: Callable[[int, int], ImageCost]
    page_sizes: tuple[Size, ...]  # (width, height), largest first, none of which the provider resizes
    tokenizer: str  # one of `tokens.text.TOKENIZERS`
    message_tokens: int  # a chat message beyond its content, at most
    max_images: int | None  # in one request; None: the server's own setting
    glyph: str  # smallest glyph size taken for legible where nobody measured it
    as_of: str  # ISO date of the formula
    source: str
    aliases: tuple[str, ...] = ()  # other versions that count alike and cost the same
    image_marks: int = 0  # tokens that a chat template puts around an image

    @property
    def exact_text(self) -> bool:
        """Whether `count_text` is exact; else it is an estimate that errs high."""
        return is_exact(self.tokenizer)

    def image_cost(self, width: int, height: int) -> ImageCost:
        """What one image of this size in pixels takes up in a prompt, the marks around it included."""
        if width < 1 or height < 1:
            raise InputError(f"an image of {width}x{height} pixels: both sides must be at least 1")
        cost = self.rule(width, height)
        return replace(cost, tokens=cost.tokens + self.image_marks)

    def count_text(self, text: str) -> int:
        """Tokens of a text."""
        return count(text, self.tokenizer)


def models() -> tuple[VisionModel, ...]:
    """Every model there is, by provider."""
    return (*_openai(), *_anthropic(), *_google(), *_open_weights(), *_deepseek())


def find_model(name: str) -> VisionModel:
    """Look a model up: `gpt-4o-2024-11-20`, `anthropic/claude-opus-4-5`, `deepseek-ai/DeepSeek-OCR`, `qwen2.5vl:7b`."""
    known, key = _by_key(), _key(name)
    if key in known:
        return known[key]
    near = dict.fromkeys(known[match].name for match in difflib.get_close_matches(key, known, n=4, cutoff=0.0))
    raise InputError(f"unknown model {name!r}; the nearest are {', '.join(near)}")


@cache
def _by_key() -> dict[str, VisionModel]:
    return {_key(name): model for model in models() for name in (model.name, *model.aliases)}


_CLOUD = re.compile(r"^(?:[a-z]+\.)+(?=claude)")  # us.anthropic.claude-… on Bedrock
_SUFFIX = re.compile(
    r"[-_](?:\d{4}-\d\d-\d\d|\d{8}|\d\d-\d{2,4}|\d{3,4}|v\d+|latest|preview|exp|chat|it"  # releases
    r"|a?\d+(?:\.\d+)?b|instruct|thinking|hf|fp8|awq|gptq|int[48])$"  # sizes and builds of open weights
)


def _key(name: str) -> str:
    """Letters and digits of the name proper: no provider, release, size or build."""
    name = re.split("[:@]", name.strip().lower().rsplit("/", 1)[-1])[0]
    name = _CLOUD.sub("", name)
    while (shorter := _SUFFIX.sub("", name)) != name:
        name = shorter
    return re.sub(r"[\W_]", "", name)


_TILE_PAGES = ((512, 2048), (512, 1536), (512, 1024), (512, 512))
"""Whole tiles with a short side that is not shrunk; a second one beside them would pay for 1024 pixels and get 768."""
_PATCH_PAGES = ((1024, 1536), (1024, 768), (512, 768), (512, 384))  # multiples of 32; the first fills the cap
_CLAUDE_PAGES = ((1568, 784), (784, 784), (784, 392), (392, 392), (392, 196))  # multiples of 28; 1,568 tokens and less


def _openai() -> tuple[VisionModel, ...]:
    make = partial(
        VisionModel,
        tokenizer="o200k_base",
        message_tokens=4,  # three and the role; the answer's start takes three more, once
        max_images=500,
        glyph="10x20",
        as_of="2026-06-30",
        source="https://platform.openai.com/docs/guides/images-vision",
    )

    def tiles(name: str, base: int, tile: int) -> VisionModel:
        return make(name, partial(images.openai_tiles, base=base, tile=tile), _TILE_PAGES)

    def patches(name: str, multiplier: str) -> VisionModel:
        return make(name, partial(images.openai_patches, multiplier=multiplier, cap=1536), _PATCH_PAGES)

    def flagship(name: str) -> VisionModel:
        """At detail "high"; "auto" means "original" there: up to 10,000 patches, four times the price."""
        rule = partial(images.openai_patches, multiplier="1.2", cap=2500, edge=2048)
        return make(name, rule, ((1600, 1600), *_PATCH_PAGES))

    return (
        tiles("gpt-4o", 85, 170),
        tiles("gpt-4o-mini", 2833, 5667),
        tiles("gpt-4.1", 85, 170),
        patches("gpt-4.1-mini", "1.62"),
        patches("gpt-4.1-nano", "2.46"),
        tiles("o1", 75, 150),
        tiles("o3", 75, 150),
        patches("o4-mini", "1.72"),
        tiles("gpt-5", 70, 140),
        patches("gpt-5-mini", "1.62"),  # as documented; a user measured 1.2
        patches("gpt-5-nano", "2.46"),
        flagship("gpt-5.2"),
        flagship("gpt-5.4"),
        flagship("gpt-5.5"),
    )


def _anthropic() -> tuple[VisionModel, ...]:
    make = partial(
        VisionModel,
        tokenizer="claude",
        message_tokens=8,
        glyph="10x20",
        as_of="2026-06-30",
        source="https://docs.claude.com/en/docs/build-with-claude/vision",
    )

    def standard(name: str, *aliases: str) -> VisionModel:
        rule = partial(images.claude, edge=1568, cap=1568)
        return make(name, rule, _CLAUDE_PAGES, tokenizer="claude", max_images=100, aliases=aliases)

    # No page beyond 2000 pixels: a request of more than twenty images rejects those.
    high = ((1960, 1904), (1568, 1568), *_CLAUDE_PAGES[:4])
    return (
        standard("claude-haiku-4.5", "claude-4.5-haiku"),
        standard("claude-sonnet-4", "claude-4-sonnet", "claude-sonnet-4.5", "claude-sonnet-4.6"),
        standard("claude-opus-4", "claude-4-opus", "claude-opus-4.1"),
        standard("claude-opus-4.5", "claude-opus-4.6"),
        make(
            "claude-opus-4.7",
            partial(images.claude, edge=2576, cap=4784),
            high,
            tokenizer="claude-4.7",
            max_images=600,
            aliases=("claude-opus-4.8", "claude-opus-5"),
        ),
    )


def _google() -> tuple[VisionModel, ...]:
    make = partial(VisionModel, tokenizer="gemini", message_tokens=5, glyph="10x20", as_of="2026-06-30")
    tiles = partial(
        make,
        rule=images.gemini_tiles,
        page_sizes=((3072, 1536), (2304, 1536), (1536, 1536), (384, 384)),
        max_images=3600,
        source="https://ai.google.dev/gemini-api/docs/image-understanding",
    )
    # At media_resolution "high", the default for images. Measured counts are those of whole squares of 48 pixels that
    # 1,120 tokens hold at the image's shape; a page of 35 by 32 such squares should be seen as it is.
    third = partial(
        make,
        rule=partial(images.constant, tokens=1120),
        page_sizes=((1680, 1536),),
        max_images=900,
        source="https://ai.google.dev/gemini-api/docs/media-resolution",
    )
    return tiles("gemini-2.5-flash"), tiles("gemini-2.5-pro"), third("gemini-3-flash"), third("gemini-3-pro")


def _open_weights() -> tuple[VisionModel, ...]:
    make = partial(VisionModel, message_tokens=5, max_images=None, glyph="10x20", as_of="2026-06-30", image_marks=2)
    code = "https://github.com/huggingface/transformers/tree/main/src/transformers/models/"
    qwen = partial(make, tokenizer="qwen")
    glm = partial(make, tokenizer="glm", source=f"{code}glm4v")
    by_28 = ((1568, 1568), *_CLAUDE_PAGES[:4])
    by_32 = ((1536, 1536), (1536, 768), (768, 768), (768, 384), (384, 384))
    second = partial(images.smart_resize, factor=28, least=4, most=16_384)
    fourth = partial(images.smart_resize, factor=28, least=8, most=6_144)
    third = partial(images.smart_resize, factor=32, least=64, most=16_384)
    grids = ((1792, 1344), (1344, 1344), (896, 896), (896, 448), (448, 448))
    older = ("internvl2", "internvl2.5", "internvl3.5")
    return (
        qwen("qwen2-vl", second, by_28, source=f"{code}qwen2_vl"),
        qwen("qwen2.5-vl", second, by_28, source=f"{code}qwen2_vl"),
        qwen("qwen3-vl", third, by_32, source=f"{code}qwen3_vl"),
        qwen("internvl3", images.internvl, grids, aliases=older, source="https://github.com/OpenGVLab/InternVL"),
        glm("glm-4.1v", fourth, by_28),
        glm("glm-4.5v", fourth, by_28),
    )


def _deepseek() -> tuple[VisionModel, ...]:
    # The template is bare concatenation: a line break behind each image.
    make = partial(VisionModel, tokenizer="deepseek", message_tokens=1, max_images=None, glyph="8x16")
    squares = tuple((side, side) for side in sorted(images.SQUARES, reverse=True))
    first, many = (partial(images.deepseek_ocr, cap=cap) for cap in (9, 32))
    tiled = ((2304, 1536), (1536, 1536), (2304, 768), (1536, 768))
    source = "https://huggingface.co/"
    return (
        make("deepseek-ocr", first, squares, as_of="2025-10-20", source=f"{source}deepseek-ai/DeepSeek-OCR"),
        make(
            "deepseek-ocr-2",
            images.deepseek_ocr_2,
            tiled,
            as_of="2026-01-27",
            source=f"{source}deepseek-ai/DeepSeek-OCR-2",
        ),
        make("unlimited-ocr", many, squares, as_of="2026-06-30", source=f"{source}baidu/Unlimited-OCR"),
        make("nano", first, squares, as_of="2026-11-25", source="sokdok", aliases=("sokdok-nano",)),
    )
