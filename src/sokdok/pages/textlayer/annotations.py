"""What lies over a PDF page as annotations (links to elsewhere, boxes to tick, appearances), and a file's outline.

A box to tick is written `[x]` or `[ ]`, one of several to choose from `(x)` or `( )`. All other text of fields, notes
and stamps is what their appearances show: `with_appearances` makes these part of the page, read as any other text.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from sokdok.imaging.box import Box
from sokdok.pages.textlayer.layer import Entry, Link, Piece, Word
from sokdok.pages.textlayer.objects import Affine

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MAX_ANNOTATIONS = 5_000  # of a page
MAX_CHARACTERS = 10_000  # of a value, and of a link's target
HIDDEN = 0x02
INVISIBLE = HIDDEN | 0x20  # flags of annotations that are not shown (ISO 32000-1, table 165)
MAX_EM = 12.0
DESCENT = 0.25  # of a box to tick that is below the line it stands on


def read_annotations(page: PdfPage, upright: Affine) -> tuple[list[Link], list[Piece]]:
    """The links of a page and its boxes to tick; what is damaged is left out."""
    from pypdfium2 import raw

    links: list[Link] = []
    pieces: list[Piece] = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        with suppress(ValueError, ctypes.ArgumentError):
            box = _box(annotation, upright)
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind == raw.FPDF_ANNOT_LINK and (target := _target(page, annotation)):
                links.append(Link(box, target))
            elif kind == raw.FPDF_ANNOT_WIDGET and not raw.FPDFAnnot_GetFlags(annotation) & INVISIBLE:
                pieces += _tick(page, annotation, box)
        raw.FPDFPage_CloseAnnot(annotation)
    return links, pieces


def _box(annotation: Any, upright: Affine) -> Box:
    from pypdfium2 import raw

    rect = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(annotation, rect):
        raise ValueError("an annotation without a place")
    return upright.box(rect.left, rect.bottom, rect.right, rect.top)


def _target(page: PdfPage, annotation: Any) -> str:
    """Where a link leads outside of the file; empty if nowhere."""
    from pypdfium2 import raw

    action = raw.FPDFLink_GetAction(raw.FPDFAnnot_GetLink(annotation))
    if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
        return ""
    size = raw.FPDFAction_GetURIPath(page.pdf, action, None, 0)
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
        text = f"[{sign}]" if kind == raw.FPDF_FORMFIELD_CHECKBOX else f"({sign})"
        em = min(box.height, MAX_EM)
        yield Piece(text, box, em, words=(Word(text, box, em, box.bottom - DESCENT * em),))


def has_appearances(page: PdfPage) -> bool:
    """Whether something other than links lies over a page."""
    from pypdfium2 import raw

    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
            return True
    return False


def with_appearances(document: PdfDocument, index: int) -> PdfPage:
    """Open a page of a document that nobody else uses, and make what lies over it part of it."""
    from pypdfium2 import raw

    page = document[index]
    page.render(scale=1 / max(1.0, *page.get_size()))  # PDFium makes appearances that the file lacks when it draws
    for at in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, at)
        flags = raw.FPDFAnnot_GetFlags(annotation) if annotation else 0
        if flags & INVISIBLE:  # flattening looks at one of these flags alone
            raw.FPDFAnnot_SetFlags(annotation, flags | HIDDEN)
        raw.FPDFPage_CloseAnnot(annotation)
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
