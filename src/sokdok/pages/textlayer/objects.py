"""The objects of a PDF page in the order in which they are drawn, those inside forms too, what lies over it as
annotations (links to elsewhere, boxes to tick, appearances), a file's outline, and how PDFium is asked for them.

- A page asks PDFium some ten thousand times for glyphs alone, so its functions are called by address (`Calls`): half of
  a call's time would go into wrapping handles. A handle is an address, 0 for none; places to write to as well.
- A box to tick is written `[x]` or `[ ]`, one of several to choose from `(x)` or `( )`. All other text of fields, notes
  and stamps is what their appearances show: `with_appearances` makes these part of the page, read as any other text.
- A `PdfMatrix` maps from the space of a page, a form or an object to points of the page as it is shown.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from ctypes import c_void_p
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sokdok.imaging.box import Box
from sokdok.pages.textlayer import Entry, Link, Piece, Word

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfMatrix, PdfPage


class Calls:
    """PDFium's functions by their names, each bound when it is first asked for."""

    def __getattr__(self, name: str) -> Callable[..., int]:
        from pypdfium2 import raw

        function = getattr(raw, name)
        kinds = [c_void_p if hasattr(kind, "contents") else kind for kind in (function.restype, *function.argtypes)]
        self.__dict__[name] = bound = ctypes.CFUNCTYPE(*kinds)(address_of(function))
        return bound


CALLS = Calls()


def address_of(handle: Any) -> int:
    """The address that a pointer holds; 0 for none."""
    return ctypes.cast(handle, c_void_p).value or 0


_DEVICE_PX = 1 << 20  # side of the device that points are mapped to


def to_upright(page: PdfPage, width: float, height: float) -> PdfMatrix:
    """Found by mapping three points: PDFium knows about rotation and crop box."""
    from pypdfium2 import PdfMatrix, PdfPosConv

    shown = PdfPosConv(page, (0, 0, _DEVICE_PX, _DEVICE_PX, 0)).to_bitmap
    step, across, down = max(width, height), width / _DEVICE_PX, height / _DEVICE_PX
    (e, f), (x1, x2), (y1, y2) = ((x * across, y * down) for x, y in (shown(0, 0), shown(step, 0), shown(0, step)))
    return PdfMatrix((x1 - e) / step, (x2 - f) / step, (y1 - e) / step, (y2 - f) / step, e, f)


MAX_DEPTH = 20  # of forms inside forms that are looked into
MAX_OBJECTS = 200_000  # of a page; a map with more is a picture in any case


class PageObject(NamedTuple):
    """An object, and where it stands."""

    address: int  # its identity while the page is open
    kind: int  # `FPDF_PAGEOBJ_…`
    order: int  # the later one is drawn over the earlier one
    place: PdfMatrix  # from the space of what holds it to points of the upright page

    @property
    def handle(self) -> Any:
        """What PDFium's functions take."""
        from pypdfium2 import raw

        return ctypes.cast(self.address, raw.FPDF_PAGEOBJECT)

    def bounds(self) -> Box:
        """The box around it, whatever of it is clipped."""
        from pypdfium2 import raw

        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        raw.FPDFPageObj_GetBounds(self.handle, left, bottom, right, top)
        return Box(*self.place.on_rect(left.value, bottom.value, right.value, top.value))

    def matrix(self) -> PdfMatrix:
        """From its own space to points of the upright page."""
        return own_matrix(self.handle).multiply(self.place)


def own_matrix(handle: Any) -> PdfMatrix:
    """From an object's own space to that of what holds it."""
    from pypdfium2 import PdfMatrix, raw

    matrix = raw.FS_MATRIX(1, 0, 0, 1, 0, 0)
    raw.FPDFPageObj_GetMatrix(handle, matrix)
    return PdfMatrix.from_raw(matrix)


def color_of(handle: Any, *, stroke: bool = False) -> tuple[tuple[int, int, int], int]:
    """Red, green and blue that it is painted in, and its alpha, 0 to 255; black where the file does not say."""
    from pypdfium2 import raw

    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    get = raw.FPDFPageObj_GetStrokeColor if stroke else raw.FPDFPageObj_GetFillColor
    if not get(handle, red, green, blue, alpha):
        return (0, 0, 0), 255
    return (red.value, green.value, blue.value), alpha.value


def page_objects(page: PdfPage, upright: PdfMatrix) -> list[PageObject]:
    """All objects of a page but forms, whose objects stand in their place."""
    from pypdfium2 import raw

    found: list[PageObject] = []
    get, handle = CALLS.FPDFPage_GetObject, address_of(page.raw)
    _collect((get(handle, index) for index in range(raw.FPDFPage_CountObjects(page))), upright, 0, found)
    return found


def _collect(addresses: Iterator[int], place: PdfMatrix, depth: int, found: list[PageObject]) -> None:
    from pypdfium2 import raw

    kind_of, form = CALLS.FPDFPageObj_GetType, raw.FPDF_PAGEOBJ_FORM
    for address in addresses:
        if len(found) >= MAX_OBJECTS:
            return
        kind = kind_of(address)
        if kind != form:
            found.append(PageObject(address, kind, len(found), place))
        elif depth < MAX_DEPTH:
            handle, get = ctypes.cast(address, raw.FPDF_PAGEOBJECT), CALLS.FPDFFormObj_GetObject
            inside = (get(address, index) for index in range(raw.FPDFFormObj_CountObjects(handle)))
            _collect(inside, own_matrix(handle).multiply(place), depth + 1, found)


MAX_ANNOTATIONS = 5_000  # of a page
MAX_CHARACTERS = 10_000  # of a value, and of a link's target
HIDDEN = 0x02
INVISIBLE = HIDDEN | 0x20  # flags of annotations that are not shown (ISO 32000-1, table 165)
MAX_EM = 12.0
DESCENT = 0.25  # of a box to tick that is below the line it stands on


def read_annotations(page: PdfPage, upright: PdfMatrix) -> tuple[list[Link], list[Piece]]:
    """The links of a page and its boxes to tick; what is damaged is left out."""
    from pypdfium2 import raw

    links: list[Link] = []
    pieces: list[Piece] = []
    for annotation in _annotations(page):
        with suppress(ValueError, ctypes.ArgumentError):
            box = _box(annotation, upright)
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind == raw.FPDF_ANNOT_LINK and (target := _target(page, annotation)):
                links.append(Link(box, target))
            elif kind == raw.FPDF_ANNOT_WIDGET and not raw.FPDFAnnot_GetFlags(annotation) & INVISIBLE:
                pieces += _tick(page, annotation, box)
    return links, pieces


def _annotations(page: PdfPage) -> Iterator[Any]:
    from pypdfium2 import raw

    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        if annotation := raw.FPDFPage_GetAnnot(page, index):
            try:
                yield annotation
            finally:
                raw.FPDFPage_CloseAnnot(annotation)


def _box(annotation: Any, upright: PdfMatrix) -> Box:
    from pypdfium2 import raw

    rect = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rect)
    return Box(*upright.on_rect(rect.left, rect.bottom, rect.right, rect.top))


def _target(page: PdfPage, annotation: Any) -> str:
    """Where a link leads outside of the file; empty if nowhere."""
    from pypdfium2 import raw

    action = raw.FPDFLink_GetAction(raw.FPDFAnnot_GetLink(annotation))
    size = raw.FPDFAction_GetURIPath(page.pdf, action, None, 0)  # 0 for what leads elsewhere
    if not 1 < size <= MAX_CHARACTERS:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAction_GetURIPath(page.pdf, action, buffer, size)
    return buffer.value.decode("utf-8", "replace")


def _tick(page: PdfPage, annotation: Any, box: Box) -> Iterator[Piece]:
    """The state of a box to tick, if it has an area."""
    from pypdfium2 import raw

    if page.formenv is None or min(box.width, box.height) < 1:
        return
    kind = raw.FPDFAnnot_GetFormFieldType(page.formenv, annotation)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        sign = "x" if raw.FPDFAnnot_IsChecked(page.formenv, annotation) else " "
        yield choice(box, f"[{sign}]" if kind == raw.FPDF_FORMFIELD_CHECKBOX else f"({sign})")


def choice(box: Box, sign: str) -> Piece:
    """A box to tick as text."""
    em = min(box.height, MAX_EM)
    return Piece(sign, box, em, words=(Word(sign, box, em, box.bottom - DESCENT * em),))


ICONS = {1, 16, 17, 18}  # notes, their windows, files, sounds (FPDF_ANNOT_…): people move them to read what is below


def open_page(document: PdfDocument, index: int) -> PdfPage:
    """Open a page without icons and what is not shown: flattening looks at one flag of that alone."""
    from pypdfium2 import raw

    page = document[index]
    for annotation in _annotations(page):
        flags = raw.FPDFAnnot_GetFlags(annotation)
        if flags & INVISIBLE or raw.FPDFAnnot_GetSubtype(annotation) in ICONS:
            raw.FPDFAnnot_SetFlags(annotation, flags | HIDDEN)
    return page


def has_appearances(page: PdfPage) -> bool:
    """Whether something other than links and icons lies over a page."""
    from pypdfium2 import raw

    return any(raw.FPDFAnnot_GetSubtype(one) not in {raw.FPDF_ANNOT_LINK, *ICONS} for one in _annotations(page))


def with_appearances(document: PdfDocument, index: int) -> PdfPage:
    """Open a page of a document that nobody else uses, and make what lies over it part of it."""
    from pypdfium2 import raw

    page = open_page(document, index)
    page.render(scale=1 / max(1.0, *page.get_size()))  # PDFium makes appearances that the file lacks when it draws
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()
    return document[index]


MAX_ENTRIES = 20_000
MAX_LEVELS = 8
MAX_TITLE_CHARACTERS = 500  # of a title


def read_outline(document: PdfDocument) -> dict[int, tuple[Entry, ...]]:
    """Entries by the page that they lead to, from 0, in their order; as far as the outline is whole."""
    found: dict[int, list[Entry]] = defaultdict(list)
    with suppress(Exception):  # a damaged outline is as good as none
        for bookmark in islice(document.get_toc(max_depth=MAX_LEVELS), MAX_ENTRIES):
            target = bookmark.get_dest()
            page = target.get_index() if target else None
            if page is not None:
                found[page].append(Entry(bookmark.level + 1, bookmark.get_title()[:MAX_TITLE_CHARACTERS]))
    return {page: tuple(entries) for page, entries in found.items()}
