"""What confidence means for what is done with a page.

From the probabilities of symbols to those of words being right.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from sokdok.errors import ModelError
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word
from sokdok.reading.confidence import FLOOR, LEGIBLE, Calibration, doubt, is_legible, lines_confidence

BOX = Box(0, 0, 10, 10)


def test_a_line_is_as_sure_as_its_words_and_long_words_count_for_more() -> None:
    words = (Word("abcd", BOX, 10, 10, confidence=1.0), Word("ef", BOX, 10, 10, confidence=0.4))
    assert lines_confidence([TextLine(BOX, "abcd ef", 0.9, words=words)]) == pytest.approx(0.8)
    assert lines_confidence([TextLine(BOX, "abcd", 0.9)]) == pytest.approx(0.9)
    assert lines_confidence([]) is None


def test_the_floors_part_what_is_delivered_from_what_is_doubted_and_what_is_noise() -> None:
    assert doubt(None) == doubt(FLOOR) == ""
    assert doubt(0.31) == "hardly legible (confidence 0.31): check what stands there" and is_legible(0.31)
    assert doubt(0.07) == "not legible (confidence 0.07)" and not is_legible(0.07)
    assert is_legible(LEGIBLE) and is_legible(None)


def test_a_word_is_as_sure_as_its_symbols_and_its_line_by_the_curve(tmp_path: Path) -> None:
    path = tmp_path / "confidence.json"
    path.write_text(json.dumps({"said": [0.2, 0.6, 1.0], "right": [0.0, 0.1, 0.9]}))
    curve = Calibration.load(path)
    sure, unsure = np.array([0.9, 1.0, 0.8]), np.array([0.2, 0.4])
    assert curve.word(sure, np.array([1.0])) == pytest.approx(0.1 + 0.8 * (0.81 - 0.6) / 0.4)
    assert curve.word(sure, np.array([0.8, 0.6])) < curve.word(sure, sure)
    assert curve.word(unsure, unsure) == curve.word(np.zeros(0), sure) == 0.0


def test_without_a_curve_a_net_is_taken_at_its_word(tmp_path: Path) -> None:
    curve, ones = Calibration.load(tmp_path / "none.json"), np.ones(4)
    assert curve.word(ones, ones) == 1.0 and curve.word(ones / 2, ones) == pytest.approx(0.25)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"said": [0, 1]}', '{"said": [0, 1], "right": [1, 0]}', '{"said": [0, 2], "right": [0, 1]}']
)
def test_what_is_no_rising_curve_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "confidence.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=r"confidence\.json is no calibration"):
        Calibration.load(path)
