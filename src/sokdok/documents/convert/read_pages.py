"""Pages of a file through a reader: drawn (`draw`), read here, put together (`finish`).

- Pages of a window that share a mode are read together.
- Every page asked for comes out, in order but for those of a window. A page that can't be drawn or read is a failed
  page; a reader that breaks down over several pages is asked again about each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import groupby

from sokdok.documents.build import failed_page
from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.draw import Analysis, Noting, windows
from sokdok.documents.convert.finish import finish, needs_reader
from sokdok.documents.convert.open_source import Attached, Mail, SourceFile
from sokdok.documents.document import Block, DocumentPage
from sokdok.errors import InputError, SokdokError
from sokdok.pages.page import Page, PageError
from sokdok.reading.reading import Reader, Reading


def read_pages(
    file: SourceFile, indices: Iterable[int], asked: Conversion, noting: Noting = nullcontext
) -> Iterator[tuple[DocumentPage, Page | PageError | None]]:
    """Each page that `indices` names, read, with its picture, as soon as it is read: within a batch, in any order.

    There is no picture of a page that did not have to be drawn.

    `noting` is entered while a page is drawn, with its number. SokdokErrors of the reader pass through. Raises
    InputError at a page that is not SUCCESS, if `asked` is strict.
    """
    for page, picture in _pages(file, indices, asked, noting):
        if asked.question.strict and page.status != "SUCCESS":
            raise InputError(f"{file.source}, page {page.number}, is {page.status}: {page.error}")
        yield page, picture


def _pages(
    file: SourceFile, indices: Iterable[int], asked: Conversion, noting: Noting
) -> Iterator[tuple[DocumentPage, Page | PageError | None]]:
    if isinstance(file, Mail):
        yield from _mailed(file, indices, asked, noting)
        return
    for window in windows(file, indices, asked, noting):
        for error in window:
            if isinstance(error, PageError):
                yield failed_page((error.index or 0) + 1, error.message), error
        for analysis, reading in _read([page for page in window if isinstance(page, Analysis)], asked):
            page = finish(analysis, reading, asked)
            remarks = filter(None, (file.remark, file.lost_layers.get(analysis.index)))
            yield replace(page, warnings=(*page.warnings, *remarks)), analysis.page


def _mailed(
    mail: Mail, indices: Iterable[int], asked: Conversion, noting: Noting
) -> Iterator[tuple[DocumentPage, Page | PageError | None]]:
    """Pages of a mail: its message's, and those of what is attached, the first of each below its name."""
    for attached, places in mail.parts(indices):
        if attached is None:
            for page, picture in _pages(mail.message, places, asked, noting):
                yield _with_warnings(page, mail), picture
            continue
        first, waiting = attached.first, dict.fromkeys(places)
        try:
            file = mail.opened(attached)
            for page, picture in _pages(file, places, asked, _behind(noting, first)):
                waiting.pop(page.number - 1)
                yield _below_name(page, attached), picture
            why = f"{attached.name} is left alone: the {file.given_up}" if file.given_up else ""
        except InputError as error:  # the mail and its other files are none the worse for it
            why = str(error)
        for place in waiting:
            yield _below_name(failed_page(place + 1, why), attached), PageError(mail.source, first + place, why)


def _behind(noting: Noting, pages: int) -> Noting:
    """What notes pages of a file that stands behind so many others."""
    return lambda number: noting(pages + number)


def _with_warnings(page: DocumentPage, mail: Mail) -> DocumentPage:
    """A page of the message, with a warning that names attached files that are not opened."""
    warnings = (*page.warnings, *filter(None, [mail.warning]))
    if mail.error and page.status == "SUCCESS":
        return replace(page, warnings=warnings, status="PARTIAL", error=mail.error)
    return replace(page, warnings=warnings)


def _below_name(page: DocumentPage, attached: Attached) -> DocumentPage:
    """A page of an attached file as one of its mail: the name is a heading, or in what a failed page says."""
    page = replace(page, number=attached.first + page.number)
    if page.status == "FAILURE":
        return page if attached.name in page.error else replace(page, error=f"{attached.name}: {page.error}")
    if page.number > attached.first + 1:
        return page
    return replace(page, blocks=(Block("sub_title", None, f"## {attached.name}"), *page.blocks))


def _read(window: list[Analysis], asked: Conversion) -> Iterator[tuple[Analysis, Reading | None]]:
    """Pages of one mode together; those whose words the text layer has, as they are."""
    reader = None if asked.question.source == "text-layer" else asked.reader
    waiting = [] if reader is None else [analysis for analysis in window if needs_reader(analysis, reader, asked)]
    yield from ((analysis, None) for analysis in window if analysis not in waiting)
    for mode, group in groupby(sorted(waiting, key=_mode), key=_mode):
        assert reader is not None
        yield from _read_group(list(group), mode, reader, asked)


def _mode(analysis: Analysis) -> str:
    return analysis.choice.mode or ""


def _read_group(
    group: list[Analysis], mode: str, reader: Reader, asked: Conversion
) -> Iterator[tuple[Analysis, Reading | None]]:
    """Every page of a group once, whatever the reader does."""
    options = {**asked.arguments, **({"mode": mode} if mode else {})}
    waiting = dict(enumerate(group))
    why = "the reader gave no answer for this page"
    try:
        for reading in reader.read(
            (analysis.page for analysis in group if analysis.page), batch_size=asked.question.batch, **options
        ):
            yield waiting.pop(reading.page), reading
    except SokdokError:
        raise
    except Exception as error:  # no reader should: find out which page it was
        why = f"the reader broke ({str(error) or type(error).__name__})"
        if len(group) > 1:
            for analysis in waiting.values():
                yield from _read_group([analysis], mode, reader, asked)
            return
    for analysis in waiting.values():
        yield analysis, Reading(0, analysis.page.source if analysis.page else "", "failed", "", error=why)
