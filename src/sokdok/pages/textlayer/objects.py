"""The objects of a PDF page in the order in which they are drawn, those inside forms too."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from sokdok.imaging.box import Box
from sokdok.pages.textlayer.calls import address_of, calls
from sokdok.pages.textlayer.layer import Color
from sokdok.pages.textlayer.upright import Affine

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MAX_DEPTH = 20  # of forms inside forms that are looked into
MAX_OBJECTS = 200_000  # of a page; a map with more is a picture in any case


class PageObject(NamedTuple):
    """An object, and where it stands."""

    address: int  # what tells it from others while the page is open
    kind: int  # `FPDF_PAGEOBJ_…`
    order: int  # the later one is drawn over the earlier one
    place: Affine  # from the space of what holds it to points of the upright page

    @property
    def handle(self) -> Any:
        """What PDFium's functions take."""
        from pypdfium2 import raw

        return ctypes.cast(self.address, raw.FPDF_PAGEOBJECT)

    def bounds(self) -> Box:
        """The box around it, whatever of it is clipped."""
        from pypdfium2 import raw

        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        if not raw.FPDFPageObj_GetBounds(self.handle, left, bottom, right, top):
            return Box(0, 0, 0, 0)
        return self.place.box(left.value, bottom.value, right.value, top.value)

    def matrix(self) -> Affine:
        """From its own space to points of the upright page."""
        return self.place.after(own_matrix(self.handle))


def own_matrix(handle: Any) -> Affine:
    """From an object's own space to that of what holds it."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX(1, 0, 0, 1, 0, 0)
    raw.FPDFPageObj_GetMatrix(handle, matrix)
    return Affine(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def color_of(handle: Any, *, stroke: bool = False) -> tuple[Color, int]:
    """What it is painted in, and its alpha, 0 to 255; black where the file does not say."""
    from pypdfium2 import raw

    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    get = raw.FPDFPageObj_GetStrokeColor if stroke else raw.FPDFPageObj_GetFillColor
    if not get(handle, red, green, blue, alpha):
        return (0, 0, 0), 255
    return (red.value, green.value, blue.value), alpha.value


def page_objects(page: PdfPage, upright: Affine) -> list[PageObject]:
    """All objects of a page but forms, whose objects stand in their place."""
    from pypdfium2 import raw

    found: list[PageObject] = []
    get, handle = calls().object, address_of(page.raw)
    _collect((get(handle, index) for index in range(raw.FPDFPage_CountObjects(page))), upright, 0, found)
    return found


def _collect(addresses: Iterator[int], place: Affine, depth: int, found: list[PageObject]) -> None:
    from pypdfium2 import raw

    kind_of, form = calls().kind, raw.FPDF_PAGEOBJ_FORM
    for address in addresses:
        if len(found) >= MAX_OBJECTS:
            return
        kind = kind_of(address)
        if kind != form:
            found.append(PageObject(address, kind, len(found), place))
        elif depth < MAX_DEPTH:
            handle, get = ctypes.cast(address, raw.FPDF_PAGEOBJECT), calls().inner_object
            inside = (get(address, index) for index in range(raw.FPDFFormObj_CountObjects(handle)))
            _collect(inside, place.after(own_matrix(handle)), depth + 1, found)
