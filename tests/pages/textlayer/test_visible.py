"""Text that is in the file and that nobody sees is no word of the page; what covers a whole page is its scan."""

from collections.abc import Iterable
from hashlib import sha512
from pathlib import Path

import pytest

from fakes.hostile import pdf
from fakes.pdf import Text, layer_of, write_pdf
from sokdok.imaging.box import Box, level_box
from sokdok.pages.textlayer import TextLayer
from sokdok.pages.textlayer.glyphs import Font, Glyph
from sokdok.pages.textlayer.words import in_columns, pieces_of

SEEN = Text(50, 100, "Seen", 12)
SECRET = b"BT /F1 12 Tf 1 0 0 1 50 500 Tm (secret) Tj ET"


def layer_with(path: Path, shown: bytes, resources: bytes, *more: bytes) -> TextLayer:
    """The layer of a page that shows something, with more objects from the fifth on."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << %s >> >>" % resources
    content = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown)
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    path.write_bytes(pdf([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, content, *more]))
    return layer_of(path)


def specks(side: int) -> bytes:
    """A picture of noise, each way so many pixels: as full of edges as type."""
    noise = (sha512(b"").hexdigest() * (side * side // 512 + 1))[: side * side // 4]
    return b"BI /W %d /H %d /BPC 1 /CS /G /F /AHx ID %s> EI" % (side, side, noise.encode())


SCAN = b"q 595 0 0 842 0 0 cm " + specks(700) + b" Q"
FIGURE = b"q 200 0 0 60 40 480 cm " + specks(64) + b" Q"
HIDDEN = b"q 3 Tr " + SECRET + b" Q"


@pytest.mark.parametrize(
    "drawn",
    [[HIDDEN, SCAN], [SCAN, HIDDEN], [FIGURE, HIDDEN], [SECRET, FIGURE]],
    ids=["invisible and covered", "invisible on a scan", "invisible on a figure", "covered by a figure"],
)
def test_what_lies_behind_a_picture_is_kept_apart(tmp_path: Path, drawn: list[bytes]) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [drawn]))
    assert [piece.text for piece in layer.behind] == ["secret"] and not layer.pieces


def test_under_a_bar_is_nothing_that_a_reader_could_look_at(tmp_path: Path) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[SEEN, SECRET, b"q 14 w 40 504 m 240 504 l S Q"]]))
    assert [piece.text for piece in layer.pieces] == ["Seen"] and not layer.behind and not layer.other_ink


def test_letters_below_a_cover_stay_below_what_is_set_over_it(tmp_path: Path) -> None:
    """Whether each letter is an object of its own or not, and wherever it reaches between those above it."""
    cover, above = b"1 1 .9 rg 40 490 200 24 re f 0 g", Text(53, 342, "A note pasted")
    said = (50, "ill, not fit"), (52, "Wow")
    spelt = [[Text(x + 5 * at, 342, it) for at, it in enumerate(text)] for x, text in said]
    whole = [Text(50, 342, "ill, not fit")]
    for below, over, text in ((spelt[0], [above], above.text), (whole, spelt[1], "Wow"), (*spelt, "Wow")):
        layer = layer_of(write_pdf(tmp_path / "a.pdf", [[*below, cover, *over]]))
        assert "".join(piece.text for piece in layer.pieces) == text


def test_what_is_painted_through_text_shows_it(tmp_path: Path) -> None:
    title = b"q 7 Tr BT /F1 30 Tf 1 0 0 1 50 500 Tm (Title) Tj ET 1 0 0 rg 40 490 300 40 re f Q"
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[title]]))
    assert [piece.text for piece in layer.pieces] == ["Title"] and not layer.other_ink


def test_text_given_beside_what_is_drawn_stands_where_it_is_drawn(tmp_path: Path) -> None:
    """PDFium would give the places of ActualText, which browsers write, in the space of the form around it."""
    form = b"BT /F1 24 Tf 1 0 0 1 100 1400 Tm (a) Tj /Span << /ActualText (fi) >> BDC (F) Tj (I) Tj EMC ET"
    kind = b"/Subtype /Form /BBox [0 0 1190 1684] /Resources <</Font <</F1 <</Subtype /Type1 /BaseFont /Helvetica>>>>>>"
    within = b"<< %s /Length %d >>\nstream\n%s\nendstream" % (kind, len(form), form)
    layer = layer_with(tmp_path / "a.pdf", b".5 0 0 .5 0 0 cm /A Do", b"/XObject << /A 5 0 R >>", within)
    (piece,) = layer.pieces
    assert piece.text == "afi" and piece.box.left > 49 and 67 < piece.box.right < 68 and not layer.other_ink


@pytest.mark.parametrize(
    ("given", "codes", "text"),
    [
        *(
            (given, "\x81\x82", text)
            for given, text in ((b"", "\ufffd" * 2), (b"tti", "tti"), (b"t" * 16, "\ufffd" * 2))
        ),
        *((b"", codes, "\ufffd" * len(codes)) for codes in ("\x1f ", "\x01\x01,")),  # numbers of the font's own
        (b"", ",a", ",a"),
    ],
)
def test_what_has_no_name_has_a_place_of_its_own(tmp_path: Path, given: bytes, codes: str, text: str) -> None:
    forms = [b"%d 0 0 0 %d 700 d1 0 0 %d 700 re f" % (width, width - 50, width - 50) for width in (300, 900)]
    first, last = ord(codes[0]), ord(codes[-1])
    widths = b"/FirstChar %d /LastChar %d /Widths [300%s 900]" % (first, last, b" 0" * (last - first - 1))
    font = b"/FontBBox [0 0 900 900] /FontMatrix [.001 0 0 .001 0 0] %s" % widths
    drawn = codes.encode("latin-1").hex().encode()
    shown = b"BT /F 20 Tf 20 50 Td /Span << /ActualText (%s) >> BDC <%s> Tj EMC ET" % (given, drawn)
    names = b"/Encoding << /Differences [%d /x1 %d /x2] >> /CharProcs << /x1 6 0 R /x2 7 0 R >>" % (first, last)
    font = b"<< /Type /Font /Subtype /Type3 %s %s >>" % (font, names)
    forms = [b"<< /Length %d >>\nstream\n%s\nendstream" % (len(form), form) for form in forms]
    (piece,) = layer_with(tmp_path / "a.pdf", shown, b"/Font << /F 5 0 R >>", font, *forms).pieces
    assert piece.text == text and piece.box.width == pytest.approx(6 * len(codes) + 12, abs=0.5)


def placed(letters: str, places: Iterable[tuple[float, float]]) -> list[Glyph]:
    """Letters of 10 points at places, in this order in their file; none for spaces."""
    given = zip(letters, places, strict=True)
    boxes = [(letter, Box(x, y - 8, x + 10, y + 2)) for letter, (x, y) in given if letter != " "]
    return [Glyph(it, box, box.bottom - 2, 10, Font(0), False, box, False, 0, 0, box) for it, box in boxes]


def test_what_runs_leftwards_is_read_as_it_runs_whatever_the_order_of_the_file() -> None:
    seen = placed("dc הז ab 12.5 םולש", [(10 * at, 50) for at in range(18)])
    for glyphs in (seen, seen[::-1]):
        assert [piece.text for piece in pieces_of(glyphs)] == ["שלום ab 12.5 זה dc"]


def test_columns_of_running_text_stand_side_by_side() -> None:
    down = [50.0, 60.0, 70.0, 82.5, 92.5]
    pieces = pieces_of(placed("세로로쓴글이두줄이다", [(x, y) for x in (90.0, 75.0) for y in down]))
    assert [(piece.text, piece.turned) for piece in pieces] == [("세로로 쓴글", 90), ("이두줄 이다", 90)]


def test_letters_that_stand_in_lines_of_a_turned_page_are_parts_of_these() -> None:
    """Two digits side by side stand above each other there, in the place of one letter; longer text runs across."""
    down = [(50.0, 40.0), (60.0, 40.0), (73.0, 41.0), (73.0, 39.0), (83.0, 40.0)]
    upright = [*placed("제월12일", down), *placed("across", [(150.0, 90.0 - 6 * at) for at in range(6)])]
    glyphs = [glyph._replace(angle=270.0, level=level_box(glyph.box, 270.0, 10)) for glyph in upright]
    pieces = pieces_of(in_columns(glyphs))
    assert [(piece.text, piece.turned) for piece in pieces] == [("제월 12일", 0), ("across", 270)]
    assert [bool(word.fonts) for piece in pieces for word in piece.words] == [False, False, True]
