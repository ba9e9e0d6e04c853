"""What a child does with files, and with what was read of them: pages counted and drawn, results written."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import wraps
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import ParamSpec, TypeVar

import msgspec
from PIL import Image

from sokdok.documents.blocks import PICTURES, Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages, whole_pages
from sokdok.documents.lines import Found, find
from sokdok.documents.question import PIXEL_FORMS, Question
from sokdok.documents.result import Document
from sokdok.documents.source import Mail, PagePictures, SourceFile, open_source
from sokdok.documents.write import write_files
from sokdok.documents.write.writer import Original, Wanted
from sokdok.errors import EndpointError, InputError, MissingExtraError, SokdokError, is_disk_full
from sokdok.files import name_of, printable, replacing
from sokdok.jobs import Child, Died, Limits
from sokdok.office.file import OfficeFile
from sokdok.office.kinds import office_kind
from sokdok.pages.files import page_range
from sokdok.pages.isolated import OPEN_PAGES
from sokdok.pages.page import PageError
from sokdok.pages.textlayer import LONG_SIDE
from sokdok.reading.remote.key import base_address
from sokdok.reasons import say
from sokdok.server.engine.job import PictureRead, TaskRead
from sokdok.server.errors import Absent, DiskFull, TooLarge, Unreadable
from sokdok.server.tasks.files import page_in_document, pages_in
from sokdok.server.work import docling, mistral
from sokdok.server.work.docling import ConvertedTask
from sokdok.server.work.mistral import OcrForm
from sokdok.server.work.texts import checked_schema
from sokdok.tokens import count_text

P = ParamSpec("P")
T = TypeVar("T")
_IDLE_S = 15.0  # after which a file is closed, with the process that opened it
_MOST_PLACES = 1_000  # of a text
_MOST_SIDE = 3_000  # pixels of a picture
_QUICK = 3  # zlib's level: half the time of its usual one, a tenth more bytes
_HEAD = 1024
_AT_TERMINAL = "give its password with --password"  # as a file's error has it


def _refused(method: Callable[P, T]) -> Callable[P, T]:
    """Say why a file or a task can't be used by the name that people know: the second argument is its own.

    Raises Unreadable; Absent, TooLarge, EndpointError and DiskFull as they are.
    """

    @wraps(method)
    def checked(*arguments: P.args, **named: P.kwargs) -> T:
        files, what = arguments[0], arguments[1]
        assert isinstance(files, Files)
        job = what.job if isinstance(what, TaskRead) else None
        upload, shown_as = (job.upload, job.shown_as) if job else (str(what), str(arguments[2]))
        try:
            return method(*arguments, **named)
        except (Absent, TooLarge, EndpointError):
            raise
        except SokdokError as error:
            raise Unreadable(str(error).replace(printable(files.path(upload)), shown_as)) from None
        except Died as error:  # files are opened in a process of their own: what ends that is the file's fault
            raise Unreadable(f"{shown_as} can't be used: the process that opened it {error}") from None
        except OSError as error:
            if is_disk_full(error):
                raise DiskFull(str(error)) from None
            raise

    return checked


class Files:
    """The spool as a child sees it; one file is kept open, since who looks at one page mostly asks for the next."""

    def __init__(self, spool: str, limits: Limits) -> None:
        self.spool, self.limits = Path(spool), limits
        self._lock = threading.RLock()
        self._name = ""
        self._file: SourceFile | None = None
        self._timer: threading.Timer | None = None

    def ready(self) -> None:
        """Have a process that opens files, so that the first one need not wait for it."""
        Child.prepare(self.limits, OPEN_PAGES)

    def path(self, upload: str) -> Path:
        """Where a file lies."""
        return self.spool / upload

    @contextmanager
    def opened(self, upload: str) -> Iterator[SourceFile]:
        """A file, opened in its isolated process. Raises InputError if it can't be."""
        with self._lock:
            yield self._open(upload)

    @_refused
    def page_numbers(self, upload: str, shown_as: str, pages: str | None) -> list[int]:
        """The numbers of the pages that a range names, from 1."""
        try:
            with closing(open_source(self.path(upload), Question(limits=self.limits))) as file:
                indices = page_range(pages, len(file), file.source, self.limits.pages)
        except InputError as error:
            raise InputError(str(error).replace(_AT_TERMINAL, "give its password in the field password")) from None
        return [index + 1 for index in indices]

    @_refused
    def unlock(self, upload: str, shown_as: str, password: str) -> None:
        """Write a PDF again without its password: what is kept must be readable, and a password is not kept.

        Files of other kinds stay as they are. Raises InputError if it can't be opened, or by another password;
        MissingExtraError without pikepdf.
        """
        path = self.path(upload)
        with path.open("rb") as file:
            if b"%PDF-" not in file.read(_HEAD):
                return
        if find_spec("pikepdf") is None:
            raise MissingExtraError("pdf", "opening a PDF by its password")
        with Child(self.limits) as child, replacing(path) as temporary:
            try:
                asked = os.fsencode(path.absolute()), shown_as, password
                temporary.write_bytes(child.call(f"{__name__}:unlocked", *asked, kind=bytes))
            except (Died, RuntimeError) as error:
                raise InputError(say("not_opened", file=shown_as, why=error)) from None

    @_refused
    def draw_page(self, upload: str, shown_as: str, page: int, width: int, to: str) -> None:
        """Write a page's picture as PNG, at least so many pixels wide where it can be. Raises Absent where there is
        none, InputError where it can't be drawn."""
        with self.opened(upload) as file:
            if isinstance(file, OfficeFile):
                raise Absent(f"{shown_as} has no pictures of its pages: its words are text in the file")
            drawn = file.page(page - 1)
            if isinstance(drawn, PageError):
                raise (Absent if isinstance(file, Mail) else InputError)(drawn.message)
            image = drawn.image
            if file.scalable and image.width < width:
                larger = file.page(page - 1, enlarged=min(width / image.width, _MOST_SIDE / LONG_SIDE))
                image = image if isinstance(larger, PageError) else larger.image
        factor = min(1.0, width / image.width, _MOST_SIDE / max(image.size))
        if factor < 1.0:
            size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        _save(image, Path(to))

    @_refused
    def cut_figure(self, read: TaskRead, name: str, to: str) -> None:
        """Write a figure as PNG, by the id that `list_figures` gives it. Raises Absent where there is none."""
        page = _page(read, int(name.partition("-")[0]))
        block = dict(_figures(page)).get(name)
        if block is None:
            raise Absent(f"page {page.number} has no figure {name!r}")
        with self.pictures(read) as pictures:
            data = pictures.figure(page, block)
        if data is None:
            raise Absent(f"figure {name} can't be shown: it is damaged, or a drawing such as EMF")
        with Image.open(io.BytesIO(data)) as image:
            _save(image, Path(to))

    @_refused
    def list_figures(self, read: TaskRead) -> bytes:
        """What stands as a picture on the pages that are read."""
        figures = [
            {
                "id": name,
                "page": page.number,
                "kind": block.kind,
                "box": block.box,
                "page_size": (page.width, page.height),
                "text": block.text,
                "confidence": block.confidence,
            }
            for page in pages_in(Path(read.log))
            for name, block in _figures(page)
        ]
        return msgspec.json.encode({"figures": figures})

    @_refused
    def find_text(self, read: TaskRead, text: str) -> bytes:
        """Places of a text in reading order, as `sokdok read --find` finds them."""
        sizes: dict[int, tuple[int, int]] = {}

        def sized(pages: Iterable[DocumentPage]) -> Iterator[DocumentPage]:
            for page in pages:
                sizes[page.number] = page.width, page.height
                yield page

        def places(pages: Iterable[DocumentPage]) -> Iterator[Found]:
            for page in pages:
                yield from find(page, text)

        found = list(islice(places(whole_pages(joined_pages(sized(pages_in(Path(read.log)))))), _MOST_PLACES))
        # A place may be on a page behind the one whose block it stands in: sizes are known now.
        rows = [
            {"page": each.page, "text": each.text, "boxes": each.boxes, "page_size": sizes.get(each.page, (0, 0))}
            for each in found
        ]
        return msgspec.json.encode({"text": text, "places": rows})

    @_refused
    def write_pages(self, read: TaskRead, form: str, words: bool, page: int | None, to: str) -> None:
        """Write a document in one of its forms, or one page of it. Raises InputError for a form that it can't have."""
        path = self.path(read.job.upload)
        if form in PIXEL_FORMS and office_kind(path) is not None:
            raise InputError(say("no_pixels", file=read.job.shown_as, form=form))
        pages = [_page(read, page)] if page is not None else joined_pages(pages_in(Path(read.log)))
        head = Document(name_of(Path(read.job.shown_as)), read.job.shown_as, reader=read.reader)
        with self.pictures(read) as pictures:
            wanted = Wanted(words=words, pictures=pictures, original=Original(path, limits=self.limits))
            write_files([(form, Path(to))], head, pages, wanted)

    @_refused
    def write_ocr(self, read: TaskRead, form: OcrForm, model: str, most_bytes: int, fields: object, to: str) -> None:
        """Write the answer of Mistral's `/v1/ocr`. Raises TooLarge for pictures of more than so many bytes."""
        with self.pictures(read) as pictures, replacing(Path(to)) as temporary, temporary.open("wb") as file:
            size = self.path(read.job.upload).stat().st_size
            pages = joined_pages(pages_in(Path(read.log)))
            mistral.write_answer(file, pages, form, pictures, model, size, most_bytes, fields)

    @_refused
    def write_converted(
        self, read: TaskRead, converted: list[ConvertedTask], forms: list[str], between: str, zipped: bool, to: str
    ) -> None:
        """Write the answer of docling's endpoints: JSON of one document, or an archive; `read` is the first one."""
        with replacing(Path(to)) as temporary, temporary.open("wb") as file:
            docling.write_answer(file, self.write_pages, converted, forms, between, zipped)

    @_refused
    def chat(self, read: TaskRead) -> bytes:
        """A document as a chat answers it: the Markdown of all its pages, and what that took."""
        pages = list(joined_pages(pages_in(Path(read.log))))
        text, seen = docling.markdown(pages), sum(page.vision_tokens for page in pages)
        return msgspec.json.encode(PictureRead(text, vision_tokens=seen, text_tokens=count_text(text)))

    @_refused
    def extract(self, read: TaskRead, schema: str, endpoint: str, model: str | None) -> bytes:
        """Fields of a JSON schema with their places. Raises InputError, EndpointError, MissingExtraError."""
        from sokdok.documents.extract import extract

        asked, shown_as = checked_schema(schema), read.job.shown_as
        document = Document(
            name_of(Path(shown_as)), shown_as, tuple(joined_pages(pages_in(Path(read.log)))), reader=read.reader
        )
        try:
            return msgspec.json.encode(extract(document, asked, endpoint, model_name=model).to_dict())
        except EndpointError as error:  # its address is nobody's business but the operator's
            raise EndpointError(str(error).replace(base_address(endpoint), "the language model")) from None

    @contextmanager
    def pictures(self, read: TaskRead) -> Iterator[PagePictures]:
        """Pictures of a task's pages, as they were read."""
        with self._lock:
            yield PagePictures(lambda: self._open(read.job.upload), read.job.asked.dpi)

    def _open(self, upload: str) -> SourceFile:
        if self._timer is not None:
            self._timer.cancel()
        if self._file is None or self._name != upload or self._file.given_up:
            self.close()
            self._file, self._name = open_source(self.path(upload), Question(limits=self.limits)), upload
        self._timer = threading.Timer(_IDLE_S, self.close)
        self._timer.daemon = True
        self._timer.start()
        return self._file

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            if self._file is not None:
                with suppress(SokdokError, OSError):
                    self._file.close()
            self._file = None


def unlocked(path: bytes, source: str, password: str) -> bytes:
    """A PDF without its password, made in a process with limits. Raises InputError if that one does not open it."""
    import pikepdf

    file = io.BytesIO()
    try:
        with pikepdf.open(os.fsdecode(path), password=password) as pdf:
            pdf.save(file, encryption=False)
    except pikepdf.PasswordError:
        raise InputError(say("other_password", file=source)) from None
    except pikepdf.PdfError as error:
        raise InputError(say("not_opened", file=source, why=error)) from None
    return file.getvalue()


def _page(read: TaskRead, number: int) -> DocumentPage:
    """A page as its document has it. Raises Absent if it is not read."""
    page = page_in_document(Path(read.log), number)
    if page is None:
        raise Absent(f"page {number} is not read yet")
    return page


def _figures(page: DocumentPage) -> list[tuple[str, Block]]:
    """What stands on a page as a picture, each by the page's number and its own, from 1."""
    drawn = page.source != "file"
    shown = [each for each in page.blocks if each.kind in PICTURES and (each.box if drawn else not each.html)]
    return [(f"{page.number}-{number}", block) for number, block in enumerate(shown, 1)]


def _save(image: Image.Image, to: Path) -> None:
    with replacing(to) as temporary:
        image.save(temporary, "PNG", compress_level=_QUICK)
