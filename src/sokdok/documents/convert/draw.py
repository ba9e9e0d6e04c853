"""The first stage: what a page's words can rest on, its pixels where they are needed, and a mode.

What the words of a page of a PDF rest on is its evidence:

- *exact*: there is text that can be seen, its characters are known, and nothing else on the page looks like type.
- *mixed*: there is such text, and a picture beside or behind it in which more may stand, or other ink like type.
- *pixels*: there is none. What lies behind a picture is no evidence: whether it is right, only the pixels show.

The mode is the cheapest resolution that is expected to read a page, by a look at its pixels:

- The rule is the published compression curve: up to ten text tokens to a vision token some 96 % is read, then it falls
  (DeepSeek-OCR, Fox table). Vision tokens that padding wastes don't count, and type must stay large enough to see.
- Where a text layer knows how much text there is, it is counted rather than estimated.
- Else rows and glyphs are counted strip by strip, so that columns with rows at different heights don't run together: a
  run of inked pixel rows is a row of text, a run of inked pixel columns in it a glyph or two.

A page whose text layer says everything is not drawn at all. Memory holds one window of a batch, whatever the file. A
page that can't be drawn is an error in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from PIL import Image

from sokdok.documents.convert.fonts import Fonts
from sokdok.documents.document import Evidence
from sokdok.documents.question import Conversion
from sokdok.errors import SokdokError
from sokdok.imaging.arrays import spans
from sokdok.imaging.box import Box
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.joining import Joiner
from sokdok.layout.text_layer import analyse_layer
from sokdok.model.preprocess import MODES, Mode, choose_grid, valid_tokens
from sokdok.office.flow import Part
from sokdok.pages.files import unless_given_up
from sokdok.pages.isolated import ChildFile
from sokdok.pages.page import Page, PageError
from sokdok.pages.textlayer import TextLayer
from sokdok.reading.reading import Reader
from sokdok.reasons import say
from sokdok.tokens.deepseek import count_text

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
        for top, bottom in spans(strip.sum(axis=1) > 0.01 * strip.shape[1])
        if LOWEST_ROW <= bottom - top <= max(HIGHEST_ROW * len(ink), 2 * LOWEST_ROW)
    ]
    if not rows:
        return Density(0.0, 0, 0.0)
    heights, counts, widths, edges = np.array(rows).T
    row = float(np.median(np.repeat(heights, counts.astype(int))))
    edge = float(np.median(np.repeat(edges, counts.astype(int))))
    # Fitted to 120 synthetic pages: right within a factor of 1.6 on nine of ten. Latin leaves the edges of its rows to
    # ascenders and descenders, Hangul fills them; a wide run is several letters that touch.
    width = float(widths.sum() / counts.sum() / row)
    per_run = min(float(np.exp(0.56 * edge + 1.65 * width - 2.0)), 1.5)
    return Density(row * shrunk, int(counts.sum()), per_run)


def _row(ink: np.ndarray) -> tuple[float, float, float, float]:
    """Height of a row in a strip, runs in it, their width together, and the share of ink in its edges, 1 if even."""
    height = len(ink)
    glyphs = spans(np.asarray(ink.any(axis=0)))
    profile = ink.sum(axis=1)
    quarter = max(1, height // 4)
    edge = (profile[:quarter].sum() + profile[-quarter:].sum()) / profile.sum() * height / (2 * quarter)
    return height, len(glyphs), float((glyphs[:, 1] - glyphs[:, 0]).sum()), float(edge)


def _ink(grey: np.ndarray) -> np.ndarray:
    """Pixels that differ from the paper, dark on light or light on dark."""
    sample = grey[::3, ::3].astype(np.float32)
    paper = np.median(sample)
    ink = np.percentile(np.abs(sample - paper), 99.5)
    return np.abs(grey.astype(np.float32) - paper) > max(CONTRAST * ink, 24.0)


WINDOW_PIXELS = 64_000_000  # drawn and not yet read; one page may have more
TINY_ROW = 10  # pixels: lower rows of text are drawn again larger, if the file allows it
MOST_ENLARGED = 2.5
MOST_UNMAPPED = 0.1  # share of a layer's glyphs whose characters are unknown; with more the layer is not believed
WHOLE_SHARE = 0.8  # of a page that pictures cover: more, and they are the page rather than figures on it
LEAST_SHARE, LEAST_SIDE = 0.03, 36.0  # of the page, and points of the shorter side, of a picture that may hold text
Noting = Callable[[int], AbstractContextManager[object]]  # gives what is entered while a page is drawn, by page number


@dataclass(frozen=True)
class Finding:
    """What a page's words rest on, and why."""

    kind: Evidence  # exact: no pixel has to be looked at
    reason: str
    regions: tuple[Box, ...] = ()  # where pixels may say more than the layer, in points; empty for the whole page


@dataclass(eq=False)
class Analysis:
    """What is known of a page before it is read."""

    index: int
    size: tuple[int, int]  # width and height in pixels
    finding: Finding
    layer: TextLayer | None = None
    part: Part | None = None  # what the page says of itself, that of an office document
    page: Page | None = None  # None where no pixel has to be looked at
    density: Density | None = None  # by a look at the pixels
    choice: Choice = Choice(None, "")

    @cached_property
    def layout(self) -> tuple[list[LayoutBlock], Joiner]:
        """Its layer's blocks, found once, and what joins their lines; those behind its pictures where no others are."""
        assert self.layer is not None
        return analyse_layer(self.layer if self.layer.characters else replace(self.layer, pieces=self.layer.behind))

    @property
    def layer_text(self) -> str:
        """Its layer's text in reading order, a line of the page a line."""
        return "\n".join(block.text for block in self.layout[0])


def windows(
    file: ChildFile, indices: Iterable[int], asked: Conversion, noting: Noting = nullcontext
) -> Iterator[list[Analysis | PageError]]:
    """Look at the pages that `indices` names, a window at a time: at most a batch, and `WINDOW_PIXELS`.

    A page that needs no pixels does not wait for the batch, and the next text layer is read while it is put together.
    """
    window: list[Analysis | PageError] = []
    pixels = passed = 0
    wanted = list(indices)
    following = dict(pairwise(wanted))
    lines = asked.reader.abilities.lines if asked.reader is not None and asked.question.source == "auto" else None
    fonts = Fonts(lines) if lines is not None else None
    for index in unless_given_up(file, wanted):
        if isinstance(index, PageError):
            found: Analysis | PageError = index
        else:
            with noting(index + 1):
                found = _analysed(file, index, asked, fonts)
            if index in following and file.scalable:
                file.read_ahead(following[index])
        if isinstance(found, Analysis) and found.page is None:
            passed += bool(window)
            yield [found]
        else:
            window.append(found)
            pixels += found.size[0] * found.size[1] if isinstance(found, Analysis) else 0
        if window and (len(window) + passed >= asked.question.batch or pixels >= WINDOW_PIXELS):
            yield window
            window, pixels, passed = [], 0, 0
    if window:
        yield window


def _analysed(file: ChildFile, index: int, asked: Conversion, fonts: Fonts | None) -> Analysis | PageError:
    try:
        part = file.part(index)
        if isinstance(part, PageError):
            return part
        if part is not None:
            return Analysis(index, (0, 0), Finding("exact", "the words are text in the file"), part=part)
        layer = file.layer(index) if file.scalable else None
        doubt = unchecked = ""
        if layer is not None and fonts is not None:
            turned = layer.turned
            layer, doubt, unchecked = fonts.corrected(
                layer, file.source, lambda areas: file.strips(index, areas, turned)
            )
        finding = look_at(layer)
        finding = replace(finding, reason="; ".join(filter(None, [doubt, finding.reason, unchecked])))
        needless = finding.kind == "exact" and asked.question.source == "auto"
        if layer is not None and (needless or asked.question.source == "text-layer" or asked.reader is None):
            return Analysis(index, layer.pixel_size(asked.question.dpi), finding, layer)
        return _with_pixels(file, index, asked, layer, finding)
    except SokdokError:
        raise
    except Exception as error:  # memory, or a decoder's own: the other pages are none the worse for it
        return PageError(file.source, index, say("not_drawn", why=str(error) or type(error).__name__))


def _with_pixels(
    file: ChildFile, index: int, asked: Conversion, layer: TextLayer | None, finding: Finding
) -> Analysis | PageError:
    page = file.page(index, asked.question.dpi)
    if isinstance(page, PageError):
        return page
    density = estimate(page.image)
    if asked.question.dpi is None and 0 < density.row_height < TINY_ROW:
        again = file.page(index, enlarged=min(TINY_ROW / density.row_height, MOST_ENLARGED))
        if isinstance(again, Page) and again.size != page.size:
            page, density = again, estimate(again.image)
    if layer is not None and asked.question.source == "auto" and (finding.kind == "mixed" or layer.behind):
        page = replace(page, layer=layer)  # its words will be corrected: the reader need not lay them out
    found = Analysis(index, page.size, finding, layer, page=page, density=density)
    found.choice = _choice(page, found, asked)
    return found


def _choice(page: Page, found: Analysis, asked: Conversion) -> Choice:
    if asked.reader is None or asked.question.source == "text-layer":
        return Choice(None, "")
    if asked.question.mode != "auto":
        return Choice(asked.question.mode, "as asked")
    modes = modes_for(asked.reader)
    counted = len(modes) > 1 and found.layer is not None and found.layer.characters
    assert found.density is not None
    return choose_mode(page, found.density, modes, count_text(found.layer_text) if counted else None)


def look_at(layer: TextLayer | None) -> Finding:
    """Judge by what is in the file."""
    if layer is None:
        return Finding("pixels", "there is no text layer")
    if not layer.characters:
        return Finding("pixels", "its text layer lies behind a picture")
    if layer.unmapped > MOST_UNMAPPED:
        return Finding("pixels", "the fonts of its text layer do not say which characters they show")
    if sum(box.area for box in layer.pictures) > WHOLE_SHARE * layer.size[0] * layer.size[1]:
        return Finding("mixed", "there is a text layer, and a picture covers the page")
    least = LEAST_SHARE * layer.size[0] * layer.size[1]
    pictures = (box for box in layer.pictures if min(box.width, box.height) >= LEAST_SIDE and box.area >= least)
    regions = _apart([*pictures, *layer.other_ink])
    if regions:
        count = "a place" if len(regions) == 1 else f"{len(regions)} places"
        return Finding("mixed", f"there is a text layer, and {count} beside it where text may stand", regions)
    return Finding("exact", "all text is in the text layer")


def _apart(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Boxes that do not overlap, around those that do."""
    apart: list[Box] = []
    for box in boxes:
        around = box
        while touching := [other for other in apart if around.overlap(other)]:
            apart = [other for other in apart if other not in touching]
            around = Box.around([around, *touching])
        apart.append(around)
    return tuple(apart)
