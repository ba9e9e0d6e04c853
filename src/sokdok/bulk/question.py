"""What is asked of every page, as plain data that a worker anywhere can make a reader of.

Two runs that ask the same have the same question id, and their units the same ids; what only changes how fast pages
are read (`work.WorkOptions`) is no part of it.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.options import ReadOptions, Source
from sokdok.isolation import DEFAULTS, Limits
from sokdok.reading.reading import Reader, Sampling


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is asked of every page."""

    reader: str = "nano"
    """what `reading.load` takes: nano, a checkpoint, the address of an endpoint"""
    model: str | None = None
    """an endpoint's name for its model"""
    dtype: str = "bfloat16"
    source: Source = "auto"
    mode: str = "auto"
    prompt: str | None = None
    """None: the one for layout, where the reader has one"""
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    dpi: float | None = None
    encoding: str | None = None
    """of texts; None finds it out"""

    @property
    def id(self) -> str:
        """32 hex digits."""
        return hashlib.sha256(msgspec.json.encode(self.as_json(), order="sorted")).hexdigest()[:32]

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON, defaults included: a later version's may be others."""
        return {name: getattr(self, name) for name in self.__struct_fields__}

    @property
    def needs_reader(self) -> bool:
        """Whether pixels are looked at by anybody."""
        return self.source != "text-layer"

    def conversion(self, reader: Reader | None, batch: int = 8, limits: Limits = DEFAULTS) -> Conversion:
        """The same for `documents.convert`, with an open reader."""
        given = {"prompt": self.prompt, "max_tokens": self.max_tokens}
        options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if self.temperature is not None or self.top_p is not None:
            options["sampling"] = Sampling(self.temperature or 0.0, 1.0 if self.top_p is None else self.top_p)
        asked = ReadOptions(reader, options, self.mode, self.source, batch, self.dpi)
        return Conversion(asked, limits=limits, encoding=self.encoding)


def differences(before: dict[str, Any], now: Question) -> str:
    """What a plan's question and this one differ in, for people; empty if in nothing."""
    asked = now.as_json()
    names = [name for name in {**before, **asked} if before.get(name) != asked.get(name)]
    return ", ".join(f"{name} was {_said(before.get(name))} and is {_said(asked.get(name))}" for name in names)


def _said(value: Any) -> str:
    return "not given" if value is None else str(value)
