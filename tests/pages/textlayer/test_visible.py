"""Text that is in the file and that nobody sees is no word of the page; what covers a whole page is its scan."""

from hashlib import sha512
from pathlib import Path

import pytest

from fakes.hostile import pdf
from fakes.pdf import Text, layer_of, write_pdf

SEEN = Text(50, 100, "Seen", 12)
SECRET = b"BT /F1 12 Tf 1 0 0 1 50 500 Tm (secret) Tj ET"
PICTURE = b"BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI"


@pytest.mark.parametrize(
    "drawn",
    [
        b"q 1 g " + SECRET + b" Q",
        b"q 3 Tr " + SECRET + b" Q",
        b"q 0 0 40 40 re W n " + SECRET + b" Q",
        b"BT /F1 12 Tf 1 0 0 1 50 -500 Tm (secret) Tj ET",
        b"BT /F1 12 Tf 1 0 0 1 900 500 Tm (secret) Tj ET",
        b"q .2 g 40 480 200 60 re f " + SECRET + b" Q q .2 g " + SECRET + b" Q",
        SECRET + b" q .5 g 40 480 200 60 re f Q",
    ],
    ids=["white", "invisible", "clipped", "below", "beside", "on its own colour", "under a box"],
)
def test_what_cannot_be_seen_is_no_word(tmp_path: Path, drawn: bytes) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[SEEN, drawn]]))
    assert [piece.text for piece in layer.pieces] == ["Seen"] and not layer.behind
    assert {piece.text for piece in layer.unseen} == {"secret"}


@pytest.mark.parametrize(
    "drawn",
    [
        b"q .2 g 40 480 200 60 re f 1 g " + SECRET + b" Q",
        b"q .9 g 40 480 200 60 re f 0 g " + SECRET + b" Q",
        b"q 200 0 0 60 40 480 cm " + PICTURE + b" Q q 1 g " + SECRET + b" Q",
        b"q 0 0 300 600 re W n " + SECRET + b" Q",
        b"q 1 0 0 RG 2 Tr 1 g " + SECRET.replace(b"Tm", b"Tm 0 g") + b" Q",
    ],
    ids=["white on dark", "on a shade", "white on a picture", "inside its clip", "outlined"],
)
def test_what_can_be_seen_is_kept(tmp_path: Path, drawn: bytes) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[SEEN, drawn]]))
    assert [piece.text for piece in layer.pieces] == ["Seen", "secret"] and not layer.unseen


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
    assert [piece.text for piece in layer.behind] == ["secret"] and not layer.pieces and not layer.unseen


def test_under_a_bar_is_nothing_that_a_reader_could_look_at(tmp_path: Path) -> None:
    bar = b"q 14 w 40 504 m 240 504 l S Q"
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[SEEN, SECRET, bar]]))
    assert [piece.text for piece in layer.unseen] == ["secret"] and not layer.behind and not layer.other_ink


def test_text_given_beside_what_is_drawn_stands_where_it_is_drawn(tmp_path: Path) -> None:
    """PDFium gives the places of ActualText, which browsers write for ligatures, in the space of the form around it."""
    font = b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    form = b"BT /F1 24 Tf 1 0 0 1 100 1400 Tm (a) Tj /Span << /ActualText (fi) >> BDC (X) Tj EMC ET"
    kind = b"/Type /XObject /Subtype /Form /BBox [0 0 1190 1684] /Resources << %s >>" % font
    within = b"/Contents 4 0 R /Resources << /XObject << /A 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s >>" % within,
        b"<< /Length 25 >>\nstream\n.5 0 0 .5 0 0 cm /A Do    \nendstream",
        b"<< %s /Length %d >>\nstream\n%s\nendstream" % (kind, len(form), form),
    ]
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(objects))
    layer = layer_of(path)
    (piece,) = layer.pieces
    assert piece.text == "afi" and piece.box.left > 49 and piece.box.right < 66 and not layer.unseen
