"""The text layer of a PDF page: its glyphs as PDFium finds them, put together to pieces of lines.

- Spaces come from the gaps between glyphs as well as from space characters: Hancom's and TeX's PDFs have none. A gap is
  measured against the usual one of its line, so that neither letter spacing nor condensed type makes or hides a space.
- Content order groups glyphs only into pieces of one line; what comes first on the page, `layout` says.
- Boxes are points of the upright page, origin top left, whatever its rotation and crop box.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from sokdok.imaging.box import Box

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

SPACE_EM = 0.16
"""a gap wider than the line's usual one by this much is a space; TeX shrinks its spaces to .22 em, kerning stays below
.1"""
SPLIT_EM = 1.5
"""a gap as wide as this divides columns or cells"""
MAX_TRACKING_EM = 0.12
"""a usual gap above this counts as letter spacing only in a piece of `MANY` glyphs or more"""
MANY = 8
"""glyphs whose median gap says how a line is spaced"""
MIN_PICTURE_SHARE = 0.01
"""of the page: smaller pictures are ornaments"""
MAX_PICTURE_SHARE = 0.8
"""of the page: a larger picture is the scan of a page"""
_DEVICE_PX = 1 << 20
"""side of the device that points are mapped to"""
_HYPHEN = "\x02"
"""PDFium's mark for a hyphen that a line end made"""


class Glyph(NamedTuple):
    """One character as drawn; points, origin top left."""

    text: str
    box: Box
    em: float
    turned: bool
    """whether it is not drawn from left to right"""
    after_space: bool
    """whether a space character comes before it"""


@dataclass(frozen=True)
class Piece:
    """Glyphs of one line without a wide gap."""

    text: str
    box: Box
    """points, origin at the top left of the upright page"""
    em: float
    """size of the type in points"""
    turned: bool = False
    """whether it is not drawn from left to right"""


@dataclass(frozen=True)
class TextLayer:
    """What a PDF page says in its text layer."""

    pieces: tuple[Piece, ...]
    """in the order of the file, which may be any; `layout.text_layer` puts them in reading order"""
    size: tuple[float, float]
    """width and height of the upright page in points"""
    unmapped: float
    """share of glyphs whose character is unknown: fonts without a usable map give nonsense"""
    pictures: tuple[Box, ...] = ()
    """embedded pictures of some size that are not the page itself, in points"""


def text_layer(page: PdfPage) -> TextLayer:
    """Read the layer of a page; without text it has no pieces."""
    width, height = page.get_size()
    upright = _to_upright(page, width, height)
    glyphs = list(_glyphs(page, upright))
    unmapped = sum(_is_unmapped(glyph.text) for glyph in glyphs) / max(1, len(glyphs))
    pieces = _without_copies([_piece(run) for run in _runs(glyphs)], width, height)
    return TextLayer(tuple(pieces), (width, height), unmapped, tuple(_pictures(page, upright, width, height)))


def _pictures(page: PdfPage, upright: _Upright, width: float, height: float) -> Iterator[Box]:
    from pypdfium2 import raw

    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        box = upright.box(*item.get_bounds()).clipped(width, height)
        if MIN_PICTURE_SHARE < box.area / (width * height) < MAX_PICTURE_SHARE:
            yield box


def _glyphs(page: PdfPage, upright: _Upright) -> Iterator[Glyph]:
    """Drawn characters in content order, without those that PDFium puts in by its own guess."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        after_space = False
        for index in range(textpage.count_chars()):
            char = _char(raw.FPDFText_GetUnicode(textpage, index))
            if raw.FPDFText_IsGenerated(textpage, index) == 1:
                continue
            if char != _HYPHEN and (char.isspace() or not char.isprintable() and not _is_unmapped(char)):
                after_space = True
                continue
            yield _glyph(raw, textpage, index, "-" if char == _HYPHEN else char, upright, after_space)
            after_space = False
    finally:
        textpage.close()


def _char(code: int) -> str:
    """Lone surrogates, which PDFium hands out one by one above the basic plane of a bad map, are no characters."""
    return "�" if code > 0x10FFFF or 0xD800 <= code < 0xE000 or code == 0 else chr(code)


def _is_unmapped(char: str) -> bool:
    return char == "�" or 0xE000 <= ord(char) < 0xF900


def _glyph(raw: Any, textpage: object, index: int, char: str, upright: _Upright, after_space: bool) -> Glyph:
    rect, matrix = raw.FS_RECTF(), raw.FS_MATRIX(1, 0, 0, 1, 0, 0)
    raw.FPDFText_GetLooseCharBox(textpage, index, rect)
    raw.FPDFText_GetMatrix(textpage, index, matrix)
    em = raw.FPDFText_GetFontSize(textpage, index) * (matrix.c**2 + matrix.d**2) ** 0.5
    right, down = upright.direction(matrix.a, matrix.b)
    box = upright.box(rect.left, rect.bottom, rect.right, rect.top)
    return Glyph(char, box, em or box.height or 1.0, right < abs(down), after_space)


class _Upright(NamedTuple):
    """Affine map from page space to points of the page as it is shown: x' = a x + c y + e, y' = b x + d y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def box(self, x1: float, y1: float, x2: float, y2: float) -> Box:
        xs = [self.a * x + self.c * y + self.e for x, y in ((x1, y1), (x2, y2))]
        ys = [self.b * x + self.d * y + self.f for x, y in ((x1, y1), (x2, y2))]
        return Box(min(xs), min(ys), max(xs), max(ys))

    def direction(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y, self.b * x + self.d * y


def _to_upright(page: PdfPage, width: float, height: float) -> _Upright:
    """Found by mapping three points: PDFium knows about rotation and crop box."""
    from pypdfium2 import raw

    def shown(x: float, y: float) -> tuple[float, float]:
        column, row = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, _DEVICE_PX, _DEVICE_PX, 0, x, y, column, row)
        return column.value / _DEVICE_PX * width, row.value / _DEVICE_PX * height

    step = max(width, height)
    (e, f), (x1, x2), (y1, y2) = shown(0, 0), shown(step, 0), shown(0, step)
    return _Upright((x1 - e) / step, (x2 - f) / step, (y1 - e) / step, (y2 - f) / step, e, f)


def _runs(glyphs: list[Glyph]) -> Iterator[list[Glyph]]:
    """Neighbours in content order that stand in one line without a wide gap."""
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and _is_copy(run[-1], glyph):
            continue
        if run and not _goes_on(run[-1], glyph):
            yield run
            run = []
        run.append(glyph)
    if run:
        yield run


def _is_copy(last: Glyph, glyph: Glyph) -> bool:
    """Drawn twice, a little aside: the poor man's bold."""
    near = 0.15 * glyph.em
    return last.text == glyph.text and all(abs(a - b) < near for a, b in zip(last.box, glyph.box, strict=True))


def _goes_on(last: Glyph, glyph: Glyph) -> bool:
    em = max(last.em, glyph.em)
    if last.turned or glyph.turned:
        return last.turned and glyph.turned and _distance(last.box, glyph.box) < SPLIT_EM * em
    shared = last.box.intersection(glyph.box).height
    lower = min(last.box.height, glyph.box.height)
    return shared > 0.3 * lower and -em < glyph.box.left - last.box.right < SPLIT_EM * em


def _distance(a: Box, b: Box) -> float:
    """The larger of the gaps between two boxes, across and down; negative if they overlap."""
    return max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom)


def _piece(run: list[Glyph]) -> Piece:
    box = Box.around(glyph.box for glyph in run)
    return Piece(_text(run), box, median(glyph.em for glyph in run), run[0].turned)


def _text(run: list[Glyph]) -> str:
    """The characters, with a space where the page shows one."""
    gaps = [_gap(before, glyph) for before, glyph in zip(run, run[1:], strict=False)]
    usual = _usual(gaps)
    parts = [run[0].text]
    for glyph, gap in zip(run[1:], gaps, strict=True):
        parts += [" ", glyph.text] if glyph.after_space or gap - usual > SPACE_EM else [glyph.text]
    return "".join(parts)


def _gap(before: Glyph, glyph: Glyph) -> float:
    """Between two glyphs, in em."""
    if glyph.turned:
        return max(0.0, _distance(before.box, glyph.box)) / glyph.em
    return (glyph.box.left - before.box.right) / max(before.em, glyph.em)


def _usual(gaps: list[float]) -> float:
    """The gap within words; more than half of a line's gaps are."""
    if not gaps:
        return 0.0
    middle = median(gaps)
    return middle if len(gaps) >= MANY else min(middle, MAX_TRACKING_EM)


def _without_copies(pieces: list[Piece], width: float, height: float) -> list[Piece]:
    """Each text once in its place, to half a percent of the page's size."""
    seen: set[tuple[str, int, int]] = set()
    unique = []
    for piece in pieces:
        place = (piece.text, round(piece.box.left / width * 200), round(piece.box.top / height * 200))
        if place not in seen:
            seen.add(place)
            unique.append(piece)
    return unique
