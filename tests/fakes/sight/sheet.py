"""Writes PDFs of one drawing a page, each with a plain line of its own and two words that the drawing shows or hides.

All pages share their resources, so a drawing registers what it needs and names it. Points, y counts from the bottom.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fakes.hostile import pdf

SIZE = (420, 300)
AREA = b"60 130 280 44 re"  # what holds the line, and some more on all sides
X, Y, EM = 90, 146, 16
PIXEL = b"\x18\x18\x30"  # of a dark picture
FIRST = (
    "amber basket candle dancer engine feather garden hammer island jacket "
    "kitchen ladder marble needle orange pepper quarry ribbon silver thunder"
)
SECOND = (
    "anchor bridge copper desert eleven forest ginger harbor insect jungle "
    "kettle lantern meadow number oyster pencil rocket saddle temple window"
)
_CATALOG, _PAGES, _RESOURCES, _GROUPS = 1, 2, 3, {"shown": 4, "off": 5, "print": 6}
_FONTS = b"/F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def words_of(number: int) -> str:
    """The two words of a drawing, which no other drawing of a file has."""
    return f"{FIRST.split()[number % 20]} {SECOND.split()[(number * 7 + number // 20) % 20]}"


class Sheet:
    """One page as it is drawn; `words` are empty in the file that shows how it looks without them."""

    def __init__(self, objects: list[bytes], resources: dict[str, list[bytes]], placed: Placed, shown: bool) -> None:
        self.words, self.length = placed.words if shown else "", len(placed.words)
        self._moved = (placed.x, placed.y)
        self.annotations: list[bytes] = []
        self.fields: list[bytes] = []
        """of these: those that the file's form lists"""
        self.has_fields = False
        self._objects, self._resources = objects, resources

    def line(self, x: float = X, y: float = Y, em: float = EM, font: bytes = b"F") -> bytes:
        return b"BT /%s %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET " % (font, em, x, y, self.words.encode())

    def object(self, body: bytes) -> bytes:
        self._objects.append(body)
        return b"%d 0 R" % len(self._objects)

    def stream(self, data: bytes, entries: bytes = b"") -> bytes:
        packed = zlib.compress(data)
        head = b"<< /Length %d /Filter /FlateDecode %s >>" % (len(packed), entries)
        return self.object(head + b"\nstream\n" + packed + b"\nendstream")

    def named(self, kind: str, body: bytes) -> bytes:
        """Put something among the resources; returns its name, with the slash."""
        held = self._resources.setdefault(kind, [])
        name = b"/%s%d" % (kind[:2].encode(), len(held))
        held.append(name + b" " + body)
        return name

    def form(self, content: bytes, entries: bytes = b"", box: bytes = b"0 0 420 300") -> bytes:
        return self.named("XObject", self.form_object(content, entries, box)) + b" Do "

    def form_object(self, content: bytes, entries: bytes = b"", box: bytes = b"0 0 420 300") -> bytes:
        """A form, as `form` draws it; returns the reference to it."""
        head = b"/Type /XObject /Subtype /Form /BBox [%s] /Resources %d 0 R %s" % (box, _RESOURCES, entries)
        return self.stream(content, head)

    def state(self, entries: bytes) -> bytes:
        return self.named("ExtGState", b"<< %s >>" % entries) + b" gs "

    def picture(self, width: int, height: int, data: bytes, entries: bytes = b"") -> bytes:
        """A picture over the area; returns the operators that draw it."""
        entries = entries or b"/ColorSpace /DeviceRGB /BitsPerComponent 8"
        head = b"/Type /XObject /Subtype /Image /Width %d /Height %d " % (width, height)
        name = self.named("XObject", self.stream(data, head + entries))
        return b"q 280 0 0 44 60 130 cm %s Do Q " % name

    def mask(self, width: int, height: int, data: bytes, entries: bytes = b"/ColorSpace /DeviceGray") -> bytes:
        """A picture of 8 bits that another one takes its transparency from; returns the reference to it."""
        head = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 " % (width, height)
        return self.stream(data, head + entries)

    def shading(self, start: bytes, end: bytes, entries: bytes = b"/Coords [60 0 340 0]", kind: int = 2) -> bytes:
        blend = b"<< /FunctionType 2 /Domain [0 1] /C0 [%s] /C1 [%s] /N 1 >>" % (start, end)
        extend = b"" if b"/Extend" in entries else b"/Extend [true true]"
        return b"<< /ShadingType %d /ColorSpace /DeviceRGB %s /Function %s %s >>" % (kind, entries, blend, extend)

    def tiling(self, content: bytes, step: float = 8) -> bytes:
        head = b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 %g %g] /XStep %g /YStep %g "
        return self.named("Pattern", self.stream(content, head % (step, step, step, step) + b"/Resources << >>"))

    def group(self, name: str) -> bytes:
        """A layer of the file, named: shown, off, or print (off on a screen)."""
        return self.named("Properties", self.group_object(name))

    def group_object(self, name: str) -> bytes:
        """A layer of the file; returns the reference to it."""
        return b"%d 0 R" % _GROUPS[name]

    def annotate(self, kind: bytes, entries: bytes, look: bytes | None = None, box: bytes = b"60 130 340 174") -> bytes:
        """Lay an annotation over the area, with operators for its look; returns no operators."""
        if look is not None:
            entries += b" /AP << /N %s >>" % self.form_object(look, box=box)
        flags = b"" if b"/F " in entries else b"/F 4 "
        place = [float(side) + self._moved[at % 2] for at, side in enumerate(box.split())]
        head = b"<< /Type /Annot /Subtype /%s /Rect [%g %g %g %g] " % (kind, *place)
        self.annotations.append(self.object(head + flags + entries + b" >>"))
        return b""

    def field(
        self, entries: bytes, look: bytes | None = None, box: bytes = b"60 130 340 174", listed: bool = True
    ) -> bytes:
        """Lay a field of a form over the area, `listed` in the file's form or not; returns no operators."""
        number = len(self._objects)
        text = b"" if b"/FT" in entries else b"/FT /Tx "
        self.annotate(b"Widget", b"/T (f%d) /DA (/F 16 Tf 0 g) " % number + text + entries, look, box)
        self.has_fields = True
        if listed:
            self.fields.append(self.annotations[-1])
        return b""


Drawing = Callable[[Sheet], bytes]  # operators that show a sheet's words, or hide them


class Placed(NamedTuple):
    """A drawing on a page, moved to the right and up, and a plain line above it."""

    drawing: Drawing
    words: str
    caption: str
    x: float = 0
    y: float = 0


def write_sheets(path: Path, drawings: Mapping[str, Drawing], shown: bool = True) -> Path:
    """Write a file of these drawings, a page each; with `shown` false, all without their words."""
    pages = [
        [Placed(drawing, words_of(at), f"Sheet {at + 1} is about {words_of(at + 199)}.")]
        for at, drawing in enumerate(drawings.values())
    ]
    return write_pages(path, pages, SIZE, b"20 20 400 280", shown)


def write_pages(
    path: Path, pages: Sequence[Sequence[Placed]], size: tuple[int, int], crop: bytes, shown: bool = True
) -> Path:
    """Write a file of pages of these drawings."""
    objects, resources, fields, kids = [b""] * 6, {"Font": [_FONTS]}, [], []
    has_form = False  # without one a viewer draws no fields
    for placed in pages:
        content, annotations = b"", b""
        for one in placed:
            sheet = Sheet(objects, resources, one, shown)
            content += b"q 1 0 0 1 %g %g cm q " % (one.x, one.y) + one.drawing(sheet) + b"Q "
            content += b"BT /F 11 Tf 60 240 Td (%s) Tj ET Q\n" % one.caption.encode()
            annotations += b" ".join(sheet.annotations) + b" "
            fields += sheet.fields
            has_form |= sheet.has_fields
        stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
        page = (
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /CropBox [%s] /Resources %d 0 R /Contents %d 0 R %s>>"
        )
        objects.append(stream)
        listed = b"/Annots [%s] " % annotations
        objects.append(page % (_PAGES, *size, crop, _RESOURCES, len(objects), listed))
        kids.append(b"%d 0 R" % len(objects))
    groups = b" ".join(b"%d 0 R" % number for number in _GROUPS.values())
    viewed = b"/AS [<< /Event /View /Category [/View /Print] /OCGs [%d 0 R] >>]" % _GROUPS["print"]
    layers = b"<< /OCGs [%s] /D << /Order [%s] /OFF [%d 0 R] %s >> >>" % (groups, groups, _GROUPS["off"], viewed)
    form = b"/AcroForm << /Fields [%s] /DR %d 0 R >>" % (b" ".join(fields), _RESOURCES) if has_form else b""
    objects[0] = b"<< /Type /Catalog /Pages %d 0 R /OCProperties %s %s >>" % (_PAGES, layers, form)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    named = [b"/%s << %s >>" % (kind.encode(), b" ".join(held)) for kind, held in resources.items()]
    objects[2] = b"<< %s >>" % b" ".join(named)
    usage = b"/Usage << /Print << /PrintState /ON >> /View << /ViewState /OFF >> >>"
    for name, number in _GROUPS.items():
        objects[number - 1] = b"<< /Type /OCG /Name (%s) %s >>" % (name.encode(), usage if name == "print" else b"")
    path.write_bytes(pdf(objects))
    return path
