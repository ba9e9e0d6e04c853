"""The size of a page's body."""

from __future__ import annotations

import pytest

from sokdok.imaging.box import Box
from sokdok.layout.blocks import body_size
from sokdok.layout.text_line import TextLine


def test_a_size_in_which_sentences_end_is_running_text_beside_a_table_in_smaller_type() -> None:
    cells = [TextLine(Box(50, 15 * i, 90, 15 * i + 10), "010-1234-5678", 1.0, 10.0) for i in range(20)]
    said = "We ask for leave on these days."
    for size, body in ((13.0, 13.0), (22.0, 10.0)):  # a motto is larger
        sentence = TextLine(Box(50, 400, 300, 400 + size), said, 1.0, size)
        assert body_size([*cells, sentence]) == pytest.approx(body)
    name = TextLine(Box(50, 400, 300, 413), "Of leave and of its days", 1.0, 13.0)
    assert body_size([*cells, name]) == pytest.approx(10)
