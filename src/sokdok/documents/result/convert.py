"""Anything that has pages, converted to a document in memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sokdok.documents.convert.document import convert_file
from sokdok.documents.convert.options import Source
from sokdok.documents.result.document import Document, document_of
from sokdok.documents.result.origin import Origin
from sokdok.isolation import DEFAULTS, Limits
from sokdok.pages.inputs import as_file

if TYPE_CHECKING:
    from sokdok.pages.inputs import Input
    from sokdok.reading import Reader


def convert(
    file: Input,
    *,
    reader: Reader | str = "nano",
    source: Source = "auto",
    mode: str = "auto",
    pages: str | None = None,
    password: str | None = None,
    dpi: float | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULTS,
    strict: bool = False,
    **options: Any,
) -> Document:
    """Convert a PDF, an image, an office document or a text, given as `pages.inputs` takes it, to a document.

    That is a path, the content (bytes), a PIL image, an array of pixels or a Page. `reader` is one that `load` gave, or
    what it takes; it is not needed, and not loaded, for source "text-layer". `source` says whose words count: reader,
    text-layer, or auto. `mode` is a resolution, `pages` a range such as "1-5,7", `dpi` the resolution at which PDF
    pages are drawn, `encoding` that of a text, found out by default. `limits` are what the file may take: it is opened
    in a process of its own. `options` go to the reader's `read`. Raises InputError if the file can't be used, and, if
    `strict`, at a page that is PARTIAL or FAILURE; else a page that fails is there with its error.
    """
    asked: dict[str, Any] = {
        "mode": mode,
        "pages": pages,
        "password": password,
        "dpi": dpi,
        "limits": limits,
        "encoding": encoding,
        "strict": strict,
    }
    asked |= options
    with as_file(file) as path:
        plain = convert_file(path, reader=reader, source=source, **asked)
    name = plain.source if isinstance(file, str | os.PathLike) else type(file).__name__
    return document_of(plain, name, Origin(file, password, dpi, limits, encoding))
