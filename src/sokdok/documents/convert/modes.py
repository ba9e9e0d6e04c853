"""The cheapest resolution that is expected to read a page, by a look at its pixels.

- The rule is the published compression curve: up to ten text tokens to a vision token some 96 % is read, then it falls
  (DeepSeek-OCR, Fox table). Vision tokens that padding wastes don't count, and type must stay large enough to see.
- Where a text layer knows how much text there is, it is counted rather than estimated.
- Else rows and glyphs are counted strip by strip, so that columns with rows at different heights don't run together: a
  run of inked pixel rows is a row of text, a run of inked pixel columns in it a glyph or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from sokdok.model.preprocess import MODES, Mode, choose_grid, valid_tokens
from sokdok.pages.page import Page
from sokdok.reading.reading import Reader

SAFE_RATIO = 10.0  # text tokens to a vision token
MIN_ROW = 5.5  # pixels of a row of text, ascender to descender, in what the encoder sees
STRIPS = 12
MOST_PIXELS = 2000  # of the long side that is looked at
CONTRAST = 0.35  # of the range between paper and ink: pixels beyond it are ink
LOWEST_ROW, HIGHEST_ROW = 4, 0.06  # pixels; share of the page's height


@dataclass(frozen=True)
class Choice:
    """A mode, and why; no mode where the reader decides."""

    mode: str | None
    reason: str


@dataclass(frozen=True)
class Density:
    """What a look at a page shows."""

    row_height: float  # pixels of the picture, ascender to descender, of the usual row; 0 without text
    runs: int  # inked runs in rows of text: about one a glyph
    ink: float  # share of the page's pixels
    tokens_per_run: float  # estimate: .3 for letters, .65 for Hangul

    @property
    def text_tokens(self) -> int:
        return round(self.runs * self.tokens_per_run)


def modes_for(reader: Reader) -> tuple[str, ...]:
    """The modes to choose from for a reader, cheapest first; none where it does not leave the choice to us."""
    return () if reader.abilities.chooses_mode else reader.abilities.modes


def choose_mode(page: Page, density: Density, modes: Sequence[str], text_tokens: int | None = None) -> Choice:
    """The first of `modes` expected to read the page; `text_tokens` if they are known better than by looking."""
    tokens, said = (density.text_tokens, "about ") if text_tokens is None else (text_tokens, "")
    if page.cell is not None:
        return Choice(None, "drawn by sokdok, in the mode of its size")
    if len(modes) < 2:
        decides = "the reader has one mode" if modes else "the reader's choice"
        return Choice(None, f"{decides}; {said}{tokens:,} text tokens")
    for name in modes:
        ratio = tokens / max(1, valid_tokens(name, page.size))
        seen = density.row_height * scale(MODES[name], page.size)
        reason = f"{said}{tokens:,} text tokens, {ratio:.1f} to a vision token, rows of {seen:.0f} pixels"
        if ratio <= SAFE_RATIO and (seen >= MIN_ROW or not density.row_height):
            return Choice(name, reason)
    return Choice(modes[-1], f"the largest; {reason}")


def scale(mode: Mode, size: tuple[int, int]) -> float:
    """Pixels in the sharpest view of a mode for each pixel of the page, in the direction that shrinks more."""
    width, height = size
    if mode.tile is not None and (grid := choose_grid(size, mode.tile, mode.tile_cap)) != (0, 0):
        return min(mode.tile * grid[0] / width, mode.tile * grid[1] / height)
    return mode.base / max(width, height)


def estimate(image: Image.Image) -> Density:
    """Look at a page: 10 to 30 ms."""
    shrunk = max(1, round(max(image.size) / MOST_PIXELS))
    ink = _ink(np.asarray(image.convert("L").reduce(shrunk)))
    rows = [
        _row(strip[top:bottom])
        for strip in np.array_split(ink, min(STRIPS, ink.shape[1]), axis=1)
        for top, bottom in _runs(strip.sum(axis=1) > 0.01 * strip.shape[1])
        if LOWEST_ROW <= bottom - top <= max(HIGHEST_ROW * len(ink), 2 * LOWEST_ROW)
    ]
    if not rows:
        return Density(0.0, 0, float(ink.mean()), 0.0)
    heights, counts, widths, edges = np.array(rows).T
    row = float(np.median(np.repeat(heights, counts.astype(int))))
    edge = float(np.median(np.repeat(edges, counts.astype(int))))
    per_run = _tokens_per_run(float(widths.sum() / counts.sum() / row), edge)
    return Density(row * shrunk, int(counts.sum()), float(ink.mean()), per_run)


def _row(ink: np.ndarray) -> tuple[float, float, float, float]:
    """Height of a row in a strip, runs in it, their width together, and the share of ink in its edges, 1 if even."""
    height = len(ink)
    glyphs = _runs(ink.any(axis=0))
    profile = ink.sum(axis=1)
    quarter = max(1, height // 4)
    edge = (profile[:quarter].sum() + profile[-quarter:].sum()) / profile.sum() * height / (2 * quarter)
    return height, len(glyphs), float((glyphs[:, 1] - glyphs[:, 0]).sum()), float(edge)


def _tokens_per_run(width: float, edge: float) -> float:
    """Text tokens to a run `width` rows wide, in rows with so much ink at their edges.

    Fitted to 120 synthetic pages: right within a factor of 1.6 on nine of ten. Latin leaves the edges of its rows to
    ascenders and descenders, Hangul fills them; a wide run is several letters that touch.
    """
    return min(float(np.exp(0.56 * edge + 1.65 * width - 2.0)), 1.5)


def _ink(grey: np.ndarray) -> np.ndarray:
    """Pixels that differ from the paper, dark on light or light on dark."""
    sample = grey[::3, ::3].astype(np.float32)
    paper = np.median(sample)
    ink = np.percentile(np.abs(sample - paper), 99.5)
    return np.abs(grey.astype(np.float32) - paper) > max(CONTRAST * ink, 24.0)


def _runs(flags: Any) -> np.ndarray:
    """(N, 2) first and one past the last of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)
