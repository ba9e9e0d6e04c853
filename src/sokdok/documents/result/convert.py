"""Anything that has pages, converted to a document in memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sokdok.documents.convert.convert import convert_file
from sokdok.documents.question import Question, Source
from sokdok.documents.result.document import Document, document_of
from sokdok.documents.result.files import Origin
from sokdok.jobs import DEFAULTS, Limits
from sokdok.pages.files import as_file

if TYPE_CHECKING:
    from sokdok.pages.files import Input
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
    prompt: str | None = None,
    decoder: str | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    batch: int = 8,
) -> Document:
    """Convert a PDF, an image, an office document or a text, given as `pages.files` takes it, to a document.

    That is a path, the content (bytes), a PIL image, an array of pixels or a Page. `reader` is one that `load` gave, or
    what it takes; it is not needed, and not loaded, for source "text-layer". `source` says whose words count: reader,
    text-layer, or auto. `mode` is a resolution, `pages` a range such as "1-5,7", `dpi` the resolution at which PDF
    pages are drawn, `encoding` that of a text, found out by default. `limits` are what the file may take: it is opened
    in a process of its own. `prompt` is asked in place of the one for layout, word for word; `decoder`, `max_tokens`,
    `temperature` and `top_p` are for readers that take them; `batch` pages are read at a time. Raises InputError if the
    file can't be used, and, if `strict`, at a page that is PARTIAL or FAILURE; else a page that fails is there with its
    error.
    """
    question = Question(
        reader=reader if isinstance(reader, str) else reader.name,
        source=source,
        mode=mode,
        prompt=prompt,
        decoder=decoder,
        max_tokens=max_tokens,
        temperature=temperature,
        top_p=top_p,
        batch=batch,
        pages=pages,
        dpi=dpi,
        encoding=encoding,
        password=password,
        limits=limits,
        strict=strict,
    )
    with as_file(file) as path:
        plain = convert_file(path, question, None if isinstance(reader, str) else reader)
    name = plain.source if isinstance(file, str | os.PathLike) else type(file).__name__
    return document_of(plain, name, Origin(file, question))
