"""The pages of a unit, gathered into its result as they come."""

from __future__ import annotations

from collections.abc import Iterable

from sokdok.bulk.plan import Unit
from sokdok.bulk.results import Header, encode_result, page_line
from sokdok.documents.build import failed_page
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.markdown import plain_text
from sokdok.tokens.deepseek import count_text


class Gathering:
    """Each page of a unit once, kept as the line that it will be, a tenth of what it takes as objects."""

    def __init__(self, header: Header, unit: Unit) -> None:
        self.header, self.unit = header, unit
        self._lines: dict[int, bytes] = {}

    @property
    def missing(self) -> list[int]:
        """Numbers of pages that were not taken yet, in order."""
        return [number for number in self.unit.numbers if number not in self._lines]

    def take(self, page: DocumentPage, seconds: float = 0.0) -> None:
        """Take a page, which took so long."""
        page, self._lines[page.number] = page_line(page)
        self.header.tally.count(page, self.unit.path, seconds, count_text(plain_text(page)))

    def take_over(self, earlier: Iterable[DocumentPage]) -> None:
        """Take those pages of an earlier attempt that did not fail."""
        for page in earlier:
            if page.status != "FAILURE":
                self.take(page)

    def fail(self, numbers: Iterable[int], reason: str) -> None:
        """Take failed pages."""
        for number in numbers:
            self.take(failed_page(number, reason))

    def packed(self) -> bytes:
        """The result."""
        return encode_result(self.header, (self._lines[number] for number in sorted(self._lines)))
