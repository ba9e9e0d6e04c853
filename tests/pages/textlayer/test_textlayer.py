"""The text layer: spaces from gaps, pieces cut at wide gaps, boxes on the upright page, links, fields, any angle."""

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from fakes.pdf import CMAP, FONTS, Text, blocks_of, layer_of, write_pdf
from fakes.sight import UNSEEN, words_of, write_sheets
from fakes.sight.sheet import AREA
from fakes.sight.unseen import BLACK, annotated
from sokdok.imaging.pose import turned
from sokdok.pages.files import open_file
from sokdok.pages.pdf import PdfFile
from sokdok.pages.textlayer import TextLayer


def texts_of(layer: TextLayer) -> list[str]:
    return [piece.text for piece in layer.pieces]


def test_spaces_that_the_file_leaves_out_are_put_back(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for text, size, gap in (
        *(("Words set without any space between them", 10, gap) for gap in (0.13, 0.15, 0.22, 0.28, 0.5)),
        ("환경노동위원회 회의록은 공개한다 제1차 회의", 12, 0.35),
        ("An aim" + " ." * 80, 6, 0.25),  # dots that lead to a page number
        ("x == 1 or x EQ 1", 10, 0.25),  # short words
    ):
        with subtests.test(text=text, gap=gap):
            assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, text, size, gap)]]))) == [text]


@pytest.mark.parametrize(
    ("drawn", "text"),
    [
        (b"1 0 0 1 50 700 Tm (one two  three) Tj", "one two three"),  # once
        (b"2 Tc 1 0 0 1 50 700 Tm (Letters wide apart) Tj", "Letters wide apart"),
        (b"4 Tc 1 0 0 1 50 700 Tm (ABOUT) Tj", "ABOUT"),  # a title
        (b"1 0 0 1 50 700 Tm" + b" (H) Tj 11 0 Td" * 4 + b" ( H) Tj", "HHHH H"),  # as browsers set it
        (b"1 0 0 1 50 700 Tm [(far) -120 (e and bar) -120 (e) -250 (so on) ] TJ", "fare and bare so on"),  # kerned
        (b"-2.5 Tw 1 0 0 1 50 700 Tm (set as tight as can be) Tj", "set as tight as can be"),
        (b"1 0 0.4 1 50 700 Tm [(of) -230 (the)] TJ", "of the"),  # its ink ends far right of a slanted letter
        (b"1 0 0 1 50 700 Tm (Twice) Tj 1 0 0 1 50.3 700 Tm (Twice) Tj", "Twice"),  # bold by drawing twice
        (b"1 0 0 1 50 700 Tm (o) Tj" + b" /Span << /ActualText (l) >> BDC (L) Tj EMC" * 2, "oll"),  # as small capitals
        (b"1 0 0 1 50 700 Tm (As) Tj /Span << /ActualText ( it is) >> BDC ( it is) Tj EMC (, so) Tj", "As it is, so"),
        (b"50 700 Td /P <</ActualText (9)>> BDC (1,) Tj EMC /P <</ActualText ()>> BDC (50) Tj EMC", "1,50"),
        (b"50 700 Td /P <</ActualText (\xfe\xff\x009\0,\x005\x000)>> BDC (1,50) Tj EMC", "1,50"),
        (b"55 Tz 1 0 0 1 50 700 Tm (illness) Tj", "illness"),  # letters closer than that
        (b"/F1 -10 Tf -1 0 0 -1 50 700 Tm (turned twice) Tj", "turned twice"),
        (rb"1 0 0 1 50 700 Tm [(c\302) 333 (omo \310) 333 (\365ve fac) 500 (\313) -167 (ade)] TJ", "cómo ïve façade"),
        (b"50 700 Td [(All) -278 (said)] TJ 11.1 0 Td [( ) -1832 (.)] TJ", "All said."),  # as Writer sets spaces
        (b"50 700 Td (one) Tj 17.5 0 Td (two) Tj -.8 0 Td ( ) Tj", "one two"),  # a space alone, drawn later
        (rb"1 0 0 1 50 700 Tm (prufe, wie) Tj 1 0 0 1 60 700.4 Tm (\310) Tj", "prüfe, wie"),  # behind its line
    ],
)
def test_words_are_parted_as_they_are_seen(tmp_path: Path, drawn: bytes, text: str) -> None:
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[b"BT /F1 10 Tf %s ET" % drawn]]))) == [text]


def test_wide_gaps_divide_rows_into_pieces(tmp_path: Path) -> None:
    cells = [[f"item {row}", f"{row * 17}", f"{row * 4}.5"] for row in range(1, 8)]
    page = [Text(60 + 120 * at, 100 + 14 * row, cell) for row, line in enumerate(cells) for at, cell in enumerate(line)]
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [page]))) == [cell for row in cells for cell in row]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_boxes_are_where_the_ink_is_on_turned_pages_too(tmp_path: Path, rotate: int) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(150, 300, "Somewhere", 20)]], rotate=rotate)
    layer = layer_of(path)
    assert texts_of(layer) == ["Somewhere"] and not layer.pieces[0].turned
    assert layer.turned == rotate and layer.size == (595, 842)
    assert layer.shown_size == ((842, 595) if rotate % 180 else (595, 842))
    assert ink_within(path, layer) > 0.99


def test_text_that_is_turned_in_the_content_turns_the_page(tmp_path: Path) -> None:
    upwards = [b"BT /F1 12 Tf 0 1 -1 0 %d 100 Tm (Running up the page) Tj ET" % (100 + 16 * row) for row in range(4)]
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[*upwards, Text(500, 800, "17")]]))
    assert layer.turned == 270 and layer.size == (842, 595)
    assert texts_of(layer) == ["Running up the page"] * 4 + ["17"]
    assert [piece.turned for piece in layer.pieces] == [0] * 4 + [90]
    assert layer.pieces[0].words[1].text == "up"


def test_a_stamp_in_the_margin_turns_nothing(tmp_path: Path) -> None:
    stamp = b"BT /F1 20 Tf 0 1 -1 0 40 300 Tm (Archive 2411) Tj ET"
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[stamp, *(Text(80, 100 + 14 * i, "Some text") for i in range(6))]]))
    assert layer.turned == 0 and [piece.turned for piece in layer.pieces] == [0] * 6 + [270]


def ink_within(path: Path, layer: TextLayer) -> float:
    """Share of the drawn page's ink that the only line's box holds."""
    with_page = PdfFile(path, "a")
    ink = np.asarray(with_page.page(0).image.convert("L")) < 128  # type: ignore[union-attr]
    with_page.close()
    height, width = ink.shape
    scale = width / layer.shown_size[0]
    left, top, right, bottom = turned((width, height), layer.turned).to_picture(layer.pieces[0].box.scaled(scale))
    inside = ink[round(top) : round(bottom), round(left) : round(right)]
    return float(inside.sum() / ink.sum())


def test_pages_without_text_and_images_have_no_layer(tmp_path: Path) -> None:
    file = open_file(write_pdf(tmp_path / "a.pdf", [[], [Text(50, 50, "text")]]))
    assert file.layer(0) is None and file.layer(1) is not None
    file.close()
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    assert open_file(tmp_path / "a.png").layer(0) is None


@pytest.mark.parametrize(
    ("code", "drawn", "texts"),
    [
        (b"00AD", b"(perfor-) Tj 90 0 Td (now-here) Tj", ["perfor-", "now-here"]),  # a soft hyphen that is drawn
        (b"006D", b"[(m-am-) -250 (-m-)] TJ 90 0 Td (-m-) Tj", ["mmamm mmm", "mmm"]),  # two glyphs of a letter
        *((code, b"(-) Tj 60 0 Td (-) Tj", ["لا"] * 2) for code in (b"FEFB", b"06440627")),  # one sign
    ],
)
def test_codes(code: bytes, drawn: bytes, texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = b"1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <2D> <%s> endbfchar" % code
    helvetica = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    monkeypatch.setattr("fakes.pdf.FONTS", (helvetica, *FONTS[1:]))
    monkeypatch.setattr("fakes.pdf.CMAP", b"begincmap %s 1 beginbfrange <41> <7A> <0041> endbfrange endcmap" % codes)
    line = b"BT /F1 10 Tf 50 700 Td %s ET" % drawn
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[line]]))) == texts


def test_what_a_file_has_no_name_for_is_unknown_and_other_fonts_glyphs_are_seen(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("fakes.pdf.CMAP", CMAP.replace(b"<B000> <B0FF> <B000>", b"<AC00> <ACFF> <AC00>"))
    without_forms = [Text(50, 100, "가나다"), Text(50, 200, "가다", 48)]  # nor has this machine any, in no size
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [without_forms]))) == ["가\ufffd다", "가다"]
    korean = FONTS[1].replace(b"Identity", b"UniKS-UTF16"), FONTS[2].replace(b"Identity", b"Korea1")  # as a machine has
    monkeypatch.setattr("fakes.pdf.FONTS", (FONTS[0], *korean))
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "했습니다.", 12)]]))) == ["했습니다."]


def test_words_know_how_they_are_set(tmp_path: Path) -> None:
    code = b"BT /F3 10 Tf 1 0 0 1 83 742 Tm (illWM) Tj ET"
    (piece,) = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "Type"), code]])).pieces
    assert [(it.text, it.mono, it.joined) for it in piece.words] == [("Type", False, False), ("illWM", True, False)]
    assert piece.words[0].baseline == pytest.approx(100, abs=0.1) and piece.words[0].em == 10


def test_a_layer_is_plain_data(tmp_path: Path) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "Plain", 20), b"10 10 300 1 re f"]]))
    assert msgspec.json.decode(msgspec.json.encode(layer), type=TextLayer) == layer


LINK = b"/Type /Annot /Subtype /Link /Rect [60 730 120 745] /A << /S /URI /URI (%s) >>"


def field(rect: str, kind: bytes, extra: bytes = b"") -> bytes:
    name, place = rect.replace(" ", "").encode(), rect.encode()
    return b"/Type /Annot /Subtype /Widget /FT /%s /T (f%s) /Rect [%s] %s" % (kind, name, place, extra)


def test_links_lead_out_of_the_file(tmp_path: Path) -> None:
    inside = b"/Type /Annot /Subtype /Link /Rect [60 700 120 715] /Dest [8 0 R /Fit]"
    annotations = [LINK % b"https://example.org/a", inside, b"/Type /Annot /Subtype /Link /Rect [0 0"]
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(60, 110, "See there")]], annotations=annotations[:2]))
    (link,) = layer.links
    assert len(layer.pieces) == 1
    assert link.target == "https://example.org/a" and [round(side) for side in link.box] == [60, 97, 120, 112]


def test_values_of_fields_stand_in_their_places(tmp_path: Path) -> None:
    names = [Text(60, 110, "Name:"), Text(60, 140, "Member:"), Text(60, 170, "Notes:")]
    fields = [
        field("120 727 300 742", b"Tx", b"/V (Kim Min-su) /DA (/Helv 10 Tf)"),
        field("120 697 132 709", b"Btn", b"/V /Yes /AS /Yes /AP << /N << /Yes 5 0 R /Off 5 0 R >> >>"),
        field("180 697 192 709", b"Btn", b"/AS /Off /AP << /N << /Yes 5 0 R /Off 5 0 R >> >>"),
        field("120 640 300 680", b"Tx", b"/V <FEFFD55CAE00000A0074006F006F> /Ff 4096 /DA (/Helv 10 Tf)"),
        field("120 600 300 630", b"Tx", b"/V (not shown) /F 2"),
        field("120 560 300 590", b"Tx", b"/V (secret) /Ff 8192 /DA (/Helv 10 Tf)"),
        field("300 560 300 590", b"Tx", b"/V (no area) /DA (/Helv 10 Tf)"),
        field("120 520 300 550", b"Ch", b"/V (first) /Opt [(first) (second)] /DA (/Helv 10 Tf)"),
    ]
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [names], annotations=fields))
    said = {piece.text: piece.box for piece in layer.pieces[3:]}
    assert set(said) == {"Kim Min-su", "[x]", "[ ]", "한글", "too", "******", "first", "second"}
    assert round(said["Kim Min-su"].left) == 121 and 97 < said["Kim Min-su"].middle[1] < 117
    assert said["too"].top > said["한글"].top


def test_an_annotation_that_brings_no_look_covers_what_it_covers(tmp_path: Path) -> None:
    name = "under a Square annotation"
    layer = layer_of(write_sheets(tmp_path / "a.pdf", {name: UNSEEN[name]}))
    assert [piece.text for piece in layer.pieces] == ["Sheet 1 is about thunder copper."] and not layer.behind


@pytest.mark.parametrize("kind", [b"Text", b"FileAttachment"])
def test_the_icons_of_notes_and_files_cover_nothing(tmp_path: Path, kind: bytes) -> None:
    """Neither in the layer nor in the picture: people move them away."""
    path = write_sheets(tmp_path / "a.pdf", {"icon": annotated(kind, b"", BLACK + AREA + b" f ")})
    assert words_of(0) in texts_of(layer_of(path)) and ink_within(path, layer_of(path)) > 0.4


BODY: list[Text | bytes] = [Text(120, 100 + 14 * row, "Some ordinary text of the page", 10) for row in range(6)]


def turned_line(angle: float, x: float, y: float, text: str, size: float = 12) -> bytes:
    """Operators for a line turned clockwise; x, y are points from the bottom left."""
    cos, sin = math.cos(math.radians(angle)), -math.sin(math.radians(angle))
    return b"BT /F1 %g Tf %f %f %f %f %g %g Tm (%s) Tj ET" % (size, cos, sin, -sin, cos, x, y, text.encode())


@pytest.mark.parametrize("angle", [10, 45, 90, 135, 180, 270, 342])
def test_a_turned_line_is_words_along_its_own_line(tmp_path: Path, angle: int) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[*BODY, turned_line(angle, 300, 300, "Not to be taken away")]]))
    (piece,) = [piece for piece in layer.pieces if piece.turned]
    assert piece.turned == angle and [word.text for word in piece.words] == ["Not", "to", "be", "taken", "away"]
    first, last = piece.words[0].box.middle, piece.words[-1].box.middle
    runs = math.degrees(math.atan2(last[1] - first[1], last[0] - first[0]))
    assert abs((runs - angle + 180) % 360 - 180) < 4


@pytest.mark.parametrize("angle", [18, 90, 270])
def test_turned_lines_are_read_in_their_own_order(tmp_path: Path, angle: int) -> None:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    lines = [
        turned_line(angle, 300 - 14 * row * sin, 300 - 14 * row * cos, text)
        for row, text in enumerate(("A note that goes", "on below itself"))
    ]
    *_, note = blocks_of(tmp_path, [*BODY, *reversed(lines)])
    assert note.text == "A note that goes\non below itself"


def test_what_a_watermark_lies_on_is_seen(tmp_path: Path) -> None:
    mark: list[Text | bytes] = [b".8 g " + turned_line(315, 100, 600, "IIIIII", 90)]
    pieces = layer_of(write_pdf(tmp_path / "a.pdf", [BODY + mark])).pieces
    assert [piece.text for piece in pieces if not piece.turned] == ["Some ordinary text of the page"] * 6


def test_letters_below_each_other_are_a_word(tmp_path: Path) -> None:
    column: list[Text | bytes] = [Text(500, 300 + 16 * row, letter, 14) for row, letter in enumerate("UPRIGHT")]
    assert [block.text for block in blocks_of(tmp_path, [*BODY, *column])][-1] == "UPRIGHT"


def test_letters_in_rows_of_their_own_and_type_in_a_mirror_are_not_turned(tmp_path: Path) -> None:
    rows: list[Text | bytes] = [Text(100, 300 + 16 * row, letter, 12) for row, letter in enumerate("abcd")]
    rows += [Text(112, 300 + 16 * row, "of its row", 12) for row in range(4)]
    for page in (rows, [*BODY, b"BT /F1 12 Tf -1 0 0 1 300 100 Tm (E) Tj ET"]):
        layer = layer_of(write_pdf(tmp_path / "a.pdf", [page]))
        assert layer.pieces and not any(piece.turned for piece in layer.pieces)


@pytest.mark.parametrize(("gap", "text"), [(0.25, "모두 제25"), (0.35, "모두 제 25")])
def test_a_quarter_of_an_em_between_scripts_is_no_space(tmp_path: Path, gap: float, text: str) -> None:
    korean = Text(50, 100, "모두 제", 12)
    (piece,) = layer_of(write_pdf(tmp_path / "a.pdf", [[korean]])).pieces
    layer = layer_of(write_pdf(tmp_path / "b.pdf", [[korean, Text(piece.box.right + 12 * gap, 100, "25", 12)]]))
    assert texts_of(layer) == [text]
