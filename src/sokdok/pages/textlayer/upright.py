"""From the space of a PDF page to points of the page as it is shown."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, NamedTuple

from sokdok.imaging.box import Box

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

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
