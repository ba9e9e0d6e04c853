"""Lines that a person can see, each by another construction of the format."""

from fakes.sight.outlines import paths, pictured, type3
from fakes.sight.sheet import AREA, PIXEL, Drawing, Sheet

DARK, LIGHT, WHITE = b".1 .1 .3 rg ", b".95 .95 1 rg ", b"1 g "
PILL = (
    b"82 130 m 318 130 l 330 130 340 140 340 152 c 340 164 330 174 318 174 c 82 174 l 70 174 60 164 60 152 c "
    b"60 140 70 130 82 130 c h "
)
ROUNDED = (
    b"66 130 m 334 130 l 337 130 340 133 340 136 c 340 168 l 340 171 337 174 334 174 c 66 174 l 63 174 60 171 60 168 c "
    b"60 136 l 60 133 63 130 66 130 c h "
)
ELLIPSE = b"40 152 m 40 90 360 90 360 152 c 360 214 40 214 40 152 c h "
POLYGON = b"60 152 m 90 120 l 320 120 l 350 152 l 320 184 l 90 184 l h "
NOTCHED = b"40 100 m 370 100 l 370 200 l 40 200 l 40 180 l 350 180 l 350 124 l 40 124 l h "
RING = b"40 110 330 90 re 60 130 280 44 re "
HOLE = b"40 110 m 370 110 l 370 200 l 40 200 l h 60 130 m 60 174 l 340 174 l 340 130 l h "


def light_on(ground: bytes) -> Drawing:
    return lambda page: DARK + ground + LIGHT + page.line()


def dark_under(cover: bytes) -> Drawing:
    """Black words, and something drawn after them that leaves them open."""
    return lambda page: page.line() + WHITE + cover


def _gradient(kind: int, coordinates: bytes) -> Drawing:
    def draw(page: Sheet) -> bytes:
        name = page.named("Shading", page.shading(b".1 .1 .4", b".5 .1 .2", b"/Coords [%s]" % coordinates, kind))
        return b"q " + AREA + b" W n %s sh Q " % name + LIGHT + page.line()

    return draw


def _filled_with_shading(page: Sheet) -> bytes:
    pattern = page.named("Pattern", b"<< /PatternType 2 /Shading %s >>" % page.shading(b".1 .1 .4", b".5 .1 .2"))
    return b"/Pattern cs %s scn " % pattern + AREA + b" f " + LIGHT + page.line()


def _function_shading(page: Sheet) -> bytes:
    program = page.stream(b"{ pop pop .1 .1 .3 }", b"/FunctionType 4 /Domain [0 420 0 300] /Range [0 1 0 1 0 1]")
    body = b"<< /ShadingType 1 /ColorSpace /DeviceRGB /Domain [0 420 0 300] /Function %s >>" % program
    return b"q " + AREA + b" W n %s sh Q " % page.named("Shading", body) + LIGHT + page.line()


def _tiled(page: Sheet) -> bytes:
    pattern = page.tiling(b".1 .1 .3 rg 0 0 8 8 re f .2 .2 .4 rg 2 2 3 3 re f")
    return b"/Pattern cs %s scn " % pattern + AREA + b" f " + LIGHT + page.line()


def _stamp(page: Sheet) -> bytes:
    look = DARK + PILL + b"f "
    return page.annotate(b"Stamp", b"", look + LIGHT + page.line())


def _separation(page: Sheet) -> bytes:
    space = b"[/Separation /Black /DeviceGray << /FunctionType 2 /Domain [0 1] /C0 [1] /C1 [0] /N 1 >>]"
    return page.named("ColorSpace", space) + b" cs .9 scn " + PILL + b"f " + LIGHT + page.line()


def _soft_masked_ground(page: Sheet) -> bytes:
    entries = b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask %s" % page.mask(2, 1, b"\xff\xe0")
    return page.picture(2, 1, 2 * PIXEL, entries) + LIGHT + page.line()


def _in_a_transparency_group(page: Sheet) -> bytes:
    group = b"/Group << /S /Transparency /CS /DeviceRGB /I true >>"
    return page.form(DARK + PILL + b"f " + LIGHT + page.line(), group)


def _on_luminosity_mask(page: Sheet) -> bytes:
    mask = page.form_object(b"1 g 0 0 420 300 re f", b"/Group << /S /Transparency /CS /DeviceGray >>")
    return page.state(b"/SMask << /S /Luminosity /G %s >>" % mask) + b"0 g " + page.line()


def _one_group_of_two(page: Sheet) -> bytes:
    groups = b" ".join(page.group_object(name) for name in ("off", "shown"))
    named = page.named("Properties", b"<< /Type /OCMD /OCGs [%s] /P /AnyOn >>" % groups)
    return b"/OC %s BDC " % named + page.line() + b"EMC "


def _off_makes_it_show(page: Sheet) -> bytes:
    named = page.named("Properties", b"<< /Type /OCMD /OCGs [%s] /P /AllOff >>" % page.group_object("off"))
    return b"/OC %s BDC " % named + page.line() + b"EMC "


def _under_a_picture_that_is_off(page: Sheet) -> bytes:
    entries = b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /OC %s" % page.group_object("off")
    return page.line() + page.picture(1, 1, PIXEL, entries)


def _state_over(entries: bytes, paint: bytes) -> Drawing:
    return lambda page: page.line() + page.state(entries) + paint + AREA + b" f "


def _clear_by_soft_mask(page: Sheet) -> bytes:
    entries = b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask %s" % page.mask(4, 1, b"\0\0\0\xff")
    return page.line() + page.picture(4, 1, 4 * PIXEL, entries)


def _clear_by_stencil(page: Sheet) -> bytes:
    mask = page.mask(8, 1, b"\xfe", b"/ImageMask true").replace(b"/BitsPerComponent 8", b"/BitsPerComponent 1")
    return page.line() + page.picture(8, 1, 8 * PIXEL, b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /Mask %s" % mask)


def _clear_by_color(page: Sheet) -> bytes:
    entries = b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /Mask [255 255 0 0 0 0]"
    return page.line() + page.picture(4, 1, 3 * b"\xff\0\0" + PIXEL, entries)


def _form_at_no_alpha(page: Sheet) -> bytes:
    group = b"/Group << /S /Transparency >>"
    return page.line() + page.state(b"/ca 0 /CA 0") + page.form(WHITE + AREA + b" f ", group)


def _highlighted(page: Sheet) -> bytes:
    quads = b"/C [1 1 0] /QuadPoints [60 174 340 174 60 130 340 130]"
    look = page.state(b"/BM /Multiply") + b"1 1 0 rg " + AREA + b" f "
    return page.line() + page.annotate(b"Highlight", quads, look)


def _shading_that_ends(page: Sheet) -> bytes:
    entries = b"/Coords [350 0 390 0] /Extend [false false]"
    return page.line() + page.named("Shading", page.shading(b"1 1 1", b"1 1 1", entries)) + b" sh "


def _type_of_shading(page: Sheet) -> bytes:
    pattern = page.named("Pattern", b"<< /PatternType 2 /Shading %s >>" % page.shading(b".1 .1 .6", b".7 .1 .2"))
    return b"/Pattern cs %s scn " % pattern + page.line(em=22)


def _type_of_tiles(page: Sheet) -> bytes:
    return b"/Pattern cs %s scn " % page.tiling(b".1 .1 .6 rg 0 0 4 4 re f .2 .1 .5 rg 1 1 2 2 re f", 4) + page.line(
        em=22
    )


def _shading_through_type(page: Sheet) -> bytes:
    name = page.named("Shading", page.shading(b".1 .1 .6", b".7 .1 .2"))
    return b"q 7 Tr " + page.line(em=22) + name + b" sh Q "


def _field_with_look(listed: bool, entries: bytes = b"") -> Drawing:
    def draw(page: Sheet) -> bytes:
        look = b"/Tx BMC q " + page.line() + b"Q EMC "
        return page.field(b"/V (%s) " % page.words.encode() + entries, look, listed=listed)

    return draw


def _list_box(page: Sheet) -> bytes:
    words = page.words.encode()
    look = b"/Tx BMC q .6 .75 .85 rg 60 138 280 24 re f 0 g " + page.line() + b"Q EMC "
    return page.field(b"/FT /Ch /Opt [(%s)] /V (%s) /I [0]" % (words, words), look)


SEEN: dict[str, Drawing] = {
    "plain": lambda page: page.line(),
    "light on a pill": light_on(PILL + b"f "),
    "light on rounded corners": light_on(ROUNDED + b"f "),
    "light on an ellipse": light_on(ELLIPSE + b"f "),
    "light on a polygon": light_on(POLYGON + b"f "),
    "light on a polygon, filled and stroked": light_on(b"2 w " + POLYGON + b"B "),
    "light on a rectangle": light_on(AREA + b" f "),
    "light on a thick line": light_on(b".1 .1 .3 RG 44 w 60 152 m 340 152 l S "),
    "light on a thick line with round ends": light_on(b".1 .1 .3 RG 1 J 40 w 80 152 m 320 152 l S "),
    "light on a thick stroked rectangle": light_on(b".1 .1 .3 RG 30 w 74 144 252 16 re S "),
    "light on a tilted box": light_on(b"q .998 .06 -.06 .998 4 -12 cm 50 118 300 68 re f Q "),
    "light and tilted on a tilted box": lambda page: (
        b"q .996 .087 -.087 .996 12 -17 cm " + DARK + AREA + b" f " + LIGHT + page.line() + b"Q "
    ),
    "light on an axial gradient": _gradient(2, b"60 0 340 0"),
    "light on a radial gradient": _gradient(3, b"200 152 0 200 152 150"),
    "light on a shading of a function": _function_shading,
    "light on a pattern of a shading": _filled_with_shading,
    "light on tiles": _tiled,
    "light on strips": light_on(b"".join(b"60 %g 280 2.2 re f " % (130 + 2 * row) for row in range(22))),
    "light on upright strips": light_on(b"".join(b"%g 130 4.2 44 re f " % (60 + 4 * row) for row in range(70))),
    "white on half-transparent black": lambda page: (
        b"q " + page.state(b"/ca .6") + b"0 g " + PILL + b"f Q 1 g " + page.line()
    ),
    "light on a stamp": _stamp,
    "light on a ground that multiplies": lambda page: (
        b"q " + page.state(b"/BM /Multiply") + b".2 .2 .3 rg " + AREA + b" f Q " + LIGHT + page.line()
    ),
    "light on a tint of black": _separation,
    "light on CMYK black": light_on(b"0 0 0 .9 k " + ROUNDED + b"f "),
    "light on a dark picture": lambda page: page.picture(1, 1, PIXEL) + LIGHT + page.line(),
    "light on a soft-masked picture": _soft_masked_ground,
    "light on an even-odd rectangle with a hole elsewhere": light_on(AREA + b" 345 130 10 10 re f* "),
    "light in a form on a polygon in another": lambda page: (
        page.form(DARK + POLYGON + b"f ") + page.form(LIGHT + page.line())
    ),
    "light in a transparency group": _in_a_transparency_group,
    "dark in a border of two even-odd rectangles": dark_under(RING + b"f* "),
    "dark in a border of two paths that turn against each other": dark_under(HOLE + b"f "),
    "dark in a notch": dark_under(NOTCHED + b"f "),
    "dark in a stroked border": dark_under(b"1 G 8 w 50 120 300 64 re S "),
    "dark under a fill that is clipped away": dark_under(b"q 30 30 20 20 re W n " + AREA + b" f Q "),
    "dark under a fill that a curved clip cuts away": dark_under(b"q 9 9 m 60 9 60 60 9 60 c h W n " + AREA + b" f Q "),
    "dark under a picture that is clipped away": lambda page: (
        page.line() + b"q 30 30 20 20 re W n " + page.picture(1, 1, PIXEL) + b"Q "
    ),
    "dark under a form whose box is elsewhere": lambda page: (
        page.line() + page.form(b"1 g " + AREA + b" f ", box=b"30 30 50 50")
    ),
    "dark under a fill on a layer that is off": lambda page: (
        page.line() + b"/OC %s BDC 1 g " % page.group("off") + AREA + b" f EMC "
    ),
    "dark under a form that is off": lambda page: (
        page.line() + page.form(b"1 g " + AREA + b" f ", b"/OC %s" % page.group_object("off"))
    ),
    "dark under a picture that is off": _under_a_picture_that_is_off,
    "dark under a sparse pattern": lambda page: (
        page.line() + b"/Pattern cs %s scn " % page.tiling(b".6 .6 1 rg 0 0 1 1 re f") + AREA + b" f "
    ),
    "dark under Multiply": _state_over(b"/BM /Multiply", b"1 1 .4 rg "),
    "dark under Darken": _state_over(b"/BM /Darken", b".8 1 .8 rg "),
    "dark under a thin veil": _state_over(b"/ca .3", WHITE),
    "dark under nothing, alpha 0": _state_over(b"/ca 0", WHITE),
    "dark under a form at alpha 0": _form_at_no_alpha,
    "dark under a picture whose soft mask is clear": _clear_by_soft_mask,
    "dark under a picture whose stencil is clear": _clear_by_stencil,
    "dark under a picture whose colour key is clear": _clear_by_color,
    "dark under a stencil with holes": lambda page: (
        page.line() + b".5 .5 1 rg " + page.picture(8, 1, b"\xfe", b"/ImageMask true /BitsPerComponent 1")
    ),
    "dark under a highlight": _highlighted,
    "dark under a shading that ends before": _shading_that_ends,
    "stroked type": lambda page: b"1 Tr .6 w 0 G " + page.line(em=22),
    "type in mode 2, white in black lines": lambda page: b"2 Tr .6 w 1 g 0 G " + page.line(em=22),
    "type in mode 2, red in white lines": lambda page: b"2 Tr .3 w .8 0 0 rg 1 G " + page.line(em=22),
    "type in mode 4": lambda page: b"q 4 Tr " + page.line() + b"Q ",
    "type in mode 6, white in black lines": lambda page: b"q 6 Tr .6 w 1 g 0 G " + page.line(em=22) + b"Q ",
    "a shading through type in mode 7": _shading_through_type,
    "a fill through type in mode 7": lambda page: b"q 7 Tr " + page.line(em=22) + b".1 .1 .6 rg " + AREA + b" f Q ",
    "type filled by a shading": _type_of_shading,
    "type filled by tiles": _type_of_tiles,
    "Type 3 with characters": lambda page: type3(page, named=True),
    "Type 3 without": lambda page: type3(page, named=False),
    "type as paths": paths,
    "type as light paths on a rectangle": lambda page: DARK + AREA + b" f " + LIGHT + paths(page),
    "type as a picture": pictured,
    "half-transparent type": lambda page: page.state(b"/ca .5") + page.line(),
    "type under a mask of light": _on_luminosity_mask,
    "grey type": lambda page: b".65 g " + page.line(),
    "light type on grey": light_on(b".45 g " + PILL + b"f "),
    "type of four points": lambda page: page.line(em=4),
    "type on a layer that is on": lambda page: b"/OC %s BDC " % page.group("shown") + page.line() + b"EMC ",
    "type on one of two layers": _one_group_of_two,
    "type that shows while a layer is off": _off_makes_it_show,
    "type in a form in a form": lambda page: page.form(b"q 1 0 0 1 0 10 cm " + page.form(page.line()) + b"Q "),
    "upright type": lambda page: b"0 1 -1 0 240 30 cm " + page.line(40, 40),
    "a free text": lambda page: page.annotate(
        b"FreeText", b"/DA (/F 16 Tf) /Contents (%s)" % page.words.encode(), page.line()
    ),
    "a stamp": lambda page: page.annotate(b"Stamp", b"", page.line()),
    "a field": _field_with_look(True),
    "a field that no form lists": _field_with_look(False),
    "a field that is read-only": _field_with_look(True, b"/Ff 1"),
    "a list box": _list_box,
}  # name → drawing
