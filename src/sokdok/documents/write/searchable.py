"""A searchable PDF: the pages of the file as they are, with every word that was read, invisible, at its place.

- `Writer` gives a child process (`Rewrite`), which has the file open, the words of each page as they come, and takes
  the PDF from it at the end: files come from strangers, here too.
- An image becomes a PDF with its pixels as they are stored, a page for each of its frames.
- Text that can be seen and that words were taken from is left alone and nothing is put over it; text that nobody sees
  and that was not believed is taken away.
- Words are set in a font that shows nothing, of which any text can be copied (`text_layer`).
"""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from msgspec import Struct

from sokdok.documents.document import Block, Document, DocumentPage, Word
from sokdok.documents.write.text_layer import FONT_NAME, GlyphlessFont, Sheet, text_layer
from sokdok.documents.write.writer import Wanted
from sokdok.errors import InputError, SokdokError
from sokdok.jobs import Child, Died

REWRITE = "sokdok.documents.write.searchable:Rewrite"
CHUNK = 1 << 20  # bytes that are handed over at a time
_WAITING = 8  # chunks that wait to be taken: the PDF is never in memory as a whole
_LAST = b""
T = TypeVar("T")
_SHOWS = {"Tj", "TJ", "'", '"'}
_UNPAINTED = (3, 7)  # text rendering modes (PDF 1.7, table 106): neither filled nor stroked
MOST_FORMS = 200  # of a page, looked at for such text
LOSSLESS = {"JPEG", "PNG", "TIFF", "GIF"}  # kinds that img2pdf takes as they are
DPI = 150  # of a picture that does not say


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


class PageWords(Struct):
    """The words to put on a page."""

    index: int  # of the page in its file, from 0
    size: tuple[int, int]  # pixels that the boxes count in
    blocks: list[list[Word]]
    strip: bool  # whether text that nobody sees is taken away


class Rewrite:
    """One file at a time."""

    def __init__(self) -> None:
        self._pdf: Any = None
        self._font: Any = None
        self._wanted: set[int] = set()
        self._chunks: queue.Queue[bytes | Exception] = queue.Queue(_WAITING)

    def open(self, path: Path, source: str, password: str | None) -> int:
        """Open a PDF, or an image as one, its pixels as they are stored; how many pages it has."""
        import pikepdf
        from PIL import UnidentifiedImageError

        try:
            with path.open("rb") as file:
                is_pdf = b"%PDF-" in file.read(1024)
            opened = path if is_pdf else pdf_of_image(str(path))
            self._pdf = pikepdf.open(opened, password=password or "", access_mode=pikepdf.AccessMode.stream)
        except pikepdf.PasswordError:
            raise InputError(f"{source} is encrypted; give its password with --password") from None
        except UnidentifiedImageError:
            raise InputError(f"{source} has no pages to put words under; name a PDF or an image") from None
        except pikepdf.PdfError as error:
            raise InputError(f"{source} can't be written again as a PDF: {error}") from None
        self._font = GlyphlessFont(self._pdf)
        return len(self._pdf.pages)

    def add(self, words: PageWords) -> None:
        """Put words on a page."""
        import pikepdf

        self._wanted.add(words.index)
        page = self._pdf.pages[words.index]
        if words.strip:
            remove_hidden_text(self._pdf, page)
        box = _shown(page)
        if not words.blocks or min(words.size) < 1 or box[0] >= box[2] or box[1] >= box[3]:
            return
        layer = text_layer(words.blocks, Sheet(words.size, box, _rotation(page)), self._font.encoded)
        if layer:
            page.add_resource(self._font.font, pikepdf.Name.Font, pikepdf.Name(FONT_NAME))
            page.contents_add(b"q\n", prepend=True)  # whatever the page leaves behind must not move the words
            page.contents_add(b"\nQ\n" + layer)

    def finish(self) -> None:
        """Complete the file, of the pages that came only, and begin to hand it over."""
        self._font.close()
        for index in reversed(range(len(self._pdf.pages))):
            if index not in self._wanted:
                del self._pdf.pages[index]
        threading.Thread(target=self._save, daemon=True).start()

    def take(self) -> bytes:
        """The next bytes of the PDF; none at its end."""
        chunk = self._chunks.get()
        if isinstance(chunk, Exception):
            raise chunk
        return chunk

    def _save(self) -> None:
        try:
            with io.BufferedWriter(_Handing(self._chunks), CHUNK) as file:
                self._pdf.save(file, encryption=self._pdf.is_encrypted)
            self._chunks.put(_LAST)
        except Exception as error:  # the parent hears of it where it waits
            self._chunks.put(error)


class _Handing(io.RawIOBase):
    """A file that hands over what is written."""

    def __init__(self, chunks: queue.Queue[bytes | Exception]) -> None:
        self._chunks = chunks
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        chunk = bytes(data)
        if chunk:
            self._chunks.put(chunk)
        self._written += len(chunk)
        return len(chunk)

    def tell(self) -> int:
        return self._written


def _shown(page: Any) -> tuple[float, float, float, float]:
    """What is shown of a page: its crop box within its media box, corners in order."""
    left, bottom, right, top = _ordered(page.mediabox)
    crop = _ordered(page.cropbox)
    inner = max(left, crop[0]), max(bottom, crop[1]), min(right, crop[2]), min(top, crop[3])
    return inner if inner[0] < inner[2] and inner[1] < inner[3] else (left, bottom, right, top)


def _ordered(box: Any) -> tuple[float, float, float, float]:
    x, y, other_x, other_y = (float(number) for number in box)
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def _rotation(page: Any) -> int:
    """Degrees clockwise, of the page or what it is in."""
    node, depth = page.obj, 0
    while node is not None and depth < 50:
        if "/Rotate" in node:
            return int(node["/Rotate"]) // 90 * 90 % 360
        node, depth = node.get("/Parent"), depth + 1
    return 0


def remove_hidden_text(pdf: Any, page: Any) -> bool:
    """Take unpainted text out of a page and the forms it shows; whether there was any."""
    import pikepdf

    found = False
    kept = _kept(pikepdf.parse_content_stream(page.obj))
    if kept is not None:
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
        found = True
    for form in _forms(page):
        kept = _kept(pikepdf.parse_content_stream(form))
        if kept is not None:
            form.write(pikepdf.unparse_content_stream(kept))
            found = True
    return found


def _forms(page: Any) -> list[Any]:
    resources = page.obj.get("/Resources", {})
    objects = resources.get("/XObject", {})
    forms = [objects[name] for name in list(objects.keys())[:MOST_FORMS]]
    return [form for form in forms if str(form.get("/Subtype", "")) == "/Form"]


def _kept(instructions: Iterable[Any]) -> list[Any] | None:
    """The instructions without those that show unpainted text; None if there are none such."""
    kept: list[Any] = []
    mode, saved, found = 0, [0], False
    for instruction in instructions:
        name = str(instruction.operator)
        if name == "q":
            saved.append(mode)
        elif name == "Q":
            mode = saved.pop() if len(saved) > 1 else 0
        elif name == "Tr" and instruction.operands:
            mode = int(instruction.operands[0])
        if name in _SHOWS and mode in _UNPAINTED:
            found = True
        else:
            kept.append(instruction)
    return kept if found else None


def pdf_of_image(path: str) -> io.BytesIO:
    """Wrap an image: JPEG as it is, others without loss; transparency is laid on white, as readers see it."""
    import img2pdf
    from PIL import Image

    try:
        with Image.open(path) as image:
            wrapped = image.format in LOSSLESS
        if wrapped:
            return io.BytesIO(img2pdf.convert(path, rotation=img2pdf.Rotation.ifvalid, default_dpi=DPI))
    except (img2pdf.ImageOpenError, img2pdf.AlphaChannelError, img2pdf.UnsupportedColorspaceError, ValueError):
        pass
    return io.BytesIO(img2pdf.convert(_frames(path), default_dpi=DPI))


def _frames(path: str) -> list[bytes]:
    """Each frame as a PNG, upright and on white."""
    from PIL import Image, ImageOps, ImageSequence

    frames = []
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            upright = ImageOps.exif_transpose(frame).convert("RGBA")
            paper = Image.new("RGBA", upright.size, "white")
            png = io.BytesIO()
            Image.alpha_composite(paper, upright).convert("RGB").save(png, "PNG", dpi=frame.info.get("dpi", (DPI, DPI)))
            frames.append(png.getvalue())
    return frames
