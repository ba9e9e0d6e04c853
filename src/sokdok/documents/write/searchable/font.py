"""A font that shows nothing: every character that was written has a number in it, and a map gives the character back.

PDF 1.7, 9.7.4 (CIDFonts) and 9.10.3 (ToUnicode). The font file (`scripts/build_glyphless_font.py`) has one glyph.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf

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
