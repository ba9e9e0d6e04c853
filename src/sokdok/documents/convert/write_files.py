"""The files of a document, all forms at once: each under a temporary name, one page in memory at a time.

Forms that are asked for later are written from the document's JSON, where it says what they need.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.open_source import SourceFile, open_source
from sokdok.documents.convert.outputs import SUFFIXES
from sokdok.documents.document import Document, DocumentPage
from sokdok.documents.question import Question
from sokdok.documents.write import open_writer
from sokdok.documents.write.json_file import from_json
from sokdok.documents.write.page_pictures import PagePictures
from sokdok.documents.write.writer import Original, PageWriter, Pictures, Wanted
from sokdok.errors import InputError
from sokdok.files import open_own, replacing

WITHOUT_WORDS = {"md", "txt", "json", "docx", "xlsx"}
"""forms that need no words with their places: HTML marks those that are unsure, the others put words on pictures"""


def write_files(
    file: SourceFile,
    path: Path,
    folder: Path,
    head: Document,
    asked: Conversion,
    pages: Iterable[DocumentPage],
    kept: Collection[str] = (),
) -> None:
    """Write the forms that are asked for into a document's folder; one opened last gets its name first.

    Other forms are removed, as they would be of other pages, but for those of `kept`.
    """
    pictures = PagePictures(lambda: file, asked.question.dpi, folder)
    wanted = wanted_of(path, asked.question, pictures, inside=False)
    with ExitStack() as stack:

        def opened(suffix: str) -> BinaryIO:
            temporary = stack.enter_context(replacing(folder / f"{folder.name}{suffix}"))
            return stack.enter_context(temporary.open("wb"))

        writers: list[PageWriter] = [open_writer(form, opened(f".{form}"), head, wanted) for form in asked.question.to]
        for page in pages:
            for writer in writers:
                writer.add(page)
        for writer in writers:
            writer.close()
    for suffix in SUFFIXES:  # an earlier run's would be of other pages
        if suffix[1:] not in (*asked.question.to, *kept):
            (folder / f"{folder.name}{suffix}").unlink(missing_ok=True)


def finished_document(folder: Path, forms: Collection[str], words: bool) -> Document | None:
    """The document of a finished folder, if it says what `forms` need; `words` is whether it has words."""
    if not words and not WITHOUT_WORDS.issuperset(forms):
        return None
    try:
        with open_own(folder / f"{folder.name}.json") as file:
            return from_json(file.read().decode())
    except (OSError, ValueError, InputError):  # it is not there, or somebody changed it: the file is read again
        return None


def wanted_of(path: Path, question: Question, pictures: Pictures, *, inside: bool) -> Wanted:
    """What writers are asked for; `inside`: figures are part of an HTML file."""
    original = Original(path, question.password, question.limits)
    return Wanted(question.headers, question.words, question.page_images, pictures, inside, original)


@contextmanager
def pictures_of(path: Path, question: Question) -> Iterator[PagePictures]:
    """The pictures of a file, which is opened in a process of its own at the first one."""
    with ExitStack() as stack:
        yield PagePictures(lambda: stack.enter_context(closing(open_source(path, question))), question.dpi)
