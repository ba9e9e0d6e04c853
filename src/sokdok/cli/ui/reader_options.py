"""The options by which a command chooses a reader, and says what it is to read and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from getpass import getpass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from sokdok.errors import InputError, require_choice

if TYPE_CHECKING:
    from sokdok.reading import Reader

DECODERS = ("auto", "autoregressive", "parallel")
MODES = ("auto", "tiny", "small", "base", "large", "gundam", "gundam-768")

Model = Annotated[
    str,
    typer.Option(help="nano, a hub id, a checkpoint's folder, or the address of an endpoint (http://host:8000/v1)."),
]
ModelName = Annotated[str | None, typer.Option(help="The endpoint's name for the model, if it has several.")]
Dtype = Annotated[str, typer.Option(help="Weights of a published checkpoint: bfloat16, float32 or int8.")]
Device = Annotated[str, typer.Option(help="Where a published checkpoint runs: auto, cpu, cuda or mps.")]


def _asked(password: str | None) -> str | None:
    """Ask at the terminal for a password called `-`."""
    return getpass("Password: ") if password == "-" else password


Password = Annotated[
    str | None,
    typer.Option(
        envvar="SOKDOK_PDF_PASSWORD",
        callback=_asked,
        help="Opens encrypted PDFs; - asks for it, and the variable keeps it out of lists of processes.",
    ),
]


@dataclass(frozen=True)
class FileOptions:
    """Which pages of a file are opened, and how."""

    pages: Annotated[str | None, typer.Option(help="Only these pages of each file, e.g. 1-5,7,9-12.")] = None
    dpi: Annotated[
        float | None, typer.Option(min=1, max=2400, help="Resolution of PDF pages; by default one that shows the text.")
    ] = None
    password: Password = None


@dataclass(frozen=True)
class ReaderOptions:
    """Which reader, which task or prompt, and what it takes beside them."""

    PANEL: ClassVar[str] = "The reader, and what it is asked"
    task: Annotated[
        str | None, typer.Option("--task", help="markdown, ocr, free, figure, describe, locate, document or pages.")
    ] = None
    find: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Say where this text stands, or what a picture shows.")
    ] = None
    prompt: Annotated[str | None, typer.Option(help="Ask this instead of a task, word for word.")] = None
    decoder: Annotated[str | None, typer.Option(help=f"nano only: {', '.join(DECODERS)} (auto).")] = None
    mode: Annotated[str, typer.Option(help=f"Resolution: {', '.join(MODES)}.")] = "auto"
    batch: Annotated[int, typer.Option(min=1, help="Pages read at a time; nano reads several with a core each.")] = 8
    model: Model = "nano"
    model_name: ModelName = None
    dtype: Dtype = "bfloat16"
    device: Device = "auto"
    temperature: Annotated[float | None, typer.Option(min=0, help="Draw tokens at random; 0 takes the likeliest.")] = (
        None
    )
    top_p: Annotated[float | None, typer.Option(help="Draw from the likeliest tokens with this much probability.")] = (
        None
    )
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Most tokens read from a page.")] = None

    def __post_init__(self) -> None:
        require_choice("mode", self.mode, MODES)
        if self.decoder is not None:
            require_choice("decoder", self.decoder, DECODERS)

    @property
    def wants_words(self) -> bool:
        """Whether only a page's words are asked for, wherever they come from, and nothing of the reader itself."""
        plain = self.task in (None, "free", "ocr", "markdown", "document")
        return plain and (self.find, self.prompt, self.decoder, self.mode) == (None, None, None, "auto")

    def load(self) -> Reader:
        """Open the reader."""
        from sokdok.reading import load

        return load(self.model, model=self.model_name, dtype=self.dtype, device=self.device)

    def query(self, reader: Reader) -> Query:
        """What each page is asked. Raises InputError for what this reader does not know or take."""
        asked = query(reader, self.task, self.find, self.prompt)
        mode = None if self.mode == "auto" else self.mode
        options = fitting(reader, decoder=self.decoder, mode=mode, max_tokens=self.max_tokens)
        sampling = sampling_options(reader, self.temperature, self.top_p)
        return Query({**asked.options, **options, **sampling}, asked.layout)


@dataclass(frozen=True)
class Query:
    """What each page is asked."""

    options: Mapping[str, Any]
    """arguments of `Reader.read`: `prompt` unless it is left to the reader, `mode`, `decoder` …"""
    layout: bool  # whether the answer has layout markup


def query(reader: Reader, task: str | None, find: str | None, prompt: str | None) -> Query:
    """The prompt of a task, or a raw one; by default what the reader's family does best. Raises InputError."""
    from sokdok.reading.prompts import TASKS, default_task, prompt_for

    if prompt is not None:
        if task or find:
            raise InputError("--prompt is asked word for word: leave out --task and --find")
        reader.abilities.check_prompt(reader.name, prompt)
        return Query({"prompt": prompt}, layout=True)  # unknown words may ask for markup
    family = reader.abilities.family
    if task is None and find is not None:
        task = "locate"
    if task is None and family is None:
        return Query({}, layout=False)
    name = task or default_task(str(family))
    chosen = Query({"prompt": prompt_for(name, find)}, TASKS[name].layout)
    if name not in reader.abilities.tasks:
        instead = {"figure": "`sokdok parse` reads figures", "locate": "it finds texts with `sokdok read --find`"}
        other = "it needs a published checkpoint or an endpoint"
        raise InputError(f"{reader.name} knows no --task {name}: {instead.get(name, other)}")
    return chosen


def fitting(reader: Reader, **options: Any) -> dict[str, Any]:
    """The options that were given (not None). Raises InputError for one that the reader does not take."""
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if not reader.abilities.takes(name):
            raise InputError(f"{reader.name} takes no --{name.replace('_', '-')}; leave it out")
    reader.abilities.check(reader.name, **given)
    return given


def sampling_options(reader: Reader, temperature: float | None, top_p: float | None) -> dict[str, Any]:
    """`sampling` for a reader, if either number was given. Raises InputError if it always takes the likeliest."""
    if temperature is None and top_p is None:
        return {}
    if not reader.abilities.sampling:
        raise InputError(f"{reader.name} always takes the likeliest: leave out --temperature and --top-p")
    from sokdok.reading.reading import Sampling

    return {"sampling": Sampling(temperature or 0.0, 1.0 if top_p is None else top_p)}
