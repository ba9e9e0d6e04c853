"""Transcripts: text as lines in reading order, and noise that is said to be noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sokdok.figures.handwriting import parse_handwriting
from sokdok.figures.readers import NanoFigures
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine


def test_text_read_without_confidence_is_noise_and_says_so() -> None:
    noise = parse_handwriting("∌ c∠∧/2ce/Z", 0.07)
    assert not noise.valid and noise.reason == "not legible (confidence 0.07)"
    assert parse_handwriting("Dear Sir,", 0.4).valid and parse_handwriting("Dear Sir,").valid
    assert parse_handwriting(" \n", 0.07).reason == "no text was found"


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
    from PIL import Image

    found = NanoFigures(Path("none"), Receipt()).read_figure(Image.new("RGB", (500, 200), "white"), "handwriting")
    assert found.text.splitlines() == ["milk 1 l 2 5,900", "noodles 1 4,180", "bananas 1 3,990"]
