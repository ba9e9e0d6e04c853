"""The text layer: spaces from gaps, pieces cut at wide gaps, boxes on the upright page."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from fakes.pdf import FONTS, Text, write_pdf
from sokdok.imaging.pose import turned
from sokdok.pages.files import open_file
from sokdok.pages.pdf import PdfFile
from sokdok.pages.textlayer import TextLayer


def layer_of(path: Path, index: int = 0) -> TextLayer:
    file = open_file(path)
    layer = file.layer(index)
    file.close()
    assert layer is not None
    return layer


def texts_of(layer: TextLayer) -> list[str]:
    return [piece.text for piece in layer.pieces]


@pytest.mark.parametrize("gap", [0.13, 0.15, 0.22, 0.28, 0.5])
def test_spaces_that_the_file_leaves_out_are_put_back(tmp_path: Path, gap: float) -> None:
    text = "Words set without any space between them"
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, text, gap=gap)]]))
    assert texts_of(layer) == [text]


def test_hangul_spaces_are_put_back_too(tmp_path: Path) -> None:
    text = "환경노동위원회 회의록은 공개한다 제1차 회의"
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, text, 12, gap=0.35)]]))
    assert texts_of(layer) == [text]


def test_dots_that_lead_to_a_page_number_hide_no_space(tmp_path: Path) -> None:
    text = "An aim" + " ." * 80
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, text, 6, gap=0.25)]]))
    assert texts_of(layer) == [text]


def test_spaces_in_the_file_are_kept_once(tmp_path: Path) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "one two  three")]]))
    assert texts_of(layer) == ["one two three"]


def test_wide_gaps_divide_rows_into_pieces(tmp_path: Path) -> None:
    cells = [[f"item {row}", f"{row * 17}", f"{row * 4}.5"] for row in range(1, 8)]
    page = [Text(60 + 120 * at, 100 + 14 * row, cell) for row, line in enumerate(cells) for at, cell in enumerate(line)]
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [page]))
    assert texts_of(layer) == [cell for row in cells for cell in row]


def test_boxes_are_where_the_ink_is(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(150, 300, "Somewhere", 20)]])
    assert ink_within(path, layer_of(path)) > 0.99


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_boxes_follow_a_turned_page(tmp_path: Path, rotate: int) -> None:
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


def test_bold_by_drawing_twice_is_read_once(tmp_path: Path) -> None:
    page = [Text(50, 100, "Twice"), Text(50.3, 100, "Twice"), Text(50, 120, "Once")]
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [page]))) == ["Twice", "Once"]


def test_pages_without_text_have_no_layer(tmp_path: Path) -> None:
    file = open_file(write_pdf(tmp_path / "a.pdf", [[], [Text(50, 50, "text")]]))
    assert file.layer(0) is None and file.layer(1) is not None
    file.close()


def test_images_have_no_layer(tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    assert open_file(tmp_path / "a.png").layer(0) is None


def test_spaces_are_found_in_a_line_of_short_words(tmp_path: Path) -> None:
    text = "x == 1 or x EQ 1"
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, text, gap=0.25)]]))) == [text]


def test_letter_spacing_makes_no_words(tmp_path: Path) -> None:
    spaced = b"BT /F1 10 Tf 2 Tc 1 0 0 1 50 700 Tm (Letters wide apart) Tj ET"
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[spaced]]))) == ["Letters wide apart"]


def test_a_pair_of_letters_that_is_kerned_apart_is_no_space(tmp_path: Path) -> None:
    kerned = b"BT /F1 10 Tf 1 0 0 1 50 700 Tm [(far) -120 (e and bar) -120 (e) -250 (and so on) ] TJ ET"
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[kerned]]))) == ["fare and bare and so on"]


def test_spaces_of_the_file_are_spaces_however_narrow(tmp_path: Path) -> None:
    tight = b"BT /F1 10 Tf -2.5 Tw 1 0 0 1 50 700 Tm (set as tight as can be) Tj ET"
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[tight]]))) == ["set as tight as can be"]


def test_a_soft_hyphen_that_is_drawn_is_a_hyphen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = b"1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <2D> <00AD> endbfchar"
    helvetica = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    monkeypatch.setattr("fakes.pdf.FONTS", (helvetica, *FONTS[1:]))
    monkeypatch.setattr("fakes.pdf.CMAP", b"begincmap %s 1 beginbfrange <41> <7A> <0041> endbfrange endcmap" % codes)
    texts = [Text(50, 100, "perfor-"), Text(250, 100, "now-here"), Text(50, 114, "mance")]
    path = write_pdf(tmp_path / "a.pdf", [texts])
    assert texts_of(layer_of(path)) == ["perfor-", "now-here", "mance"]


def test_a_letter_that_reaches_over_the_space_does_not_hide_it(tmp_path: Path) -> None:
    """The ink of a slanted letter ends far right of its own width."""
    slanted = b"BT /F1 10 Tf 1 0 0.4 1 50 700 Tm [(of) -230 (the)] TJ ET"
    assert texts_of(layer_of(write_pdf(tmp_path / "a.pdf", [[slanted]]))) == ["of the"]


def test_words_know_how_they_are_set(tmp_path: Path) -> None:
    code = b"BT /F3 10 Tf 1 0 0 1 83 742 Tm (illWM) Tj ET"
    (piece,) = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "Type"), code]])).pieces
    assert [(word.text, word.mono, word.joined) for word in piece.words] == [
        ("Type", False, False),
        ("illWM", True, False),
    ]
    assert piece.words[0].baseline == pytest.approx(100, abs=0.1) and piece.words[0].em == 10


def test_a_layer_is_plain_data(tmp_path: Path) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "Plain", 20), b"10 10 300 1 re f"]]))
    assert msgspec.json.decode(msgspec.json.encode(layer), type=TextLayer) == layer
