"""The file that a document was read from, opened again when a picture of it is asked for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sokdok.documents.document import DocumentPage
from sokdok.errors import InputError
from sokdok.isolation import DEFAULTS, Limits
from sokdok.pages.files import open_file
from sokdok.pages.inputs import as_file
from sokdok.pages.page import PageError

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, repr=False)
class Origin:
    """Keeping the pictures of all pages would fill the memory: a page is drawn again."""

    file: Any
    """what `pages.inputs` takes"""
    password: str | None = None
    dpi: float | None = None
    limits: Limits = DEFAULTS

    def picture(self, page: DocumentPage) -> Image.Image:
        """Draw a page. Raises InputError where the file can't be used any more."""
        with as_file(self.file) as path, closing(open_file(path, password=self.password, limits=self.limits)) as file:
            drawn = file.page(page.number - 1, self.dpi)
        if isinstance(drawn, PageError):
            raise InputError(f"{drawn.source}, page {page.number}: {drawn.message}")
        return drawn.image
