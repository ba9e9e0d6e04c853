"""Read the text layer of a page by PDFium, as far as people see it.

- A glyph is *seen* if, and only if, its place differs by a contrast that people see between a drawing of the page and
  one without its text. Covers, clips, layers that are off, masks, transparency, type on any ground: all of them are
  answered by the pixels. A glyph that neither the file nor this machine has the form of is believed, if it is painted
  at all: other machines show it.
- Where text objects lie upon each other they are taken away one after the other, those drawn first before those that
  may cover them, so that every difference belongs to one of them.
- A glyph that is not seen, where something like type is drawn all the same, lies *behind*: text recognition leaves its
  findings so, invisible, on a scan. Any other glyph is *unseen*.
- Ink like type that is left when all text is gone is what the text layer does not say: text drawn as paths, in a
  picture, by a pattern.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components
from sokdok.pages.textlayer import TextLayer
from sokdok.pages.textlayer.glyphs import CLIP, SAME_PLACE, Given, Glyph, Glyphs, is_unmapped
from sokdok.pages.textlayer.objects import CALLS, PageObject, choice, page_objects, read_annotations, to_upright
from sokdok.pages.textlayer.paths import Paths, find_drawings, holding, read_paths, sort_boxes, strike_out
from sokdok.pages.textlayer.words import in_columns, pieces_of

if TYPE_CHECKING:
    from pypdfium2 import PdfMatrix, PdfPage

MIN_PICTURE_SHARE = 0.01  # of the page: smaller pictures are ornaments
Seen = Literal["seen", "behind", "unseen"]
DPI = 72  # of the drawings: letters of 5 points are 5 pixels high
MAX_PIXELS = 4_000_000  # of a drawing; a plan is drawn smaller
MIN_CONTRAST = 1.1  # ratio of luminances (WCAG 2.2, 1.4.3) below which people see no type: #F4F4F4 on white
MIN_REDNESS = 24  # of 255 by which red or green differ where luminances hardly do; nobody reads yellow on white
MIN_INKED = 0.02  # of the pixels of a glyph's place that must differ: more than its neighbours' edges reach into it
LEAST_POINTS = 0.5  # size of type; what is smaller are specks, however near one looks
MIN_SIDE = 3.0  # pixels of a glyph's place
MAX_LAYERS = 6  # of text objects upon each other that are taken away one by one; the rest go at once
SQUARE = 4  # pixels: glyphs that share none do not lie upon each other
UPON = 0.25  # of a glyph's place that another one's takes, and they are not taken away together
LEAST_OWN = 0.3  # of a glyph's place that no later one covers: less, as of tiny type, says nothing
CELL = 8  # pixels: a square in which type has edges both ways, and a ruling line or a filled area has not
MIN_EDGE = 16  # of 255 from one pixel to the next: on white paper what MIN_CONTRAST is
MIN_EDGES = 4  # columns of a square, and rows, in which there are some
MIN_SQUARES = 2  # that touch: a region as wide as two letters
MAX_REGIONS = 40  # of ink like type on a page; with more, one region holds them all
_LINEAR = np.array([v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.arange(256) / 255])
_LINEAR = _LINEAR.astype(np.float32)
_WEIGHTS = (0.0722, 0.7152, 0.2126)  # of blue, green, red in luminance (ITU-R BT.709)


def text_layer(shown: PdfPage, page: PdfPage | None = None) -> TextLayer:
    """Read the layer of a page, turned back if most of its text does not run from left to right as the page is shown.

    `shown` is the page as viewers show it; `page` the same with what lies over it made part of it, where something
    does. Without text the layer has no pieces.
    """
    page = page or shown
    given: Given = {}
    upright, objects, glyphs = _placed(shown, page, given)
    rotation, turns = shown.get_rotation(), Counter(round(glyph.angle / 90) % 4 * 90 for glyph in glyphs)
    below = sum(not a.angle and abs(a.box.left - b.box.left) < SAME_PLACE for a, b in pairwise(glyphs))  # in columns
    degrees = 90 if 2 * below > len(glyphs) else max(turns, key=turns.__getitem__, default=0)
    try:
        if degrees:
            for one in {shown, page}:
                one.set_rotation((rotation - degrees) % 360)
            upright, objects, glyphs = _placed(shown, page, given)
            glyphs = in_columns(glyphs)
        paths = read_paths(objects)
        sight, other_ink = look(shown, page, glyphs, {item.address: item.order for item in objects}, paths.plain)
        layer = _layer(shown, paths, list(zip(glyphs, sight, strict=True)), upright)
        return replace(layer, other_ink=tuple(other_ink), turned=degrees)
    finally:
        for one in {shown, page}:
            one.set_rotation(rotation)


def _placed(shown: PdfPage, page: PdfPage, given: Given) -> tuple[PdfMatrix, list[PageObject], list[Glyph]]:
    """The objects and glyphs of a page, and the map by which they have their places; see `Glyphs` for what is given."""
    upright = to_upright(page, *shown.get_size())
    objects = page_objects(page, upright)
    return upright, objects, Glyphs(page, upright, objects, given).read()


def _layer(shown: PdfPage, paths: Paths, glyphs: Sequence[tuple[Glyph, Seen]], upright: PdfMatrix) -> TextLayer:
    """A layer of the page as `upright` maps it."""
    width, height = shown.get_size()
    boxes = [box.clipped(width, height) for box in paths.pictures]
    links, ticks = read_annotations(shown, upright)
    for drawn in (paths.marks, paths.squares):  # by a box to tick itself
        drawn[:] = (box for box in drawn if not any(tick.box.overlap(box) for tick in ticks))
    by_sight: dict[Seen, list[Glyph]] = {"seen": [], "behind": [], "unseen": []}
    low, high = np.array([glyph.box for glyph, sight in glyphs if sight == "unseen"]).reshape(-1, 2, 2).swapaxes(0, 1)
    for glyph, sight in glyphs:
        near = sight != "unseen" and glyph.after_space and len(low)
        if near and ((low < glyph.box[2:]) & (high > glyph.box[:2])).all(1).any():
            glyph = glyph._replace(after_space=False)  # it may be one between letters that nobody sees
        is_tick = ticks and any(tick.box.holds(*glyph.ink.middle) for tick in ticks)  # a box's state is its text
        if glyph.text and not is_tick:
            by_sight[sight].append(glyph)
    by_sight["seen"] = sort_boxes(paths, by_sight["seen"])
    lettered = holding(paths.choices, (glyph.ink for glyph in by_sight["seen"]))
    states = {box: sign for box, sign in paths.choices.items() if not any(tick.box.overlap(box) for tick in ticks)}
    choices = [choice(box, sign) for box, sign in states.items() if box not in lettered]
    counts = Counter(glyph.text for glyph in by_sight["seen"])
    unmapped = sum(count for text, count in counts.items() if is_unmapped(text)) / max(1, counts.total())
    pieces = pieces_of(strike_out(by_sight["seen"], paths))
    return TextLayer(
        (*pieces, *ticks, *choices),
        (width, height),
        unmapped,
        tuple(box for box in boxes if box.area > MIN_PICTURE_SHARE * width * height),
        tuple(paths.rules),
        tuple(paths.fills),
        tuple(paths.marks),
        tuple(piece.box for piece in choices),
        (*paths.squares, *lettered),
        tuple(pieces_of(by_sight["behind"])),
        drawings=tuple(find_drawings(paths, width, height)),
        links=tuple(links),
    )


# --- what of its text can be seen ---


def look(
    shown: PdfPage, page: PdfPage, glyphs: list[Glyph], orders: dict[int, int], plain: set[int]
) -> tuple[list[Seen], list[Box]]:
    """Draw a page with and without its text: how each glyph is seen, and where ink like type is no text of the layer.

    `shown` is the page as viewers show it; `page` the one that the glyphs were read from: the same, or one whose
    annotations were made part of it, all of it switched on again. `orders` are the places of objects in the order of
    drawing, by address; what `plain` ones draw alone is no type. Boxes are in points of the page as it is shown.
    """
    width, height = shown.get_size()
    scale = float(min(DPI / 72, (MAX_PIXELS / max(1.0, width * height)) ** 0.5))
    if not glyphs:
        return [], []
    addresses = sorted({glyph.address for glyph in glyphs}, key=lambda address: orders.get(address, 0))
    numbers = {address: number for number, address in enumerate(addresses)}
    owners = np.array([numbers[glyph.address] for glyph in glyphs])
    drawn = np.argsort(owners, kind="stable")
    # Where their ink is; another font's glyph is anywhere in its place, of which a full stop is a small part.
    inks = np.array([it.ink for it in glyphs]) * scale
    boxes = np.array([it.ink if it.font.embedded else Box.around([it.ink, it.box]) for it in glyphs]) * scale
    before = [_drawn(shown, scale)]
    levels = _levels(boxes[drawn], owners[drawn], before[0].shape)
    slanted = [glyph.angle % 90 > 0 for glyph in glyphs]  # stamps and watermarks go first: people read through them
    levels += any(slanted)
    levels[owners[slanted]] = 0

    # 1. Take the text away, a layer at a time; what changes at a glyph's place is its ink.
    seen = np.array([glyph.lacking for glyph in glyphs])
    if page is not shown and shown.formenv is None:  # PDFium draws no fields that no form of the file lists
        before.append(_drawn(page, scale))
    hidden = set(numbers)
    try:
        for level in range(levels.max() + 1):
            for address, number in numbers.items():
                if levels[number] == level:
                    _switch(address, on=False)
            after = _drawn(page, scale)
            here = drawn[levels[owners[drawn]] == level]
            for drawing in before:
                differs = _differs(drawing, after)
                for places in (boxes, inks) if (boxes != inks).any() else (boxes,):
                    seen[here] |= _inked(differs, places[here])
            before = [after]
        busy = _busy(before[0])
        if plain and busy.any():
            hidden |= orders.keys() - plain
            for address in hidden:
                _switch(address, on=False)
            busy &= _by_square(_by_square(_differs(before[0], _drawn(page, scale)), 0), 1) > 0
    finally:
        for address in hidden:
            _switch(address, on=True)

    seen &= np.array([max(glyph.em, glyph.ink.width, glyph.ink.height) >= LEAST_POINTS for glyph in glyphs])

    # 2. What is left is painted through text, or is no text; where that looks like type, the layer does not say it.
    found: list[Seen] = ["seen" if one else "unseen" for one in seen]
    for at in np.flatnonzero(~seen).tolist():
        x1, y1, x2, y2 = (max(0, int(side)) for side in boxes[at])
        place = before[0][y1 : y2 + 1, x1 : x2 + 1]
        mode = CALLS.FPDFTextObj_GetTextRenderMode(glyphs[at].address)
        if mode == CLIP and _differs(place, np.roll(place, 1, 1)).any():
            found[at] = "seen"
            busy[y1 // CELL : y2 // CELL + 1, x1 // CELL : x2 // CELL + 1] = False
            continue
        rows, columns = slice(max(0, y1 // CELL - 1), y2 // CELL + 2), slice(max(0, x1 // CELL - 2), x2 // CELL + 3)
        if busy[rows, columns].any():  # a thin letter is no square of its own: one near it will do
            found[at] = "behind"
    return found, _regions(busy, scale)


def _drawn(page: PdfPage, scale: float) -> np.ndarray:
    """The page as viewers show it, (H, W) uint32: blue, green, red and an unused byte."""
    return np.ascontiguousarray(page.render(scale=scale, prefer_bgrx=True).to_numpy()).view(np.uint32)[..., 0]


def _switch(address: int, *, on: bool) -> None:
    from pypdfium2 import raw

    raw.FPDFPageObj_SetIsActive(ctypes.cast(address, raw.FPDF_PAGEOBJECT), on)


def _levels(boxes: np.ndarray, owners: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """By object, (M,) int: how many objects lie below it, each upon the next.

    One lies upon another where a glyph of one takes much of the place of a glyph of the other. `boxes` (N, 4) are those
    places in pixels of a picture (H, W), in the order of drawing, `owners` (N,) their objects.
    """
    # 1. The squares that each place reaches into, square by square.
    edges = _edges(boxes, shape) // SQUARE
    wide, high = (edges[:, 2:] - edges[:, :2] + 1).T
    at = np.repeat(np.arange(len(boxes)), wide * high)
    step = np.arange(len(at)) - np.repeat((wide * high).cumsum() - wide * high, wide * high)
    squares = (edges[at, 1] + step // wide[at]) * shape[1] + edges[at, 0] + step % wide[at]
    order = np.lexsort((at, squares))
    at, squares = at[order], squares[order]

    # 2. Those of two objects that share a square and more.
    areas, found = (boxes[:, 2:] - boxes[:, :2]).prod(1), []
    for apart in range(1, MAX_LAYERS):
        same = squares[apart:] == squares[:-apart]
        one, other = at[:-apart][same], at[apart:][same]
        shared = np.minimum(boxes[one, 2:], boxes[other, 2:]) - np.maximum(boxes[one, :2], boxes[other, :2])
        upon = shared.clip(0).prod(1) > UPON * np.minimum(areas[one], areas[other])
        found.append(owners[np.stack([one, other])[:, upon]])
    levels = np.zeros(owners.max() + 1, int)
    for below, above in np.unique(np.hstack(found), axis=1).T.tolist():
        if below != above:
            levels[above] = min(max(levels[above], levels[below] + 1), MAX_LAYERS - 1)
    return levels


def _edges(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Boxes (N, 4) as whole pixels of a picture (H, W)."""
    edges = np.hstack([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])])
    return np.clip(edges, 0, [shape[1], shape[0]] * 2).astype(int)


def _differs(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two drawings (H, W) differ by what people see; bool."""
    mask = a != b
    places = np.flatnonzero(mask)
    one, other = (drawing.ravel()[places].view(np.uint8).reshape(-1, 4) for drawing in (a, b))
    low, high = (  # relative luminance, 0 to 1
        sum(weight * _LINEAR[pixels[:, channel]] for channel, weight in enumerate(_WEIGHTS)) + 0.05
        for pixels in (one, other)
    )
    ratio = np.maximum(low, high) / np.minimum(low, high)
    redness = np.abs(one[:, 1:3].astype(np.int16) - other[:, 1:3]).max(1, initial=0)
    mask.ravel()[places] = (ratio >= MIN_CONTRAST) | (redness >= MIN_REDNESS)
    return mask


def _inked(mask: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Whether a share of each box (N, 4), in pixels, is set in a mask (H, W), as far as no later box lies upon it."""
    thin = np.maximum(0, MIN_SIDE - (boxes[:, 2:] - boxes[:, :2])) / 2  # a dash is drawn in the row beside its own, too
    edges, exact = _edges(boxes + np.hstack([-thin, thin]), mask.shape), _edges(boxes, mask.shape)
    owner = np.full(mask.shape, len(boxes), np.int32)  # of each pixel the last box
    for numbers, places in ((np.flatnonzero(thin.any(1)), edges), (np.arange(len(boxes)), exact)):
        for at, (left, top, right, bottom) in zip(numbers.tolist(), places[numbers].tolist(), strict=True):
            owner[top:bottom, left:right] = at
    own, inked = (np.bincount(it, minlength=len(boxes))[: len(boxes)] for it in (owner.ravel(), owner[mask]))
    for at in np.flatnonzero(own < LEAST_OWN * (edges[:, 2:] - edges[:, :2]).prod(1)).tolist():
        place = mask[slice(*edges[at, 1::2]), slice(*edges[at, ::2])]
        own[at], inked[at] = place.size, place.sum()
    return np.asarray(inked > MIN_INKED * own)


def _busy(drawing: np.ndarray) -> np.ndarray:
    """Squares of a drawing that look like type, (rows, columns) bool."""
    pixels = drawing.view(np.uint8).reshape(*drawing.shape, 4)
    gray = (pixels[..., 1].astype(np.int16) + pixels[..., 2]) >> 1  # green and red: type differs by these
    across = np.abs(np.diff(gray, axis=1, append=gray[:, -1:])) > MIN_EDGE
    down = np.abs(np.diff(gray, axis=0, append=gray[-1:])) > MIN_EDGE
    # Edges stand in several columns and rows of a square: a corner's do not.
    columns, rows = _by_square(_by_square(across, 0) > 0, 1), _by_square(_by_square(down, 1) > 0, 0)
    return np.asarray((columns >= MIN_EDGES) & (rows >= MIN_EDGES))


def _by_square(values: np.ndarray, axis: int) -> np.ndarray:
    """How many of the values (H, W) bool are set along an axis of each square."""
    return np.asarray(np.add.reduceat(values, range(0, values.shape[axis], CELL), axis, np.int16))


def _regions(busy: np.ndarray, scale: float) -> list[Box]:
    """Boxes around squares that touch, or are one square apart, in points; a letter's end may reach into the next."""
    near = busy.copy()
    near[:, 1:] |= busy[:, :-1]
    near[:, :-1] |= busy[:, 1:]
    found = [Box(*box) for box in components(near).boxes.tolist()]
    found = [box for box in found if busy[box.top : box.bottom, box.left : box.right].sum() >= MIN_SQUARES]
    found = [Box.around(found)] if len(found) > MAX_REGIONS else found
    return [box.grown(1).clipped(*busy.shape[::-1]).scaled(CELL / scale) for box in found]
