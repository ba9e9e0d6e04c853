"""The invisible text of a searchable PDF: words at their places as a content stream, in a font that shows nothing.

- Text is not painted (rendering mode 3), one line after the other. Each word is as wide as its box, by horizontal
  scaling; between two words of a line stands a space as wide as the gap, so that whatever copies or searches sees the
  words apart. Where lines fall a little, each word stands level in its box: some programs (poppler's) take a word that
  falls to pieces. PDF 1.7, 9.3 and 9.4.
- Every character that was written has a number in the font, and a map gives the character back. PDF 1.7, 9.7.4
  (CIDFonts) and 9.10.3 (ToUnicode). The font file (`scripts/build_glyphless_font.py`) has one glyph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sokdok.documents.document import Box, Word
from sokdok.documents.lines import Direction, Line, direction_of, is_rtl, lines_of, slope_of

if TYPE_CHECKING:
    import pikepdf

FONT_NAME = "/SokdokText"
LEAST_SIZE = 0.5  # points
_ALONG: dict[Direction, tuple[int, int]] = {"right": (1, 0), "up": (0, 1), "left": (-1, 0), "down": (0, -1)}
_SCALING = (1.0, 2_000.0)  # percent, least and most
_LEVEL = 0.1  # slope of lines, up to which their words are set level
WIDTH, ASCENT, DESCENT = 500, 800, -200  # of every glyph, thousandths of its size
NAME = "GlyphLess"
MOST_CHARACTERS = 65_535
_IN_A_RANGE = 100  # characters in one section of a map, at most
_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{sections}endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


class Sheet(NamedTuple):
    """How a page's pixels lie on its sheet."""

    pixels: tuple[int, int]  # width and height
    box: tuple[float, float, float, float]
    """what is shown of the sheet: left, bottom, right, top in its own units, before it is turned"""
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
            parts.append(self._set(_as_seen(" ".join(word.text.split())), place))
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
        along = self._fallen(x, -y)
        below = -along[1], along[0]
        start = middle[0] * along[0] + middle[1] * along[1] - length / 2
        base = middle[0] * below[0] + middle[1] * below[1] + size / 2
        return _Place(along, start, base, length, size)

    def _fallen(self, x: float, y: float) -> tuple[float, float]:
        """A direction in pixels, turned as the lines are."""
        return x * self.cosine - y * self.sine, y * self.cosine + x * self.sine

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


def _as_seen(text: str) -> str:
    """The letters from left to right: programs take a PDF's text as it is seen, and turn Hebrew and Arabic round."""
    return text[::-1] if is_rtl(text) else text


class GlyphlessFont:
    """The font of one file; its characters are known at the end."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self.font: Any = pdf.make_indirect(pdf_dictionary(Type="/Font", Subtype="/Type0"))
        self._codes: dict[str, int] = {}

    def encoded(self, text: str) -> str:
        """A text as hexadecimal codes of the font; beyond 65,535 different characters they are left out."""
        return "".join(f"{code:04X}" for code in map(self._code, text) if code)

    def close(self) -> None:
        """Complete the font's dictionary. PDF 1.7, tables 117, 121 and 122."""
        import pikepdf

        name = pikepdf.Name(f"/{NAME}")
        file = self._pdf.make_stream(Path(__file__).with_name("glyphless.ttf").read_bytes())
        descriptor = pdf_dictionary(
            Type="/FontDescriptor", FontName=name, Flags=4, FontBBox=[0, DESCENT, WIDTH, ASCENT], ItalicAngle=0,
            Ascent=ASCENT, Descent=DESCENT, CapHeight=ASCENT, StemV=80, FontFile2=file,
        )  # fmt: skip
        system = pdf_dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0)
        descendant = pdf_dictionary(
            Type="/Font", Subtype="/CIDFontType2", BaseFont=name, DW=WIDTH,
            CIDSystemInfo=system,
            CIDToGIDMap=self._pdf.make_stream(b"\0\1" * (len(self._codes) + 1)),
            FontDescriptor=self._pdf.make_indirect(descriptor),
        )  # fmt: skip
        self.font.BaseFont, self.font.Encoding = name, pikepdf.Name("/Identity-H")
        self.font.DescendantFonts = pikepdf.Array([self._pdf.make_indirect(descendant)])
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


def pdf_dictionary(**values: Any) -> Any:
    """A dictionary of PDF; texts that begin with a slash are names."""
    import pikepdf

    return pikepdf.Dictionary(
        {
            f"/{name}": pikepdf.Name(value) if isinstance(value, str) and value[:1] == "/" else value
            for name, value in values.items()
        }
    )
