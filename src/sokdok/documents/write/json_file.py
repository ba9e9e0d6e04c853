"""A document as JSON: everything that is known of it, and back again.

- One object, `{"schema": "sokdok.document", "version": 1, …, "pages": […], …}`, with each page on a line of its own, so
  that it can be written page by page and looked at with line tools.
- Strict JSON in UTF-8: no NaN, and half characters of file names as escapes.
- A file is not to be trusted: anything that does not fit is an InputError, and a block makes its own HTML safe.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, NoReturn, TextIO, TypeVar, get_args, get_origin, get_type_hints

from sokdok.documents.document import Document, DocumentPage, Status, status_of
from sokdok.errors import InputError

SCHEMA, VERSION = "sokdok.document", 1
_HEAD = ("schema", "version", "status")
"""what the file has beyond the fields of a document; the status follows from the rest"""
_T = TypeVar("_T")


class JsonWriter:
    """Writes pages to an open text file as they come."""

    def __init__(self, file: TextIO, head: Document) -> None:
        self.file = file
        self.statuses: set[Status] = set()
        start = {"schema": SCHEMA, "version": VERSION, "name": head.name, "source": head.source, "reader": head.reader}
        self.file.write(f'{_dump(start)[:-1]}, "pages": [')
        self.between = "\n"

    def add(self, page: DocumentPage) -> None:
        """The page on a line of its own."""
        self.file.write(self.between + page_to_json(page))
        self.between = ",\n"
        self.statuses.add(page.status)

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """The errors and the status, which only the end knows."""
        end = {"errors": errors, "status": status_of(self.statuses, errors)}
        self.file.write(f"\n], {_dump(end)[1:]}\n")


def page_to_json(page: DocumentPage) -> str:
    """A page as one line."""
    return _dump(asdict(page))


def page_from_json(text: str) -> DocumentPage:
    """What `page_to_json` wrote; InputError if it is anything else."""
    return _checked(_load(text), DocumentPage)


def from_json(text: str) -> Document:
    """What `JsonWriter` wrote; InputError if it is anything else, or written by a later version of sokdok."""
    data = _load(text)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InputError(f"this is no document that sokdok wrote: its schema is not {SCHEMA}")
    version = data.get("version")
    if type(version) is not int or version > VERSION:
        raise InputError(f"the document's schema has version {version}, and this sokdok reads {VERSION}: update it")
    return _checked({name: value for name, value in data.items() if name not in _HEAD}, Document)


def _dump(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode()


def _load(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON that sokdok wrote: {error}") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _checked(data: Any, kind: type[_T]) -> _T:
    try:
        found: _T = _convert(data, kind)
    except (ValueError, OverflowError) as error:
        raise InputError(f"the document does not fit the schema: {error}") from error
    return found


def _convert(value: Any, kind: Any) -> Any:
    """JSON as a value of a type that the document's fields have; ValueError if it does not fit."""
    origin, choices = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if value is None else _convert(value, choices[0])
    if origin is tuple and isinstance(value, list):
        return _items(value, choices)
    if is_dataclass(kind) and isinstance(value, dict):
        return _instance(value, kind)
    if origin is Literal and value in choices:
        return value
    if kind is float and type(value) in (int, float):
        value = float(value)
    if type(value) is kind and (kind is not float or math.isfinite(value)):
        return value
    raise ValueError(f"{json.dumps(value)[:60]} is not {getattr(kind, '__name__', kind)}")


def _items(values: list[Any], kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    if kinds[-1] is ...:
        return tuple(_convert(value, kinds[0]) for value in values)
    if len(values) != len(kinds):
        raise ValueError(f"{len(values)} values where there are {len(kinds)}")
    return tuple(map(_convert, values, kinds))


def _instance(values: dict[str, Any], kind: Any) -> Any:
    hints = _hints(kind)
    if values.keys() != hints.keys():
        raise ValueError(f"a {kind.__name__} without or with unknown {', '.join(sorted(values.keys() ^ hints.keys()))}")
    return kind(**{name: _convert(value, hints[name]) for name, value in values.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
