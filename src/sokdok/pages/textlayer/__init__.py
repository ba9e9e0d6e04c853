"""The text layer of a PDF page: words that can be seen, where and how they are set, and what is drawn around them.

page objects → glyphs → those that can be seen → words → pieces of lines; paths → ruling lines, fills, marks

`text_layer` reads it by PDFium.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sokdok.imaging.box import Box
from sokdok.pages.textlayer.glyphs import Glyph, Glyphs, is_unmapped
from sokdok.pages.textlayer.layer import Entry, Fill, Link, Piece, Rule, Source, TextLayer, Word
from sokdok.pages.textlayer.objects import Affine, PageObject, page_objects, read_annotations, to_upright
from sokdok.pages.textlayer.paths import Paths, find_drawings, paper_apart, read_paths, rules_of_pictures
from sokdok.pages.textlayer.sight import Seen, look
from sokdok.pages.textlayer.words import pieces_of

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

__all__ = ["Entry", "Fill", "Link", "Piece", "Rule", "Source", "TextLayer", "Word", "text_layer"]

MIN_PICTURE_SHARE = 0.01  # of the page: smaller pictures are ornaments


def text_layer(shown: PdfPage, page: PdfPage | None = None) -> TextLayer:
    """Read the layer of a page, turned back if most of its text does not run from left to right as the page is shown.

    `shown` is the page as viewers show it; `page` the same with what lies over it made part of it, where something
    does. Without text the layer has no pieces.
    """
    page = page or shown
    width, height = shown.get_size()
    upright = to_upright(page, width, height)
    objects = page_objects(page, upright)
    glyphs = Glyphs(page, upright).read()
    sight = look(shown, page, glyphs, {item.address: item.order for item in objects})
    layer = replace(_layer(shown, objects, zip(glyphs, sight.glyphs, strict=True), upright), other_ink=sight.other_ink)
    if _turned_share(layer) <= 0.5:
        return layer
    known = {(glyph.address, glyph.origin): one for glyph, one in zip(glyphs, sight.glyphs, strict=True)}
    rotation = shown.get_rotation()
    found = [layer]
    try:
        for degrees in (90, 180, 270):
            for one in {shown, page}:
                one.set_rotation((rotation - degrees) % 360)
            width, height = shown.get_size()
            upright = to_upright(page, width, height)
            again = Glyphs(page, upright).read()
            seen = ((glyph, known.get((glyph.address, glyph.origin), "unseen")) for glyph in again)
            turned = _layer(shown, page_objects(page, upright), seen, upright)
            found.append(replace(turned, turned=degrees, other_ink=_turned(sight.other_ink, layer.size, degrees)))
    finally:
        for one in {shown, page}:
            one.set_rotation(rotation)
    return min(found, key=_turned_share)


def _turned_share(layer: TextLayer) -> float:
    """Share of the characters that run upwards, downwards or upside down."""
    pieces = [*layer.pieces, *layer.behind]
    return sum(len(piece.text) for piece in pieces if 45 < piece.turned < 315) / max(
        1, sum(len(piece.text) for piece in pieces)
    )


def _turned(boxes: Sequence[Box], size: tuple[float, float], degrees: int) -> tuple[Box, ...]:
    """Boxes of a page of that size on the page turned back, counterclockwise, by these degrees."""
    for _ in range(degrees // 90):
        boxes = [Box(box.top, size[0] - box.right, box.bottom, size[0] - box.left) for box in boxes]
        size = size[1], size[0]
    return tuple(boxes)


def _layer(
    shown: PdfPage, objects: Sequence[PageObject], glyphs: Iterable[tuple[Glyph, Seen]], upright: Affine
) -> TextLayer:
    """A layer of the page as `upright` maps it."""
    from pypdfium2 import raw

    width, height = shown.get_size()
    paths = read_paths(item for item in objects if item.kind == raw.FPDF_PAGEOBJ_PATH)
    boxes = [item.bounds().clipped(width, height) for item in objects if item.kind == raw.FPDF_PAGEOBJ_IMAGE]
    links, ticks = read_annotations(shown, upright)
    by_sight: dict[Seen, list[Glyph]] = {"seen": [], "behind": [], "unseen": []}
    for glyph, sight in glyphs:
        if not (ticks and any(tick.box.holds(*glyph.ink.middle) for tick in ticks)):  # a box's state is its text
            by_sight[sight].append(glyph)
    counts = Counter(glyph.text for glyph in by_sight["seen"])
    unmapped = sum(count for text, count in counts.items() if is_unmapped(text)) / max(1, counts.total())
    return TextLayer(
        (*pieces_of(by_sight["seen"]), *ticks),
        (width, height),
        unmapped,
        tuple(box for box in boxes if box.area > MIN_PICTURE_SHARE * width * height),
        (*paths.rules, *rules_of_pictures(boxes)),
        paper_apart(paths.fills),
        tuple(paths.marks),
        tuple(box for box in paths.squares if _is_ticked(box, paths)),
        tuple(box for box in paths.squares if not _is_ticked(box, paths)),
        tuple(pieces_of(by_sight["behind"])),
        tuple(pieces_of(by_sight["unseen"])),
        drawings=tuple(find_drawings(paths, width, height)),
        links=tuple(links),
    )


def _is_ticked(box: Box, paths: Paths) -> bool:
    """Whether strokes, or a smaller mark, are drawn in a box."""
    return any(box.holds(*part.middle) for part in (*paths.drawn, *paths.marks))
