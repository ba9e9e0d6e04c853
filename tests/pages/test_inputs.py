"""Anything that has pages, as pages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fakes.pdf import Text, write_pdf
from sokdok.errors import InputError
from sokdok.pages import Page, PageError, render
from sokdok.pages.inputs import as_file, pages_of

RED = Image.new("RGB", (6, 4), (200, 0, 0))


def as_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def made(kind: str, folder: Path) -> Any:
    path = folder / "red.png"
    RED.save(path)
    return {
        "path": path,
        "name": str(path),
        "bytes": path.read_bytes(),
        "bytearray": bytearray(path.read_bytes()),
        "picture": RED,
        "array": np.asarray(RED),
        "page": Page(RED, "mine"),
    }[kind]


@pytest.mark.parametrize("kind", ["path", "name", "bytes", "bytearray", "picture", "array", "page"])
def test_one_input_is_one_page(kind: str, tmp_path: Path) -> None:
    (page,) = pages_of(made(kind, tmp_path))
    assert isinstance(page, Page) and page.size == RED.size
    assert page.image.getpixel((0, 0)) == (200, 0, 0)


def test_a_picture_of_any_mode_is_upright_and_on_white() -> None:
    clear = Image.new("RGBA", (6, 4), (0, 0, 0, 0))
    turned = Image.new("L", (6, 4), 7)
    turned.getexif()[0x0112] = 6  # a camera held upright
    pages = [page for page in pages_of([clear, turned]) if isinstance(page, Page)]
    assert pages[0].image.getpixel((0, 0)) == (255, 255, 255)
    assert pages[1].size == (4, 6) and pages[1].image.mode == "RGB"


def test_arrays_of_greys_and_with_an_alpha() -> None:
    grey, alone, four = np.full((4, 6), 7, np.uint8), np.full((4, 6, 1), 7, np.uint8), np.full((4, 6, 4), 255, np.uint8)
    assert [page.size for page in pages_of([grey, alone, four]) if isinstance(page, Page)] == [(6, 4)] * 3


def test_several_in_order_and_what_can_not_be_used_in_its_place(tmp_path: Path) -> None:
    write_pdf(tmp_path / "two.pdf", [[Text(20, 30, "one")], [Text(20, 30, "two")]], size=(160, 80))
    pages = list(pages_of([tmp_path / "two.pdf", tmp_path / "nowhere.png", RED, *render("hello")]))
    assert [type(page) for page in pages] == [Page, Page, PageError, Page, Page]
    assert isinstance(pages[2], PageError) and pages[2].message == f"{tmp_path}/nowhere.png: no such file"
    assert isinstance(pages[4], Page) and pages[4].cell is not None, "a drawn page keeps what is known of it"


def test_the_only_file_raises(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(pages_of(tmp_path / "nowhere.png"))


@pytest.mark.parametrize("thing", [5, None, 1.5, object()])
def test_anything_else_is_refused_at_once(thing: object) -> None:
    with pytest.raises(InputError, match=f"a path, bytes, a PIL image.*not {type(thing).__name__}"):
        pages_of(thing)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a path, bytes, a PIL image"):
        list(pages_of([thing]))  # type: ignore[list-item]


@pytest.mark.parametrize(
    "array", [np.zeros((4, 6)), np.zeros((3, 4, 6), np.uint8), np.zeros((2, 4, 6, 3), np.uint8), np.zeros((0, 6), "u1")]
)
def test_an_array_that_is_no_picture_says_what_it_should_be(array: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"uint8 of shape \(height, width\)"):
        list(pages_of(array))


@pytest.mark.parametrize("kind", ["path", "name", "bytes", "picture", "array", "page"])
def test_anything_as_a_file_that_goes_again(kind: str, tmp_path: Path) -> None:
    thing = made(kind, tmp_path)
    with as_file(thing) as path:
        assert Image.open(path).convert("RGB").getpixel((0, 0)) == (200, 0, 0)
    assert path.exists() is (kind in ("path", "name"))
    with pytest.raises(InputError, match="not int"):
        as_file(5)  # type: ignore[arg-type]
