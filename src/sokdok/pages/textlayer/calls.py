"""PDFium's functions for glyphs, called by address: a page asks some ten thousand times.

Handles are addresses (0 for none), places to write to as well; half of a call's time would go into wrapping them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import c_float, c_int, c_uint, c_void_p
from functools import cache
from typing import Any

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
