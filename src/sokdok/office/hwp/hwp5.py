"""HWP 5 documents (.hwp): one page of headings, paragraphs, lists, tables, pictures and notes, in order.

- A compound file (olefile) of streams, most of them packed; `records` reads what is in them.
- Refused by name: other versions, passwords, documents for distribution (their text is encrypted), DRM.
- Left out: hidden comments, memos, scripts, links to pictures elsewhere. Formulas stay in Hancom's own notation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sokdok.errors import InputError
from sokdok.office.flow import Flow, Part, link
from sokdok.office.formats.numbering import Level, Numbering
from sokdok.office.hwp.paragraph import (
    BULLET,
    NOT_FETCHED,
    NUMBER,
    OUTLINE,
    OWN_NOTATION,
    Shape,
    Teller,
    formula,
)
from sokdok.office.hwp.records import (
    BIN_DATA,
    CTRL_HEADER,
    EQUATION,
    EXTENDED,
    FIELD_END,
    LIST_HEADER,
    NUMBERING,
    PARA_HEADER,
    PARA_SHAPE,
    PARA_TEXT,
    PICTURE,
    STYLE,
    TABLE,
    Record,
    codes,
    inflate,
    read_records,
)
from sokdok.reasons import say
from sokdok.tables.markup import RawCell

_SIGNATURE = b"HWP Document File"
_PACKED, _LOCKED, _DISTRIBUTED, _DRM = 1, 2, 4, 0x10 | 0x100 | 0x400  # flags of a file
_SECTION = re.compile(r"BodyText/Section(\d{1,5})")
_HEADS = ("", OUTLINE, NUMBER, BULLET)
_FORMS = {
    0: "decimal",
    1: "decimalEnclosedCircle",
    2: "upperRoman",
    3: "lowerRoman",
    4: "upperLetter",
    5: "lowerLetter",
    8: "ganada",
    10: "chosung",
}
_LEVELS = 7
_COUNTED = {3, 4, 5}  # kinds of automatic numbers that belong to the text: of pictures, tables, formulas
_LINKED = 0
_TITLE_CELL = 1 << 18
_ELSEWHERE = {"head", "foot", "fn  ", "en  ", "tcmt", "secd", "cold"}
"""controls whose paragraphs are not part of the text where they stand"""


class Hwp5File:
    """An open HWP 5 document; InputError if it is none, or one that can't be read."""

    remark = ""

    def __init__(self, path: Path, source: str, most: int) -> None:
        import olefile

        self.source, self.most = source, most
        self.file = olefile.OleFileIO(str(path))
        self.streams = {"/".join(name): name for name in self.file.listdir()}
        self.flags = self._checked(self._stream("FileHeader", packed=False))
        found = ((int(match[1]), name) for name in self.streams if (match := _SECTION.fullmatch(name)))
        self.sections = [name for _, name in sorted(found)]
        if not self.sections:
            raise InputError(f"{source} is damaged: it has no section")
        self.info = read_records(self._stream("DocInfo"), source)
        self.binaries = list(_all(self.info, BIN_DATA))

    def __len__(self) -> int:
        return 1

    def part(self, index: int) -> Part:
        """All sections."""
        flow = Flow()
        reader = _Reader(self, flow)
        for name in self.sections:
            reader.paragraphs(read_records(self._stream(name), self.source).below)
        return flow.part()

    def picture(self, reference: str) -> bytes:
        """A picture's file."""
        number = int(reference)
        packed = self.binaries[number - 1].number(0) >> 4 & 3
        return self._stream(
            self.stream_of(number) or "", packed=packed == 1 or (packed == 0 and bool(self.flags & _PACKED))
        )

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
        """The flags of a file that can be read."""
        if not header.startswith(_SIGNATURE) or len(header) < 40:
            raise InputError(f"{self.source} is a compound file, but no document of HWP 5")
        major, minor = header[35], header[34]
        if major != 5:
            raise InputError(
                f"{self.source} is HWP of version {major}.{minor}, which sokdok does not know: save it as HWPX first"
            )
        flags = int.from_bytes(header[36:40], "little")
        for flag, what in (
            (_LOCKED, "encrypted with a password"),
            (_DISTRIBUTED, "locked for distribution"),
            (_DRM, "locked (DRM)"),
        ):
            if flags & flag:
                raise InputError(say("locked", file=self.source, what=what))
        return flags


class _Reader:
    """Walks through a document's records."""

    def __init__(self, file: Hwp5File, flow: Flow) -> None:
        self.file, self.flow = file, flow
        self.shapes = [_shape(one) for one in _all(file.info, PARA_SHAPE)]
        self.styles = [one.text(0) for one in _all(file.info, STYLE)]
        self.teller = Teller(flow, _numbering(file.info))

    def paragraphs(self, records: list[Record]) -> None:
        for record in records:
            if record.tag != PARA_HEADER:
                continue
            section = next((one for one in record.below if one.control == "secd" and one.tag == CTRL_HEADER), None)
            if section is not None:
                self.teller.outline = str(section.number(18))
            shape, style = record.number(8), record.number(10, 1)
            self.teller.tell(
                self._line(record),
                self.shapes[shape] if shape < len(self.shapes) else Shape(),
                self.styles[style] if style < len(self.styles) else "",
            )
            for control in record.below:
                if control.tag == CTRL_HEADER:
                    self._object(control)

    def _line(self, paragraph: Record) -> str:
        """A paragraph's words, with links and notes' marks."""
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
                    opened.append((_address(control), len(pieces)))
                elif control is not None:
                    pieces.append(self._control(control))
            elif code == FIELD_END and opened:
                address, begin = opened.pop()
                words = "".join(pieces[begin:])
                pieces[begin:] = [link(words, address) if address and words.strip() else words]
        return "".join(pieces)

    def _control(self, control: Record) -> str:
        """What a control says within a line."""
        name = control.control
        if name in ("fn  ", "en  "):
            mark = self.teller.mark()
            self.flow.note(mark, "\n".join(self._lines(control.below)))
            return f"<sup>{mark}</sup>"
        if name == "eqed":
            self.flow.warn(OWN_NOTATION)
            equation = control.first(EQUATION)
            return formula(equation.text(4)) if equation is not None else ""
        if name in ("tdut", "tcps"):  # letters with their reading above, and letters in one place
            main, above = control.text(4), control.text(6 + 2 * control.number(4)) if name == "tdut" else ""
            return f"{main}({above})" if above.strip() else main
        if name == "atno" and control.number(4, 4) & 15 in _COUNTED:
            return str(control.number(8))
        return ""

    def _lines(self, records: list[Record]) -> list[str]:
        """Lines of all paragraphs below, those of tables and boxes in them too."""
        lines: list[str] = []
        for record in records:
            if record.tag == PARA_HEADER:
                lines.append(self._line(record))
            if record.tag != CTRL_HEADER or record.control not in _ELSEWHERE:
                lines += self._lines(record.below)
        return [line for line in lines if line.strip()]

    def _object(self, control: Record) -> None:
        """What stands beside a paragraph's words."""
        name = control.control
        if name == "tbl ":
            self._table(control)
        elif name == "gso ":
            self._drawing(control)
        elif name in ("head", "foot"):
            self.flow.text("\n".join(self._lines(control.below)), "header" if name == "head" else "footer")

    def _drawing(self, record: Record) -> None:
        """Pictures and text boxes, in groups too."""
        self.paragraphs(record.below)
        for one in record.below:
            if one.tag == PICTURE:
                self._picture(one)
            elif one.tag not in (PARA_HEADER, LIST_HEADER):
                self._drawing(one)

    def _picture(self, record: Record) -> None:
        number = record.number(71)
        if self.file.stream_of(number) is None:
            self.flow.warn(NOT_FETCHED)
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
                self.flow.text("\n".join(self._lines(paragraphs)), "table_caption")
            else:
                column, row, columns, height = (record.number(offset) for offset in (8, 10, 12, 14))
                header = bool(record.number(4, 4) & _TITLE_CELL)
                text = "\n".join(self._lines(paragraphs))
                rows.setdefault(row, []).append((column, RawCell(max(1, height), max(1, columns), header, [text])))
        places = range(max(rows) + 1) if rows and max(rows) < 10**5 else sorted(rows)
        self.flow.table([cell for _, cell in sorted(rows.get(row, []), key=lambda item: item[0])] for row in places)
        for record in control.below:
            for one in _pictures(record):
                self._picture(one)


def _lists(records: list[Record]) -> Iterator[tuple[Record, list[Record]]]:
    """Each list's header with its paragraphs; the table's own record by itself."""
    header: Record | None = None
    paragraphs: list[Record] = []
    for record in records:
        if record.tag in (LIST_HEADER, TABLE):
            if header is not None:
                yield header, paragraphs
            header, paragraphs = record, list(record.below)
        elif record.tag == PARA_HEADER:
            paragraphs.append(record)
    if header is not None:
        yield header, paragraphs


def _pictures(record: Record) -> Iterator[Record]:
    if record.tag == PICTURE:
        yield record
    for one in record.below:
        yield from _pictures(one)


def _all(record: Record, tag: int) -> Iterator[Record]:
    """All records of a tag, at any level."""
    for one in record.below:
        if one.tag == tag:
            yield one
        yield from _all(one, tag)


def _shape(record: Record) -> Shape:
    bits = record.number(0, 4)
    return Shape(_HEADS[bits >> 23 & 3], bits >> 25 & 7, str(record.number(30)))


def _numbering(info: Record) -> Numbering:
    """Numberings by their numbers, from 1: for each level properties, and a text such as `^1.`."""
    numbering = Numbering()
    for number, record in enumerate(_all(info, NUMBERING), 1):
        levels: dict[int, Level] = {}
        offset = 0
        for level in range(_LEVELS):
            pattern = re.sub(r"\^([1-9])", r"%\1", record.text(offset + 12))
            form = _FORMS.get(record.number(offset, 4) >> 5 & 15, "decimal")
            levels[level] = Level(form if pattern else "none", pattern, 1)
            offset += 14 + 2 * record.number(offset + 12)
        numbering.levels[str(number)] = levels
    return numbering


def _address(field: Record) -> str:
    """Where a link leads: `http\\://example.org;1;0;0;` without its escapes and flags; empty for other fields."""
    if field.control != "%hlk":
        return ""
    return re.sub(r"\\(.)", r"\1", re.split(r"(?<!\\);", field.text(9))[0])
