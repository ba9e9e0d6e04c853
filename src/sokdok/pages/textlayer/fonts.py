"""What the fonts of a page say of themselves: weight, slant, widths of their glyphs."""

from __future__ import annotations

import ctypes
import re
from typing import Any

from sokdok.pages.textlayer.calls import address_of, calls
from sokdok.pages.textlayer.layer import Alphabet

FIXED_PITCH, ITALIC, FORCE_BOLD = 1 << 0, 1 << 6, 1 << 18  # flags of a font descriptor (ISO 32000-1, table 123)
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_ITALIC = re.compile(r"italic|oblique", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|typewriter|cmtt|inconsolata|menlo|fixed|code\b|coding", re.IGNORECASE)
_ALPHABETS: tuple[tuple[Alphabet, re.Pattern[str]], ...] = (
    ("pieces", re.compile(r"cmb?ex\d|lmmathext|lmex|euex|[tp]xex|mt-?extra|(mathjax|katex)_size|esint", re.IGNORECASE)),
    ("bb", re.compile(r"msbm|bbm|dsrom|dsss|(mathjax|katex)_ams", re.IGNORECASE)),
    ("frak", re.compile(r"euf[mb]|fraktur", re.IGNORECASE)),
    ("cal", re.compile(r"cmb?sy\d|lmmathsymbols|[tp]xsy|eus[mb]\d|rsfs|(mathjax|katex)_caligraphic", re.IGNORECASE)),
    ("italic", re.compile(r"cmmib?\d|[tp]xmi|lmmathitalic", re.IGNORECASE)),
    ("math", re.compile(r"msam|euler|math", re.IGNORECASE)),
)  # names of the fonts of TeX, of browsers, and of word processors, whose fonts for formulas are called so
WIDE_AND_NARROW = "ilmwIMW.,"  # letters that are equally wide in no other font
MIN_WIDTHS = 3


class Font:
    """A font of the file; widths are in shares of its size."""

    def __init__(self, handle: Any) -> None:
        from pypdfium2 import raw

        self._address = address_of(handle)
        self._widths: dict[str, float] = {}
        self._drawn: dict[str, float] = {}
        self._mono: bool | None = None
        called = _name(handle)
        self.tag = called or f"#{self._address:x}"
        """what the file calls it: of a part of a font other than any other part of it; else what it is known by here"""
        self.name = called.partition("+")[2] or called
        flags = raw.FPDFFont_GetFlags(handle) if handle else 0
        flags = max(flags, 0)
        self.embedded = not handle or raw.FPDFFont_GetIsEmbedded(handle) != 0
        """whether its glyphs are in the file; those of others may be drawn by another font, or not at all"""
        self.bold = bool(_BOLD.search(self.name)) or bool(flags & FORCE_BOLD)  # the weight that PDFium tells is a guess
        self.italic = bool(_ITALIC.search(self.name)) or bool(flags & ITALIC)
        self.alphabet: Alphabet = next((kind for kind, names in _ALPHABETS if names.search(self.name)), "")
        self._fixed = bool(flags & FIXED_PITCH) or bool(_MONO.search(self.name))

    def width(self, text: str) -> float:
        """How far the glyph after a character stands; 0 if the font does not say, as of ligatures and beyond U+FFFF."""
        width = self._widths.get(text)
        if width is None:
            width = self._widths[text] = self._look_up(text) if len(text) == 1 and text <= "\uffff" else 0.0
        return width

    def _look_up(self, char: str) -> float:
        width = ctypes.c_float()
        known = self._address and calls().glyph_width(self._address, ord(char), 1000.0, ctypes.addressof(width))
        return max(0.0, width.value / 1000) if known else 0.0

    def drawn(self, text: str, width: float) -> None:
        """Take notice of how wide a glyph was drawn, in shares of the font's size."""
        if text in WIDE_AND_NARROW and text not in self._drawn:
            self._drawn[text] = width
            self._mono = None

    @property
    def mono(self) -> bool:
        """Whether all its letters are equally wide, as far as the page shows."""
        if self._mono is None:
            self._mono = self._fixed or self._looks_mono()
        return self._mono

    def _looks_mono(self) -> bool:
        widths = self._drawn.values()
        narrow, wide = (any(char in self._drawn for char in chars) for chars in ("ilI.,", "mwMW"))
        return len(widths) >= MIN_WIDTHS and narrow and wide and max(widths) - min(widths) < 0.02 * max(widths)


class Fonts:
    """The fonts of a page, each looked at once."""

    def __init__(self) -> None:
        self._fonts: dict[int, Font] = {}

    def of(self, address: int) -> Font:
        """The font at an address, as a text object names it."""
        font = self._fonts.get(address)
        if font is None:
            from pypdfium2 import raw

            font = self._fonts[address] = Font(ctypes.cast(address, raw.FPDF_FONT))
        return font


def _name(handle: Any) -> str:
    from pypdfium2 import raw

    if not handle:
        return ""
    buffer = ctypes.create_string_buffer(256)
    raw.FPDFFont_GetBaseFontName(handle, buffer, 256)
    return buffer.value.decode("utf-8", "replace")
