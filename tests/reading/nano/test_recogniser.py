"""Lines: cutting them from a page, fitting them into a budget, reading them in batches."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.model.nano.formats.lines import Frame, cut, stretch
from sokdok.reading.nano.line_reader import NARROWEST, TOKEN_PX, recognise, squeeze_for, tokens_of
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine


def lines(count: int, length: float) -> list[DetectedLine]:
    return [DetectedLine((0, 40 * i + 20), (length, 40 * i + 20), 25.0, "text", 1.0) for i in range(count)]


def test_rows_are_squeezed_until_they_fit_and_no_further() -> None:
    page = lines(40, 900)
    natural = tokens_of(page)
    assert squeeze_for(page, natural) == 1.0
    squeeze = squeeze_for(page, natural * 2 // 3)
    assert NARROWEST < squeeze < 0.72
    assert tokens_of(page, squeeze) <= natural * 2 // 3 < tokens_of(page, squeeze + 0.05)
    assert tokens_of(page, squeeze_for(page, natural * 7 // 20)) <= natural * 7 // 20  # nothing is cut off
    assert squeeze_for(page, 1) == pytest.approx(NARROWEST, abs=1e-3)


def test_a_token_is_worth_512_pixels_of_rows() -> None:
    (line,) = lines(1, 512 * 25 * 1.28 / 32 - 0.6 * 25)
    assert tokens_of([line]) == 1 and TOKEN_PX == 512


def test_every_line_gets_its_own_text_whatever_the_batches() -> None:
    """The net says where a line has ink, the decoder how many frames have."""
    grey = np.full((400, 1000), 255, np.uint8)
    found = [DetectedLine((10, 40 * i + 20), (50 + 90 * (i % 7), 40 * i + 20), 25.0, "text", 1.0) for i in range(9)]
    asked = []

    def net(ink: np.ndarray) -> list[np.ndarray]:
        asked.append(ink.shape)
        return [ink[:, 0].any(1)[:, ::2]]

    def decoder(logits: list[np.ndarray]) -> LineText:
        at = np.flatnonzero(logits[0]).astype(np.float32)
        return LineText("1" * bool(len(at)), at[:1], np.ones(len(at[:1]), np.float32))

    grey[40 * 3 + 15 : 40 * 3 + 25, 70:80] = 0  # ink on the fourth line alone
    texts = recognise(net, decoder, grey, found)
    assert [read.text for read in texts] == [""] * 3 + ["1"] + [""] * 5
    assert texts[3].places[0] == pytest.approx(70 - 10, abs=2)  # in pixels of the page from the line's left
    assert all(shape[1:3] == (1, 32) and shape[3] % 32 == 0 for shape in asked)


def test_a_sloping_line_is_cut_straight() -> None:
    grey = np.full((200, 600), 255, np.uint8)
    for x in range(600):
        y = round(60 + 0.08 * x)
        grey[y - 2 : y + 3, x] = 0
    ink = cut(grey, Frame(20.0, 60 + 0.08 * 20, 0.08, 500.0, 32.0, stop=600), 480)
    middles = (ink.astype(float) * np.arange(32)[:, None]).sum(0) / ink.sum(0)
    assert ink.shape == (32, 480)
    assert np.abs(middles - 15.5).max() < 1


def test_beyond_the_line_and_the_page_there_is_paper() -> None:
    grey = np.zeros((40, 100), np.uint8)
    grey[:, :50] = 200
    ink = cut(grey, Frame(-20.0, 20.0, 0.0, 100.0, 32.0, stop=50), 100)
    assert np.ptp(ink) == 0


def test_light_text_on_dark_is_turned_over() -> None:
    ink = np.full((32, 100), 200.0)
    ink[10:20, 40:50] = 30
    assert stretch(ink)[15, 45] == 255 and stretch(ink)[0, 0] == 0
    assert (stretch(255 - ink) == stretch(ink)).all()
