"""What is asked of each file that becomes a document."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sokdok.documents.convert.options import ReadOptions
from sokdok.documents.convert.outputs import identity
from sokdok.documents.convert.pictures import Parse
from sokdok.isolation import DEFAULTS, Limits

FOLDER_FORMS = ("json", "html", "md")  # written into a document's folder where no others are asked for
PIXEL_FORMS = ("hocr", "pdf")  # those that put words on pictures of pages


@dataclass(frozen=True)
class Conversion:
    """What is asked of each file."""

    read_options: ReadOptions
    pages: str | None = None
    """a range such as `1-5,7`; None for all"""
    password: str | None = None
    limits: Limits = DEFAULTS
    """what the file may take"""
    encoding: str | None = None
    """of texts; None finds it out"""
    furniture: bool = False
    """keep headers, footers and page numbers in Markdown and HTML"""
    words: bool = False
    """write words with their places in JSON"""
    to: tuple[str, ...] = FOLDER_FORMS
    """the forms of a document in a folder"""
    page_images: bool = False
    """put each page's picture beside its text in HTML"""
    figures: Parse | None = None
    """what to do with each figure"""

    @property
    def pixels(self) -> str:
        """The first option that needs pages with pixels; empty if none does."""
        if self.read_options.source != "auto":
            return f"--source {self.read_options.source}"
        if self.page_images:
            return "--page-images"
        return next((f"--to {form}" for form in self.to if form in PIXEL_FORMS), "")

    def job(self, path: Path) -> dict[str, Any]:
        """All of it that changes the outputs, as plain JSON."""
        asked = self.read_options
        return identity(path) | {
            "reader": asked.reader.name if asked.reader else None,
            "options": {name: str(value) for name, value in sorted(asked.arguments.items())},
            "mode": asked.mode,
            "source": asked.source,
            "dpi": asked.dpi,
            "pages": self.pages,
            "furniture": self.furniture,
            "words": self.words,
            "to": sorted(self.to),
            "page_images": self.page_images,
            "overlay": False,  # as versions before 0.3 have it, whose folders stay done
            "figures": self.figures is not None,
            **({"encoding": self.encoding} if self.encoding else {}),
        }
