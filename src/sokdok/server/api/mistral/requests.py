"""What `/v1/ocr` is asked. Fields that are not named here are passed over, as Mistral's clients expect."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import HTTPException
from pydantic import BaseModel, Field

from sokdok.server.api.waiting import MOST_PASSWORD
from sokdok.server.executor.messages import OcrForm

_RANGE = re.compile(r"\s*([0-9]{1,7})\s*(?:-\s*([0-9]{1,7})\s*)?")
_MOST_PAGES = 10_000
"""numbers that a request may name"""


class DocumentUrl(BaseModel):
    """A document within the request, at an address, or a kept file's."""

    type: Literal["document_url"] = "document_url"
    document_url: str
    document_name: Annotated[str | None, Field(max_length=10_000)] = None


class Address(BaseModel):
    """Where a picture is."""

    url: str


class ImageUrl(BaseModel):
    """A picture within the request, or at an address."""

    type: Literal["image_url"] = "image_url"
    image_url: str | Address


class FileId(BaseModel):
    """A file that was kept before."""

    type: Literal["file"] = "file"
    file_id: str


class OcrAsked(BaseModel):
    """A request. `model` may be any: the server's reader answers."""

    model: str | None = None
    document: DocumentUrl | ImageUrl | FileId
    pages: Annotated[
        str | list[Annotated[int, Field(ge=0, lt=10_000_000)]] | None,
        Field(description="From 0: [0, 2], or 0-5,7; all by default.", max_length=_MOST_PAGES),
    ] = None
    include_image_base64: bool | None = None
    image_limit: Annotated[int | None, Field(ge=0)] = None
    image_min_size: Annotated[int | None, Field(ge=0)] = None
    table_format: Annotated[
        Literal["markdown", "html"] | None, Field(description="Tables apart; by default they stand in the Markdown.")
    ] = None
    password: Annotated[
        str | None, Field(strict=True, max_length=MOST_PASSWORD, repr=False, description="Ours: of a PDF; not kept.")
    ] = None
    extract_header: bool = False
    extract_footer: bool = False
    include_blocks: bool = False
    confidence_scores_granularity: Literal["word", "page", "block"] | None = None
    bbox_annotation_format: Annotated[Any, Field(description="Refused: pictures get no annotation.")] = None
    document_annotation_format: Annotated[Any, Field(description="Refused: see /v1/extract.")] = None
    document_annotation_prompt: Annotated[str | None, Field(description="Refused: see /v1/extract.")] = None

    def refuse(self) -> None:
        """Raise HTTPException 422 for what is asked and can't be done."""
        for name in ("bbox_annotation_format", "document_annotation_format", "document_annotation_prompt"):
            if getattr(self, name) is not None:
                raise HTTPException(422, f"{name}: this server annotates nothing; fields are filled by /v1/extract")

    @property
    def form(self) -> OcrForm:
        """What of pages is wanted."""
        given = self.model_dump(include=set(OcrForm.__struct_fields__))
        return OcrForm(**given | {"include_image_base64": bool(self.include_image_base64)})

    @property
    def range(self) -> str | None:
        """The pages from 1, as `page_range` takes them. Raises HTTPException 422."""
        if self.pages is None:
            return None
        parts = self.pages.split(",") if isinstance(self.pages, str) else list(map(str, self.pages))
        found = []
        for part in parts:
            match = _RANGE.fullmatch(part)
            if match is None:
                raise HTTPException(422, "pages: write them from 0, as [0, 2] or 0-5,7")
            first, last = int(match[1]) + 1, int(match[2] or match[1]) + 1
            found.append(f"{first}-{last}")
        if not found:
            raise HTTPException(422, "pages: none is named")
        return ",".join(found)
