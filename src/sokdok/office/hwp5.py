"""HWP 5 documents (.hwp): one page of headings, paragraphs, lists, tables, pictures and notes, in order.

- A compound file (olefile) of streams, most of them packed, of tagged records, each below the last one of a lower
  level. A record is four bytes (tag, level, length) and its payload, of which some is text with codes in it.
  Specification: Hancom, "한글 문서 파일 형식 5.0", 1.3.
- Refused by name: other versions, passwords, documents for distribution (their text is encrypted), DRM.
- Left out: hidden comments, memos, scripts, links to pictures elsewhere. Formulas stay in Hancom's own notation.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import olefile

from sokdok.errors import InputError
from sokdok.office import hwpx
from sokdok.office.flow import Flow, OpenFile, raised
from sokdok.office.kinds import refuse_compound
from sokdok.office.styles import Level, Numbering, counted
from sokdok.reasons import say
from sokdok.tables.markup import RawCell

_SIGNATURE = b"HWP Document File"
_PACKED = 1  # a flag of a file, as these are
_REFUSED = {2: "encrypted with a password", 4: "locked for distribution", 0x10 | 0x100 | 0x400: "locked (DRM)"}
_SECTION = re.compile(r"BodyText/Section(\d{1,5})")
_HEADS = ("", hwpx.OUTLINE, hwpx.NUMBER, hwpx.BULLET)
_LEVELS = 7
_COUNTED = {3, 4, 5}  # kinds of automatic numbers that belong to the text: of pictures, tables, formulas
_LINKED = 0
_TITLE_CELL = 1 << 18
BIN_DATA, NUMBERING, PARA_SHAPE, STYLE = 0x12, 0x17, 0x19, 0x1A  # tags in `DocInfo`
PARA_HEADER, PARA_TEXT, CTRL_HEADER, LIST_HEADER = 0x42, 0x43, 0x47, 0x48
TABLE, OLE, PICTURE, EQUATION = 0x4D, 0x54, 0x55, 0x58  # as those above, tags in sections
MOST_DEEP = 60  # levels; deeper ones are taken as this one
_EXTENDED = {1, 2, 3, 11, 12, 14, 15, 16, 17, 18, 21, 22, 23}  # for the next control of a paragraph; eight places
EXTENDED, FIELD_END = 1, 4  # what `codes` gives for any of the former, for a field's end
_SAID: dict[int, str | int] = {FIELD_END: FIELD_END, 9: " ", 10: "\n", 24: "-", 30: "\xa0", 31: " "}
_SAID |= dict.fromkeys(_EXTENDED, EXTENDED)
_CODES = re.compile(r"([\x01-\x09\x0b\x0c\x0e-\x17].{0,7}|[\x00-\x1f])|([^\x00-\x1f]+)", re.DOTALL)  # or text


class Hwp5File(OpenFile):
    """An open HWP 5 document; InputError if it is none, or one that can't be read."""

    def __init__(self, path: Path, source: str, most: int) -> None:
        super().__init__(source)
        self.most = most
        try:
            self.file = olefile.OleFileIO(str(path))
            self.streams = {"/".join(name): name for name in self.file.listdir()}
        except MemoryError:
            raise
        except Exception as error:  # whatever a damaged file makes it raise
            raise InputError(f"{source} is damaged: it is no compound file that can be opened ({error})") from None
        refuse_compound(self.streams.keys(), source)
        self.flags = self._checked(self._stream("FileHeader", packed=False))
        found = ((int(match[1]), name) for name in self.streams if (match := _SECTION.fullmatch(name)))
        self.sections = [name for _, name in sorted(found)]
        if not self.sections:
            raise InputError(f"{source} is damaged: it has no section")
        self.info = read_records(self._stream("DocInfo"))
        self.binaries = list(_all(self.info, BIN_DATA))

    def add_to(self, flow: Flow) -> None:
        """Add all sections."""
        reader = _Reader(self, flow)
        for name in self.sections:
            reader.paragraphs(read_records(self._stream(name)).below)

    def picture(self, reference: str) -> bytes:
        """A picture's file."""
        number = int(reference)
        packed = {1: True, 2: False}.get(self.binaries[number - 1].number(0) >> 4 & 3)
        return self._stream(self.stream_of(number) or "", packed)

    def stream_of(self, number: int) -> str | None:
        """The stream of a picture by its number, from 1; None where it is elsewhere."""
        if not 1 <= number <= len(self.binaries) or self.binaries[number - 1].number(0) & 15 == _LINKED:
            return None
        record = self.binaries[number - 1]
        name = f"BinData/BIN{record.number(2):04X}.{record.text(4)}".lower()
        return next((one for one in self.streams if one.lower() == name), None)

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _stream(self, name: str, packed: bool | None = None) -> bytes:
        """A stream, unpacked if the file's are, unless `packed` says otherwise."""
        if name not in self.streams:
            raise InputError(f"{self.source} is damaged: it has no {name}")
        try:
            with self.file.openstream(self.streams[name]) as stream:
                data = bytes(stream.read(self.most + 1))
        except OSError as error:
            raise InputError(f"{self.source} is damaged: {name}: {error}") from None
        packed = bool(self.flags & _PACKED) if packed is None else packed
        return inflate(data, self.most, self.source) if packed else data

    def _checked(self, header: bytes) -> int:
        if not header.startswith(_SIGNATURE) or len(header) < 40:
            raise InputError(f"{self.source} is a compound file, but no document of HWP 5")
        major, minor = header[35], header[34]
        if major != 5:
            what = f"HWP of version {major}.{minor}, which sokdok does not know"
            raise InputError(f"{self.source} is {what}: save it as HWPX first")
        flags = int.from_bytes(header[36:40], "little")
        for flag, what in _REFUSED.items():
            if flags & flag:
                raise InputError(say("locked", file=self.source, what=what))
        return flags


class _Reader(hwpx.Paragraphs):
    """Walks through a document's records."""

    def __init__(self, file: Hwp5File, flow: Flow) -> None:
        super().__init__(flow, _numbering(file.info))
        self.file = file
        bits = ((one, one.number(0, 4)) for one in _all(file.info, PARA_SHAPE))
        shapes = (hwpx.Shape(_HEADS[of >> 23 & 3], of >> 25 & 7, str(one.number(30))) for one, of in bits)
        self.shapes, self.styles = dict(enumerate(shapes)), dict(enumerate(_all(file.info, STYLE)))

    def paragraphs(self, records: list[Record]) -> None:
        for record in records:
            if record.tag == LIST_HEADER:
                self.paragraphs(record.below)
            if record.tag != PARA_HEADER:
                continue
            section = next((one for one in record.below if one.control == "secd" and one.tag == CTRL_HEADER), None)
            if section is not None:
                self.outline = str(section.number(18))
            shape, style = self.shapes.get(record.number(8), hwpx.Shape()), self.styles.get(record.number(10, 1))
            self.add(self._line(record), shape, style.text(0) if style else "")
            for control in record.below:
                if control.tag == CTRL_HEADER:
                    self._object(control)

    def _line(self, paragraph: Record) -> str:
        text = paragraph.first(PARA_TEXT)
        controls = iter([one for one in paragraph.below if one.tag == CTRL_HEADER])
        pieces: list[str] = []
        opened: list[tuple[str, int]] = []  # fields: where they lead, and where their words begin
        for code in codes(text.data) if text is not None else ():
            if isinstance(code, str):
                pieces.append(code)
            elif code == EXTENDED:
                control = next(controls, None)
                if control is not None and control.control.startswith("%"):
                    address = hwpx.link_address(control.text(9)) if control.control == "%hlk" else ""
                    opened.append((address, len(pieces)))
                elif control is not None:
                    pieces.append(self._control(control))
            elif code == FIELD_END and opened:
                hwpx.end_field(pieces, *opened.pop())
        return "".join(pieces)

    def _control(self, control: Record) -> str:
        name = control.control
        if name in ("fn  ", "en  "):
            own = next((one for one in _all(control, CTRL_HEADER) if one.control == "atno"), None)
            mark = self._number(own) if own is not None else self.mark()
            self.flow.note(mark, self.lines(self.paragraphs, control.below))
            return raised(mark)
        if name == "eqed":
            self.flow.warn(hwpx.OWN_NOTATION)
            equation = control.first(EQUATION)
            return " ".join(equation.text(4).split()) if equation is not None else ""
        if name in ("tdut", "tcps"):  # letters with their reading above, and letters in one place
            main, above = control.text(4), control.text(6 + 2 * control.number(4)) if name == "tdut" else ""
            return f"{main}({above})" if above.strip() else main
        return self._number(control) if name == "atno" and control.number(4) & 15 in _COUNTED else ""

    def _number(self, control: Record) -> str:
        number = counted(control.number(8), f"hwp{control.number(4) >> 4 & 255}", self.flow)
        return f"{chr(control.number(12))}{number}{chr(control.number(14))}".replace("\0", "")

    def _object(self, control: Record) -> None:
        name = control.control
        if name == "tbl ":
            self._table(control)
        elif name == "gso ":
            self._drawing(control)
        elif name in ("head", "foot"):
            kind = "header" if name == "head" else "footer"
            self.flow.text(self.lines(self.paragraphs, control.below, keep=False), kind)

    def _drawing(self, record: Record) -> None:
        self.paragraphs(record.below)
        for one in record.below:
            if one.tag == PICTURE:
                self._picture(one)
            elif one.tag == OLE:
                self.flow.error = self.flow.error or hwpx.NOT_READ
            elif one.tag not in (PARA_HEADER, LIST_HEADER):
                self._drawing(one)

    def _picture(self, record: Record) -> None:
        number = record.number(71)
        if self.file.stream_of(number) is None:
            self.flow.warn(hwpx.NOT_FETCHED)
        else:
            self.flow.picture(str(number))

    def _table(self, control: Record) -> None:
        """A table: a list of paragraphs for each cell, with its place and spans; one before them is its caption."""
        rows: dict[int, list[tuple[int, RawCell]]] = {}
        begun = False
        for record, paragraphs in _lists(control.below):
            if record.tag == TABLE:
                begun = True
            elif not begun:
                self.flow.text(self.lines(self.paragraphs, paragraphs), "table_caption")
            else:
                column, row, columns, height = (record.number(offset) for offset in (8, 10, 12, 14))
                header = bool(record.number(4, 4) & _TITLE_CELL)
                text = self.lines(self.paragraphs, paragraphs)
                rows.setdefault(row, []).append((column, RawCell(max(1, height), max(1, columns), header, [text])))
        places = range(max(rows) + 1) if rows and max(rows) < 10**5 else sorted(rows)
        self.flow.table([cell for _, cell in sorted(rows.get(row, []), key=lambda item: item[0])] for row in places)


def _lists(records: list[Record]) -> list[tuple[Record, list[Record]]]:
    """Each list's header with its paragraphs; the table's own record by itself."""
    found = list[tuple[Record, list[Record]]]()
    for record in records:
        if record.tag in (LIST_HEADER, TABLE):
            found.append((record, list(record.below)))
        elif record.tag == PARA_HEADER and found:
            found[-1][1].append(record)
    return found


def _all(record: Record, tag: int) -> Iterator[Record]:
    for one in record.below:
        if one.tag == tag:
            yield one
        yield from _all(one, tag)


def _numbering(info: Record) -> Numbering:
    """Numberings by their numbers, from 1: for each level properties, and a text such as `^1.`."""
    numbering = Numbering()
    for number, record in enumerate(_all(info, NUMBERING), 1):
        levels, offset = dict[int, Level](), 0
        for level in range(_LEVELS):
            pattern = re.sub(r"\^([1-9])", r"%\1", record.text(offset + 12))
            levels[level] = Level(f"hwp{record.number(offset, 4) >> 5 & 31}", pattern)
            offset += 14 + 2 * record.number(offset + 12)
        for level, one in levels.items():
            one.start = record.number(offset + 2 + 4 * level, 4) or 1
        numbering.levels[str(number)] = levels
    return numbering


@dataclass
class Record:
    """A record, with those below it."""

    tag: int
    level: int
    data: bytes
    below: list[Record] = field(default_factory=list)

    def number(self, offset: int, size: int = 2) -> int:
        """An unsigned number of the payload; 0 behind its end."""
        return int.from_bytes(self.data[offset : offset + size], "little")

    def text(self, offset: int) -> str:
        """A text of the payload, which begins with its length."""
        length = self.number(offset)
        return self.data[offset + 2 : offset + 2 + 2 * length].decode("utf-16-le", "replace")

    def first(self, tag: int) -> Record | None:
        """The first record of a tag right below."""
        return next((one for one in self.below if one.tag == tag), None)

    @property
    def control(self) -> str:
        """Which control a header is of: `tbl `, `gso `, `fn  `."""
        return self.data[3::-1].decode("latin-1") if len(self.data) >= 4 else ""


def inflate(data: bytes, most: int, source: str) -> bytes:
    """Unpack a stream; InputError beyond `most` bytes, and for a damaged one."""
    decoder = zlib.decompressobj(-15)
    try:
        unpacked = decoder.decompress(data, most + 1)
    except zlib.error as error:
        raise InputError(f"{source} is damaged: a stream can't be unpacked ({error})") from None
    if len(unpacked) > most:
        raise InputError(say("unpacks_large", file=source, most=most >> 20))
    return unpacked


def read_records(data: bytes) -> Record:
    """The records of a stream, below one that is none. A last one that is cut off ends them."""
    root = Record(-1, -1, b"")
    opened = [root]
    offset = 0
    while offset + 4 <= len(data):
        (head,) = struct.unpack_from("<I", data, offset)
        offset += 4
        tag, level, size = head & 0x3FF, min(head >> 10 & 0x3FF, MOST_DEEP), head >> 20
        if size == 0xFFF:
            size = int.from_bytes(data[offset : offset + 4], "little")
            offset += 4
        record = Record(tag, level, data[offset : offset + size])
        offset += size
        while opened[-1].level >= level:
            opened.pop()
        opened[-1].below.append(record)
        opened.append(record)
    return root


def codes(data: bytes) -> Iterator[str | int]:
    """A paragraph's text: pieces of it, `EXTENDED` for each control that is due, `FIELD_END` for the end of a field."""
    units = "".join(map(chr, memoryview(data[: len(data) // 2 * 2]).cast("H"))) if data else ""  # a character each
    for code, held in _CODES.findall(units):
        if said := held.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") or _SAID.get(ord(code[0])):
            yield said
