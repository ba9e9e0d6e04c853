"""The objects of a PDF page in the order in which they are drawn, those inside forms too, and how PDFium is asked.

- A page asks PDFium some ten thousand times for glyphs alone, so its functions are called by address (`Calls`): half of
  a call's time would go into wrapping handles. A handle is an address, 0 for none; places to write to as well.
- `Affine` maps from the space of a page, a form or an object to points of the page as it is shown.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from ctypes import c_float, c_int, c_uint, c_void_p
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sokdok.imaging.box import Box
from sokdok.pages.textlayer.layer import Color

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

Call = Callable[..., int]


class Calls:
    """The functions that glyphs and objects are asked by."""

    def __init__(self) -> None:
        from pypdfium2 import raw

        some, number = c_void_p, c_int
        self.unicode = _bound(raw.FPDFText_GetUnicode, c_uint, some, number)
        self.is_hyphen = _bound(raw.FPDFText_IsHyphen, number, some, number)
        self.is_generated = _bound(raw.FPDFText_IsGenerated, number, some, number)
        self.text_object = _bound(raw.FPDFText_GetTextObject, some, some, number)
        self.origin = _bound(raw.FPDFText_GetCharOrigin, number, some, number, some, some)
        self.loose_box = _bound(raw.FPDFText_GetLooseCharBox, number, some, number, some)
        self.ink_box = _bound(raw.FPDFText_GetCharBox, number, some, number, some, some, some, some)
        self.matrix = _bound(raw.FPDFText_GetMatrix, number, some, number, some)
        self.font_size = _bound(raw.FPDFTextObj_GetFontSize, number, some, some)
        self.font = _bound(raw.FPDFTextObj_GetFont, some, some)
        self.glyph_width = _bound(raw.FPDFFont_GetGlyphWidth, number, some, c_uint, c_float, some)
        self.render_mode = _bound(raw.FPDFTextObj_GetTextRenderMode, number, some)
        self.object = _bound(raw.FPDFPage_GetObject, some, some, number)
        self.inner_object = _bound(raw.FPDFFormObj_GetObject, some, some, c_uint)
        self.kind = _bound(raw.FPDFPageObj_GetType, number, some)


@cache
def calls() -> Calls:
    """The functions, bound once."""
    return Calls()


def address_of(handle: Any) -> int:
    """The address that a pointer holds; 0 for none."""
    return ctypes.cast(handle, c_void_p).value or 0


def _bound(function: Any, result: Any, *arguments: Any) -> Call:
    return ctypes.CFUNCTYPE(result, *arguments)(address_of(function))


_DEVICE_PX = 1 << 20  # side of the device that points are mapped to


class Affine(NamedTuple):
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def direction(self, x: float, y: float) -> tuple[float, float]:
        """Where a direction goes."""
        return self.a * x + self.c * y, self.b * x + self.d * y

    def box(self, x1: float, y1: float, x2: float, y2: float) -> Box:
        """The box around where a rectangle goes."""
        if not (self.b or self.c):
            x1, x2, y1, y2 = self.a * x1 + self.e, self.a * x2 + self.e, self.d * y1 + self.f, self.d * y2 + self.f
            return (
                Box(x1, y1, x2, y2)
                if x1 <= x2 and y1 <= y2
                else Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
            )
        points = [self.point(x, y) for x in (x1, x2) for y in (y1, y2)]
        xs, ys = zip(*points, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    def after(self, first: Affine) -> Affine:
        """The map that does `first`, then this."""
        a, b = self.direction(first.a, first.b)
        c, d = self.direction(first.c, first.d)
        return Affine(a, b, c, d, *self.point(first.e, first.f))


def to_upright(page: PdfPage, width: float, height: float) -> Affine:
    """Found by mapping three points: PDFium knows about rotation and crop box."""
    from pypdfium2 import raw

    def shown(x: float, y: float) -> tuple[float, float]:
        column, row = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, _DEVICE_PX, _DEVICE_PX, 0, x, y, column, row)
        return column.value / _DEVICE_PX * width, row.value / _DEVICE_PX * height

    step = max(width, height)
    (e, f), (x1, x2), (y1, y2) = shown(0, 0), shown(step, 0), shown(0, step)
    return Affine((x1 - e) / step, (x2 - f) / step, (y1 - e) / step, (y2 - f) / step, e, f)


MAX_DEPTH = 20  # of forms inside forms that are looked into
MAX_OBJECTS = 200_000  # of a page; a map with more is a picture in any case


class PageObject(NamedTuple):
    """An object, and where it stands."""

    address: int  # its identity while the page is open
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
