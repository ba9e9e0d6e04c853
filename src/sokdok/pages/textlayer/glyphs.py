"""The characters of a page as they are drawn, in the order of the file, and whether they can be seen.

- PDFium's own guesses (spaces, line ends) are left out: `words` looks at the gaps.
- A ligature is one glyph of several characters, which have one place in one object.
- Seen is what is not transparent, not in an invisible mode, on the page, inside its clip, unlike its ground, and not
  covered by what is painted later. Behind a picture is what is invisible where one is, or covered by one: text
  recognition leaves its findings so.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sokdok.imaging.box import Box
from sokdok.pages.textlayer.fonts import Font, Fonts
from sokdok.pages.textlayer.layer import Color
from sokdok.pages.textlayer.objects import PageObject, address_of, color_of
from sokdok.pages.textlayer.paths import clip_of
from sokdok.pages.textlayer.upright import Affine

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MIN_CONTRAST = 16
"""of 255 by which some channel of the type's colour differs from its ground, if it can be seen"""
Sight = Literal["seen", "behind", "unseen"]
"""whether a glyph can be seen, lies behind a picture, or can't be seen for another reason"""
PAPER: Color = (255, 255, 255)
_HYPHEN = 2
"""PDFium's mark for a hyphen that a line end made"""


class Glyph(NamedTuple):
    """A drawing of one character, or of several as a ligature; points of the upright page."""

    text: str
    box: Box
    """from its origin to the next one's usual place, ascender to descender"""
    baseline: float
    em: float
    font: Font
    turned: bool
    after_space: bool
    """whether a space character comes before it"""
    sight: Sight


@dataclass(frozen=True)
class Painted:
    """A rectangle that was painted; None for the colours of a picture."""

    order: int
    box: Box
    color: Color | None
    opaque: bool


class Ground:
    """What lies under and over text."""

    def __init__(self, painted: Sequence[Painted], page: Box) -> None:
        self.painted, self.page = sorted(painted, key=lambda one: one.order), page

    def color_at(self, x: float, y: float, order: int) -> Color | None:
        """What is painted there before an object; None where a picture is."""
        for one in reversed(self.painted):
            if one.order < order and one.opaque and one.box.holds(x, y):
                return one.color
        return PAPER

    def covered(self, x: float, y: float, order: int) -> Sight:
        """What becomes of an object by what is painted over it there."""
        over = [one for one in self.painted if one.order > order and one.opaque and one.box.holds(x, y)]
        if not over:
            return "seen"
        return "behind" if any(one.color is None for one in over) else "unseen"

    def has_picture(self, x: float, y: float) -> bool:
        """Whether a picture is there."""
        return any(one.color is None and one.box.holds(x, y) for one in self.painted)


class _Object(NamedTuple):
    """What the glyphs of a text object have in common."""

    order: int
    font: Font
    size: float
    color: Color
    shown: bool
    """in a mode that paints"""
    clip: Box | None


class _Drawing(NamedTuple):
    """A glyph before its place is known: what the file says, and where it begins in page space."""

    first: int
    last: int
    """its first and last character in PDFium's list"""
    text: str
    address: int
    x: float
    y: float
    shared: _Object
    after_space: bool

    def goes_on(self, address: int, x: float, y: float) -> bool:
        """Whether a character is another part of this ligature."""
        return (address, x, y) == (self.address, self.x, self.y)


class Glyphs:
    """Reads the glyphs of one page."""

    def __init__(self, page: PdfPage, upright: Affine, texts: Sequence[PageObject], ground: Ground) -> None:
        from pypdfium2 import raw

        self.page, self.upright, self.ground = page, upright, ground
        self._texts = {text.address: text for text in texts}
        self._fonts = Fonts()
        self._address = 0
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._rect, self._matrix = raw.FS_RECTF(), raw.FS_MATRIX(1, 0, 0, 1, 0, 0)
        self._last: _Object | None = None

    def read(self) -> Iterator[Glyph]:
        """All characters that the file has, spaces apart."""
        from pypdfium2 import raw

        textpage = self.page.get_textpage()
        try:
            drawing: _Drawing | None = None
            after_space = False
            for index in range(textpage.count_chars()):
                code = raw.FPDFText_GetUnicode(textpage, index)
                if (code < 33 or code in _SPACES) and code != _HYPHEN:
                    after_space = after_space or not raw.FPDFText_IsGenerated(textpage, index)
                    continue
                text = "-" if code == _HYPHEN else character(code)
                handle = raw.FPDFText_GetTextObject(textpage, index)
                if not handle or not text:
                    continue
                x, y = self._origin(textpage, index)
                address = address_of(handle)
                if drawing and drawing.goes_on(address, x, y):
                    drawing = drawing._replace(text=drawing.text + text, last=index)
                    continue
                if drawing:
                    yield self._glyph(textpage, drawing)
                drawing = _Drawing(index, index, text, address, x, y, self._object(handle, address), after_space)
                after_space = False
            if drawing:
                yield self._glyph(textpage, drawing)
        finally:
            textpage.close()

    def _origin(self, textpage: Any, index: int) -> tuple[float, float]:
        from pypdfium2 import raw

        raw.FPDFText_GetCharOrigin(textpage, index, self._x, self._y)
        return self._x.value, self._y.value

    def _glyph(self, textpage: Any, drawing: _Drawing) -> Glyph:
        from pypdfium2 import raw

        rect, matrix, shared = self._rect, self._matrix, drawing.shared
        raw.FPDFText_GetLooseCharBox(textpage, drawing.first, rect)
        raw.FPDFText_GetMatrix(textpage, drawing.first, matrix)
        em = shared.size * (matrix.c**2 + matrix.d**2) ** 0.5
        right, down = self.upright.direction(matrix.a, matrix.b)
        turned = right < abs(down)
        box = self.upright.box(rect.left, rect.bottom, rect.right, rect.top)
        if drawing.last > drawing.first:  # PDFium shares the box of a ligature out among its parts
            raw.FPDFText_GetLooseCharBox(textpage, drawing.last, rect)
            box = Box.around([box, self.upright.box(rect.left, rect.bottom, rect.right, rect.top)])
        x, y = self.upright.point(drawing.x, drawing.y)
        if not turned:
            shared.font.drawn(drawing.text, box.width / (em or 1.0))
            box = self._advance(box, x, drawing.text, shared, matrix.a)
        sight = self._sight(box, shared)
        return Glyph(drawing.text, box, y, em or box.height or 1.0, shared.font, turned, drawing.after_space, sight)

    def _advance(self, box: Box, x: float, text: str, shared: _Object, scale: float) -> Box:
        """The box from the origin to where the next glyph stands; ink may reach beyond, as that of an f does."""
        width = shared.font.width(text) * shared.size * scale
        right = min(box.right, x + width) if width > 0 else box.right
        return box._replace(left=x, right=max(right, x + 1e-3))

    def _object(self, handle: Any, address: int) -> _Object:
        """What is asked of an object once: its glyphs follow each other."""
        if self._last is None or address != self._address:
            self._address, self._last = address, self._read_object(handle, address)
        return self._last

    def _read_object(self, handle: Any, address: int) -> _Object:
        from pypdfium2 import raw

        found = self._texts.get(address)
        size = ctypes.c_float()
        raw.FPDFTextObj_GetFontSize(handle, size)
        mode = raw.FPDFTextObj_GetTextRenderMode(handle)
        color, alpha = color_of(handle, stroke=mode in _STROKED)
        font = self._fonts.of(raw.FPDFTextObj_GetFont(handle))
        place, order = (found.place, found.order) if found else (self.upright, 0)
        return _Object(
            order, font, size.value or 1.0, color, mode not in _UNPAINTED and alpha > 0, clip_of(handle, place)
        )

    def _sight(self, box: Box, shared: _Object) -> Sight:
        x, y = box.middle
        if not self.ground.page.holds(x, y) or (shared.clip and not shared.clip.holds(x, y)):
            return "unseen"
        if not shared.shown:
            return "behind" if self.ground.has_picture(x, y) else "unseen"
        ground = self.ground.color_at(x, y, shared.order)
        if ground and max(abs(a - b) for a, b in zip(ground, shared.color, strict=True)) < MIN_CONTRAST:
            return "unseen"
        return self.ground.covered(x, y, shared.order)


_SPACES = frozenset({0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF})
_STROKED = (1, 5)
_UNPAINTED = (3, 7)
"""render modes of ISO 32000-1, table 106"""


def character(code: int) -> str:
    """A character, U+FFFD for what is none, nothing for marks that have no form."""
    if code > 0x10FFFF or 0xD800 <= code < 0xE000 or code == 0:
        return "\ufffd"
    char = SYMBOLS.get(code) or chr(code)
    return char if char.isprintable() or is_unmapped(char) else ""


def is_unmapped(text: str) -> bool:
    """Whether a glyph's text says nothing to anyone but its font."""
    return any(char == "\ufffd" or "\ue000" <= char < "\uf900" for char in text)


SYMBOLS = {
    0xF0B7: "•", 0xF0A7: "▪", 0xF0A8: "◻", 0xF0D8: "➢", 0xF0FC: "✓", 0xF06F: "□", 0xF071: "❑", 0xF076: "❖",
    0xF075: "◆", 0xF06E: "■", 0xF06C: "●", 0xF0E0: "→", 0xF0BE: "–",
}  # fmt: skip
"""private code points by which Symbol and Wingdings, which word processors take bullets from, are known"""
