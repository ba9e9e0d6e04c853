"""Tables and texts in pictures that lie on their side or askew."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from sokdok.figures.readers import NanoFigures
from sokdok.reading.nano.session import bundled_folder


def letter() -> Image.Image:
    image = Image.new("RGB", (900, 400), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(26)
    texts = ("Dear neighbours of the harbour,", "we meet on Sunday the 14th,", "and bring our chairs.")
    for row, text in enumerate(texts):
        draw.text((60, 60 + 60 * row), text, "black", font)
    return image


def test_a_text_on_its_side_is_read_as_the_straight_one() -> None:
    nano = NanoFigures(bundled_folder())
    straight = nano.read_figure(letter(), "handwriting")
    turned = nano.read_figure(letter().rotate(90, expand=True), "handwriting")
    assert straight.text.splitlines()[1].startswith("we meet on Sunday")
    assert turned.text == straight.text and turned.confidence > 0.8
