"""A figure of a document: where it stands, its picture, and what can be read from it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sokdok.documents.document import Block, Box, DocumentPage
from sokdok.documents.result.origin import Origin
from sokdok.errors import InputError
from sokdok.figures.parse import AUTO, Figure, parse_figure
from sokdok.imaging import box as imaging

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, repr=False)
class DocumentFigure:
    """A picture, a chart or a drawing on a page."""

    on: DocumentPage
    block: Block
    origin: Origin | None = None

    @property
    def page(self) -> int:
        """Number of its page, from 1."""
        return self.on.number

    @property
    def box(self) -> Box | None:
        """Its place, in pixels of the page; None if the reader did not say."""
        return self.block.box

    @property
    def kind(self) -> str:
        """What the page's analysis calls it: image, figure or chart."""
        return self.block.kind

    @property
    def text(self) -> str:
        """What stands in it, as far as it was read."""
        return self.block.text

    @property
    def html(self) -> str:
        """The table that its chart shows, if that was read."""
        return self.block.html or ""

    @cached_property
    def image(self) -> Image.Image:
        """Its picture, cut out of the page, which is drawn again. Raises InputError where that can't be done."""
        if self.origin is not None and self.on.source == "file":
            return self._attached(self.origin)
        if self.box is None or self.origin is None:
            raise InputError(f"nobody knows where on page {self.page} this {self.kind} stands")
        picture = self.origin.picture(self.on)
        place = imaging.Box(*self.box).scaled(picture.width / self.on.width, picture.height / self.on.height)
        return picture.crop((round(place.left), round(place.top), round(place.right), round(place.bottom)))

    def _attached(self, origin: Origin) -> Image.Image:
        """The picture that the file holds by itself."""
        from PIL import Image

        with origin.pictures() as pictures:
            png = pictures.figure(self.on, self.block)
        if png is None:
            raise InputError(
                f"the {self.kind} on page {self.page} can't be shown: it is damaged, or a drawing such as EMF"
            )
        return Image.open(io.BytesIO(png))

    def parse(self, kind: str = AUTO) -> Figure:
        """Parse it as `sokdok.parse` does: a chart's values, a molecule's SMILES, a figure's relations."""
        return parse_figure(self.image, kind)

    def __repr__(self) -> str:
        return f"DocumentFigure({self.kind} on page {self.page}, box {self.box})"
