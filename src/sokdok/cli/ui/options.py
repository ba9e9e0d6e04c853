"""Options that several commands have, the question that they make, and the files that they name.

A command that is given a `question` names the options by which it is asked: `@asks("model pages set limit")`.
Files are each there once, folders searched, standard input as a file; their pages come in order.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import wraps
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
import typer

from sokdok.cli.ui.console import note
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError, in_one_line
from sokdok.files import path_key, printable, read_stream, spooled
from sokdok.jobs import Limits
from sokdok.model.preprocess import MODES
from sokdok.office.kinds import is_document
from sokdok.pages import Page, PageError
from sokdok.pages.files import open_pages
from sokdok.reading import Reader, Reading

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
    """Ask at the terminal for a password called `-`. Raises InputError at the end of the input."""
    try:
        return getpass("Password: ") if password == "-" else password
    except EOFError:
        raise InputError("no password was typed: say it in the variable SOKDOK_PDF_PASSWORD") from None


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
    "pages": Annotated[
        str | None,
        typer.Option(help="Only these pages of each file, e.g. 1-5,7,9-12; a range ends where the file does."),
    ],
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
    usual = {field.name: field.default for field in msgspec.structs.fields(Question)} | {"model": Question().reader}

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


STDIN = "-"
DPI = 144  # of PDF pages that become no document
WINDOW_PIXELS = 64_000_000  # of pages that a reader is given at a time: 192 MB as RGB; one page may have more
MOST_NAMED = 6  # files that are named; more are counted by suffix


def check_name(name: str) -> None:
    """Raise InputError for an empty name of a file, which would mean the current folder."""
    if not name:
        raise InputError("a file's name is empty; is the variable set that should hold it?")


def stdin_as_file() -> AbstractContextManager[Path]:
    """A file called `stdin` with all of standard input, removed at the end. Raises InputError for too much of it."""
    return spooled(sys.stdin.buffer, "standard input", "stdin")


def file_or_stdin(name: str) -> Path | bytes:
    """A file by its name, or all of standard input. Raises InputError for no name, or beyond `files.MAX_BYTES`."""
    check_name(name)
    return read_stream(sys.stdin.buffer, "standard input") if name == STDIN else Path(name)


def all_paths(files: Iterable[str], written: Path | None, stack: ExitStack) -> Iterator[Path]:
    """The documents that are named or lie in folders that are, without those in `written`, in order.

    Raises InputError for a folder with nothing to read; what is left out of folders is said on stderr.
    """
    for name in files:
        check_name(name)
        if name == STDIN:
            yield stack.enter_context(stdin_as_file())
        elif Path(name).is_dir():
            yield from _documents_below(Path(name), path_key(written) if written else None)
        else:
            yield Path(name)


def _documents_below(folder: Path, written: str | None) -> Iterator[Path]:
    """The documents below a folder, and what can't be read, without what an earlier run wrote there.

    Links to folders are not followed, since they may lead round in a circle; like what can't be read, they are named.
    """
    found: list[Path] = []  # opening what can't be read says why
    others: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: found.append(Path(error.filename))):
        folders[:] = [name for name in folders if not _is_output(Path(place) / name, written)]
        found.extend(Path(place) / name for name in folders if os.path.islink(os.path.join(place, name)))
        for path in (Path(place) / name for name in names):
            (found if is_document(path) else others).append(path)
    others = [path for path in others if not path.name.startswith(".")]
    if others:
        note(f"{folder}: {_left_out(others)}")
    if not found:
        raise InputError(f"there are no documents in {folder}")
    yield from sorted(found)


def _is_output(folder: Path, written: str | None) -> bool:
    """Whether a folder is where documents are written, or that of a document which was written beside its file."""
    from sokdok.documents.convert.folder import read_job, read_manifest

    if path_key(folder.parent) == written:
        return read_manifest(folder) is not None or read_job(folder) is not None
    return path_key(folder) == written


def _left_out(paths: list[Path]) -> str:
    """How many files were left out, and which: by their names if they are few, else by their suffixes."""
    if len(paths) <= MOST_NAMED:
        which = ", ".join(printable(Path(path.name)) for path in sorted(paths))
    else:
        counts = Counter(path.suffix.lower() or "no suffix" for path in paths)
        kinds = [f"{count:,} {printable(Path(suffix))}" for suffix, count in counts.most_common(MOST_NAMED)]
        which = ", ".join(kinds) + (", …" if len(counts) > MOST_NAMED else "")
    return f"{len(paths):,} {'file is' if len(paths) == 1 else 'files are'} no document and left out: {which}"


def open_files(files: list[str], question: Question, stdin: Path | None = None) -> Iterator[Page | PageError]:
    """The pages of all files that are asked for, in order; `stdin` is the file of standard input, if there is one.

    A file that can't be used raises only if it is the only one.
    """
    for name in files:
        try:
            yield from _pages(name, question, stdin)
        except (SokdokError, OSError) as error:
            if len(files) == 1:
                raise
            yield PageError(name, None, in_one_line(error))
        except Exception as error:  # whatever a hostile file makes a decoder raise, the others are opened
            yield PageError(name, None, f"{name}: {in_one_line(error)}")


def _pages(name: str, asked: Question, stdin: Path | None) -> Iterator[Page | PageError]:
    check_name(name)
    with ExitStack() as stack:
        path, source = Path(name), name
        if name == STDIN:
            path, source = stdin or stack.enter_context(stdin_as_file()), "standard input"
        yield from open_pages(
            path, dpi=asked.dpi or DPI, source=source, password=asked.password, wanted=asked.pages, limits=asked.limits
        )


def read_in_order(
    reader: Reader, pages: Iterable[Page | PageError], batch: int = 8, **options: Any
) -> Iterator[tuple[Page | PageError, Reading]]:
    """Each page with its reading, in order, a batch at a time; what can't be opened has a failed reading.

    `options` go to the reader's `read`. A reader that breaks down fails the pages of its batch, and is given the next;
    SokdokErrors of the reader pass through.
    """
    for window in _windows(pages, batch):
        waiting = iter(window)
        try:
            given = [page for page in window if isinstance(page, Page)]
            for reading in reader.read(given, batch_size=batch, **options) if given else ():
                for page in waiting:
                    if isinstance(page, Page):
                        yield page, reading
                        break
                    yield _failed(page, page.message)
            why = "the reader gave no answer for this page"
        except SokdokError:
            raise
        except Exception as error:
            why = f"the reader broke ({in_one_line(error)})"
        yield from (_failed(page, page.message if isinstance(page, PageError) else why) for page in waiting)


def _windows(pages: Iterable[Page | PageError], batch: int) -> Iterator[list[Page | PageError]]:
    """Pages in runs of at most a batch, and of `WINDOW_PIXELS` or one page of more."""
    window: list[Page | PageError] = []
    pixels = 0
    for page in pages:
        window.append(page)
        pixels += page.size[0] * page.size[1] if isinstance(page, Page) else 0
        if len(window) == batch or pixels >= WINDOW_PIXELS:
            yield window
            window, pixels = [], 0
    if window:
        yield window


def _failed(page: Page | PageError, why: str) -> tuple[Page | PageError, Reading]:
    return page, Reading(0, page.source, "failed", "", error=why)
