"""What is asked of a document, as plain data: from the command line, Python, the server and bulk down to the reader.

A corpus is planned and a task is journaled with its question, so a worker anywhere can make a reader of it. Two runs
of bulk that ask the same of every page have the same question id, and their units the same ids; what only changes how
fast pages are read, or which files are written of them, is no part of it.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal, get_args

import msgspec

from sokdok.errors import require_choice
from sokdok.jobs import DEFAULTS, Limits
from sokdok.model.preprocess import MODES
from sokdok.reading.reading import Sampling

Source = Literal["auto", "reader", "text-layer"]  # whose words a document has
FOLDER_FORMS = ("json", "html", "md")  # written into a document's folder where no others are asked for
# What a page's words depend on, and so the ids of a plan: none of these names is ever left out.
_OF_PAGES: tuple[str, ...] = (
    "reader",
    "model",
    "dtype",
    "source",
    "mode",
    "prompt",
    "max_tokens",
    "temperature",
    "top_p",
    "dpi",
    "encoding",
)


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is asked of a document. Raises InputError for a source or mode that there is not."""

    reader: str = "nano"  # what `reading.load` takes: nano, a checkpoint, the address of an endpoint
    model: str | None = None  # an endpoint's name for its model
    dtype: str = "bfloat16"  # of a checkpoint's weights
    device: str = "auto"  # where a checkpoint runs
    source: Source = "auto"
    mode: str = "auto"  # resolution by name; auto chooses one for each page
    prompt: str | None = None  # None: the one for layout, where the reader has one
    decoder: str | None = None  # None: the reader chooses
    max_tokens: int | None = None  # of a page's text
    temperature: float | None = None  # None and 0 take the likeliest token
    top_p: float | None = None
    batch: int = 8  # pages read at a time
    pages: str | None = None  # a range such as `1-5,7`; None for all
    dpi: float | None = None  # at which PDF pages are drawn; None chooses one that shows the text well
    encoding: str | None = None  # of texts; None finds it out
    password: str | None = None  # of an encrypted PDF
    limits: Limits = DEFAULTS  # what the file may take
    strict: bool = False  # take a page that is not SUCCESS for an error
    to: tuple[str, ...] = FOLDER_FORMS  # the forms of a document in a folder
    headers: bool = False  # keep headers, footers and page numbers in Markdown and HTML
    words: bool = False  # write words with their places in JSON
    page_images: bool = False  # put each page's picture beside its text in HTML

    def __post_init__(self) -> None:
        require_choice("source", self.source, get_args(Source))
        require_choice("mode", self.mode, ("auto", *MODES))

    @property
    def id(self) -> str:
        """32 hex digits."""
        return hashlib.sha256(msgspec.json.encode(self.as_json(), order="sorted")).hexdigest()[:32]

    def as_json(self) -> dict[str, Any]:
        """What pages depend on as plain JSON, defaults included: a later version's may be others."""
        return {name: getattr(self, name) for name in _OF_PAGES} | ({"decoder": self.decoder} if self.decoder else {})

    @property
    def needs_reader(self) -> bool:
        """Whether pixels are looked at by anybody."""
        return self.source != "text-layer"

    @property
    def sampling(self) -> Sampling | None:
        """How tokens are drawn; None: as the reader does. Raises InputError for numbers that mean nothing."""
        if self.temperature is None and self.top_p is None:
            return None
        return Sampling(self.temperature or 0.0, 1.0 if self.top_p is None else self.top_p)


def differences(before: dict[str, Any], now: Question) -> str:
    """What a plan's question and this one differ in, for people; empty if in nothing."""
    asked = now.as_json()
    names = [name for name in {**before, **asked} if before.get(name) != asked.get(name)]
    return ", ".join(f"{name} was {_shown(before.get(name))} and is {_shown(asked.get(name))}" for name in names)


def _shown(value: Any) -> str:
    return "not given" if value is None else str(value)
