"""The first stage: what a page's words can rest on, its pixels where they are needed, and a mode.

Memory holds one window of a batch, whatever the file. A page that can't be drawn is an error in its place. A page whose
text layer says everything is not drawn at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import pairwise

from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.modes.choose_mode import Choice, choose_mode, modes_for
from sokdok.documents.convert.modes.density import Density, estimate
from sokdok.documents.convert.words.evidence import Finding
from sokdok.documents.convert.words.fonts import Fonts
from sokdok.errors import SokdokError
from sokdok.layout.text_layer import layer_text
from sokdok.pages.files import PageFile, unless_given_up
from sokdok.pages.page import Page, PageError
from sokdok.pages.pdf import pixel_size
from sokdok.pages.textlayer import TextLayer
from sokdok.reasons import say
from sokdok.tokens.deepseek import count_text

WINDOW_PIXELS = 64_000_000  # drawn and not yet read; one page may have more
TINY_ROW = 10  # pixels: lower rows of text are drawn again larger, if the file allows it
MOST_ENLARGED = 2.5
Noting = Callable[[int], AbstractContextManager[object]]  # gives what is entered while a page is drawn, by page number


@dataclass(frozen=True)
class Drawn:
    """A page before it is read."""

    index: int
    size: tuple[int, int]  # width and height in pixels
    layer: TextLayer | None
    finding: Finding
    page: Page | None = None  # None where no pixel has to be looked at
    density: Density | None = None  # what a look at the pixels tells
    choice: Choice = Choice(None, "")


def windows(
    file: PageFile, indices: Iterable[int], asked: Conversion, noting: Noting = nullcontext
) -> Iterator[list[Drawn | PageError]]:
    """Look at the pages that `indices` names, a window at a time: at most a batch, and `WINDOW_PIXELS`.

    A page that needs no pixels does not wait for the batch, and the next text layer is read while it is put together.
    """
    window: list[Drawn | PageError] = []
    pixels = passed = 0
    wanted = list(indices)
    following = dict(pairwise(wanted))
    fonts = Fonts(asked.reader if asked.question.source == "auto" else None)
    for index in unless_given_up(file, wanted):
        drawn = index if isinstance(index, PageError) else _noted(file, index, asked, fonts, noting)
        if isinstance(index, int) and index in following and file.scalable:
            file.read_ahead(following[index])
        if isinstance(drawn, Drawn) and drawn.page is None:
            passed += bool(window)
            yield [drawn]
        else:
            window.append(drawn)
            pixels += drawn.size[0] * drawn.size[1] if isinstance(drawn, Drawn) else 0
        if window and (len(window) + passed >= asked.question.batch or pixels >= WINDOW_PIXELS):
            yield window
            window, pixels, passed = [], 0, 0
    if window:
        yield window


def _noted(file: PageFile, index: int, asked: Conversion, fonts: Fonts, noting: Noting) -> Drawn | PageError:
    with noting(index + 1):
        return _draw(file, index, asked, fonts)


def _draw(file: PageFile, index: int, asked: Conversion, fonts: Fonts) -> Drawn | PageError:
    try:
        layer = file.layer(index) if file.scalable else None
        layer, finding = fonts.judged(
            layer, file.source, lambda found: lambda areas: file.strips(index, areas, found.turned)
        )
        needless = finding.is_exact and asked.question.source == "auto"
        if layer is not None and (needless or asked.question.source == "text-layer" or asked.reader is None):
            return Drawn(index, pixel_size(layer.shown_size, asked.question.dpi), layer, finding)
        return _with_pixels(file, index, asked, layer, finding)
    except SokdokError:
        raise
    except Exception as error:  # memory, or a decoder's own: the other pages are none the worse for it
        return PageError(file.source, index, say("not_drawn", why=str(error) or type(error).__name__))


def _with_pixels(
    file: PageFile, index: int, asked: Conversion, layer: TextLayer | None, finding: Finding
) -> Drawn | PageError:
    page = file.page(index, asked.question.dpi)
    if isinstance(page, PageError):
        return page
    density = estimate(page.image)
    if asked.question.dpi is None and 0 < density.row_height < TINY_ROW:
        page, density = _larger(file, index, page, density)
    return Drawn(index, page.size, layer, finding, page, density, _choice(page, density, layer, asked))


def _larger(file: PageFile, index: int, page: Page, density: Density) -> tuple[Page, Density]:
    again = file.page(index, enlarged=min(TINY_ROW / density.row_height, MOST_ENLARGED))
    if isinstance(again, PageError) or again.size == page.size:
        return page, density
    return again, estimate(again.image)


def _choice(page: Page, density: Density, layer: TextLayer | None, asked: Conversion) -> Choice:
    if asked.reader is None or asked.question.source == "text-layer":
        return Choice(None, "")
    if asked.question.mode != "auto":
        return Choice(asked.question.mode, "as asked")
    modes = modes_for(asked.reader)
    known = count_text(layer_text(layer)) if len(modes) > 1 and layer is not None and layer.characters else None
    return choose_mode(page, density, modes, known)
