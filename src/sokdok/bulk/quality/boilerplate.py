"""Lines that repeat at the edges of pages, as a tag: a recipe says whether they are left out."""

from __future__ import annotations

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.tags import Attributes
from sokdok.bulk.quality.text.view import BOILERPLATE, Views


class Boilerplate:
    """Lines at the top and bottom of many pages."""

    name = "boilerplate"

    def __init__(self, views: Views) -> None:
        self._views = views

    def tag(self, document: DocumentText) -> Attributes:
        """`boilerplate__line` holds the lines, their line ends included."""
        found = self._views.of(document).boilerplate
        return {BOILERPLATE: tuple((start, end, 1.0) for start, end in found)} if found else {}
