"""Which model counts how: image rule, tokenizer, limits and the page sizes worth drawing, each dated and sourced.

The rows stand in `models.toml`, which explains its keys; the rules are functions of `tokens.images`.
`find_model` takes the names people type: with a provider in front, a date, size or precision behind, any separators.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from sokdok.errors import InputError
from sokdok.tokens import images
from sokdok.tokens.images import ImageCost, Size
from sokdok.tokens.text import TABLES, count, is_exact


@dataclass(frozen=True)
class VisionModel:
    """A model that reads text and images, and what both cost it."""

    name: str
    rule: Callable[[int, int], ImageCost]
    page_sizes: tuple[Size, ...]  # (width, height), largest first, none of which the provider resizes
    tokenizer: str  # one of `tokens.text.TOKENIZERS`
    message_tokens: int  # a chat message beyond its content, at most
    glyph: str  # smallest glyph size taken for legible where nobody measured it
    as_of: str  # ISO date of the formula
    source: str
    max_images: int | None = None  # in one request; None: the server's own setting
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


@cache
def models() -> tuple[VisionModel, ...]:
    """Every model there is, by provider."""
    return tuple(_model(name, _inherited(row)) for name, row in TABLES["model"].items())


def _inherited(row: dict[str, Any]) -> dict[str, Any]:
    """A row with what it has from those that it is `like`."""
    return {**(_inherited(TABLES["like"][row["like"]]) if "like" in row else {}), **row}


def _model(name: str, row: dict[str, Any]) -> VisionModel:
    values = {key: value for key, value in row.items() if key not in ("like", "rule", "constants", "page_sizes")}
    sizes = tuple((width, height) for width, height in row["page_sizes"])
    rule = partial(getattr(images, row["rule"]), **row.get("constants", {}))
    aliases = tuple(values.pop("aliases", ()))
    return VisionModel(name=name, rule=rule, page_sizes=sizes, aliases=aliases, **values)


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
