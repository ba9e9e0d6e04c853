"""The file that a document was read from, opened again when a picture of it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.documents.convert.open_source import SourceFile, open_source
from sokdok.documents.document import DocumentPage
from sokdok.documents.pictures import PagePictures
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.files import path_key
from sokdok.pages.files import as_file, open_file
from sokdok.pages.page import PageError

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, repr=False)
class Origin:
    """Keeping the pictures of all pages would fill the memory: a page is drawn again."""

    file: Any  # what `pages.files` takes
    question: Question = Question()  # that it answers

    @property
    def key(self) -> str:
        """What says that two documents are of one file; empty where it is none."""
        return path_key(Path(self.file)) if isinstance(self.file, str | os.PathLike) else ""

    def as_file(self) -> AbstractContextManager[Path]:
        """The file itself, or one of what it held."""
        return as_file(self.file)

    @contextmanager
    def pictures(self) -> Iterator[PagePictures]:
        """The pictures of its pages, for writers; the file is opened at the first one."""
        with ExitStack() as stack:

            def opened() -> SourceFile:
                path = stack.enter_context(self.as_file())
                return stack.enter_context(closing(open_source(path, self.question)))

            yield PagePictures(opened, self.question.dpi)

    def picture(self, page: DocumentPage) -> Image.Image:
        """Draw a page. Raises InputError where the file can't be used any more."""
        asked = self.question
        with self.as_file() as path, closing(open_file(path, password=asked.password, limits=asked.limits)) as file:
            drawn = file.page(page.number - 1, asked.dpi)
        if isinstance(drawn, PageError):
            raise InputError(f"{drawn.source}, page {page.number}: {drawn.message}")
        return drawn.image
