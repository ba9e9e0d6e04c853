"""What is asked of a document, as plain data, and with the open reader that answers it (`Conversion`).

A question goes from the command line, Python, the server and bulk down to the reader.

A corpus is planned and a task is journaled with its question, so a worker anywhere can make a reader of it. Two runs
of bulk that ask the same of every page have the same question id, and their units the same ids; what only changes how
fast pages are read, or which files are written of them, is no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from sokdok.errors import require_choice
from sokdok.files import path_key
from sokdok.jobs import DEFAULTS, Limits
from sokdok.model.preprocess import MODES
from sokdok.reading.prompts import prompt_for
from sokdok.reading.reading import Reader, Sampling

if TYPE_CHECKING:
    from PIL import Image

Parse = Callable[["Image.Image", Path], str | None]
"""takes a figure and its file; what it finds goes beside the file, a table is returned as HTML"""
Source = Literal["auto", "reader", "text-layer"]  # whose words a document has
PIXEL_FORMS = ("hocr", "pdf")  # those that put words on pictures of pages
FOLDER_FORMS = ("json", "html", "md")  # written into a document's folder where no others are asked for
# What a page's words depend on, and so the ids of a plan: none of these names is ever left out.
_OF_PAGES = (
    "reader", "model", "dtype", "source", "mode", "prompt", "max_tokens", "temperature", "top_p", "dpi", "encoding",
)  # fmt: skip


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

    def shown(value: Any) -> str:
        return "not given" if value is None else str(value)

    return ", ".join(f"{name} was {shown(before.get(name))} and is {shown(asked.get(name))}" for name in names)


def identity(path: Path) -> dict[str, Any]:
    """Which file this is, and which version of it."""
    stat = path.stat()
    return {"path": path_key(path), "size": stat.st_size, "modified": stat.st_mtime_ns}


@dataclass(frozen=True)
class Conversion:
    """What is asked of each file, and who reads."""

    question: Question = field(default_factory=Question)
    reader: Reader | None = None  # None where only text layers are asked for
    figures: Parse | None = None

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the reader's `read` is given besides a mode; the prompt for layout where none is asked."""
        asked = self.question
        task = self.reader.abilities.layout_task if self.reader else None
        prompt = prompt_for(task) if asked.prompt is None and task is not None else asked.prompt
        given = {"prompt": prompt, "decoder": asked.decoder, "sampling": asked.sampling, "max_tokens": asked.max_tokens}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def reader_name(self) -> str:
        """What the reader is called; empty where there is none."""
        return self.reader.name if self.reader else ""

    @property
    def pixels(self) -> str:
        """The first option that needs pages with pixels; empty if none does."""
        if self.question.source != "auto":
            return f"--source {self.question.source}"
        if self.question.page_images:
            return "--page-images"
        return next((f"--to {form}" for form in self.question.to if form in PIXEL_FORMS), "")

    def job(self, path: Path) -> dict[str, Any]:
        """All of it that changes the outputs, as plain JSON."""
        asked = self.question
        return identity(path) | {
            "reader": self.reader.name if self.reader else None,
            "options": {name: str(value) for name, value in sorted(self.arguments.items())},
            "mode": asked.mode,
            "source": asked.source,
            "dpi": asked.dpi,
            "pages": asked.pages,
            "furniture": asked.headers,
            "words": asked.words,
            "to": sorted(asked.to),
            "page_images": asked.page_images,
            "overlay": False,  # as versions before 0.3 have it, whose folders stay done
            "figures": self.figures is not None,
            **({"encoding": asked.encoding} if asked.encoding else {}),
        }


def open_reader(question: Question, threads: int = 0) -> Reader | None:
    """The reader that is asked, if pixels are looked at. Raises SokdokError, also for what it does not take."""
    if not question.needs_reader:
        return None
    from sokdok.reading import load  # with the runtime of nets, which text layers don't need

    reader = load(question.reader, model=question.model, dtype=question.dtype, device=question.device, threads=threads)
    require_taken(question, reader)
    return reader


def require_taken(question: Question, reader: Reader) -> None:
    """Raise InputError for what a reader is asked and does not take."""
    mode = None if question.mode == "auto" else question.mode
    sampling, able = question.sampling, reader.abilities
    able.check(reader.name, mode=mode, decoder=question.decoder, sampling=sampling, max_tokens=question.max_tokens)
    if question.prompt is not None:
        able.check_prompt(reader.name, question.prompt)
