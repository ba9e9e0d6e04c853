"""A chart's texts by what they are: titles, labels, and ticks of axes."""

from collections.abc import Sequence

import numpy as np
import pytest

from sokdok.figures.chart.read.read_texts import ChartTexts, without_ticks
from sokdok.model.nano.formats.figures import CHANNELS, ROLES, SLICES, STRIDE_PX
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine

WIDTH, HEIGHT = 320, 160


class Reader:
    """Says what it was told, and notes what it was shown."""

    def __init__(self, said: str, again: str = "") -> None:
        self.said, self.again = said, again
        self.shown: list[tuple[np.ndarray, list[DetectedLine]]] = []

    def read_at(self, gray: np.ndarray, lines: Sequence[DetectedLine], characters: str = "") -> list[LineText]:
        self.shown.append((gray, list(lines)))
        text = self.again if characters else self.said
        return [LineText(text, np.zeros(len(text)), np.full(len(text), 0.9)) for _ in lines]


def net_of(role: str, upright: bool = False) -> np.ndarray:
    """The output for one text of 60 x 12 pixels at (100, 80), level or reading up."""
    logits = np.zeros((1, CHANNELS, HEIGHT // STRIDE_PX, WIDTH // STRIDE_PX), np.float32)
    logits[:, SLICES["core"]] = -9
    rows, columns = (slice(26, 54), slice(48, 52)) if upright else (slice(38, 42), slice(36, 64))
    logits[:, SLICES["core"], rows, columns] = 9
    logits[:, SLICES["direction"].start + upright, rows, columns] = 1
    logits[:, SLICES["role"].start + ROLES.index(role), rows, columns] = 9
    return logits


def read(reader: Reader, role: str, upright: bool = False) -> list[tuple[str, str, float]]:
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    labels = ChartTexts(lambda _: net_of(role, upright), reader).read(pixels)
    return [(label.text, label.role, label.angle) for label in labels]


def test_a_text_is_read_where_it_was_found() -> None:
    assert read(Reader("Wheat"), "category") == [("Wheat", "category", 0)]


@pytest.mark.parametrize("upright", [False, True])
def test_a_text_is_level_where_it_is_read(upright: bool) -> None:
    reader = Reader("Yield")
    assert read(reader, "axis title", upright) == [("Yield", "axis title", 90 if upright else 0)]
    gray, (line,) = reader.shown[0]
    assert gray.shape[1] > 60 > gray.shape[0]
    assert line.slope == pytest.approx(0, abs=0.01) and line.right[0] - line.left[0] == pytest.approx(60, abs=6)


def test_what_should_be_a_number_is_read_again_as_one() -> None:
    assert read(Reader("o", "0"), "value tick") == [("0", "value tick", 0)]
    assert read(Reader("o", "0"), "category") == [("o", "category", 0)]
    assert read(Reader("Yes", "6, 400"), "value label") == [("6,400", "value label", 0)]
    assert read(Reader("Yes", "..,"), "value label") == [("Yes", "value label", 0)]  # no number either way


@pytest.mark.parametrize(("said", "parts"), [("10% 20% 30%", 3), ("10% 20% 50%", 1), ("ten 20 30", 1)])
def test_numbers_of_an_axis_that_were_found_as_one_text_are_parted(said: str, parts: int) -> None:
    read(reader := Reader(said), "value tick")
    assert max(len(lines) for _, lines in reader.shown) == parts


@pytest.mark.parametrize(("said", "kept"), [("40-", "40"), ("┼ 1 000", "1 000"), ("-5", "-5"), ("Oslo -", "Oslo -")])
def test_tick_marks_beside_numbers_are_dropped(said: str, kept: str) -> None:
    assert without_ticks(said) == kept
