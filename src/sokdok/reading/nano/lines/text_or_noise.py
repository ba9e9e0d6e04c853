"""Which lines say anything: noise is read as unsure text, and specks and leaders of worn pages as signs.

Rings, crosses and ticks in the cells of a form are signs too, and unsure by themselves: they count where several stand
on one row or in one column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.reading.nano.lines.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine

MIN_CONFIDENCE = 0.35  # of a line that counts as text
MIN_SIGNS_CONFIDENCE = 0.6  # of one without a letter or digit
MARKS = frozenset("○●◯〇◎△▲×✕✓√☑□■")  # that fill a form's cells
NEAR_EM = 0.4  # by which the middles of marks of one row or column differ, at most


def is_text(text: LineText) -> bool:
    """Whether what was read of a line is text by itself."""
    least = MIN_CONFIDENCE if any(map(str.isalnum, text.text)) else MIN_SIGNS_CONFIDENCE
    return bool(text.text) and text.confidence > least


def say_anything(found: Sequence[DetectedLine], texts: Sequence[LineText]) -> list[bool]:
    """Whether each line is text, or a mark on a row or in a column of marks."""
    marks = [at for at, text in enumerate(texts) if text.text in MARKS and text.confidence > MIN_CONFIDENCE]
    middles = np.array([found[at].box.middle for at in marks]).reshape(-1, 2)
    ems = np.array([found[at].em for at in marks])
    apart = np.abs(middles[:, None] - middles[None]).min(2) / np.maximum(ems, 1)[:, None]
    repeated = {at for at, others in zip(marks, (apart < NEAR_EM).sum(1), strict=True) if others > 1}
    return [is_text(text) or at in repeated for at, text in enumerate(texts)]
