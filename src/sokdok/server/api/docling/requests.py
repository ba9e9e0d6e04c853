"""What docling's endpoints are asked: options by the names that docling-serve gives them.

Its clients send all options with their defaults. What makes a difference here is a field below; what asks for something
that this server has not is refused by name; all others, such as which OCR engine, which table mode, how
pictures are exported, are taken and have no effect: sokdok's reader decides, and pictures stand as placeholders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import Form, HTTPException
from pydantic import BaseModel, Field

from sokdok.server.api.waiting import MOST_PASSWORD
from sokdok.server.foreign.docling import FORMS

MOST_SOURCES = 20
"""of a request"""
_PARTS = re.compile(r"[\s,;\[\]\"']+")
_MOST_PAGE = 10_000_000


class Options(BaseModel):
    """How to convert."""

    to_formats: Annotated[
        str | list[str], Field(description=f"Of {', '.join(FORMS)}.", max_length=100, examples=[["md"]])
    ] = ["md"]
    page_range: Annotated[
        tuple[int, int] | None, Field(description="First and last page, from 1.", examples=[[1, 10]])
    ] = None
    do_ocr: Annotated[bool, Field(description="False: the words of text layers alone.")] = True
    force_ocr: Annotated[bool, Field(description="Pixels are read even where there is a text layer.")] = False
    md_page_break_placeholder: Annotated[str, Field(max_length=1_000, description="Between pages.")] = ""
    return_as_file: Annotated[bool, Field(description="A zip archive.")] = False
    password: Annotated[
        str | None, Field(strict=True, max_length=MOST_PASSWORD, repr=False, description="Ours: of PDFs; not kept.")
    ] = None
    do_picture_description: Annotated[bool, Field(description="Refused: pictures are not described.")] = False
    do_picture_classification: Annotated[bool, Field(description="Refused: pictures are not told apart.")] = False
    do_chart_extraction: Annotated[bool, Field(description="Refused: charts are read by /v1/parse.")] = False

    def checked(self) -> Options:
        """The same. Raises HTTPException 422 for what is asked and can't be done."""
        for name in ("do_picture_description", "do_picture_classification", "do_chart_extraction"):
            if getattr(self, name):
                raise HTTPException(422, f"{name}: this server does not do that; leave it out")
        unknown = [form for form in self.forms if form not in FORMS]
        if unknown:
            raise HTTPException(422, f"to_formats: {unknown[0][:50]!r} is not made here; there are {', '.join(FORMS)}")
        if self.page_range is not None and not 1 <= self.page_range[0] <= self.page_range[1]:
            raise HTTPException(422, "page_range: first and last page, from 1")
        return self

    @property
    def forms(self) -> list[str]:
        """Docling's names."""
        given = [self.to_formats] if isinstance(self.to_formats, str) else self.to_formats
        return list(dict.fromkeys(_words(given))) or ["md"]

    @property
    def pages(self) -> str | None:
        """As `page_range` of pages takes them."""
        if self.page_range is None:
            return None
        first, last = self.page_range
        return f"{min(first, _MOST_PAGE)}-{min(last, _MOST_PAGE)}"

    @property
    def source(self) -> Literal["auto", "reader", "text-layer"]:
        """Whose words count."""
        if self.force_ocr:
            return "reader"
        return "auto" if self.do_ocr else "text-layer"


class HttpSource(BaseModel):
    """A document at an address."""

    kind: Literal["http"] = "http"
    url: str
    headers: dict[str, Any] = {}


class FileSource(BaseModel):
    """A document within the request."""

    kind: Literal["file"] = "file"
    base64_string: str
    filename: Annotated[str, Field(max_length=10_000)] = ""


class Target(BaseModel):
    """Where results go."""

    kind: str = "inbody"


class SourcesAsked(BaseModel):
    """A request for documents at addresses, or within it."""

    options: Options = Options()
    sources: Annotated[list[HttpSource | FileSource], Field(min_length=1, max_length=MOST_SOURCES)]
    target: Target = Target()
    callbacks: Annotated[list[Any], Field(description="Refused: the server calls nobody.")] = []

    def checked(self) -> SourcesAsked:
        """The same. Raises HTTPException 422 for what is asked and can't be done."""
        if self.callbacks:
            raise HTTPException(422, "callbacks: the server calls nobody; ask /v1/status/poll/{id} with wait=60")
        if any(isinstance(source, HttpSource) and source.headers for source in self.sources):
            raise HTTPException(422, "headers: what is fetched is asked for without any of the client's")
        is_zip(self.target.kind)
        self.options.checked()
        return self


def is_zip(target: str) -> bool:
    """Whether a target is an archive. Raises HTTPException 422 for one outside the answer."""
    if target not in ("inbody", "zip"):
        raise HTTPException(422, f"target: {target[:50]!r} is not served; there are inbody and zip")
    return target == "zip"


def form_options(
    to_formats: Annotated[list[str], Form(description=f"Of {', '.join(FORMS)}.", max_length=100)] = ["md"],  # noqa: B006
    page_range: Annotated[list[str], Form(description="First and last page, from 1.", max_length=2)] = [],  # noqa: B006
    do_ocr: Annotated[bool, Form(description="False: the words of text layers alone.")] = True,
    force_ocr: Annotated[bool, Form(description="Pixels are read even where there is a text layer.")] = False,
    md_page_break_placeholder: Annotated[str, Form(description="Between pages.", max_length=1_000)] = "",
    return_as_file: Annotated[bool, Form(description="A zip archive.")] = False,
    password: Annotated[str | None, Form(max_length=MOST_PASSWORD, description="Ours: of PDFs; not kept.")] = None,
    do_picture_description: Annotated[bool, Form(description="Refused.")] = False,
    do_picture_classification: Annotated[bool, Form(description="Refused.")] = False,
    do_chart_extraction: Annotated[bool, Form(description="Refused.")] = False,
) -> Options:
    """Options from the fields of a form: lists repeat, or stand in one field. Raises HTTPException 422."""
    pages = _words(page_range)
    if pages and (len(pages) != 2 or not all(page.isdecimal() and len(page) < 20 for page in pages)):
        raise HTTPException(422, "page_range: first and last page, from 1")
    return Options(
        to_formats=to_formats,
        page_range=(int(pages[0]), int(pages[1])) if pages else None,
        do_ocr=do_ocr,
        force_ocr=force_ocr,
        md_page_break_placeholder=md_page_break_placeholder,
        return_as_file=return_as_file,
        password=password,
        do_picture_description=do_picture_description,
        do_picture_classification=do_picture_classification,
        do_chart_extraction=do_chart_extraction,
    ).checked()


def _words(given: Iterable[str]) -> list[str]:
    return [word for text in given for word in _PARTS.split(text) if word]
