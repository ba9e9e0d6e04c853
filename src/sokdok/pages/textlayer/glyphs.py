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
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from sokdok.imaging.box import Box
from sokdok.pages.textlayer.calls import address_of, calls
from sokdok.pages.textlayer.fonts import Font, Fonts
from sokdok.pages.textlayer.layer import Color
from sokdok.pages.textlayer.objects import PageObject
from sokdok.pages.textlayer.paths import clip_of
from sokdok.pages.textlayer.upright import Affine

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MIN_CONTRAST = 16
"""of 255 by which some channel of the type's colour differs from its ground, if it can be seen"""
Sight = Literal["seen", "behind", "unseen"]
"""whether a glyph can be seen, lies behind a picture, or can't be seen for another reason"""
PAPER: Color = (255, 255, 255)
INK: Color = (0, 0, 0)
BAND = 24.0
"""points of height that what is painted is looked up by"""
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
        self.page = page
        self._bands: dict[int, list[Painted]] = {}
        for one in sorted(painted, key=lambda one: one.order):
            box = one.box.intersection(page)
            for band in range(int(box.top // BAND), int(box.bottom // BAND) + 1):
                self._bands.setdefault(band, []).append(one)

    def sight(self, x: float, y: float, look: _Look) -> Sight:
        """Whether type can be seen there."""
        if not self.page.holds(x, y) or (look.clip and not look.clip.holds(x, y)):
            return "unseen"
        here = [one for one in self._bands.get(int(y // BAND), ()) if one.box.holds(x, y)]
        if not look.shown:
            return "behind" if any(one.color is None for one in here) else "unseen"
        if not here:
            return "seen" if look.on_paper else "unseen"
        return self._sight_among([one for one in here if one.opaque], look)

    def _sight_among(self, here: Sequence[Painted], look: _Look) -> Sight:
        """Whether type can be seen among what is painted there, in order."""
        under = [one.color for one in here if one.order < look.order]
        over = [one.color for one in here if one.order > look.order]
        ground = under[-1] if under else PAPER
        if ground is not None and not _differ(ground, look.color):
            return "unseen"
        return "seen" if not over else "behind" if None in over else "unseen"


class _Look(NamedTuple):
    """How a text object is painted."""

    order: int
    color: Color
    on_paper: bool
    """whether it is unlike paper"""
    shown: bool
    """in a mode that paints"""
    clip: Box | None


class _Style:
    """Type of one font, size and direction: its glyphs are the same wherever they stand."""

    def __init__(self, font: Font, size: float, matrix: Affine, upright: Affine) -> None:
        self.font, self.width = font, size * matrix.a
        self.em = size * (matrix.c**2 + matrix.d**2) ** 0.5
        right, down = upright.direction(matrix.a, matrix.b)
        self.turned = right < abs(down)
        self.boxes: dict[str, Box] = {}
        """of each text, from its origin"""


class _Drawing(NamedTuple):
    """A glyph before its place is known: what the file says, and where it begins in page space."""

    first: int
    last: int
    """its first and last character in PDFium's list"""
    text: str
    x: float
    y: float
    style: _Style
    look: _Look
    after_space: bool


class Glyphs:
    """Reads the glyphs of one page."""

    def __init__(self, page: PdfPage, upright: Affine, texts: Sequence[PageObject], ground: Ground) -> None:
        from pypdfium2 import raw

        self.page, self.upright, self.ground = page, upright, ground
        self._texts = {text.address: text for text in texts}
        self._fonts = Fonts()
        self._styles: dict[tuple[float, ...], _Style] = {}
        self._calls = calls()
        self._rect, self._matrix = raw.FS_RECTF(), raw.FS_MATRIX(1, 0, 0, 1, 0, 0)
        self._size = ctypes.c_float()
        self._places = tuple(map(ctypes.addressof, (self._rect, self._matrix, self._size)))
        """where PDFium writes these three"""
        self._colors = (ctypes.c_uint * 4)()
        start = ctypes.addressof(self._colors)
        self._channels = [start + 4 * channel for channel in range(4)]
        self._textpage = 0

    def read(self) -> list[Glyph]:
        """All characters that the file has, spaces apart."""
        textpage = self.page.get_textpage()
        try:
            self._textpage = address_of(textpage.raw)
            return [self._glyph(drawing) for drawing in self._drawings(textpage.count_chars())]
        finally:
            textpage.close()

    def _drawings(self, count: int) -> Iterator[_Drawing]:
        """Characters, those of one ligature together."""
        page, call = self._textpage, self._calls
        px, py = ctypes.c_double(), ctypes.c_double()
        at_x, at_y = ctypes.addressof(px), ctypes.addressof(py)
        drawing: _Drawing | None = None
        after_space, last = False, 0
        for index in range(count):
            code = call.unicode(page, index)
            if (code < 33 or code in _SPACES) and code != _HYPHEN:
                after_space = after_space or not call.is_generated(page, index)
                continue
            text = "-" if code == _HYPHEN else character(code)
            address = call.text_object(page, index)
            if not address or not text:
                continue
            call.origin(page, index, at_x, at_y)
            x, y = px.value, py.value
            if drawing:
                if address == last and drawing.x == x and drawing.y == y:
                    drawing = drawing._replace(text=drawing.text + text, last=index)
                    continue
                yield drawing
            if drawing is None or address != last:
                style, look = self._style(address, index), self._look(address)
                last = address
            drawing = _Drawing(index, index, text, x, y, style, look, after_space)
            after_space = False
        if drawing:
            yield drawing

    def _glyph(self, drawing: _Drawing) -> Glyph:
        style = drawing.style
        offset = style.boxes.get(drawing.text)
        x, y = self.upright.point(drawing.x, drawing.y)
        if offset is None:
            offset = style.boxes[drawing.text] = self._offset(drawing, x, y)
        box = Box(x + offset.left, y + offset.top, x + offset.right, y + offset.bottom)
        sight = self.ground.sight((box.left + box.right) / 2, (box.top + box.bottom) / 2, drawing.look)
        em = style.em or box.height or 1.0
        return Glyph(drawing.text, box, y, em, style.font, style.turned, drawing.after_space, sight)

    def _offset(self, drawing: _Drawing, x: float, y: float) -> Box:
        """The box of a glyph, from its origin to where the next glyph stands: ink may reach beyond, as that of an f."""
        style = drawing.style
        box = self._loose_box(drawing.first)
        if drawing.last > drawing.first:  # PDFium shares the box of a ligature out among its parts
            box = Box.around([box, self._loose_box(drawing.last)])
        if not style.turned:
            style.font.drawn(drawing.text, box.width / (style.em or 1.0))
            width = style.font.width(drawing.text) * style.width
            right = min(box.right, x + width) if width > 0 else box.right
            box = box._replace(left=x, right=max(right, x + 1e-3))
        return box.moved(-x, -y)

    def _loose_box(self, index: int) -> Box:
        rect = self._rect
        self._calls.loose_box(self._textpage, index, self._places[0])
        return self.upright.box(rect.left, rect.bottom, rect.right, rect.top)

    def _style(self, address: int, index: int) -> _Style:
        call, matrix = self._calls, self._matrix
        font = call.font(address) or 0
        call.font_size(address, self._places[2])
        call.matrix(self._textpage, index, self._places[1])
        key = (font, self._size.value, matrix.a, matrix.b, matrix.c, matrix.d)
        style = self._styles.get(key)
        if style is None:
            place = Affine(matrix.a, matrix.b, matrix.c, matrix.d)
            style = _Style(self._fonts.of(font), self._size.value or 1.0, place, self.upright)
            self._styles[key] = style
        return style

    def _look(self, address: int) -> _Look:
        found = self._texts.get(address)
        place, order = (found.place, found.order) if found else (self.upright, 0)
        mode = self._calls.render_mode(address)
        get = self._calls.stroke_color if mode in _STROKED else self._calls.fill_color
        color, alpha = INK, 255  # where the file does not say
        if get(address, *self._channels):
            red, green, blue, alpha = self._colors
            color = (red, green, blue)
        shown = mode not in _UNPAINTED and alpha > 0
        return _Look(order, color, _unlike_paper(color), shown, self._clip(address, place))

    def _clip(self, address: int, place: Affine) -> Box | None:
        path = self._calls.clip(address)
        return clip_of(address, place) if path and self._calls.clip_paths(path) > 0 else None


def _differ(a: Color, b: Color) -> bool:
    """Whether two colours can be told apart."""
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]), abs(a[2] - b[2])) >= MIN_CONTRAST


@lru_cache(256)
def _unlike_paper(color: Color) -> bool:
    return _differ(PAPER, color)


_SPACES = frozenset({0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF})
_STROKED = (1, 5)
_UNPAINTED = (3, 7)
"""render modes of ISO 32000-1, table 106"""


@lru_cache(4096)
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
