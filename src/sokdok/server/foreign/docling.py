"""What docling's endpoints answer: one document as JSON, several as an archive."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from pydantic import BaseModel, Field

from sokdok.files import name_of

FORMS = {"md": "md", "json": "json", "html": "html", "text": "txt"}
"""docling's names of forms → suffixes of their files"""
Status = Literal["success", "partial_success", "failure"]


class ErrorTold(BaseModel):
    """What went wrong."""

    component_type: Literal["model"] = "model"
    module_name: str = "sokdok"
    error_message: str


class DocumentTold(BaseModel):
    """A document in the forms that were asked for."""

    filename: str
    md_content: str | None = None
    json_content: Annotated[dict[str, Any] | None, Field(description="A DoclingDocument.")] = None
    html_content: str | None = None
    text_content: str | None = None
    doctags_content: None = None


class Converted(BaseModel):
    """A document that was converted."""

    document: DocumentTold
    status: Status
    errors: list[ErrorTold] = []
    processing_time: float
    timings: dict[str, Any] = {}


def write_archive(file: IO[bytes], documents: Iterable[tuple[str, Mapping[str, Path]]]) -> None:
    """A zip archive of documents: what people call each, and the files of its forms, by docling's names."""
    taken: set[str] = set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for shown_as, forms in documents:
            stem = _free(name_of(Path(shown_as)), taken)
            for form, path in forms.items():
                archive.write(path, f"{stem}.{FORMS[form]}")


def _free(stem: str, taken: set[str]) -> str:
    """A name that no document of the archive has, letters' case apart."""
    name, number = stem, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name.casefold())
    return name
