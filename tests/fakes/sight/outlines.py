"""Words without characters: as filled paths, as glyphs of a Type 3 font, as a picture."""

from pathlib import Path

import matplotlib
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath, TextToPath
from PIL import Image, ImageDraw, ImageFont

from fakes.sight.sheet import Sheet, X, Y

FACE = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
LETTERS = " abcdefghijklmnopqrstuvwxyz"


def _path(text: str, em: float) -> bytes:
    """Operators that fill the outlines of a text, its first baseline point at the origin."""
    if not text.strip():
        return b""
    out = [b""]
    here = (0.0, 0.0)
    for points, code in TextPath((0, 0), text, size=em, prop=FontProperties(fname=FACE)).iter_segments(curves=True):
        x, y = float(points[-2]), float(points[-1])
        if code == 3:  # a quadratic curve
            (ax, ay), (cx, cy) = here, (float(points[0]), float(points[1]))
            first = (ax + (cx - ax) * 2 / 3, ay + (cy - ay) * 2 / 3)
            second = (x + (cx - x) * 2 / 3, y + (cy - y) * 2 / 3)
            out.append(b"%.3f %.3f %.3f %.3f %.3f %.3f c" % (*first, *second, x, y))
        elif code == 79:
            out.append(b"h")
        else:
            out.append(b"%.3f %.3f %s" % (x, y, b"m" if code == 1 else b"l"))
        here = (x, y)
    return b"\n".join([*out, b"f "])


def paths(page: Sheet, em: float = 22) -> bytes:
    """The words as filled paths."""
    return b"q 1 0 0 1 %g %g cm " % (X, Y) + _path(page.words, em) + b"Q "


def type3(page: Sheet, named: bool, empty: bool = False, em: float = 22) -> bytes:
    """The words in a Type 3 font, whose characters are `named` or not; with `empty` its glyphs have no outlines."""
    widths = TextToPath()
    advances = [
        widths.get_text_width_height_descent(one, FontProperties(fname=FACE, size=1000), False)[0] for one in LETTERS
    ]
    procedures = b" ".join(
        b"/g%d %s" % (code, page.stream(b"%g 0 d0 " % advance + (b"" if empty else _path(letter, 1000))))
        for code, (letter, advance) in enumerate(zip(LETTERS, advances, strict=True), 1)
    )
    names = b" ".join(b"/g%d" % code for code in range(1, len(LETTERS) + 1))
    pairs = b" ".join(b"<%02X> <%04X>" % (code, ord(letter)) for code, letter in enumerate(LETTERS, 1))
    cmap = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        b"%d beginbfchar %s endbfchar endcmap end" % (len(LETTERS), pairs)
    )
    unicode = b"/ToUnicode %s" % page.stream(cmap) if named else b""
    name = page.named(
        "Font",
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 -300 1200 1000] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 1 "
        b"/LastChar %d /Widths [%s] /CharProcs << %s >> /Encoding << /Differences [1 %s] >> /Resources << >> %s >>"
        % (len(LETTERS), b" ".join(b"%g" % advance for advance in advances), procedures, names, unicode),
    )
    codes = bytes(LETTERS.index(letter) + 1 for letter in page.words).hex().encode()
    return b"BT %s %g Tf 1 0 0 1 %d %d Tm <%s> Tj ET " % (name, em, X, Y, codes)


def pictured(page: Sheet) -> bytes:
    """The words as a picture over the area, at some 180 dpi."""
    picture = Image.new("L", (700, 110), 255)
    ImageDraw.Draw(picture).text((60, 25), page.words, 0, ImageFont.truetype(FACE, 48))
    return page.picture(700, 110, picture.tobytes(), b"/ColorSpace /DeviceGray /BitsPerComponent 8")
