"""Pictures show the same if their pixels are the same, whatever the format that holds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from sokdok.pages.content import image
from sokdok.pages.content.image import image_content
from sokdok.pages.images import ImageFile


def content(path: Path) -> str:
    file = ImageFile(path, path.name)
    try:
        return image_content(path, file)
    finally:
        file.close()


def saved(picture: Image.Image, path: Path, **options) -> str:
    picture.save(path, **options)
    return content(path)


def test_one_picture_in_several_formats_shows_the_same(tmp_path: Path) -> None:
    picture = Image.effect_noise((60, 80), 50).convert("RGB")
    png = saved(picture, tmp_path / "a.png")
    assert png == saved(picture, tmp_path / "b.png", compress_level=1, dpi=(300, 300))
    assert png == saved(picture, tmp_path / "a.bmp") == saved(picture, tmp_path / "a.tif", compression="tiff_lzw")
    assert png == saved(picture, tmp_path / "a.webp", lossless=True)
    other = picture.copy()
    other.putpixel((3, 3), (1, 2, 3))
    assert len({png, saved(other, tmp_path / "c.png"), saved(picture.rotate(180), tmp_path / "d.png")}) == 3
    assert saved(picture.resize((80, 60)), tmp_path / "e.png") != png


def test_a_jpeg_is_the_same_without_its_metadata_but_not_turned(tmp_path: Path) -> None:
    picture = Image.effect_noise((60, 80), 50).convert("RGB")
    exif, turned = Image.Exif(), Image.Exif()
    exif[0x010E], turned[0x0112] = "a description", 3
    first = saved(picture, tmp_path / "a.jpg")
    assert first and first == saved(picture, tmp_path / "b.jpg", exif=exif, comment=b"a comment", dpi=(72, 72))
    assert first != saved(picture, tmp_path / "c.jpg", exif=turned)
    assert first != saved(picture, tmp_path / "d.jpg", quality=60)


def test_what_is_in_doubt_or_too_dear_has_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.effect_noise((60, 80), 50).convert("RGB")
    assert saved(picture, tmp_path / "a.gif", save_all=True, append_images=[picture.rotate(180)]) == ""
    picture.save(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:-2000])
    assert content(tmp_path / "cut.png") == ""
    monkeypatch.setattr(image, "MOST_PIXELS", 60 * 80)
    assert content(tmp_path / "a.png")
    assert saved(picture, tmp_path / "a.tif", save_all=True, append_images=[picture]) == ""
