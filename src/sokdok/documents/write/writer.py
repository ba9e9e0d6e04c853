"""What all writers of documents have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.jobs import DEFAULTS, Limits

if TYPE_CHECKING:
    from PIL import Image


class PageWriter(Protocol):
    """Writes a document page by page; made from an open file and the document's head, which needs no pages."""

    def add(self, page: DocumentPage) -> None:
        """Write the next page."""

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """Write what belongs at the end; the file stays open."""


class Pictures(Protocol):
    """Where a writer gets pictures from."""

    def page(self, page: DocumentPage) -> Image.Image | None:
        """The picture of a page; None if it can't be drawn."""

    def figure(self, page: DocumentPage, block: Block) -> bytes | None:
        """The file (PNG, JPEG, WebP) of what a block shows; None if there is none."""


@dataclass(frozen=True)
class Original:
    """The file that a document was read from, for forms that keep its pages as they are."""

    path: Path
    password: str | None = None
    limits: Limits = DEFAULTS


@dataclass(frozen=True)
class Wanted:
    """What a writer is asked for, besides its form; writers pass over what their form has not."""

    furniture: bool = False  # headers, footers and page numbers too
    words: bool = False  # JSON: every word with its box
    page_images: bool = False  # HTML: each page's picture beside its text
    pictures: Pictures | None = None  # None: pictures are links to the files in the document's folder, or left out
    inside: bool = True  # HTML: figures within the file rather than as links, if there are `pictures`
    original: Original | None = None  # a searchable PDF: the file whose pages it has
