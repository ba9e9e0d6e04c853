"""`sokdok convert`: files in, documents out.

- Without `-o` the Markdown of each document goes to stdout (or the form of `--to`), page by page as it is read; with
  `-o FILE` one document is written in the form that the suffix says; with `-o FOLDER` each document becomes a folder of
  files in all forms that `--to` names, which is resumed after a kill.
- Exit codes: 0 if every document is SUCCESS, 2 if no file could be used, else 1. With `--strict` a document with a page
  that is PARTIAL or FAILURE is a file that can't be used: nothing is written to `-o FILE`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from sokdok.cli.convert.run import convert_into_folders, figure_parser, write_documents
from sokdok.cli.ui.files import check_name
from sokdok.cli.ui.options import asks
from sokdok.documents.question import FOLDER_FORMS, Conversion, Question, open_reader
from sokdok.documents.write import FORMS, require_form
from sokdok.errors import InputError, require_choice

STDOUT = "-"
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}")  # what ends the name of a file rather than a folder's


@asks(
    "source",
    "mode",
    "pages",
    "password",
    "encoding",
    "strict",
    "headers",
    "words",
    "page_images",
    "model",
    "set",
    "limit",
)
def convert(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="PDFs, images, office files, texts, folders; - is stdin.")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="A file, whose suffix says its form, or a folder for a folder each."),
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", help=f"Form: {', '.join(FORMS)}; more than one into a folder.")
    ] = None,
    no_images: Annotated[
        bool, typer.Option("--no-images", help="With -o FILE.md, no folder of its figures beside it.")
    ] = False,
    figures: Annotated[bool, typer.Option("--figures", help="With -o FOLDER, parse the figures that are found.")] = (
        False
    ),
    redo: Annotated[bool, typer.Option("--redo", help="With -o FOLDER, read again what is done already.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Report every page.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print documents as JSON; with -o FOLDER a line about each.")
    ] = False,
    *,
    question: Question,
) -> None:
    """Make documents of PDFs, scans, photos and office files: text, HTML, Word, workbooks, with their structure."""
    if output is not None:
        check_name(output)
    output = None if output == STDOUT else output
    into_folder = output is not None and is_folder(output)
    forms = folder_forms(to) if into_folder else (single_form(output, to, as_json),)
    _check(question, forms, into_folder, {"figures": figures, "redo": redo})
    if no_images and (into_folder or output is None or forms != ("md",)):
        raise InputError("--no-images goes with a file of Markdown to write to: -o FILE.md")
    reader = open_reader(question)
    asked = Conversion(replace(question, to=forms), reader, figure_parser(reader) if figures else None)
    if into_folder:
        convert_into_folders(files, Path(str(output)), asked, redo=redo, verbose=verbose, as_json=as_json)
    else:
        write_documents(files, Path(output) if output else None, asked, verbose=verbose, images=not no_images)


def is_folder(output: str) -> bool:
    """Whether an output means a folder of folders: it is one, ends with a slash, or has no suffix of a file."""
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        return True
    return not _SUFFIX.fullmatch(Path(output).suffix)


def folder_forms(to: Sequence[str] | None) -> tuple[str, ...]:
    """The forms of a document in a folder; JSON first, since what is opened last gets its name first."""
    for form in to or ():
        require_choice("form", form, FORMS)
    forms = sorted(set(to), key=FORMS.index) if to else FOLDER_FORMS
    return tuple(sorted(forms, key=lambda form: form != "json"))


def single_form(output: str | None, to: Sequence[str] | None, as_json: bool) -> str:
    """The form of one document, in a file or on stdout. Raises InputError for more than one."""
    asked = [*dict.fromkeys(to or ()), *(["json"] if as_json and output is None else [])]
    for form in asked:
        require_choice("form", form, FORMS)
    if output is not None:
        suffix = Path(output).suffix.lower()[1:]
        if asked and asked != [suffix]:
            raise InputError(f"{output} has one form, by its suffix: leave out --to, or name a folder: -o FOLDER/")
        if suffix not in FORMS:
            known = ", ".join(f".{form}" for form in FORMS)
            raise InputError(f"no document is written as .{suffix}; choose one of {known}, or a folder")
        return suffix
    if len(asked) > 1:
        raise InputError(f"stdout takes one form, not {' and '.join(asked)}: name a folder to write to: -o FOLDER/")
    return asked[0] if asked else "md"


def _check(question: Question, forms: tuple[str, ...], into_folder: bool, of_folders: dict[str, bool]) -> None:
    """Raise InputError for an option that nothing written has, MissingExtraError where a form's library is missing."""
    for name, given in of_folders.items():
        if given and not into_folder:
            raise InputError(f"--{name} goes with a folder to write to: -o FOLDER/")
    for name, given, form in (("words", question.words, "json"), ("page-images", question.page_images, "html")):
        if given and form not in forms:
            raise InputError(f"--{name} goes with {form}, and that is not asked for: add --to {form}")
    for form in forms:
        require_form(form)
