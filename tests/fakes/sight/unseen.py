"""Lines that are in a file and that nobody can see, each by another construction of the format."""

from fakes.sight.outlines import type3
from fakes.sight.seen import ELLIPSE, PILL, POLYGON, ROUNDED, dark_under
from fakes.sight.sheet import AREA, PIXEL, Drawing, Sheet

BLACK = b"0 g "


def covered(cover: bytes) -> Drawing:
    return dark_under(cover)


def clipped(clip: bytes) -> Drawing:
    return lambda page: b"q " + clip + page.line() + b"Q "


def on_state(entries: bytes, paint: bytes = BLACK) -> Drawing:
    """Words painted in a state in which nothing of them is left."""
    return lambda page: page.state(entries) + paint + page.line()


def annotated(kind: bytes, entries: bytes, look: bytes | None = None) -> Drawing:
    return lambda page: page.line() + page.annotate(kind, entries, look)


def _group(name: str) -> Drawing:
    return lambda page: b"/OC %s BDC " % page.group(name) + page.line() + b"EMC "


def _groups(names: tuple[str, ...], policy: bytes) -> Drawing:
    def draw(page: Sheet) -> bytes:
        groups = b" ".join(page.group_object(name) for name in names)
        named = page.named("Properties", b"<< /Type /OCMD /OCGs [%s] /P /%s >>" % (groups, policy))
        return b"/OC %s BDC " % named + page.line() + b"EMC "

    return draw


def _under_gradient(page: Sheet) -> bytes:
    shade = page.named("Shading", page.shading(b".9 .9 1", b"1 .9 .9"))
    return page.line() + b"q " + AREA + b" W n %s sh Q " % shade


def _under_form(content: bytes) -> Drawing:
    return lambda page: page.line() + page.form(content)


def _under_picture(pixel: bytes) -> Drawing:
    return lambda page: page.line() + page.picture(1, 1, pixel)


def _under_soft_masked_picture(page: Sheet) -> bytes:
    entries = b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask %s" % page.mask(1, 1, b"\xff")
    return page.line() + page.picture(1, 1, b"\xff\xff\xff", entries)


def _masked(kind: bytes, content: bytes) -> Drawing:
    def draw(page: Sheet) -> bytes:
        mask = page.form_object(content, b"/Group << /S /Transparency /CS /DeviceGray >>")
        return page.state(b"/SMask << /S /%s /G %s >>" % (kind, mask)) + BLACK + page.line()

    return draw


def _shading_like_paper(page: Sheet) -> bytes:
    pattern = page.named("Pattern", b"<< /PatternType 2 /Shading %s >>" % page.shading(b"1 1 1", b".99 .99 1"))
    return b"/Pattern cs %s scn " % pattern + page.line()


def _never_drawn(page: Sheet) -> bytes:
    page.form(page.line())
    return b""


def _pressed_only(page: Sheet) -> bytes:
    look = b" /AP << /N %s /D %s >>" % (page.form_object(b" "), page.form_object(page.line()))
    return page.annotate(b"Stamp", look)


def _field(entries: bytes, look: bytes | None = None, box: bytes = b"60 130 340 174") -> Drawing:
    return lambda page: page.field(b"/V (%s) " % page.words.encode() + entries, look, box)


def _password(look: bytes | None) -> Drawing:
    def draw(page: Sheet) -> bytes:
        return page.field(b"/Ff 8192 /V (%s)" % (page.words or page.length * "x").encode(), look)

    return draw


def _closed_list(page: Sheet) -> bytes:
    look = b"/Tx BMC BT /F 16 Tf 1 0 0 1 90 146 Tm (chosen) Tj ET EMC "
    return page.field(b"/FT /Ch /Ff 131072 /Opt [(chosen) (%s)] /V (chosen)" % page.words.encode(), look)


def _note(kind: bytes, entries: bytes = b"", look: bytes | None = None) -> Drawing:
    return lambda page: page.annotate(kind, b"/Contents (%s) " % page.words.encode() + entries, look)


def _hidden(flag: int, kind: bytes = b"FreeText") -> Drawing:
    return lambda page: page.annotate(kind, b"/F %d /Contents (%s)" % (flag, page.words.encode()), page.line())


_STRIPS = b"".join(b"60 %g 280 2.4 re f " % (130 + 2 * row) for row in range(22))
_SQUARE = b"/C [0 0 0] /IC [0 0 0] /BS << /W 2 >>"

UNSEEN: dict[str, Drawing] = {
    "a layer that is off": _group("off"),
    "a layer for print": _group("print"),
    "all of two layers, one off": _groups(("shown", "off"), b"AllOn"),
    "any of layers that are off": _groups(("off", "print"), b"AnyOn"),
    "while a layer is off that is on": _groups(("shown",), b"AllOff"),
    "a layer that is off within one that is on": lambda page: (
        b"/OC %s BDC /OC %s BDC " % (page.group("shown"), page.group("off")) + page.line() + b"EMC EMC "
    ),
    "a layer that is on within one that is off": lambda page: (
        b"/OC %s BDC /OC %s BDC " % (page.group("off"), page.group("shown")) + page.line() + b"EMC EMC "
    ),
    "a form on a layer that is off": lambda page: page.form(page.line(), b"/OC %s" % page.group_object("off")),
    "specks of type": lambda page: page.line(em=0.02),
    "under a white rectangle": covered(AREA + b" f "),
    "under rounded corners": covered(ROUNDED + b"f "),
    "under a pill": covered(PILL + b"f "),
    "under an ellipse": covered(ELLIPSE + b"f "),
    "under a polygon": covered(POLYGON + b"f "),
    "under a polygon, filled and stroked": covered(b"1 G " + POLYGON + b"B "),
    "under a thick white line": covered(b"1 G 44 w 60 152 m 340 152 l S "),
    "under a tilted box": covered(b"q .998 .06 -.06 .998 4 -12 cm 50 118 300 68 re f Q "),
    "under two boxes side by side": covered(b"60 130 110 44 re 170 130 170 44 re f "),
    "under strips": covered(_STRIPS),
    "under tiles": lambda page: page.line() + b"/Pattern cs %s scn " % page.tiling(b"1 g 0 0 8 8 re f") + AREA + b" f ",
    "under a gradient": _under_gradient,
    "under a form": _under_form(b"1 g " + AREA + b" f "),
    "under a form's pill": _under_form(b".9 1 .9 rg " + PILL + b"f "),
    "under a white picture": _under_picture(b"\xff\xff\xff"),
    "under a dark picture": _under_picture(PIXEL),
    "under a picture whose soft mask is full": _under_soft_masked_picture,
    "under a stencil": lambda page: (
        page.line() + b"1 g " + page.picture(8, 1, b"\x00", b"/ImageMask true /BitsPerComponent 1")
    ),
    "under what multiplies to black": lambda page: (
        page.line() + b"q " + page.state(b"/BM /Multiply") + BLACK + AREA + b" f Q "
    ),
    "under a black bar": covered(BLACK + AREA + b" f "),
    "under a bar that is a thick line": covered(b"0 G 26 w 60 152 m 340 152 l S "),
    "under a bar with round ends": covered(b"0 G 1 J 26 w 70 152 m 330 152 l S "),
    "under a bar that is a polygon": covered(BLACK + POLYGON + b"f "),
    "under a bar in a form": _under_form(b"0 G 26 w 60 152 m 340 152 l S "),
    "under a Square annotation": annotated(b"Square", _SQUARE),
    "under a Square annotation with a look": annotated(b"Square", _SQUARE, BLACK + AREA + b" f "),
    "under a Stamp annotation": annotated(b"Stamp", b"", BLACK + PILL + b"f "),
    "under an Ink annotation": annotated(
        b"Ink", b"/InkList [[60 152 340 152]] /BS << /W 30 >>", b"0 G 30 w 60 152 m 340 152 l S "
    ),
    "under a black Highlight": annotated(
        b"Highlight", b"/C [0 0 0] /QuadPoints [60 174 340 174 60 130 340 130]", BLACK + AREA + b" f "
    ),
    "under a free text of other words": annotated(
        b"FreeText", b"/DA (/F 9 Tf)", b"1 g " + AREA + b" f 0 g BT /F 9 Tf 1 0 0 1 300 134 Tm (void) Tj ET "
    ),
    "clipped to a rectangle elsewhere": clipped(b"30 30 40 40 re W n "),
    "clipped to a circle elsewhere": clipped(b"60 190 m 400 190 400 270 60 270 c h W n "),
    "clipped to a triangle elsewhere": clipped(b"60 128 m 340 128 l 340 40 l h W n "),
    "clipped to an L around it": clipped(b"40 60 m 380 60 l 380 220 l 350 220 l 350 124 l 40 124 l h W n "),
    "clipped to a tilted box elsewhere": clipped(b"60 180 m 340 200 l 330 230 l 50 210 l h W n "),
    "clipped to nothing": clipped(b"0 0 0 0 re W n "),
    "clipped to a frame": clipped(b"40 110 330 90 re 60 130 280 44 re W* n "),
    "clipped to two boxes that do not meet": clipped(b"60 130 280 20 re W n 60 156 280 20 re W n "),
    "clipped to other type": lambda page: (
        b"q 7 Tr BT /F 16 Tf 1 0 0 1 90 200 Tm (xx) Tj ET 0 Tr " + page.line() + b"Q "
    ),
    "beyond a form's box": lambda page: page.form(page.line(), box=b"30 30 60 60"),
    "alpha 0": on_state(b"/ca 0"),
    "alpha .01": on_state(b"/ca .01"),
    "alpha .01 of stroked type": on_state(b"/CA .01", b"1 Tr 0 G "),
    "a form at alpha 0": lambda page: (
        page.state(b"/ca 0 /CA 0") + page.form(page.line(), b"/Group << /S /Transparency >>")
    ),
    "a soft mask of nothing": _masked(b"Luminosity", b" "),
    "a soft mask of black": _masked(b"Luminosity", b"0 g 0 0 420 300 re f"),
    "an alpha mask of nothing": _masked(b"Alpha", b" "),
    "multiplied white": lambda page: b".7 g " + AREA + b" f " + page.state(b"/BM /Multiply") + b"1 g " + page.line(),
    "type of a tenth of a point": lambda page: page.line(em=0.1),
    "type scaled to nothing": lambda page: b"q .005 0 0 .005 90 146 cm " + page.line(0, 0) + b"Q ",
    "empty glyphs of a Type 3 font": lambda page: type3(page, named=True, empty=True),
    "white": lambda page: b"1 g " + page.line(),
    "nearly white": lambda page: b".98 g " + page.line(),
    "yellow on white": lambda page: b"1 1 0 rg " + page.line(),
    "black on black": lambda page: b".02 g " + AREA + b" f 0 g " + page.line(),
    "green on the same green": lambda page: b".2 .6 .3 rg " + PILL + b"f " + page.line(),
    "white on a white picture": lambda page: page.picture(1, 1, b"\xfe\xfe\xfe") + b"1 g " + page.line(),
    "white in a transparency group": lambda page: page.form(
        b"1 g " + page.line(), b"/Group << /S /Transparency /CS /DeviceRGB /I true >>"
    ),
    "white lines of stroked type": lambda page: b"1 Tr 1 G " + page.line(),
    "mode 3": lambda page: b"3 Tr " + page.line(),
    "mode 7, nothing painted after it": lambda page: b"q 7 Tr " + page.line() + b"Q ",
    "filled by a pattern of nothing": lambda page: b"/Pattern cs %s scn " % page.tiling(b" ") + page.line(),
    "filled by a shading like paper": _shading_like_paper,
    "off the page": lambda page: page.line(y=-200),
    "beside the page": lambda page: page.line(x=900),
    "cropped away": lambda page: page.line(y=4),
    "a form that is never drawn": _never_drawn,
    "the look of a pressed button": _pressed_only,
    "a field without area": _field(b"", box=b"90 146 90 146"),
    "a field without area that has a look": _field(b"", b"BT /F 16 Tf (x) Tj ET", box=b"90 146 90 146"),
    "a hidden field": _field(b"/F 2"),
    "a field that is not viewed": _field(b"/F 32"),
    "a password": _password(None),
    "a password that shows stars": _password(b"/Tx BMC BT /F 16 Tf 1 0 0 1 90 142 Tm (******) Tj ET EMC "),
    "an option of a closed list": _closed_list,
    "a note that is closed": _note(b"Text"),
    "a highlight's remark": _note(b"Highlight", b"/C [1 1 0] /QuadPoints [60 174 340 174 60 130 340 130]"),
    "a free text whose look is empty": _note(b"FreeText", b"/DA (/F 16 Tf)", b" "),
    "a hidden free text": _hidden(2),
    "a free text that is not viewed": _hidden(32),
    "a hidden stamp": _hidden(2, b"Stamp"),
}  # name → drawing
