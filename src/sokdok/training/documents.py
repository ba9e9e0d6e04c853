"""Document pages as a free cursor reads them: symbols, places, advances and jumps.

- Every symbol has a place of its own in pixels: a glyph the middle of its box, a space the middle of the gap, a mark
  that ends a line a quarter of an em behind it, a mark that opens a block a little before its first glyph.
- What moves the cursor follows from the symbol: `JUMPS` are followed by a jump, END by nothing, all others advance.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

import numpy as np

from sokdok.model.alphabet import Alphabet
from sokdok.pages.cells import BREAK, END, RETURN, TAB
from sokdok.synth.truth import SyntheticPage

LINE, BLOCK, CELL, ROW = RETURN, BREAK, TAB, 0xF0005
"""a line ends, a block ends, a table cell ends, a table row ends"""
TITLE, HEADING, TABLE = 0xF0006, 0xF0007, 0xF0008
"""a block of this kind begins"""
NEW_MARKS = (ROW, TITLE, HEADING, TABLE)
JUMPS = (LINE, BLOCK, CELL, ROW)
OPENERS = {"title": TITLE, "heading": HEADING, "table": TABLE}
PLAIN = {LINE: "\n", BLOCK: "\n\n", CELL: " ", ROW: "\n", TITLE: "", HEADING: "", TABLE: "", END: ""}


class DocumentAlphabet(Alphabet):
    """nano's alphabet and the marks of documents."""

    def __init__(self, chars: str) -> None:
        super().__init__(chars)
        self.plain = np.array(sorted({*self.plain.tolist(), *NEW_MARKS}), np.int64)

    def rows_from(self, other: Alphabet) -> np.ndarray:
        """(classes,) the class each has in another alphabet, -1 where it has none."""
        place = {symbol: i for i, symbol in enumerate(other.plain.tolist())}
        plain = [place.get(symbol, -1) for symbol in self.plain.tolist()]
        initials = range(len(other.plain), other.classes)
        return np.array([*plain, *initials])


@dataclass(frozen=True)
class Path:
    """The way through a page: N symbols in reading order."""

    symbols: np.ndarray
    """(N,) code points and marks"""
    places: np.ndarray
    """(N, 2) float32, pixels"""
    reach: np.ndarray
    """(N, 2) float32: how far from its place a symbol is still the nearest, roughly"""
    starts: np.ndarray
    """(N, 2) float32: place of the first symbol of the line"""

    @property
    def jumps(self) -> np.ndarray:
        """(N,) bool: a jump follows."""
        return np.isin(self.symbols, JUMPS)


@lru_cache(maxsize=1024)  # crops are taken from a page many times
def path_of(page: SyntheticPage) -> Path:
    """The cursor's way through a synthetic page."""
    codes = np.array([ord(c) for c in page.symbols], np.int64)
    middles = (page.boxes[:, :2] + page.boxes[:, 2:]) / 2
    em = page.boxes[:, 3] - page.boxes[:, 1]
    widths = page.boxes[:, 2] - page.boxes[:, 0]
    ends = codes == ord("\n")
    codes[ends] = LINE
    middles[ends, 0] += 0.25 * em[ends]
    widths[ends] = 0.5 * em[ends]
    openers: list[tuple[int, int]] = []
    for block in page.blocks:
        for cell, following in zip_longest(block.cells, block.cells[1:]):
            codes[cell.stop - 1] = CELL if following is None or following.row == cell.row else ROW
        codes[block.stop - 1] = BLOCK
        if block.kind in OPENERS:
            openers.append((block.start, OPENERS[block.kind]))
    if len(codes):
        codes[-1] = END
    at = np.array([start for start, _ in openers], np.int64)
    marks = np.array([mark for _, mark in openers], np.int64)
    before = np.stack([page.boxes[at, 0] - 0.3 * em[at], middles[at, 1]], 1)
    codes = np.insert(codes, at, marks)
    places = np.insert(middles, at, before, 0)
    reach = np.insert(np.stack([0.3 * widths, 0.2 * em], 1), at, np.stack([0.15 * em[at], 0.2 * em[at]], 1), 0)
    return Path(codes, places.astype(np.float32), reach.astype(np.float32), _line_starts(codes, places))


def _line_starts(codes: np.ndarray, places: np.ndarray) -> np.ndarray:
    first = np.concatenate([[True], np.isin(codes, JUMPS)[:-1]]) if len(codes) else np.zeros(0, bool)
    index = np.maximum.accumulate(np.where(first, np.arange(len(codes)), 0))
    return places[index].astype(np.float32)


def plain_text(symbols: np.ndarray) -> str:
    """What a path says, without markup."""
    return "".join(PLAIN.get(code, "") if code >= 0xF0000 else chr(code) for code in symbols.tolist())


@dataclass(frozen=True)
class DocumentBatch:
    """Pages of one size, all their symbols (N), their jumps (J) and a segment of T steps from each."""

    pixels: np.ndarray
    """(B, 3, H, W) float32 in -1..1"""
    pages: np.ndarray
    """(N,)"""
    places: np.ndarray
    """(N, 2) where the cursor is: near the symbol's own place"""
    symbols: np.ndarray
    """(N, 3) classes"""
    advances: np.ndarray
    """(N, 2) float32 from the cursor to the next symbol's place; nan where none follows by an advance"""
    jump_pages: np.ndarray
    """(J,)"""
    jump_from: np.ndarray
    """(J, 2)"""
    jump_starts: np.ndarray
    """(J, 2)"""
    jump_to: np.ndarray
    """(J, 2)"""
    steps: np.ndarray
    """(B, T) index into the symbols, -1 behind the end; empty without a decoder"""
    previous: np.ndarray
    """(B, T, 3) classes of the symbol before"""
    starts: np.ndarray
    """(N, 2) line starts"""
    offsets: np.ndarray
    """(B,)"""
    jump_of: np.ndarray
    """(N,) index into the jumps, -1"""


@dataclass(frozen=True)
class _Piece:
    """What a batch takes from one page: the symbols inside a square, as a cursor near them finds them."""

    grey: np.ndarray
    cursor: np.ndarray
    classes: np.ndarray
    advance: np.ndarray
    starts: np.ndarray
    jumps: np.ndarray
    """(J, 6): from, line start, to; the first leads from the page's corner to its first symbol"""
    jump_of: np.ndarray


def make_batch(
    pages: list[SyntheticPage], alphabet: DocumentAlphabet, rng: random.Random, *, steps: int = 0, crop: int = 0
) -> DocumentBatch:
    """A batch of whole pages with `steps` decoder steps, or of a random square of `crop` pixels from each."""
    pieces = [_cut(page, alphabet, crop, rng) for page in pages]
    counts = [len(piece.classes) for piece in pieces]
    jump_counts = [len(piece.jumps) for piece in pieces]
    jumps = np.concatenate([piece.jumps for piece in pieces])
    firsts = np.cumsum([0, *jump_counts])
    jump_of = [np.where(p.jump_of < 0, -1, p.jump_of + first) for p, first in zip(pieces, firsts, strict=False)]
    segments = [
        _segment(piece, first, steps, alphabet, rng)
        for piece, first in zip(pieces, np.cumsum([0, *counts]), strict=False)
    ]
    rows, previous, offsets = (np.stack(part) for part in zip(*segments, strict=True))
    pixels = np.stack([piece.grey for piece in pieces]).astype(np.float32) / 127.5 - 1
    return DocumentBatch(
        pixels=np.ascontiguousarray(np.broadcast_to(pixels[:, None], (len(pixels), 3, *pixels.shape[1:]))),
        pages=np.repeat(np.arange(len(pieces)), counts),
        places=np.concatenate([piece.cursor for piece in pieces]),
        symbols=np.concatenate([piece.classes for piece in pieces]),
        advances=np.concatenate([piece.advance for piece in pieces]),
        jump_pages=np.repeat(np.arange(len(pieces)), jump_counts),
        jump_from=jumps[:, :2],
        jump_starts=jumps[:, 2:4],
        jump_to=jumps[:, 4:],
        steps=rows,
        previous=previous,
        starts=np.concatenate([piece.starts for piece in pieces]),
        offsets=offsets,
        jump_of=np.concatenate(jump_of),
    )


def _cut(page: SyntheticPage, alphabet: DocumentAlphabet, crop: int, rng: random.Random) -> _Piece:
    """A page or a crop of it, each symbol seen from a cursor somewhere within its reach."""
    path = path_of(page)
    grey, corner = _crop(page.pixels, path.places, crop, rng)
    places, starts = path.places - corner, path.starts - corner
    noise = np.random.default_rng(rng.getrandbits(64)).uniform(-1, 1, places.shape).astype(np.float32)
    cursor = places + noise * path.reach
    inside = ((places > 0) & (places < grey.shape[0])).all(1)
    advance = np.full_like(places, np.nan)
    advance[:-1] = places[1:] - cursor[:-1]
    advance[path.jumps | ~np.append(inside[1:], False)] = np.nan
    jumps, jump_of = np.zeros((0, 6), np.float32), np.full(len(places), -1)
    if inside.all() and not crop:
        at = np.flatnonzero(path.jumps[:-1])
        jump_of[at] = 1 + np.arange(len(at))
        begin = np.concatenate([np.zeros((1, 4), np.float32), places[:1]], 1)
        jumps = np.concatenate([begin, np.concatenate([cursor[at], starts[at], places[at + 1]], 1)])
    classes = alphabet.encode(path.symbols)
    return _Piece(grey, cursor[inside], classes[inside], advance[inside], starts[inside], jumps, jump_of[inside])


def _segment(
    piece: _Piece, first: int, steps: int, alphabet: DocumentAlphabet, rng: random.Random
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices (T,) of a run of symbols, -1 behind the end, the symbols before them (T, 3), and where the run begins.

    One in four begins where readers do, at the beginning of the page.
    """
    count = len(piece.classes)
    begin = 0 if rng.random() < 0.25 else rng.randrange(max(count - steps // 2, 1))
    index = np.arange(begin, begin + steps)
    start = np.array([[alphabet.start, *alphabet.encode(np.array([0x20]))[0, 1:]]])
    shifted = np.concatenate([start, piece.classes])
    return np.where(index < count, index + first, -1), shifted[np.minimum(index, count)], np.array(begin)


def _crop(grey: np.ndarray, places: np.ndarray, crop: int, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """A square of a page around one of its symbols, and its corner (x, y)."""
    if not crop or crop >= grey.shape[0] or not len(places):
        return grey, np.zeros(2, np.float32)
    x, y = places[rng.randrange(len(places))]
    left, top = (int(np.clip(v - rng.random() * crop, 0, grey.shape[0] - crop)) for v in (x, y))
    return grey[top : top + crop, left : left + crop], np.array([left, top], np.float32)
