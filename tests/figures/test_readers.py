"""Who is asked for a figure, and how: prompts for models, small readers for nano."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sokdok.errors import ModelError
from sokdok.figures.readers import MOST_PX, NanoFigures, PromptedFigures, figure_reader
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages.page import Page
from sokdok.reading.nano.session import bundled_folder
from sokdok.reading.reading import Abilities, Reading

IMAGE = Image.new("RGB", (40, 30), "white")


class Asked:
    """A reader of a family that notes its prompts."""

    name = "asked"

    def __init__(self, family: str | None, **answer: Any) -> None:
        self.abilities, self.answer = Abilities(family=family), {"status": "ok", "text": "said"} | answer
        self.prompts: list[str] = []

    def read(self, pages: Iterable[Page], prompt: str = "", **options: Any) -> Iterator[Reading]:
        for index, page in enumerate(pages):
            self.prompts.append(prompt)
            yield Reading(index, page.source, **self.answer)


class Lines:
    """Finds two lines everywhere."""

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        assert pixels.dtype == np.uint8 and pixels.shape[2] == 3 and pixels[..., 0].size <= MOST_PX
        return [TextLine(Box(1, 1, 20, 9), "abc", 1.0), TextLine(Box(1, 15, 20, 25), "d", 0.2)]


@pytest.mark.parametrize(
    ("family", "kind", "words"),
    [
        ("deepseek-ocr", "chart", "Parse the figure."),
        ("deepseek-ocr", "table", "Convert the document to markdown."),
        ("deepseek-ocr", "handwriting", "Free OCR."),
        ("unlimited-ocr", "molecule", "Parse the figure."),
        ("unlimited-ocr", "table", "document parsing."),
        (None, "molecule", "Give the SMILES"),
        (None, "table", "one HTML table"),
    ],
)
def test_models_are_asked_in_the_words_they_know(family: str | None, kind: str, words: str) -> None:
    reader = Asked(family)
    assert figure_reader(reader).read_figure(IMAGE, kind).text == "said"
    assert words in reader.prompts[0]


def test_a_reading_that_broke_off_says_so() -> None:
    cut = PromptedFigures(Asked(None, status="truncated", mean_logprob=-0.5)).read_figure(IMAGE, "chart")
    assert cut.error == "broken off at the length limit" and cut.confidence == pytest.approx(0.607, abs=1e-3)
    lost = PromptedFigures(Asked(None, status="failed", text="", error="no answer")).read_figure(IMAGE, "chart")
    assert (lost.text, lost.error) == ("", "no answer")


def test_nano_reads_handwriting_line_by_line_and_weighs_its_confidence_by_length() -> None:
    said = NanoFigures(Path("nowhere"), Lines()).read_figure(IMAGE, "handwriting")
    assert said.text == "abc\nd" and said.confidence == pytest.approx((3 * 1.0 + 0.2) / 4)


class Receipt:
    """Pieces of rows, each a little higher than the one to its left, as a slanted photograph gives them."""

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        rows = [("milk 1 l", "2", "5,900"), ("noodles", "1", "4,180"), ("bananas", "1", "3,990")]
        lines = [
            TextLine(Box(20 + 150 * at, 40 + 40 * row - 3 * at, 110 + 150 * at, 60 + 40 * row - 3 * at), text)
            for row, texts in enumerate(rows)
            for at, text in enumerate(texts)
        ]
        return sorted(lines, key=lambda line: line.box.top)


def test_rows_are_read_from_left_to_right() -> None:
    found = NanoFigures(Path("none"), Receipt()).read_figure(Image.new("RGB", (500, 200), "white"), "handwriting")
    assert found.text.splitlines() == ["milk 1 l 2 5,900", "noodles 1 4,180", "bananas 1 3,990"]


def test_a_text_on_its_side_is_read_as_the_straight_one() -> None:
    image = Image.new("RGB", (900, 400), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(26)
    texts = ("Dear neighbours of the harbour,", "we meet on Sunday the 14th,", "and bring our chairs.")
    for row, text in enumerate(texts):
        draw.text((60, 60 + 60 * row), text, "black", font)
    nano = NanoFigures(bundled_folder())
    straight, turned = (nano.read_figure(each, "handwriting") for each in (image, image.rotate(90, expand=True)))
    assert straight.text.splitlines()[1].startswith("we meet on Sunday")
    assert turned.text == straight.text and turned.confidence > 0.8


def test_nano_reads_tables_with_its_lines_even_from_a_large_picture() -> None:
    said = NanoFigures(Path("nowhere"), Lines()).read_figure(Image.new("RGB", (3000, 2000), "white"), "table")
    assert said.text == "<table><tr><td>abc</td></tr><tr><td>d</td></tr></table>"


def test_a_net_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no molecules\.onnx"):
        NanoFigures(tmp_path).read_figure(IMAGE, "molecule")
    (tmp_path / "geometry.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"can't load .*geometry\.onnx"):
        NanoFigures(tmp_path).read_figure(IMAGE, "geometry")
