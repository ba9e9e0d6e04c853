"""Which forms an output has: as `--to` says, or as its suffix does; a folder of documents, or one document."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sokdok.errors import InputError, require_choice

FORMS = ("md", "html", "json", "txt", "docx", "pdf", "xlsx", "hocr")
"""what documents are written as; `documents.write.FORMS`, which is not imported for the sake of `--help`"""
STDOUT = "-"
FOR_PAGES = {".txt", ".md", ".jsonl", ".json"}  # suffixes of files that `sokdok read` writes
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}")  # what ends the name of a file rather than a folder's


@dataclass(frozen=True)
class FormOptions:
    """The forms of documents, and what is in them."""

    to: Annotated[
        list[str] | None, typer.Option("--to", help=f"Form: {', '.join(FORMS)}; more than one into a folder.")
    ] = None
    headers: Annotated[bool, typer.Option("--headers", help="Keep headers, footers, page numbers.")] = False
    words: Annotated[bool, typer.Option("--words", help="In JSON, also every word with its place.")] = False
    page_images: Annotated[
        bool, typer.Option("--page-images", help="In HTML, each page's picture beside its text.")
    ] = False
    no_images: Annotated[
        bool, typer.Option("--no-images", help="With -o FILE.md, no folder of its figures beside it.")
    ] = False

    def __post_init__(self) -> None:
        for form in self.to or ():
            require_choice("form", form, FORMS)

    def folder(self) -> tuple[str, ...]:
        """The forms of a document in a folder; JSON first, since what is opened last gets its name first."""
        from sokdok.documents.question import FOLDER_FORMS

        self._refuse_no_images()
        forms = sorted(set(self.to), key=FORMS.index) if self.to else FOLDER_FORMS
        return self._checked(tuple(sorted(forms, key=lambda form: form != "json")))

    def single(self, output: str | None, as_json: bool) -> str:
        """The form of one document, in a file or on stdout. Raises InputError for more than one."""
        asked = [*dict.fromkeys(self.to or ()), *(["json"] if as_json and output is None else [])]
        if output is not None:
            suffix = Path(output).suffix.lower()[1:]
            if asked and asked != [suffix]:
                raise InputError(f"{output} has one form, by its suffix: leave out --to, or name a folder: -o FOLDER/")
            if suffix not in FORMS:
                raise InputError(f"no document is written as .{suffix}; choose one of {_named()}, or a folder")
            asked = [suffix]
        if len(asked) > 1:
            raise InputError(f"stdout takes one form, not {' and '.join(asked)}: name a folder to write to: -o FOLDER/")
        (form,) = self._checked(tuple(asked or ["md"]))
        if form != "md" or output is None:
            self._refuse_no_images()
        return form

    def _refuse_no_images(self) -> None:
        if self.no_images:
            raise InputError("--no-images goes with a file of Markdown to write to: -o FILE.md")

    def _checked(self, forms: tuple[str, ...]) -> tuple[str, ...]:
        """The forms. Raises InputError for an option that none of them has, MissingExtraError without a library."""
        from sokdok.documents.write import require_form

        for name, given, form in (("words", self.words, "json"), ("page-images", self.page_images, "html")):
            if given and form not in forms:
                raise InputError(f"--{name} goes with {form}, and that is not asked for: add --to {form}")
        for form in forms:
            require_form(form)
        return forms


def is_folder(output: str) -> bool:
    """Whether an output means a folder of folders: it is one, ends with a slash, or has no suffix of a file.

    `-` is standard output.
    """
    if output == STDOUT:
        return False
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        return True
    return not _SUFFIX.fullmatch(Path(output).suffix)


def _named() -> str:
    return ", ".join(f".{form}" for form in FORMS)
