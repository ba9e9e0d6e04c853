"""A reader that takes the words of pages from their text layers where it can, as documents do."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.draw import Analysis, believed
from sokdok.documents.convert.finish import LAYER, finish, needs_reader
from sokdok.documents.convert.fonts import Fonts, page_strips
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.markdown import plain_text
from sokdok.pages.page import Page
from sokdok.reading.inputs import read_inputs
from sokdok.reading.prompts import PLAIN
from sokdok.reading.reading import Reader, Reading

if TYPE_CHECKING:
    from sokdok.pages.inputs import Inputs

MARKUP_SIDE = 999  # of a page, in the units of the markup's boxes
_MARKS = {"title": "# ", "sub_title": "## "}


class WithLayers:
    """Answers with the words that are taken for a page (`finish`): plain text, or the family's markup for `layout`.

    Pages that bring no layer are the reader's.
    """

    def __init__(self, reader: Reader, layout: bool) -> None:
        self.reader, self.layout = reader, layout
        self.name, self.abilities = reader.name, reader.abilities
        self._asked = Conversion(reader=reader)
        self._fonts = Fonts(reader)

    def read(self, pages: Inputs, prompt: str = PLAIN, *, batch_size: int = 8, **options: Any) -> Iterator[Reading]:
        """Read pages in batches, in order; see `Reader.read`."""
        return read_inputs(pages, lambda opened: self._read(opened, batch_size, {"prompt": prompt, **options}))

    def _read(self, pages: Iterable[Page], batch_size: int, options: dict[str, Any]) -> Generator[Reading, None, None]:
        stream = iter(enumerate(pages))
        while batch := list(islice(stream, batch_size)):
            looked_at = [_analysed(page, self._fonts) for _, page in batch]
            waiting = [at for at, one in enumerate(looked_at) if needs_reader(one, self.reader, self._asked)]
            given = (batch[at][1] for at in waiting)
            found = self.reader.read(given, batch_size=batch_size, **options) if waiting else iter(())
            read = {waiting[reading.page]: reading for reading in found}
            for at, (index, page) in enumerate(batch):
                yield replace(self._answer(looked_at[at], page, read.get(at)), page=index)

    def _answer(self, analysis: Analysis, page: Page, reading: Reading | None) -> Reading:
        if reading is None and analysis.page is not None and not analysis.finding.regions:
            return Reading(0, page.source, "failed", "", error="the reader gave no answer for this page")
        if reading is not None and (analysis.layer is None or reading.status == "failed"):
            return reading
        whole = finish(analysis, reading, self._asked)
        text = _markup(whole) if self.layout else plain_text(whole)
        if reading is not None:
            return replace(reading, text=text)
        if whole.status == "FAILURE":
            return Reading(0, page.source, "failed", "", error=whole.error)
        return Reading(0, page.source, "ok", text, decoder=LAYER, steps=len(text))


def _analysed(page: Page, fonts: Fonts) -> Analysis:
    """A page before it is read; one that needs no pixels is as good as not drawn."""
    layer, finding = believed(fonts, page.layer, page.source, partial(page_strips, page))
    return Analysis(page.index, page.size, finding, layer, page=None if finding.is_exact else page)


def _markup(page: DocumentPage) -> str:
    """A page in the family's markup (`documents.grammar`)."""
    parts = []
    for block in page.blocks:
        left, top, right, bottom = block.box or (0, 0, page.width, page.height)
        places = (left / page.width, top / page.height, right / page.width, bottom / page.height)
        corners = ", ".join(str(round(min(place, 1.0) * MARKUP_SIDE)) for place in places)
        text = block.html or _MARKS.get(block.kind, "") + block.text
        parts.append(f"<|ref|>{block.kind}<|/ref|><|det|>[[{corners}]]<|/det|>\n{text}\n")
    return "\n".join(parts)
