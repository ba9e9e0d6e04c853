"""Targets read back as the lines they were drawn from."""

from __future__ import annotations

import numpy as np

from sokdok.model.nano.formats.lines import CHANNELS, CORE, EM_SIZE, KIND, KINDS, OFFSET
from sokdok.reading.nano.text_detector import decode_output
from sokdok_lab.training.detection.strips import Strip
from sokdok_lab.training.detection.targets import draw

LINES = [
    Strip((40, 42), (340, 42), 24, KINDS.index("heading")),
    Strip((40, 92), (340, 104), 24, KINDS.index("list")),
    Strip((100, 200), (300, 200), 90, KINDS.index("text")),
]


def test_drawn_targets_read_back_as_the_lines_they_were_drawn_from() -> None:
    targets = draw(LINES, side=384)
    output = np.zeros((CHANNELS, 96, 96), np.float32)
    output[CORE] = np.where(targets["core"] > 0, 9, -9)
    output[EM_SIZE], output[OFFSET] = targets["em"], targets["offset"]
    for kind in range(len(KINDS)):
        output[KIND + kind] = targets["kind"] == kind
    found = sorted(decode_output(output), key=lambda line: line.left[1])
    assert [line.kind for line in found] == ["heading", "list", "text"]
    for line, strip in zip(found, LINES, strict=True):
        assert abs(line.em - strip.em) < 0.1 and abs(line.left[1] - strip.left[1]) < 1
        assert abs(line.left[0] - strip.left[0]) <= 4 and abs(line.right[1] - strip.right[1]) < 1


def test_what_is_too_small_is_not_asked_for() -> None:
    assert set(np.unique(draw([Strip((0, 50), (384, 50), 4)], side=384)["core"])) == {-1.0, 0.0}
