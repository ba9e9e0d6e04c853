"""The cheapest resolution that is expected to read a page.

- The rule is the published compression curve: up to ten text tokens to a vision token some 96 % is read, then it falls
  (DeepSeek-OCR, Fox table). Vision tokens that padding wastes don't count, and type must stay large enough to see.
- Where a text layer knows how much text there is, it is counted rather than estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sokdok.documents.convert.modes.density import Density
from sokdok.model.preprocess import MODES, Mode, choose_grid, valid_tokens
from sokdok.pages.page import Page
from sokdok.reading.reading import Reader

SAFE_RATIO = 10.0  # text tokens to a vision token
MIN_ROW = 5.5  # pixels of a row of text, ascender to descender, in what the encoder sees


@dataclass(frozen=True)
class Choice:
    """A mode, and why; no mode where the reader decides."""

    mode: str | None
    reason: str


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
