"""The parent's side of a searchable PDF: words to the child as pages come, the PDF from it at the end."""

from __future__ import annotations

from typing import BinaryIO, TypeVar

from sokdok.documents.document import Block, Document, DocumentPage, Word
from sokdok.documents.write.searchable.child import REWRITE, PageWords
from sokdok.documents.write.writer import Wanted
from sokdok.errors import InputError, SokdokError
from sokdok.jobs import Child, Died

T = TypeVar("T")


class Writer:
    """Writes the pages that are added, as the original has them, with their words."""

    def __init__(self, file: BinaryIO, head: Document, wanted: Wanted) -> None:
        if wanted.original is None:
            raise InputError("a searchable PDF needs the file whose pages it shows")
        self.file, self.source, self.original = file, head.source, wanted.original
        self.child = Child(self.original.limits)
        try:
            path, password = self.original.path.absolute(), self.original.password
            self.count = self._call("open", path, self.source, password, kind=int)
        except BaseException:
            self.child.close()
            raise

    def add(self, page: DocumentPage) -> None:
        """The page with its words: all that the reader read, none that can be found on it already."""
        blocks = [list(words) for block in page.blocks if (words := _added(page, block))]
        if page.number <= self.count:
            strip = page.evidence == "pixels" and bool(blocks)
            self._call("add", PageWords(page.number - 1, (page.width, page.height), blocks, strip), kind=type(None))

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """Write the PDF."""
        try:
            self._call("finish", kind=type(None))
            while chunk := self._call("take", kind=bytes):
                self.file.write(chunk)
        finally:
            self.child.close()

    def _call(self, method: str, *arguments: object, kind: type[T]) -> T:
        try:
            return self.child.call(f"{REWRITE}.{method}", *arguments, kind=kind)
        except (Died, RuntimeError) as error:
            raise SokdokError(f"{self.source} can't be written again as a PDF: {error}") from None


def _added(page: DocumentPage, block: Block) -> tuple[Word, ...]:
    """The words of a block that the page's own text has not."""
    if page.evidence == "exact":
        return ()
    return block.words if page.evidence == "pixels" else tuple(word for word in block.words if word.source == "reader")
