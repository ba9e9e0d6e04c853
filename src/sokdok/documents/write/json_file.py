"""A document as JSON: everything that is known of it, and back again.

- One object, `{"schema": "sokdok.document", "version": 2, …, "pages": […], …}`, with each page on a line of its own, so
  that it can be written page by page and looked at with line tools.
- Words with their places are most of what is known of a page, so they are written on demand; in a word, what is nothing
  out of the ordinary is left out.
- Strict JSON in UTF-8: no NaN, and half characters of file names as escapes.
- A file is not to be trusted: anything that does not fit is an InputError, and a block makes its own HTML safe.
"""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any, NoReturn, TextIO, TypeVar

import msgspec

from sokdok.documents.blocks import Word
from sokdok.documents.document import DocumentPage, Head, Status, mean_confidence, status_of
from sokdok.documents.entities import entities_of
from sokdok.errors import InputError
from sokdok.files import json_text

SCHEMA, VERSION = "sokdok.document", 2
_T = TypeVar("_T")


class Stored(msgspec.Struct, forbid_unknown_fields=True):
    """A document as it stands in its file; the status follows from the rest."""

    schema: str
    version: int
    name: str
    source: str
    pages: tuple[DocumentPage, ...]
    errors: tuple[str, ...]
    reader: str
    status: Status
    confidence: float | None = None


class JsonWriter:
    """Writes pages to an open text file as they come, their `words` if asked to."""

    def __init__(self, file: TextIO, head: Head, *, words: bool = False) -> None:
        self.file, self.words = file, words
        self.statuses: set[Status] = set()
        self.confidences: list[float | None] = []
        start = {"schema": SCHEMA, "version": VERSION, "name": head.name, "source": head.source, "reader": head.reader}
        self.file.write(f'{json_text(start)[:-1]}, "pages": [')
        self.between = "\n"

    def add(self, page: DocumentPage) -> None:
        """The page on a line of its own."""
        self.file.write(self.between + page_to_json(page, words=self.words))
        self.between = ",\n"
        self.statuses.add(page.status)
        self.confidences.append(page.confidence)

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """The errors, the confidence and the status, which only the end knows."""
        confidence = mean_confidence(self.confidences)
        end = {"errors": errors, "confidence": confidence, "status": status_of(self.statuses, errors)}
        self.file.write(f"\n], {json_text(end)[1:]}\n")


def page_to_json(page: DocumentPage, *, words: bool = True) -> str:
    """A page as one line, its words with it or not."""
    values = msgspec.to_builtins(page)
    for block in values["blocks"]:
        found = block.pop("words", ())  # not in a block that msgspec made without them
        if words and found:
            block["words"] = [{name: value for name, value in word.items() if value != _USUAL[name]} for word in found]
        if not block.get("plain"):
            block.pop("plain", None)
    if found := entities_of(page.blocks, page.number):
        values["entities"] = msgspec.to_builtins(found)
    return json_text(values)


_USUAL = {field.name: field.default for field in fields(Word)}


def page_from_json(text: str) -> DocumentPage:
    """What `page_to_json` wrote; InputError if it is anything else."""
    return _checked(_load(text), DocumentPage)


def read_json(text: str) -> Stored:
    """What `JsonWriter` wrote; InputError if it is anything else, or written by another version of sokdok."""
    data = _load(text)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InputError(f"this is no document that sokdok wrote: its schema is not {SCHEMA}")
    version = data.get("version")
    if type(version) is not int or version > VERSION:
        raise InputError(f"the document's schema has version {version}, and this sokdok reads {VERSION}: update it")
    if version < VERSION:
        raise InputError(f"the document was written by an early sokdok (version {version}): convert its file again")
    return _checked(data, Stored)


def _load(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON that sokdok wrote: {error}") from error


def no_constant(name: str) -> NoReturn:
    """Raise ValueError for NaN and infinities, which JSON has not."""
    raise ValueError(f"{name} is not JSON")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is too large")
    return value


def _checked(data: Any, kind: type[_T]) -> _T:
    """JSON as a value of a type. Raises InputError that names the field that does not fit."""
    try:
        return msgspec.convert(data, kind)
    except (ValueError, OverflowError, RecursionError) as error:
        raise InputError(f"the document does not fit the schema: {error}") from error
