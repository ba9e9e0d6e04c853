"""What lies over a PDF page as annotations: links to elsewhere, and the values of form fields as pieces of text.

A box to tick is written `[x]` or `[ ]`, one of several to choose from `(x)` or `( )`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sokdok.imaging.box import Box
from sokdok.pages.textlayer.layer import Link, Piece, Word
from sokdok.pages.textlayer.upright import Affine

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MAX_ANNOTATIONS = 5_000
"""of a page"""
MAX_CHARACTERS = 10_000
"""of a value, and of a link's target"""
INVISIBLE = 0x02 | 0x20
"""flags of annotations that are not shown (ISO 32000-1, table 165)"""
TYPE_SHARE = 0.7
"""of a field's height that its type takes, where it does not say"""
MAX_EM = 12.0
LINE_EM, LETTER_EM, DESCENT = 1.2, 0.5, 0.25
"""height of a line, width of a letter, and what is below the line it stands on, in sizes of its type"""


def read_annotations(page: PdfPage, upright: Affine) -> tuple[list[Link], list[Piece]]:
    """The links of a page and the values of its fields; what is damaged is left out."""
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
                pieces += _field(page, annotation, box)
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


def _field(page: PdfPage, annotation: Any, box: Box) -> Iterator[Piece]:
    """What a field says, line by line."""
    from pypdfium2 import raw

    if page.formenv is None:
        return
    kind = raw.FPDFAnnot_GetFormFieldType(page.formenv, annotation)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        sign = "x" if raw.FPDFAnnot_IsChecked(page.formenv, annotation) else " "
        text = f"[{sign}]" if kind == raw.FPDF_FORMFIELD_CHECKBOX else f"({sign})"
        em = min(max(box.height, 1.0), MAX_EM)
        yield Piece(text, box, em, words=(Word(text, box, em, box.bottom - DESCENT * em),))
    elif kind in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        value = _string(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(page.formenv, annotation, buffer, size))
        lines = [line for line in value.splitlines() if line.strip()]
        em = _size(page, annotation) or min(MAX_EM, TYPE_SHARE * box.height / max(1, len(lines)))
        for number, line in enumerate(lines):
            one = len(lines) == 1
            middle = box.middle[1] if one else box.top + (number + 0.5) * LINE_EM * em
            yield _line(line, box.left + 2, middle, em)


def _size(page: PdfPage, annotation: Any) -> float:
    """Size of a field's type; 0 if it fits itself to the field."""
    from pypdfium2 import raw

    size = ctypes.c_float()
    return size.value if raw.FPDFAnnot_GetFontSize(page.formenv, annotation, size) else 0.0


def _line(text: str, left: float, middle: float, em: float) -> Piece:
    """A line of a value, its words where they stand about."""
    top, bottom = middle - LINE_EM * em / 2, middle + LINE_EM * em / 2
    words = []
    for word in text.split():
        box = Box(left, top, left + LETTER_EM * em * len(word), bottom)
        words.append(Word(word, box, em, bottom - DESCENT * em))
        left = box.right + LETTER_EM * em
    return Piece(" ".join(text.split()), Box.around(word.box for word in words), em, words=tuple(words))


def _string(read: Callable[[Any, int], int]) -> str:
    """A string of UTF-16 that PDFium writes to a buffer of some bytes."""
    size = read(None, 0)
    if not 2 < size <= 2 * MAX_CHARACTERS:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")
