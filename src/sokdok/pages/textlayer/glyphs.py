"""The characters of a page as they are drawn, in the order of the file, and what their fonts say of themselves.

- PDFium's own guesses (spaces, line ends) are left out: `words` looks at the gaps.
- A ligature is one glyph of several characters, which have one place in one object.
- Whether a glyph can be seen is decided by pixels (`sight`).
"""

from __future__ import annotations

import ctypes
import math
import re
import tomllib
from bisect import bisect_right
from codecs import BOM_UTF8, BOM_UTF16_BE
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import bidirectional, category, normalize

from sokdok.imaging.box import Box, level_point
from sokdok.pages.textlayer import Alphabet
from sokdok.pages.textlayer.objects import CALLS, PageObject, address_of

if TYPE_CHECKING:
    from pypdfium2 import PdfMatrix, PdfPage

FIXED_PITCH, ITALIC, FORCE_BOLD = 1 << 0, 1 << 6, 1 << 18  # flags of a font descriptor (ISO 32000-1, table 123)
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_ITALIC = re.compile(r"italic|oblique", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|typewriter|cmtt|inconsolata|menlo|fixed|code\b|coding", re.IGNORECASE)
_SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_ALPHABETS: dict[Alphabet, re.Pattern[str]] = {
    alphabet: re.compile(names, re.IGNORECASE) for alphabet, names in _SAID["alphabets"].items()
}
WIDE_AND_NARROW = "ilmwIMW.,"  # letters that are equally wide in no other font
MIN_WIDTHS = 3


class Font:
    """A font of the file; widths are in shares of its size."""

    def __init__(self, address: int) -> None:
        from pypdfium2 import raw

        self._address, handle = address, ctypes.cast(address, raw.FPDF_FONT)
        self._drawn: dict[str, float] = {}
        self._mono: bool | None = None
        name = ctypes.create_string_buffer(256)
        raw.FPDFFont_GetBaseFontName(handle, name, 256)
        called = name.value.decode("utf-8", "replace")
        self.tag = called or f"#{self._address:x}"
        """what the file calls it: of a part of a font other than any other part of it; else what it is known by here"""
        self.name = called.partition("+")[2] or called
        flags = max(0, raw.FPDFFont_GetFlags(handle))
        self.embedded = raw.FPDFFont_GetIsEmbedded(handle) != 0
        """whether its glyphs are in the file; those of others may be drawn by another font, or not at all"""
        self.bold = bool(_BOLD.search(self.name)) or bool(flags & FORCE_BOLD)  # PDFium's weight is a guess
        self.italic = bool(_ITALIC.search(self.name)) or bool(flags & ITALIC)
        self.alphabet: Alphabet = next((kind for kind, names in _ALPHABETS.items() if names.search(self.name)), "")
        self._fixed = bool(flags & FIXED_PITCH) or bool(_MONO.search(self.name))

    def width(self, text: str) -> float:
        """How far the glyph after a character stands; 0 if none says: of ligatures, of several forms, beyond U+FFFF."""
        found = ctypes.c_float()
        known = len(text) == 1 and text <= "\uffff" and direction(text) not in "R?" and self._address
        said = known and CALLS.FPDFFont_GetGlyphWidth(known, ord(text), 1000.0, ctypes.addressof(found))
        return max(0.0, found.value / 1000) if said else 0.0

    def drawn(self, text: str, width: float) -> None:
        """Take notice of how wide a glyph was drawn, in shares of the font's size."""
        if text in WIDE_AND_NARROW and text not in self._drawn:
            self._drawn[text] = width
            self._mono = None

    @property
    def mono(self) -> bool:
        """Whether all its letters are equally wide, as far as the page shows."""
        if self._mono is None:
            widths = self._drawn.values()
            both = all(any(char in self._drawn for char in chars) for chars in ("ilI.,", "mwMW"))
            alike = len(widths) >= MIN_WIDTHS and both and max(widths) - min(widths) < 0.02 * max(widths)
            self._mono = self._fixed or alike
        return self._mono


NO_INK = 0.02  # points that the box of an object without ink is high, at most
NO_INK_EM = 0.0015  # that the box of a glyph without ink is high, at most, in sizes of its type: PDFium says .001
SAME_PLACE = 0.01  # points
TEXT = 1  # kind of object (FPDF_PAGEOBJ_TEXT)
HIDDEN, CLIP = 3, 7  # render modes of type that is not painted itself (ISO 32000-1, table 106)
LEVEL_DEGREES = 3.0  # up to which type is level: a scan's text lies a little askew
LETTER_EM, DESCENT = 0.5, 0.2  # width of a letter if nobody says it, and what is below its line, in sizes of its type
NARROWEST_EM = 0.1  # of a letter
_SAME = {"Pd": "-", "Pi": "'", "Pf": "'", "Lm": "'", "Sk": "'", "~": "-", "∼": "-"}  # signs, or all of a category
_LIGATURES = frozenset(normalize("NFKC", chr(code)) for code in range(0xFB50, 0xFEFD))  # of letters that run leftwards
_HYPHEN = 2  # PDFium's mark for a hyphen that a line end made


class Glyph(NamedTuple):
    """A drawing of one character, or of several as a ligature; points of the upright page."""

    text: str
    box: Box  # from its origin to the next one's usual place, ascender to descender
    baseline: float
    em: float
    font: Font
    after_space: bool  # whether a space stands before it
    ink: Box  # around what is drawn of it
    lacking: bool  # whether it is painted, and its form is neither in the file nor on this machine
    address: int  # of the text object that it belongs to
    angle: float  # degrees clockwise by which it is turned; 0 where it runs from left to right
    level: Box  # its place in the frame of its angle (`imaging.box`)
    apart: bool = False  # whether it stands by itself in a box, or in a column of such, which is its line
    struck: bool = False  # whether a line goes through it


class _Style:
    """Type of one font, size and direction: its glyphs are the same wherever they stand."""

    def __init__(self, font: Font, matrix: PdfMatrix, upright: PdfMatrix) -> None:
        self.font, self.width = font, matrix.a
        self.em = math.hypot(matrix.c, matrix.d)
        on_page = matrix.multiply(upright)
        right, up = (on_page.a, on_page.b), (on_page.c, on_page.d)
        self.angle = _angle(right, up)
        self.lean = abs(up[0] / up[1]) if up[1] else 0.0  # how far slanted type reaches aside, of its height
        self.advance = math.hypot(matrix.a, matrix.b)
        self.boxes: dict[tuple[str, float], tuple[Box, Box, bool]] = {}
        """of each text and width (small capitals are letters, too), from its origin: place in the line, ink, no ink"""


class _Drawing(NamedTuple):
    """A glyph before its place is known: what the file says, and where it begins in page space."""

    first: int
    last: int  # its first and last character in PDFium's list
    text: str
    x: float
    y: float
    style: _Style
    address: int
    after_space: bool
    is_named: bool  # whether the file says what it shows; else its text is its code


Given = dict[int, tuple[int, str]]
"""texts given beside what is drawn (ActualText), by the addresses of text objects: that of the mark around them, which
gives it for all of them, and the text"""


class Glyphs:
    """Reads the glyphs of one page, whose objects are known; texts given beside them go into `given` the first time."""

    def __init__(self, page: PdfPage, upright: PdfMatrix, objects: Sequence[PageObject], given: Given) -> None:
        from pypdfium2 import raw

        self.page, self.upright, self._objects, self._given = page, upright, objects, given
        given.update(_take_given(objects))
        self._font = cache(Font)  # by their addresses, each looked at once
        self._styles: dict[tuple[float, ...], _Style] = {}
        self._rect, self._matrix = raw.FS_RECTF(), raw.FS_MATRIX(1, 0, 0, 1, 0, 0)
        self._size = ctypes.c_float()
        self._places = tuple(map(ctypes.addressof, (self._rect, self._matrix, self._size)))  # where PDFium writes
        self._sides = (ctypes.c_double * 4)()
        self._at_sides = [ctypes.addressof(self._sides) + 8 * side for side in range(4)]
        self._textpage = 0

    def read(self) -> list[Glyph]:
        """All characters that the file has, spaces apart."""
        with closing(self.page.get_textpage()) as textpage:
            self._textpage = address_of(textpage.raw)
            drawings = list(self._drawings(textpage.count_chars()))
            glyphs = list(self._spaced(list(map(self._glyph, _with_names(drawings)))))
            return _as_given(glyphs, self._given) if self._given else glyphs

    def _drawings(self, count: int) -> Iterator[_Drawing]:
        """Characters, those of one ligature together."""
        page = self._textpage
        drawing: _Drawing | None = None
        space, last = (math.inf, math.inf), 0
        for index in range(count):
            text = self._text(index, CALLS.FPDFText_GetUnicode(page, index))
            CALLS.FPDFText_GetCharOrigin(page, index, *self._at_sides[:2])
            x, y, *_ = self._sides
            if text == " ":
                space = space if CALLS.FPDFText_IsGenerated(page, index) else (x, y)
                continue
            address = CALLS.FPDFText_GetTextObject(page, index)
            if not address or not text:
                continue
            if drawing and address == last and drawing.x == x and drawing.y == y:
                said, turned = drawing.text + text, text + drawing.text  # by PDFium, but for what one sign says
                is_turned = direction(text) == "R" and (said not in _LIGATURES or turned in _LIGATURES)
                drawing = drawing._replace(text=turned if is_turned else said, last=index)
                continue
            if drawing:
                yield drawing
            if drawing is None or address != last:
                style, last = self._style(address, index), address
            is_named = CALLS.FPDFText_HasUnicodeMapError(page, index) != 1
            is_near = math.dist(space, (x, y)) <= math.dist(drawing[3:5] if drawing else (0, 0), (x, y))
            drawing = _Drawing(index, index, text, x, y, style, address, is_near, is_named)
            space = math.inf, math.inf
        if drawing:
            yield drawing

    def _spaced(self, glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
        """Spaces that browsers and Writer draw by themselves, objects without ink, are not in PDFium's list."""
        known = {glyph.address for glyph in glyphs}
        boxes = [item.bounds() for item in self._objects if item.kind == TEXT and item.address not in known]
        ends = [(x, box.bottom) for box in boxes if box.height <= NO_INK for x in (box.left, box.right)]
        places = sorted([(math.inf, 0), *((row(y), x) for x, y in ends for row in (math.floor, math.ceil))])
        for before, glyph in pairwise([*glyphs[:1], *glyphs]):
            line = round(glyph.baseline)
            is_behind = places[bisect_right(places, (line, before.box.left))] < (line, glyph.box.left)
            yield glyph._replace(after_space=True) if is_behind else glyph

    def _text(self, index: int, code: int) -> str:
        """What a character says: a space if it is one, nothing if it has no form, U+FFFD if nobody knows."""
        is_space, page = code in _SPACES, self._textpage
        char = "" if is_space or code < 32 else character(code)
        is_code = is_space and CALLS.FPDFText_HasUnicodeMapError(page, index) == 1  # which may show anything
        if is_code:
            is_code = self._font(CALLS.FPDFTextObj_GetFont(CALLS.FPDFText_GetTextObject(page, index))).embedded
        if is_space and not is_code or char or CALLS.FPDFText_IsGenerated(page, index):
            return char or " "
        if code == _HYPHEN and CALLS.FPDFText_IsHyphen(page, index):
            return "-"
        CALLS.FPDFText_GetCharBox(page, index, *self._at_sides)  # of a code without a name
        left, right, bottom, top = self._sides
        CALLS.FPDFText_GetLooseCharBox(page, index, self._places[0])
        em = max(self._rect.right - self._rect.left, self._rect.top - self._rect.bottom)
        return "\ufffd" if min(right - left, top - bottom) > NO_INK_EM * em else " " if code < 32 or is_space else ""

    def _glyph(self, drawing: _Drawing) -> Glyph:
        style = drawing.style
        has_forms = direction(drawing.text) in "R?"  # of Arabic letters, and of what no font names
        CALLS.FPDFText_GetLooseCharBox(self._textpage, drawing.first, self._places[0])
        key = drawing.text, round(self._rect.right - self._rect.left, 2)
        offsets = None if has_forms else style.boxes.get(key)
        x, y = self.upright.on_point(drawing.x, drawing.y)
        if offsets is None:
            offset, ink = (box.moved(-x, -y) for box in self._boxes(drawing, x, y))
            bare = min(ink.width, ink.height) <= NO_INK_EM * style.em
            ink = offset.grown(-offset.width / 4, 0) if bare else ink  # its neighbours' reaches into the rest
            offsets = style.boxes[key] = offset, ink, bare
        offset, ink, bare = offsets
        box, ink = offset.moved(x, y), ink.moved(x, y)
        lacking = bare and not style.font.embedded
        lacking = lacking and CALLS.FPDFTextObj_GetTextRenderMode(drawing.address) not in (HIDDEN, CLIP)
        em, level = style.em or box.height or 1.0, self._level(drawing, x, y) if style.angle else box
        text, space, address = drawing.text, drawing.after_space, drawing.address
        return Glyph(text, box, y, em, style.font, space, ink, lacking, address, style.angle, level)

    def _level(self, drawing: _Drawing, x: float, y: float) -> Box:
        """The box of a turned glyph in the frame of its angle, from where it begins on the upright page."""
        style = drawing.style
        left, baseline = level_point(x, y, style.angle)
        width = style.font.width(drawing.text) * style.advance or LETTER_EM * style.em * len(drawing.text)
        return Box(left, baseline - (1 - DESCENT) * style.em, left + width, baseline + DESCENT * style.em)

    def _boxes(self, drawing: _Drawing, x: float, y: float) -> tuple[Box, Box]:
        """The box of a glyph, from its origin to where the next glyph stands, and the box around what is drawn of it,
        which may reach beyond, as that of an f.
        """
        style, rect, boxes, inks = drawing.style, self._rect, list[Box](), list[Box]()
        for index in range(drawing.first, drawing.last + 1):  # PDFium shares a ligature out among its parts
            CALLS.FPDFText_GetLooseCharBox(self._textpage, index, self._places[0])
            boxes.append(Box(*self.upright.on_rect(rect.left, rect.bottom, rect.right, rect.top)))
            CALLS.FPDFText_GetCharBox(self._textpage, index, *self._at_sides)
            left, right, bottom, top = self._sides
            inks.append(Box(*self.upright.on_rect(left, bottom, right, top)))
        box, ink = Box.around(boxes), Box.around(inks)
        if not style.angle:
            # PDFium's box holds the ink, too. Where it says no more the font is asked.
            width = style.font.width(drawing.text) * style.width
            hangs = box.right <= ink.right + style.lean * box.height + SAME_PLACE
            right = min(box.right, x + width) if hangs and width > 0 else box.right
            style.font.drawn(drawing.text, (right - x) / (style.em or 1.0))
            box = box._replace(left=x, right=max(right, x + 1e-3))
        return box, ink

    def _style(self, address: int, index: int) -> _Style:
        from pypdfium2 import PdfMatrix

        matrix, font = self._matrix, CALLS.FPDFTextObj_GetFont(address) or 0
        CALLS.FPDFTextObj_GetFontSize(address, self._places[2])
        CALLS.FPDFText_GetMatrix(self._textpage, index, self._places[1])
        key = (font, self._size.value, matrix.a, matrix.b, matrix.c, matrix.d)
        style = self._styles.get(key)
        if style is None:
            size = self._size.value or 1.0  # negative in files whose matrix turns the page's space around
            place = PdfMatrix(*(size * side for side in key[2:]))
            style = self._styles[key] = _Style(self._font(font), place, self.upright)
        return style


def _with_names(drawings: Sequence[_Drawing]) -> Iterator[_Drawing]:
    """Drawings with the character that each shows, U+FFFD where the file does not say it.

    A font without a map from codes to characters is taken to mean ASCII by its codes, unless most of its codes are no
    character then: it numbers its signs in a way of its own. What codes of fonts of mathematics mean is known. Where
    letters of Arabic come up beside mostly unmapped codes, PDFium has made them of codes, too.
    """
    named, codes = (Counter(it.style.font for it in drawings if it.is_named is one) for one in (True, False))
    lost = Counter(it.style.font for it in drawings if not it.is_named and it.text == "\ufffd")
    for drawing in drawings:
        font = drawing.style.font
        if drawing.text >= "\ud800":  # PDFium gives two halves of characters beyond U+FFFF
            text = drawing.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            drawing = drawing._replace(text=text)
        unknown = named[font] > 0 or drawing.text > "~" or 2 * lost[font] > codes[font]
        if drawing.is_named:
            unknown = codes[font] > named[font] and direction(drawing.text) == "R"
        yield drawing._replace(text="\ufffd") if unknown and not font.alphabet else drawing


def _take_given(objects: Iterable[PageObject]) -> Given:
    """Such texts of a page, taken away: PDFium would say them for the glyphs, and where those are otherwise."""
    from pypdfium2 import raw

    found, marks, size = Given(), dict[int, tuple[Any, Any]](), ctypes.c_ulong()
    for item in objects:
        for index in range(CALLS.FPDFPageObj_CountMarks(item.address)):
            mark = raw.FPDFPageObj_GetMark(item.handle, index)
            if raw.FPDFPageObjMark_GetParamBlobValue(mark, b"ActualText", None, 0, size):
                data = (ctypes.c_ubyte * size.value)()
                raw.FPDFPageObjMark_GetParamBlobValue(mark, b"ActualText", data, size.value, size)
                codec = {BOM_UTF16_BE: "utf-16", BOM_UTF8[:2]: "utf-8-sig"}.get(bytes(data[:2]), "latin-1")
                found[item.address] = address_of(mark), bytes(data).decode(codec, "replace")
                marks[address_of(mark)] = item.handle, mark
    for handle, mark in marks.values():
        raw.FPDFPageObjMark_RemoveParam(handle, mark, b"ActualText")
    return found


def _as_given(glyphs: Sequence[Glyph], given: Given) -> list[Glyph]:
    """Glyphs with the texts that a file gives beside them, as far as those say what is drawn.

    Capitals and the order of marks may be others than by the font, and what it has no name for anything that has room:
    then the first glyph has the text in the place of all, the others none. Fonts with marks have names for words.
    """
    found, groups = list(glyphs), defaultdict[int, list[int]](list)
    for at, glyph in enumerate(glyphs):
        if glyph.address in given:
            groups[given[glyph.address][0]].append(at)
    for places in groups.values():
        group = [glyphs[at] for at in places]
        own, codes = "".join(it.text for it in group), map(ord, given[group[0].address][1])
        said = "".join(character(code) for code in codes if code not in _SPACES)
        own_marks, marks = (sum(category(char)[0] == "M" for char in text) for text in (own, said))
        box, ink, level = (Box.around(getattr(it, name) for it in group) for name in ("box", "ink", "level"))
        has_room = level.width >= NARROWEST_EM * group[0].em * (len(said) - marks)
        holds = (is_unmapped(own) or marks) and not Counter(_plain(own)) - Counter(_plain(said))
        if len(said) == len(group) == len(own) and _plain(said) == _plain(own):
            for at, char in zip(places, said, strict=True):
                found[at] = glyphs[at]._replace(text=char)
        elif said and has_room and (holds or own_marks):
            for at in places:
                found[at] = glyphs[at]._replace(text="")
            found[places[0]] = group[0]._replace(text=said, box=box, ink=ink, level=level)
    return found


def _plain(text: str) -> str:
    """What fonts name of a text, without capitals, ligatures, kinds of dashes and quotation marks: ʻ is as ‘."""
    plain = normalize("NFKC", text).casefold()
    return "".join(_SAME.get(it, _SAME.get(category(it), it)) for it in plain if not is_unmapped(it))


_SPACES = frozenset({0x20, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF})


def _angle(right: tuple[float, float], up: tuple[float, float]) -> float:
    """Degrees clockwise between where type runs on the upright page and its right; a mirror turns nothing around."""
    angle = math.degrees(math.atan2(right[1], right[0]))
    if right[0] * up[1] > right[1] * up[0] and abs(angle) > 90:
        angle -= math.copysign(180, angle)
    return 0.0 if abs(angle) <= LEVEL_DEGREES else round(angle, 1) % 360


@lru_cache(4096)
def character(code: int) -> str:
    """A character or half of one (UTF-16), U+FFFD for what is none, nothing for marks that have no form."""
    if code > 0x10FFFF or code == 0:
        return "\ufffd"
    char = SYMBOLS.get(code) or chr(code)
    return char if char.isprintable() or is_unmapped(char) or "\ud800" <= char < "\ue000" else ""


@lru_cache(4096)
def direction(text: str) -> str:
    """Where a glyph's text runs: R to the left, L to the right, 1 as a number; ? if nobody knows, a comma for signs."""
    kinds = {"R": "R", "AL": "R", "L": "L", "EN": "1", "AN": "1"}
    return "?" if is_unmapped(text) else kinds.get(bidirectional(text[0]), ",")


def is_unmapped(text: str) -> bool:
    """Whether a glyph's text says nothing to anyone but its font."""
    return any(char == "\ufffd" or "\ue000" <= char < "\uf900" or char >= "\U000f0000" for char in text)


SYMBOLS = {int(code, 16) + at: sign for code, signs in _SAID["symbols"].items() for at, sign in enumerate(signs)}
