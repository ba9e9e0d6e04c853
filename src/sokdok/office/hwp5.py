"""HWP 5 documents (.hwp): one page of headings, paragraphs, lists, tables, pictures and notes, in order.

- A compound file (olefile) of streams, most of them packed, of tagged records, each below the last one of a lower
  level. A record is four bytes (tag, level, length) and its payload, of which some is text with codes in it.
  Specification: Hancom, "한글 문서 파일 형식 5.0", 1.3.
- Refused by name: other versions, passwords, documents for distribution (their text is encrypted), DRM.
- Records become the elements that an HWPX file has for the same things, which the reader of HWPX goes through.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import olefile
from lxml import etree

from sokdok.errors import InputError
from sokdok.office import hwpx
from sokdok.office.flow import Flow, OpenFile
from sokdok.office.kinds import refuse_compound
from sokdok.reasons import say

_PACKED, _TITLE_CELL = 1, 1 << 18  # flags: of a file, as those below, and of a table's cell
_REFUSED = {2: "encrypted with a password", 4: "locked for distribution", 0x10 | 0x100 | 0x400: "locked (DRM)"}
_SECTION = re.compile(r"BodyText/Section(\d{1,5})")
_HEADS = ("", hwpx.OUTLINE, hwpx.NUMBER, hwpx.BULLET)  # of paragraphs, by their numbers
_LEVELS = 7  # of a numbering
_BEHIND = (2, 4)  # how a drawing lies among words, as programs say it: below them
_COUNTED = {3: "PICTURE", 4: "TABLE", 5: "EQUATION"}  # kinds of automatic numbers that belong to the text
_HOLDERS = {"fn  ": "footNote", "en  ": "endNote", "head": "header", "foot": "footer", "secd": "header"}
_HOLDERS["tcmt"] = "hiddenComment"  # controls that hold paragraphs; those of a section lie below all its pages
BIN_DATA, BORDER_FILL, CHAR_SHAPE, NUMBERING, PARA_SHAPE, STYLE = 0x12, 0x14, 0x15, 0x17, 0x19, 0x1A  # in `DocInfo`
PARA_HEADER, PARA_TEXT, PARA_CHAR_SHAPE, CTRL_HEADER, LIST_HEADER = 0x42, 0x43, 0x44, 0x47, 0x48
TABLE, OLE, PICTURE, EQUATION, MEMO_LIST = 0x4D, 0x54, 0x55, 0x58, 0x5D  # as those above, tags in sections
MOST_DEEP = 60  # levels; deeper ones are taken as this one
_EXTENDED = {1, 2, 3, 11, 12, 14, 15, 16, 17, 18, 21, 22, 23}  # for the next control of a paragraph; eight places
EXTENDED, FIELD_END = 1, 4  # what `codes` gives for any of the former, for a field's end
_SAID: dict[int, str | int] = {FIELD_END: FIELD_END, 9: " ", 10: "\n", 24: "-", 30: "\xa0", 31: " "}
_SAID |= dict.fromkeys(_EXTENDED, EXTENDED)
_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML can't hold it
_CODES = re.compile(r"([\x01-\x09\x0b\x0c\x0e-\x17].{0,7}|[\x00-\x1f])|([^\x00-\x1f]+)", re.DOTALL)  # or text


class Hwp5File(OpenFile):
    """An open HWP 5 document; InputError if it is none, or one that can't be read."""

    def __init__(self, path: Path, source: str, most: int) -> None:
        super().__init__(source)
        self.most = most
        try:
            self.file = self.holds = olefile.OleFileIO(str(path))
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
        images = {str(number): str(number) for number in range(len(self.binaries) + 1) if self.stream_of(number)}
        reader = hwpx.Reader(flow, _head(self.info), images)
        for name in self.sections:
            reader.section(_made("sec", *_paragraphs(read_records(self._stream(name)).below)))

    def picture(self, reference: str) -> bytes:
        """A picture's file."""
        number = int(reference)
        packed = {1: True, 2: False}.get(self.binaries[number - 1].number(0) >> 4 & 3)
        return self._stream(self.stream_of(number) or "", packed)

    def stream_of(self, number: int) -> str | None:
        """The stream of a picture by its number, from 1; None where it is elsewhere, of kind 0."""
        if not 1 <= number <= len(self.binaries) or not self.binaries[number - 1].number(0) & 15:
            return None
        record = self.binaries[number - 1]
        name = f"BinData/BIN{record.number(2):04X}.{record.text(4)}".lower()
        return next((one for one in self.streams if one.lower() == name), None)

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
        if not header.startswith(b"HWP Document File") or len(header) < 40:
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


def _made(tag: str, /, *below: Any, said: str = "", **attributes: object) -> Any:
    """An element as HWPX has it, with what it says and those below it."""
    one = etree.Element(tag, {key: _UNWRITTEN.sub("", str(value)) for key, value in attributes.items()})
    one.text = _UNWRITTEN.sub("\ufffd", said)
    one.extend(below)
    return one


def _head(info: Record) -> Any:
    """What a document's head defines: types of letters and paragraphs, styles, fills and numberings."""
    head = _made("head")
    for number, one in enumerate(_all(info, CHAR_SHAPE)):
        tags = [tag for bit, tag in ((1 << 15, "supscript"), (1 << 16, "subscript")) if one.number(46, 4) & bit]
        look = _made("charPr", *map(_made, tags), textColor=one.colour(52), shadeColor=one.colour(60), id=number)
        look.set("height", str(one.number(42, 4) or 1_000))
        look.set("borderFillIDRef", str(one.number(68)))
        head.append(look)
    for number, one in enumerate(_all(info, PARA_SHAPE)):
        bits = one.number(0, 4)
        heading = _made("heading", type=_HEADS[bits >> 23 & 3], level=bits >> 25 & 7, idRef=one.number(30))
        head.append(_made("paraPr", heading, _made("border", borderFillIDRef=one.number(32)), id=number))
    for number, one in enumerate(_all(info, BORDER_FILL), 1):
        kind = one.number(32, 4)
        plain = [_made("winBrush", faceColor=one.colour(36))] if kind == 1 else []  # a plain fill
        head.append(_made("borderFill", *([_made("fillBrush", *plain)] if kind else []), id=number))
    head.extend(_made("style", id=number, name=one.text(0)) for number, one in enumerate(_all(info, STYLE)))
    head.extend(_numbering(one, number) for number, one in enumerate(_all(info, NUMBERING), 1))
    return head


def _numbering(record: Record, number: int) -> Any:
    """A numbering: for each level properties, and a text such as `^1.`."""
    heads, offset = [], 0
    for level in range(1, _LEVELS + 1):
        form = f"hwp{record.number(offset, 4) >> 5 & 31}"
        heads.append(_made("paraHead", said=record.text(offset + 12), level=level, numFormat=form))
        offset += 14 + 2 * record.number(offset + 12)
    for level, one in enumerate(heads):
        one.set("start", str(record.number(offset + 2 + 4 * level, 4) or 1))
    return _made("numbering", *heads, id=number)


def _paragraphs(records: list[Record]) -> list[Any]:
    """Paragraphs, also those that lists hold."""
    found = list[Any]()
    for record in records:
        found += _paragraphs(record.below) if record.tag == LIST_HEADER else []
        found += [_paragraph(record)] if record.tag == PARA_HEADER else []
    return found


def _paragraph(record: Record) -> Any:
    """A paragraph, each piece of its text, and each control in it, a run with its type of letters."""
    text, looks = (found.data if (found := record.first(tag)) else b"" for tag in (PARA_TEXT, PARA_CHAR_SHAPE))
    controls = iter([_control(one) for one in record.below if one.tag == CTRL_HEADER])
    starts = sorted(struct.iter_unpack("<II", looks[: len(looks) // 8 * 8])) or [(0, 0)]
    starts = [(0, starts[0][1]), *starts[1:], (len(text), 0)]
    runs = list[Any]()
    for (start, look), (end, _) in pairwise(starts):
        for code in codes(text[2 * start : 2 * end]):
            said = _made("t", said=code) if isinstance(code, str) else _made("ctrl", _made("fieldEnd"))
            said = next(controls, None) if code == EXTENDED else said
            runs += [_made("run", said, charPrIDRef=look)] if said is not None else []
    runs += [_made("run", one) for one in controls]
    if record.first(MEMO_LIST) is not None:  # a field of any name may lead to one
        runs.append(_made("memo"))
    return _made("p", *runs, paraPrIDRef=record.number(8), styleIDRef=record.number(10, 1))


def _control(control: Record) -> Any:
    name = control.control
    if name == "tbl ":
        return _table(control)
    if name == "gso ":
        return _drawing(control)
    if name == "eqed":
        equation = control.first(EQUATION)
        return _made("equation", _made("script", said=equation.text(4) if equation is not None else ""))
    if name in ("tdut", "tcps"):  # letters with their reading above, and letters in one place
        main, above = control.text(4), control.text(6 + 2 * control.number(4)) if name == "tdut" else ""
        return _made("dutmal", _made("mainText", said=main), _made("subText", said=above))
    inner = []
    if name in _HOLDERS and (paragraphs := _paragraphs(control.below)):
        inner.append(_made(_HOLDERS[name], *paragraphs))
    if name == "secd":
        inner.append(_made("secPr", outlineShapeIDRef=control.number(18)))
    elif name == "atno":
        form = f"hwp{control.number(4) >> 4 & 255}"
        around = {"prefixChar": chr(control.number(12)), "suffixChar": chr(control.number(14))}
        kind = _COUNTED.get(control.number(4) & 15, "")
        inner.append(_made("autoNum", _made("autoNumFormat", type=form, **around), num=control.number(8), numType=kind))
    elif name.startswith("%"):
        address = _made("stringParam", said=control.text(9), name="Path")
        inner.append(_made("fieldBegin", address, type={"%hlk": "HYPERLINK", "%%me": "MEMO"}.get(name, "")))
    return _made("form" if name == "form" else "ctrl", *inner)


def _drawing(record: Record) -> Any:
    wrap = "BEHIND_TEXT" if record.tag == CTRL_HEADER and record.number(4, 4) >> 21 & 7 in _BEHIND else ""
    drawn = [_made("subList", *_paragraphs(record.below))]
    for one in record.below:
        if one.tag == PICTURE:
            drawn.append(_made("pic", _made("img", binaryItemIDRef=one.number(71))))
        elif one.tag not in (PARA_HEADER, LIST_HEADER):
            drawn.append(_made("ole") if one.tag == OLE else _drawing(one))
    return _made("rect", *drawn, textWrap=wrap)


def _table(control: Record) -> Any:
    """A table: a list of paragraphs for each cell, with its place and spans; one before them is its caption."""
    table, holder, rows, begun = _made("tbl"), None, dict[int, Any](), False
    for record in control.below:
        begun |= record.tag == TABLE
        if record.tag == PARA_HEADER and holder is not None:
            holder.append(_paragraph(record))
        elif record.tag == LIST_HEADER and begun:
            column, row, columns, height = (record.number(offset) for offset in (8, 10, 12, 14))
            span, place = _made("cellSpan", colSpan=columns, rowSpan=height), _made("cellAddr", colAddr=column)
            header = int(bool(record.number(4, 4) & _TITLE_CELL))
            holder = _made("tc", place, span, header=header, borderFillIDRef=record.number(32))
            rows.setdefault(row, _made("tr")).append(holder)
        elif record.tag == LIST_HEADER:
            holder = _made("caption")
            table.append(holder)
    table.extend(rows.get(number, _made("tr")) for number in range(max(rows, default=-1) + 1))
    return table


def _all(record: Record, tag: int) -> Iterator[Record]:
    for one in record.below:
        if one.tag == tag:
            yield one
        yield from _all(one, tag)


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

    def colour(self, offset: int) -> str:
        """A colour of the payload, `#ff0000`; `none` for none."""
        return "none" if self.number(offset, 4) >> 24 else f"#{self.data[offset : offset + 3].hex()}"

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
    opened, offset = [root], 0
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
