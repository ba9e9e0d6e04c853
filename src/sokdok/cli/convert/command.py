"""`sokdok convert`: files in, documents out.

- Without `-o` the Markdown of each document goes to stdout (or the form of `--to`), page by page as it is read; with
  `-o FILE` one document is written in the form that the suffix says; with `-o FOLDER` each document becomes a folder of
  files (`cli.convert.folders`) in all forms that `--to` names, which is resumed after a kill.
- Exit codes: 0 if every document is SUCCESS, 2 if no file could be used, else 1. With `--strict` a document with a page
  that is PARTIAL or FAILURE is a file that can't be used: nothing is written to `-o FILE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, cast

import typer

from sokdok.cli.convert.early import start_child
from sokdok.cli.convert.figures import figure_parser
from sokdok.cli.convert.folders import convert_files
from sokdok.cli.convert.outputs import STDOUT, FormOptions, is_folder
from sokdok.cli.convert.single import write_documents
from sokdok.cli.ui.console import PANEL_READ
from sokdok.cli.ui.files import Encoding, check_name
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.limit_options import LimitOptions
from sokdok.cli.ui.reader_options import FileOptions, ReaderOptions
from sokdok.errors import InputError, require_choice

if TYPE_CHECKING:
    from sokdok.documents.convert.conversion import Conversion

SOURCES = ("auto", "reader", "text-layer")


@dataclass(frozen=True)
class FolderOptions:
    """What goes into the folder of a document, and how its making is told."""

    PANEL: ClassVar[str] = "With -o FOLDER"
    figures: Annotated[bool, typer.Option("--figures", help="Parse the figures that are found.")] = False
    redo: Annotated[bool, typer.Option("--redo", help="Read again what is done already.")] = False

    def refuse(self) -> None:
        """Raise InputError for an option that was given though there is no folder."""
        for name, given in vars(self).items():
            if given:
                raise InputError(f"--{name} goes with a folder to write to: -o FOLDER/")


def register(app: typer.Typer) -> None:
    """Add `sokdok convert` to the product's commands."""
    app.command("convert", rich_help_panel=PANEL_READ)(with_groups(convert))


def convert(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="PDFs, images, office files, texts, folders; - is stdin.")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="A file, whose suffix says its form, or a folder for a folder each."),
    ] = None,
    source: Annotated[str, typer.Option(help="Whose text: reader, text-layer (of PDFs), or auto.")] = "auto",
    encoding: Encoding = None,
    strict: Annotated[bool, typer.Option("--strict", help="A page that is not read whole is an error.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell of every page.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print documents as JSON; with -o FOLDER a line about each.")
    ] = False,
    *,
    forms: FormOptions,
    folder: FolderOptions,
    opening: FileOptions,
    limiting: LimitOptions,
    asking: ReaderOptions,
) -> None:
    """Make documents of PDFs, scans, photos and office files: text, HTML, Word, workbooks, with their structure."""
    require_choice("source", source, SOURCES)
    if output is not None:
        check_name(output)
    output = None if output == STDOUT else output
    to_folder = output is not None and is_folder(output)
    if not to_folder:
        folder.refuse()
    form = "" if to_folder else forms.single(output, as_json)
    start_child(files, limiting.limits())
    to = forms.folder() if to_folder else (form,)
    asked = _conversion(asking, opening, limiting, source, strict, encoding, forms, to, folder)
    path = Path(output) if output else None
    if to_folder and path:
        convert_files(files, path, asked, redo=folder.redo, verbose=verbose, as_json=as_json)
    else:
        write_documents(files, path, form, asked, verbose=verbose, images=not forms.no_images)


def _conversion(
    asking: ReaderOptions,
    opening: FileOptions,
    limiting: LimitOptions,
    source: str,
    strict: bool,
    encoding: str | None,
    forms: FormOptions,
    to: tuple[str, ...],
    folder: FolderOptions,
) -> Conversion:
    """What the options of the command ask of each file."""
    from sokdok.documents.convert.conversion import Conversion
    from sokdok.documents.question import Question

    reader, prompt = None, None
    if source != "text-layer":
        reader = asking.load()
        prompt = asking.query(reader).options.get("prompt")
    question = Question(
        source=cast(Literal["auto", "reader", "text-layer"], source),
        mode=asking.mode,
        prompt=prompt,
        decoder=asking.decoder,
        max_tokens=asking.max_tokens,
        temperature=asking.temperature,
        top_p=asking.top_p,
        batch=asking.batch,
        pages=opening.pages,
        dpi=opening.dpi,
        encoding=encoding,
        password=opening.password,
        limits=limiting.limits(),
        strict=strict,
        to=to,
        headers=forms.headers,
        words=forms.words,
        page_images=forms.page_images,
    )
    return Conversion(question, reader, figure_parser(reader) if folder.figures else None)
