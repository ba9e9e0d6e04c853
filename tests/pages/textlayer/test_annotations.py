"""Links and the values of form fields are part of what a page says."""

from __future__ import annotations

from pathlib import Path

from fakes.pdf import Text, layer_of, write_pdf
from fakes.sight import UNSEEN, words_of, write_sheets

LINK = b"/Type /Annot /Subtype /Link /Rect [60 730 120 745] /A << /S /URI /URI (%s) >>"


def field(rect: str, kind: bytes, extra: bytes = b"") -> bytes:
    return b"/Type /Annot /Subtype /Widget /FT /%s /T (f%s) /Rect [%s] %s" % (
        kind,
        rect.replace(" ", "").encode(),
        rect.encode(),
        extra,
    )


def test_links_lead_out_of_the_file(tmp_path: Path) -> None:
    inside = b"/Type /Annot /Subtype /Link /Rect [60 700 120 715] /Dest [8 0 R /Fit]"
    annotations = [LINK % b"https://example.org/a", inside, b"/Type /Annot /Subtype /Link /Rect [0 0"]
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(60, 110, "See there")]], annotations=annotations[:2]))
    (link,) = layer.links
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


def test_a_page_without_a_form_has_none(tmp_path: Path) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(60, 110, "Nothing")]]))
    assert not layer.links and len(layer.pieces) == 1


def test_an_annotation_that_brings_no_look_covers_what_it_covers(tmp_path: Path) -> None:
    """In a file without a form, too, where nothing else has PDFium make the look."""
    name = "under a Square annotation"
    layer = layer_of(write_sheets(tmp_path / "a.pdf", {name: UNSEEN[name]}))
    assert [piece.text for piece in layer.pieces] == ["Sheet 1 is about thunder copper."]
    assert [piece.text for piece in layer.unseen] == [words_of(0)]
