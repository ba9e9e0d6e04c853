"""Options that several commands have, and the question that they make.

A command that is given a `question` names the options by which it is asked: `@asks("model pages set limit")`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from getpass import getpass
from typing import Annotated, Any, get_type_hints

import msgspec
import typer

from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.jobs import Limits
from sokdok.model.preprocess import MODES

SETTINGS: tuple[str, ...] = ("prompt", "mode", "decoder", "max_tokens", "temperature", "top_p")
SETTINGS += ("batch", "dpi", "encoding", "dtype", "device")
LIMITS = ("pages", "seconds", "megabytes", "file_megabytes")  # of `Limits`, those that anybody changes

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Encoding = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Of texts, e.g. cp949, utf-16, shift_jis; replace: U+FFFD where bytes are no text. Default: found out.",
    ),
]


def _typed(password: str | None) -> str | None:
    """Ask at the terminal for a password called `-`."""
    return getpass("Password: ") if password == "-" else password


Password = Annotated[
    str | None,
    typer.Option(
        envvar="SOKDOK_PDF_PASSWORD",
        callback=_typed,
        help="Opens encrypted PDFs; - asks for it, and the variable keeps it out of lists of processes.",
    ),
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Of what a file may take, beyond which it or a page fails: "
        f"{', '.join(f'{name} ({getattr(Limits(), name):g})' for name in LIMITS)}; more than one.",
    ),
]

# Options of a question: name → annotation of the parameter. The default is the question's own.
OPTIONS: dict[str, Any] = {
    "model": Annotated[
        str,
        typer.Option(
            help="nano, a hub id, a checkpoint's folder, or an endpoint: http://host:8000/v1, with #NAME behind it if "
            "it has several models."
        ),
    ],
    "source": Annotated[str, typer.Option(help="Whose text: reader, text-layer (of PDFs), or auto.")],
    "mode": Annotated[str, typer.Option(help=f"Resolution: auto, {', '.join(MODES)}.")],
    "prompt": Annotated[str | None, typer.Option(help="Ask a model this, word for word.")],
    "pages": Annotated[str | None, typer.Option(help="Only these pages of each file, e.g. 1-5,7,9-12.")],
    "password": Password,
    "encoding": Encoding,
    "strict": Annotated[bool, typer.Option("--strict", help="A page that is not read whole is an error.")],
    "headers": Annotated[bool, typer.Option("--headers", help="Keep headers, footers, page numbers.")],
    "words": Annotated[bool, typer.Option("--words", help="In JSON, also every word with its place.")],
    "page_images": Annotated[bool, typer.Option("--page-images", help="In HTML, each page's picture beside its text.")],
    "set": Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help=f"Of the reader and what it is asked: {', '.join(SETTINGS)}; more than one."
        ),
    ],
    "limit": Limit,
}


def asks(options: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command these options of `OPTIONS`; it is called with the `question` that they make."""
    names = options.split()
    usual = {field.name: field.default for field in msgspec.structs.fields(Question)}
    usual |= {"model": Question().reader}

    def given(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        keyword = inspect.Parameter.KEYWORD_ONLY
        own = [
            parameter.replace(annotation=hints[name], kind=keyword)
            for name, parameter in inspect.signature(command).parameters.items()
            if name != "question"
        ]
        asking = [inspect.Parameter(name, keyword, default=usual.get(name), annotation=OPTIONS[name]) for name in names]

        @wraps(command)
        def called(**values: Any) -> None:
            question = question_of(**{name: values.pop(name) for name in names})
            command(**values, question=question)

        called.__signature__ = inspect.Signature([*own, *asking])  # type: ignore[attr-defined]
        called.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *asking]}
        return called

    return given


def question_of(
    *, model: str = "nano", set: Sequence[str] | None = None, limit: Sequence[str] | None = None, **asked: Any
) -> Question:
    """The question that options make. Raises InputError for what there is not, or means nothing."""
    name, known = split_model(model)
    settings = typed_as(get_type_hints(Question), "--set", pairs("--set", set, SETTINGS))
    return Question(reader=name, model=known, limits=limits_of(limit), **{**asked, **settings})


def limits_of(limit: Sequence[str] | None) -> Limits:
    """What `--limit` says that a file may take. Raises InputError."""
    given = typed_as(get_type_hints(Limits), "--limit", pairs("--limit", limit, LIMITS))
    for name, value in given.items():
        if not value > 0:
            raise InputError(f"--limit {name} must be more than 0")
    return Limits(**given)


def typed_as(types: Mapping[str, Any], option: str, values: Mapping[str, str]) -> dict[str, Any]:
    """The values of an option in the types that their names have. Raises InputError."""
    found = {}
    for name, value in values.items():
        try:
            found[name] = msgspec.convert(value, types[name], strict=False)
        except msgspec.ValidationError:
            raise InputError(f"{option} {name} takes a number, not {value!r}") from None
    return found


def split_model(model: str) -> tuple[str, str | None]:
    """A reader as `reading.load` takes it, and what an endpoint calls its model: `http://host:8000/v1#NAME`."""
    if "://" not in model and not model.startswith("vllm:"):  # a folder may be called anything
        return model, None
    name, _, known = model.partition("#")
    return name, known or None


def pairs(option: str, given: Sequence[str] | None, names: Sequence[str]) -> dict[str, str]:
    """The values of an option that takes NAME=VALUE, by their names. Raises InputError for names not among `names`."""
    values = {}
    for text in given or ():
        name, mark, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not mark or name not in names:
            raise InputError(f"{option} takes NAME=VALUE, not {text!r}; NAME is one of {', '.join(names)}")
        values[name] = value
    return values
