"""Pages of a file through a reader, with its text layer as witness and as fallback.

- Pages are drawn as windows of a batch need them, so memory holds a window, whatever the file. In mode `auto` each page
  gets its own resolution (`density`), and pages of a window that share one are read together.
- Every page asked for comes out, in order but for those of a window. A page that can't be drawn or read is a failed
  page; a reader that breaks down over several pages is asked again about each.
- Source `auto`: the layer stands in where the reader looped, broke off, failed or misread wildly; a warning says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Literal

from sokdok.documents.build import build_page, failed_page
from sokdok.documents.convert.density import Choice, Density, choose_mode, estimate, modes_for
from sokdok.documents.convert.verify import Agreement, compare, covers
from sokdok.documents.document import DocumentPage
from sokdok.documents.textblocks import text_blocks
from sokdok.documents.write.markdown import plain_text
from sokdok.errors import SokdokError
from sokdok.layout.text_layer import layer_text
from sokdok.pages.files import PageFile
from sokdok.pages.page import Page, PageError
from sokdok.pages.textlayer import TextLayer
from sokdok.reading.reading import Reader, Reading
from sokdok.tokens.deepseek import count_text

Source = Literal["auto", "reader", "text-layer"]
"""whose words a document has"""
WINDOW_PIXELS = 64_000_000
"""drawn and not yet read; one page may have more"""
TINY_ROW = 10
"""pixels: lower rows of text are drawn again larger, if the file allows it"""
MOST_ENLARGED = 2.5
LAYER = "text layer"
"""who read a page whose text is the layer's"""


@dataclass(frozen=True)
class HowToRead:
    """What is asked of each page."""

    reader: Reader | None
    """may be None if only text layers are wanted"""
    options: Mapping[str, Any] = field(default_factory=dict)
    """for the reader's `read`"""
    mode: str = "auto"
    source: Source = "auto"
    batch: int = 8
    dpi: float | None = None
    """None chooses one that shows the text well"""


@dataclass(frozen=True)
class _Drawn:
    """A page before it is read."""

    index: int
    page: Page
    layer: TextLayer | None
    density: Density
    choice: Choice

    @property
    def usable(self) -> TextLayer | None:
        """The layer, if it can stand for the page."""
        return self.layer if self.layer is not None and covers(self.layer, self.density) else None


def read_pages(
    file: PageFile, indices: Iterable[int], asked: HowToRead
) -> Iterator[tuple[DocumentPage, Page | PageError]]:
    """Each page that `indices` names, read, with its picture, as soon as it is read: within a batch, in any order.

    SokdokErrors of the reader pass through.
    """
    for window in _windows(file, indices, asked):
        for error in window:
            if isinstance(error, PageError):
                yield failed_page((error.index or 0) + 1, error.message), error
        for drawn, reading in _read([page for page in window if isinstance(page, _Drawn)], asked):
            page = _safely_finished(drawn, reading, asked)
            yield replace(page, warnings=(*page.warnings, file.remark)) if file.remark else page, drawn.page


def _windows(file: PageFile, indices: Iterable[int], asked: HowToRead) -> Iterator[list[_Drawn | PageError]]:
    window: list[_Drawn | PageError] = []
    pixels = 0
    for index in indices:
        drawn = _draw(file, index, asked)
        window.append(drawn)
        pixels += drawn.page.size[0] * drawn.page.size[1] if isinstance(drawn, _Drawn) else 0
        if len(window) == asked.batch or pixels >= WINDOW_PIXELS:
            yield window
            window, pixels = [], 0
    if window:
        yield window


def _draw(file: PageFile, index: int, asked: HowToRead) -> _Drawn | PageError:
    try:
        page = file.page(index, asked.dpi)
        if isinstance(page, PageError):
            return page
        density = estimate(page.image)
        if asked.dpi is None and 0 < density.row_height < TINY_ROW:
            page, density = _larger(file, index, page, density)
        layer = None if page.cell else file.layer(index)
        return _Drawn(index, page, layer, density, _choice(page, density, layer, asked))
    except SokdokError:
        raise
    except Exception as error:  # memory, or a decoder's own: the other pages are none the worse for it
        return PageError(file.source, index, f"the page can't be drawn ({str(error) or type(error).__name__})")


def _larger(file: PageFile, index: int, page: Page, density: Density) -> tuple[Page, Density]:
    again = file.page(index, enlarged=min(TINY_ROW / density.row_height, MOST_ENLARGED))
    if isinstance(again, PageError) or again.size == page.size:
        return page, density
    return again, estimate(again.image)


def _choice(page: Page, density: Density, layer: TextLayer | None, asked: HowToRead) -> Choice:
    if asked.reader is None or asked.source == "text-layer":
        return Choice(None, "")
    if asked.mode != "auto":
        return Choice(asked.mode, "as asked")
    modes = modes_for(asked.reader)
    known = count_text(layer_text(layer)) if len(modes) > 1 and layer is not None and covers(layer, density) else None
    return choose_mode(page, density, modes, known)


def _read(window: list[_Drawn], asked: HowToRead) -> Iterator[tuple[_Drawn, Reading | None]]:
    """Pages of one mode together."""
    if asked.reader is None or asked.source == "text-layer":
        yield from ((drawn, None) for drawn in window)
        return
    for mode, group in groupby(sorted(window, key=_mode), key=_mode):
        yield from _read_group(list(group), mode, asked.reader, asked)


def _mode(drawn: _Drawn) -> str:
    return drawn.choice.mode or ""


def _read_group(
    group: list[_Drawn], mode: str, reader: Reader, asked: HowToRead
) -> Iterator[tuple[_Drawn, Reading | None]]:
    """Every page of a group once, whatever the reader does."""
    options = {**asked.options, **({"mode": mode} if mode else {})}
    waiting = dict(enumerate(group))
    why = "the reader gave no answer for this page"
    try:
        for reading in reader.read((drawn.page for drawn in group), batch_size=asked.batch, **options):
            yield waiting.pop(reading.page), reading
    except SokdokError:
        raise
    except Exception as error:  # no reader should: find out which page it was
        why = f"the reader broke ({str(error) or type(error).__name__})"
        if len(group) > 1:
            for drawn in waiting.values():
                yield from _read_group([drawn], mode, reader, asked)
            return
    for drawn in waiting.values():
        yield drawn, Reading(0, drawn.page.source, "failed", "", error=why)


def _safely_finished(drawn: _Drawn, reading: Reading | None, asked: HowToRead) -> DocumentPage:
    try:
        return _finished(drawn, reading, asked)
    except Exception as error:  # what a reader wrote or a layer says must not take the other pages down
        reason = f"the page could not be put together ({str(error) or type(error).__name__})"
        return failed_page(drawn.index + 1, reason, *drawn.page.size)


def _finished(drawn: _Drawn, reading: Reading | None, asked: HowToRead) -> DocumentPage:
    if asked.reader is None or reading is None:
        return _layer_only(drawn)
    number, size = drawn.index + 1, drawn.page.size
    page = build_page(reading, *size, number, reader=asked.reader.name, mode_reason=drawn.choice.reason)
    agreement = (
        compare(plain_text(page), layer_text(drawn.usable)) if drawn.usable and page.status != "FAILURE" else None
    )
    page = replace(page, agreement=round(agreement.ordered, 4) if agreement else None)
    if asked.source == "reader":
        return page
    return _with_fallback(drawn, page, reading, agreement)


def _layer_only(drawn: _Drawn) -> DocumentPage:
    width, height = drawn.page.size
    if drawn.layer is None and drawn.density.runs:
        return failed_page(drawn.index + 1, "the page has no text layer; read it with --source auto", width, height)
    blocks = text_blocks(drawn.layer, width, height) if drawn.layer else ()
    warnings = _doubts(drawn) if drawn.layer else ("the page is blank",)
    return DocumentPage(drawn.index + 1, width, height, blocks, warnings=warnings, reader=LAYER, source="text-layer")


def _doubts(drawn: _Drawn) -> tuple[str, ...]:
    return () if drawn.usable else ("the text layer has less text than the page shows, or says not which characters",)


def _with_fallback(drawn: _Drawn, page: DocumentPage, reading: Reading, agreement: Agreement | None) -> DocumentPage:
    """The page as the reader read it, or as the text layer has it."""
    if drawn.layer is None:
        return page
    reason = _reason(page, reading, agreement)
    if not reason or not (drawn.usable or page.status == "FAILURE"):
        return page
    whole = drawn.usable is not None
    return replace(
        page,
        blocks=text_blocks(drawn.layer, *drawn.page.size),
        status="SUCCESS" if whole else "PARTIAL",
        error="" if whole else f"{page.error}; its text layer shows only part of the page",
        warnings=(f"{reason}: the text is the text layer's", *_doubts(drawn)),
        reader=LAYER,
        source="text-layer",
    )


def _reason(page: DocumentPage, reading: Reading, agreement: Agreement | None) -> str:
    """Why the reader's text can't be relied on; empty if it can."""
    if reading.status != "ok":
        return page.error
    if agreement is not None and agreement.wild:
        regardless = f"{agreement.unordered:.0%} whatever the order"
        return f"{page.reader} and the text layer agree to only {agreement.ordered:.0%} ({regardless})"
    return ""
