"""Reads the text layer of a page by PDFium."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sokdok.imaging.box import Box
from sokdok.pages.textlayer.annotations import read_annotations
from sokdok.pages.textlayer.drawings import find_drawings
from sokdok.pages.textlayer.glyphs import Glyphs, Ground, Painted, is_unmapped
from sokdok.pages.textlayer.layer import TextLayer
from sokdok.pages.textlayer.objects import PageObject, page_objects
from sokdok.pages.textlayer.paths import Paths, paper_apart, read_paths, rules_of_pictures
from sokdok.pages.textlayer.upright import to_upright
from sokdok.pages.textlayer.words import pieces_of

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MIN_PICTURE_SHARE = 0.01
"""of the page: smaller pictures are ornaments"""


def text_layer(page: PdfPage) -> TextLayer:
    """Read the layer of a page, turned back if most of its text does not run from left to right as the page is shown.

    Without text it has no pieces.
    """
    layer = _as_shown(page)
    if _turned_share(layer) <= 0.5:
        return layer
    rotation = page.get_rotation()
    found = [layer]
    try:
        for degrees in (90, 180, 270):
            page.set_rotation((rotation - degrees) % 360)
            found.append(replace(_as_shown(page), turned=degrees))
    finally:
        page.set_rotation(rotation)
    return min(found, key=_turned_share)


def _turned_share(layer: TextLayer) -> float:
    """Share of the characters that do not run from left to right."""
    pieces = [*layer.pieces, *layer.behind]
    return sum(len(piece.text) for piece in pieces if piece.turned) / max(1, sum(len(piece.text) for piece in pieces))


def _as_shown(page: PdfPage) -> TextLayer:
    from pypdfium2 import raw

    width, height = page.get_size()
    upright = to_upright(page, width, height)
    objects = page_objects(page, upright)
    paths = read_paths(item for item in objects if item.kind == raw.FPDF_PAGEOBJ_PATH)
    pictures = [item for item in objects if item.kind == raw.FPDF_PAGEOBJ_IMAGE]
    texts = [item for item in objects if item.kind == raw.FPDF_PAGEOBJ_TEXT]
    ground = Ground([*_fills(paths), *_pictures(pictures)], Box(0, 0, width, height))
    glyphs = Glyphs(page, upright, texts, ground).read()
    counts = Counter(glyph.text for glyph in glyphs)
    unmapped = sum(count for text, count in counts.items() if is_unmapped(text)) / max(1, len(glyphs))
    seen, behind, unseen = (
        tuple(pieces_of(glyph for glyph in glyphs if glyph.sight == sight)) for sight in ("seen", "behind", "unseen")
    )
    links, fields = read_annotations(page, upright)
    boxes = [picture.bounds().clipped(width, height) for picture in pictures]
    return TextLayer(
        (*seen, *fields),
        (width, height),
        unmapped,
        tuple(box for box in boxes if box.area > MIN_PICTURE_SHARE * width * height),
        (*paths.rules, *rules_of_pictures(boxes)),
        paper_apart(fill for _, fill, _ in paths.fills),
        tuple(paths.marks),
        tuple(box for box in paths.squares if _is_ticked(box, paths)),
        tuple(box for box in paths.squares if not _is_ticked(box, paths)),
        behind,
        unseen,
        tuple(find_drawings(paths, width, height)),
        tuple(links),
    )


def _is_ticked(box: Box, paths: Paths) -> bool:
    """Whether strokes, or a smaller mark, are drawn in a box."""
    return any(box.holds(*part.middle) for part in (*paths.drawn, *paths.marks))


def _fills(paths: Paths) -> list[Painted]:
    return [Painted(order, fill.box, fill.color, opaque) for order, fill, opaque in paths.fills]


def _pictures(pictures: Sequence[PageObject]) -> list[Painted]:
    return [Painted(picture.order, picture.bounds(), None, picture.is_opaque()) for picture in pictures]
