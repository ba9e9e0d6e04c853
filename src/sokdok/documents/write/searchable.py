"""A searchable PDF: the pages of the file as they are, with every word that was read, invisible, at its place.

- `Writer` gives a child process (`Rewrite`), which has the file open, the words of each page as they come, and takes
  the PDF from it at the end: files come from strangers, here too.
- An image becomes a PDF with its pixels as they are stored, a page for each of its frames.
- Text that can be seen and that words were taken from is left alone and nothing is put over it; text that nobody sees
  and that was not believed is taken away.
- The text is not painted (rendering mode 3), one line after the other. Each word is as wide as its box, by horizontal
  scaling; between two words of a line stands a space as wide as the gap, so that whatever copies or searches sees the
  words apart. Where lines fall a little, each word stands level in its box: some programs (poppler's) take a word that
  falls to pieces. PDF 1.7, 9.3 and 9.4.
- Its font shows nothing: every character that was written has a number in it, and a map gives the character back. PDF
  1.7, 9.7.4 (CIDFonts) and 9.10.3 (ToUnicode). The font file (`scripts/build_glyphless_font.py`) has one glyph.
"""

from __future__ import annotations

import io
import math
import queue
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar

from msgspec import Struct

from sokdok.documents.blocks import Box, Word
from sokdok.documents.document import DocumentPage, Head
from sokdok.documents.lines import Direction, Line, direction_of, is_rtl, lines_of, slope_of
from sokdok.documents.write.writer import Wanted
from sokdok.errors import InputError, SokdokError
from sokdok.jobs import Child, Died

if TYPE_CHECKING:
    import pikepdf

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

    def __init__(self, file: BinaryIO, head: Head, wanted: Wanted) -> None:
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
        pixels = page.evidence == "pixels"
        added = ([word for word in block.words if pixels or word.source == "reader"] for block in page.blocks)
        blocks = [] if page.evidence == "exact" else list(filter(None, added))
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
        box = _visible_box(page)
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
        except Exception as error:  # the parent gets it where it waits
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


def _visible_box(page: Any) -> tuple[float, float, float, float]:
    """What is shown of a page: its crop box within its media box, corners in order."""
    import pikepdf

    media, crop = pikepdf.Rectangle(page.mediabox), pikepdf.Rectangle(page.cropbox)
    inner = media & crop
    shown = inner if min(inner.width, inner.height) > 0 else media
    return shown.llx, shown.lly, shown.urx, shown.ury


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
    kept = _without_unpainted(pikepdf.parse_content_stream(page.obj))
    if kept is not None:
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
        found = True
    objects = page.obj.get("/Resources", {}).get("/XObject", {})
    forms = (objects[name] for name in list(objects.keys())[:MOST_FORMS])
    for form in (one for one in forms if str(one.get("/Subtype", "")) == "/Form"):
        kept = _without_unpainted(pikepdf.parse_content_stream(form))
        if kept is not None:
            form.write(pikepdf.unparse_content_stream(kept))
            found = True
    return found


def _without_unpainted(instructions: Iterable[Any]) -> list[Any] | None:
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


FONT_NAME = "/SokdokText"
LEAST_SIZE = 0.5  # points
_ALONG: dict[Direction, tuple[int, int]] = {"right": (1, 0), "up": (0, 1), "left": (-1, 0), "down": (0, -1)}
_SCALING = (1.0, 2_000.0)  # percent, least and most
_LEVEL = 0.1  # slope of lines, up to which their words are set level
WIDTH, ASCENT, DESCENT = 500, 800, -200  # of every glyph, thousandths of its size
NAME = "GlyphLess"
MOST_CHARACTERS = 65_535
_IN_A_RANGE = 100  # characters in one section of a map, at most
_CMAP = Path(__file__).with_name("tounicode.cmap").read_text(encoding="ascii")


class Sheet(NamedTuple):
    """How a page's pixels lie on its sheet."""

    pixels: tuple[int, int]  # width and height
    box: tuple[float, float, float, float]  # what is shown of it, left, bottom, right, top, before it is turned
    rotation: int  # degrees clockwise by which it is shown turned: 0, 90, 180 or 270

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        left, bottom, right, top = self.box
        width, height = right - left, top - bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the picture, in pixels from its top left, on the sheet."""
        width, height = self.size
        x, y = x / self.pixels[0] * width, height - y / self.pixels[1] * height
        left, bottom, right, top = self.box
        return {
            0: (left + x, bottom + y),
            90: (right - y, bottom + x),
            180: (right - x, top - y),
            270: (left + y, top - x),
        }[self.rotation]

    def vector(self, x: float, y: float) -> tuple[float, float]:
        """A direction as shown, y upwards, on the sheet."""
        return {0: (x, y), 90: (-y, x), 180: (-x, -y), 270: (y, -x)}[self.rotation]


def text_layer(blocks: Iterable[Iterable[Word]], sheet: Sheet, encoded: Callable[[str], str]) -> bytes:
    """The content stream of all words of a page; nothing if there are none. `encoded` writes a text in the font."""
    said = [[word for word in words if word.text.strip()] for words in blocks]
    usual = direction_of([word for words in said for word in words])
    lines = [line for words in said for line in lines_of(words, usual)]
    slope = slope_of(lines)
    setter = _Setter(sheet, encoded, slope if abs(slope) > _LEVEL else 0.0)
    written = [operators for line in lines if (operators := setter.line(line))]
    return "\n".join(["q BT 3 Tr", *written, "ET Q\n"]).encode("ascii") if written else b""


class _Setter:
    """Sets words on one sheet, whose lines fall by `slope`."""

    def __init__(self, sheet: Sheet, encoded: Callable[[str], str], slope: float) -> None:
        self.sheet, self.encoded = sheet, encoded
        self.cosine = 1 / math.hypot(1, slope)
        self.sine = slope * self.cosine

    def line(self, line: Line) -> str:
        """The operators of a line's words, with the spaces between them."""
        parts: list[str] = []
        places = [self._place(word.box, line.direction) for word in line.words]
        for word, place, following in zip(line.words, places, [*places[1:], None], strict=True):
            text = " ".join(word.text.split())
            # Programs take a PDF's text as it is seen, from left to right, and turn Hebrew and Arabic round.
            parts.append(self._set(text[::-1] if is_rtl(text) else text, place))
            if following and (gap := following.start - place.start - place.length) > 0:
                space = place._replace(start=place.start + place.length, length=gap)
                parts.append(self._set(" ", space))
        return "\n".join(filter(None, parts))

    def _place(self, box: Box, direction: Direction) -> _Place:
        """Where a word's line begins and how long and high it is: of a box around a word that falls, the word's own."""
        x, y = _ALONG[direction]
        width, height = box[2] - box[0], box[3] - box[1]
        long, high = (width, height) if direction in ("right", "left") else (height, width)
        cosine, sine = self.cosine, abs(self.sine)
        length = max((long * cosine - high * sine) / (cosine * cosine - sine * sine), long / 2)
        size = max((high * cosine - long * sine) / (cosine * cosine - sine * sine), high / 2)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        # In pixels y counts downwards: right is (1, 0), down is (0, 1), and what is below a line is that turned right.
        along = x * self.cosine + y * self.sine, -y * self.cosine + x * self.sine  # turned as the lines are
        below = -along[1], along[0]
        start = middle[0] * along[0] + middle[1] * along[1] - length / 2
        base = middle[0] * below[0] + middle[1] * below[1] + size / 2
        return _Place(along, start, base, length, size)

    def _set(self, text: str, place: _Place) -> str:
        """The operators that set a text at a place."""
        code = self.encoded(text)
        if not code:
            return ""
        unit = self.sheet.size[0] / self.sheet.pixels[0]
        size = max(place.size * unit, LEAST_SIZE)
        natural = len(code) / 4 * WIDTH / 1000 * size
        scaling = min(max(100 * place.length * unit / natural, _SCALING[0]), _SCALING[1])
        x, y = place.along
        below = -y, x
        lifted = place.base + DESCENT / 1000 * place.size
        corner = place.start * x + lifted * below[0], place.start * y + lifted * below[1]
        a, b = self.sheet.vector(x, -y)
        c, d = self.sheet.vector(y, x)
        e, f = self.sheet.point(*corner)
        return (
            f"{FONT_NAME} {size:.2f} Tf {scaling:.2f} Tz {a:.6g} {b:.6g} {c:.6g} {d:.6g} {e:.2f} {f:.2f} Tm <{code}> Tj"
        )


class _Place(NamedTuple):
    """Where a word stands, in pixels, in a frame along its line."""

    along: tuple[float, float]  # the direction of its line, y downwards
    start: float  # where it begins along its line
    base: float  # its lower edge, across its line
    length: float
    size: float


class GlyphlessFont:
    """The font of one file; its characters are known at the end."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        from pikepdf import Dictionary, Name

        self._pdf = pdf
        self.font: Any = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type0))
        self._codes: dict[str, int] = {}

    def encoded(self, text: str) -> str:
        """A text as hexadecimal codes of the font; beyond 65,535 different characters they are left out."""
        return "".join(f"{code:04X}" for code in map(self._code, text) if code)

    def close(self) -> None:
        """Complete the font's dictionary. PDF 1.7, tables 117, 121 and 122."""
        from pikepdf import Array, Dictionary, Name, String

        name = Name(f"/{NAME}")
        file = self._pdf.make_stream(Path(__file__).with_name("glyphless.ttf").read_bytes())
        descriptor = Dictionary(
            Type=Name.FontDescriptor, FontName=name, Flags=4, FontBBox=[0, DESCENT, WIDTH, ASCENT], ItalicAngle=0,
            Ascent=ASCENT, Descent=DESCENT, CapHeight=ASCENT, StemV=80, FontFile2=file,
        )  # fmt: skip
        system = Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0)
        descendant = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=name, DW=WIDTH, CIDSystemInfo=system,
            CIDToGIDMap=self._pdf.make_stream(b"\0\1" * (len(self._codes) + 1)),
            FontDescriptor=self._pdf.make_indirect(descriptor),
        )  # fmt: skip
        self.font.BaseFont, self.font.Encoding = name, Name("/Identity-H")
        self.font.DescendantFonts = Array([self._pdf.make_indirect(descendant)])
        self.font.ToUnicode = self._pdf.make_stream(self._map().encode("ascii"))

    def _code(self, char: str) -> int:
        if char not in self._codes and len(self._codes) < MOST_CHARACTERS:
            self._codes[char] = len(self._codes) + 1
        return self._codes.get(char, 0)

    def _map(self) -> str:
        lines = [f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for char, code in self._codes.items()]
        sections = [lines[at : at + _IN_A_RANGE] for at in range(0, len(lines), _IN_A_RANGE)]
        written = (f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar\n" for part in sections)
        return _CMAP.format(sections="".join(written))
