"""Drawn pages with exact truth, made on the fly: pixels, what stands where, and how the read position moves."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sokdok.model.nano.alphabet import START, SUBCELL_HEIGHT, SUBCELL_WIDTH, Alphabet, edges, moves_between
from sokdok.pages.cells import CELLS
from sokdok.pages.draw import draw
from sokdok.pages.layout import Layout, lay_out, symbols_of
from sokdok_lab.training.texts.source import TextSource

IGNORED = -100  # class that cross-entropy leaves out
FULL_SHARE = 0.7  # share of the pages that are full; the others are filled to any degree
BEGINNING_SHARE = 0.25  # share of the segments that begin where readers do, at the page's first symbol
TRUE_OFFSET_SHARE = 0.3  # share of the other segments that keep their text position
MAX_OFFSET = 12_800  # text positions below this are drawn for the rest, to show the rotary positions of long pages


@dataclass(frozen=True)
class Truth:
    """One page's text as the reader meets it, N symbols in reading order."""

    symbols: np.ndarray  # (N, 3) class triples
    rows: np.ndarray  # (N,) rows of the read position, in subcells
    columns: np.ndarray  # (N,) its columns
    moves: np.ndarray  # (N,) the move from each symbol to the next


def truth_of(layout: Layout, alphabet: Alphabet) -> Truth:
    """Work out what a reader of a page should say and where it should look."""
    rows = layout.rows * (layout.cell.height // SUBCELL_HEIGHT)
    columns = layout.columns * (layout.cell.width // SUBCELL_WIDTH)
    return Truth(alphabet.encode(layout.symbols), rows, columns, moves_between(rows, columns))


@dataclass(frozen=True)
class PageBatch:
    """B pages of one size with every symbol on them, and one segment of T reading steps from each."""

    pixels: np.ndarray  # (B, 3, H, W) float32 in -1..1
    anchors: np.ndarray  # (N, 2) page index and subcell index of every symbol of the batch
    symbols: np.ndarray  # (N, 3) their classes
    previous: np.ndarray  # (B, T, 3) segment input: classes of the symbol before
    arrivals: np.ndarray  # (B, T) segment input: the move that led to each step
    positions: np.ndarray  # (B, T) subcell index of the read position
    edges: np.ndarray  # (B, T, 2) subcells to the right and bottom edge
    offsets: np.ndarray  # (B,) text position of the segment's first step
    targets: np.ndarray  # (B, T, 3) classes to predict, IGNORED behind the end
    moves: np.ndarray  # (B, T) moves to predict, IGNORED behind the end

    def tensors(self) -> dict[str, Tensor]:
        """The arrays as tensors by their names."""
        return {name: torch.from_numpy(value) for name, value in vars(self).items()}


def normalise(page: np.ndarray) -> np.ndarray:
    """Grey page (H, W) uint8 -> (3, H, W) float32 in -1..1, as `model.preprocess` does for images."""
    return np.broadcast_to((page.astype(np.float32) / 255 - 0.5) / 0.5, (3, *page.shape))


class PageSampler:
    """Draws random pages: `kinds` and `cells` map names to weights."""

    def __init__(
        self, source: TextSource, alphabet: Alphabet, kinds: dict[str, float], cells: dict[str, float]
    ) -> None:
        self.source, self.alphabet = source, alphabet
        self.kinds, self.cells = kinds, cells

    def page(self, size: tuple[int, int], rng: random.Random) -> Layout:
        """Lay out one page of `size` (width, height) pixels, from nearly empty to full."""
        cell = CELLS[rng.choices(list(self.cells), list(self.cells.values()))[0]]
        capacity = (size[0] // cell.width) * (size[1] // cell.height)
        length = capacity if rng.random() < FULL_SHARE else max(1, int(capacity * rng.random()))
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        symbols = symbols_of(self.source.sample(kind, length, rng)[:length], cell, self.alphabet.code_points)
        return lay_out(symbols, cell, size, breaks=rng.random() < 0.3)[0]

    def batch(self, pages: int, size: tuple[int, int], steps: int, rng: random.Random) -> PageBatch:
        """Draw so many pages of `size` (width, height) pixels, with a segment of `steps` reading steps each."""
        layouts = [self.page(size, rng) for _ in range(pages)]
        return make_batch(layouts, self.alphabet, steps, rng)


def make_batch(layouts: list[Layout], alphabet: Alphabet, steps: int, rng: random.Random) -> PageBatch:
    """Draw pages of one size with a random segment of `steps` steps each (shorter texts are padded)."""
    size = layouts[0].size
    stride = size[0] // SUBCELL_WIDTH
    truths = [truth_of(layout, alphabet) for layout in layouts]
    anchors = [np.stack([np.full(len(t.rows), i), t.rows * stride + t.columns], 1) for i, t in enumerate(truths)]
    # A page has many places to start from and one beginning; readers start at the beginning.
    starts = [0 if rng.random() < BEGINNING_SHARE else rng.randrange(max(len(t.rows) - steps // 2, 1)) for t in truths]
    segments = [_segment(t, start, steps, alphabet, size) for t, start in zip(truths, starts, strict=True)]
    # A page of training size holds few symbols; random offsets show the rotary positions of long ones.
    offsets = np.array(
        [start if start == 0 or rng.random() < TRUE_OFFSET_SHARE else rng.randrange(MAX_OFFSET) for start in starts]
    )
    return PageBatch(
        pixels=np.stack([normalise(draw(layout)) for layout in layouts]),
        anchors=np.concatenate(anchors),
        symbols=np.concatenate([t.symbols for t in truths]),
        offsets=offsets,
        **{name: np.stack([segment[name] for segment in segments]) for name in segments[0]},
    )


def _segment(truth: Truth, start: int, steps: int, alphabet: Alphabet, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Cut `steps` reading steps out of a page: what `PageBatch` has of them, by name."""
    stop = min(start + steps, len(truth.rows))
    pad = steps - (stop - start)
    first = np.array([[alphabet.start, *alphabet.encode(np.array([0x20]))[0, 1:]]])
    symbols = np.concatenate([first, truth.symbols])[start:stop]
    arrivals = np.concatenate([[START], truth.moves])[start:stop]
    rows, columns = truth.rows[start:stop], truth.columns[start:stop]
    return {
        "previous": np.pad(symbols, ((0, pad), (0, 0))),
        "arrivals": np.pad(arrivals, (0, pad)),
        "positions": np.pad(rows * (size[0] // SUBCELL_WIDTH) + columns, (0, pad)),
        "edges": np.pad(edges(rows, columns, size), ((0, pad), (0, 0))),
        "targets": np.pad(truth.symbols[start:stop], ((0, pad), (0, 0)), constant_values=IGNORED),
        "moves": np.pad(truth.moves[start:stop], (0, pad), constant_values=IGNORED),
    }
