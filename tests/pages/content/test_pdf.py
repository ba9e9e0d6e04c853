"""A copy saved otherwise shows the same; what differs in a word, a field, a turn or a pixel does not."""

from __future__ import annotations

import zlib
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from fakes.pdf import Text, write_pdf
from sokdok.pages.content import pdf
from sokdok.pages.content.pdf import pdf_content

FIELD = b"/Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (%s) /Rect [50 50 200 80] /F 4"


def written(path: Path, words: str = "what it says", **more) -> Path:
    return write_pdf(path, [[Text(60, 100, words)], [Text(60, 100, "and more")]], **more)


def saved(source: Path, path: Path, **options) -> Path:
    """A copy with other metadata."""
    with pikepdf.open(source) as document:
        document.docinfo["/CreationDate"] = f"D:20260101{len(path.name):06}"
        with document.open_metadata() as metadata:
            metadata["dc:title"] = path.name
        document.save(path, **options)
    return path


def test_a_copy_with_other_metadata_and_packed_otherwise_shows_the_same(tmp_path: Path) -> None:
    first = written(tmp_path / "a.pdf")
    copies = (
        saved(first, tmp_path / "b.pdf"),
        saved(
            first, tmp_path / "packed.pdf", recompress_flate=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        ),
        saved(first, tmp_path / "plain.pdf", compress_streams=False, linearize=True),
    )
    assert len({path.read_bytes() for path in (first, *copies)}) == 4
    assert pdf_content(first) and {pdf_content(path) for path in copies} == {pdf_content(first)}


def test_a_word_a_field_a_turn_or_a_size_makes_a_difference(tmp_path: Path) -> None:
    files = (
        written(tmp_path / "a.pdf"),
        written(tmp_path / "b.pdf", "what it said"),
        written(tmp_path / "c.pdf", rotate=90),
        written(tmp_path / "d.pdf", size=(595, 841)),
        written(tmp_path / "e.pdf", annotations=[FIELD % b"Kim"]),
        written(tmp_path / "f.pdf", annotations=[FIELD % b"Lee"]),
    )
    hashes = {pdf_content(path) for path in files}
    assert len(hashes) == 6 and "" not in hashes


def test_what_pages_inherit_and_the_pixels_of_scans_make_a_difference(tmp_path: Path) -> None:
    plain, turned = written(tmp_path / "a.pdf"), tmp_path / "b.pdf"
    for angle, path in ((0, plain), (90, turned)):
        with pikepdf.open(written(tmp_path / "c.pdf"), inherit_page_attributes=False) as document:
            document.Root.Pages.Rotate = angle
            for page in document.pages:
                del page.obj["/Rotate"]
            document.save(path)
    assert pdf_content(plain) != pdf_content(turned)
    scan = Image.effect_noise((60, 80), 50)
    for name in ("scan", "other"):
        scan.save(tmp_path / f"{name}.pdf")
        scan.paste(255, (0, 0, 20, 20))  # large enough to outlive the loss of a JPEG
    same = saved(tmp_path / "scan.pdf", tmp_path / "same.pdf")
    assert pdf_content(same) == pdf_content(tmp_path / "scan.pdf") != pdf_content(tmp_path / "other.pdf")


def test_a_mask_or_what_a_dictionary_calls_metadata_makes_a_difference(tmp_path: Path) -> None:
    hashes = set()
    for at in range(4):
        with pikepdf.open(written(tmp_path / "a.pdf")) as document:
            page, picture = document.pages[0], document.make_stream(b"\0")
            mask = document.make_stream(bytes([at % 2 * 255]))
            for stream in (picture, mask):
                stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
                stream.Width = stream.Height = 1
                stream.ColorSpace, stream.BitsPerComponent = pikepdf.Name.DeviceGray, 8
            picture.SMask = mask
            page.Resources["/XObject"] = pikepdf.Dictionary({"/Metadata" if at < 2 else "/StructParent": picture})
            document.save(tmp_path / "b.pdf")
        hashes.add(pdf_content(tmp_path / "b.pdf"))
    assert len(hashes) == 4 and "" not in hashes


def test_what_is_in_doubt_or_too_dear_has_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.pdf")
    (tmp_path / "cut.pdf").write_bytes(path.read_bytes()[:-200])
    (tmp_path / "none.pdf").write_bytes(b"%PDF-1.4 nonsense")
    locked = written(tmp_path / "locked.pdf", password="secret")
    assert {pdf_content(file) for file in (tmp_path / "cut.pdf", tmp_path / "none.pdf", locked)} == {""}
    with pikepdf.open(path) as document:
        document.pages[0].Contents = pikepdf.Stream(document, b"")
        document.pages[0].Contents.write(zlib.compress(bytes(1 << 20))[:-20], filter=pikepdf.Name.FlateDecode)
        document.save(tmp_path / "torn.pdf", compress_streams=False)
    assert pdf_content(tmp_path / "torn.pdf") == ""
    for name, most in (("MOST_VALUES", 20), ("MOST_BYTES", 20), ("MOST_DEPTH", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(pdf, name, most)
            assert pdf_content(path) == ""
    assert pdf_content(path)
