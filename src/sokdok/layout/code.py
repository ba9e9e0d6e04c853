"""Program code as it is set: with its indents and blank lines."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from sokdok.layout.blocks import LayoutBlock

USUAL_WIDTH_EM = 0.6  # of a letter, where no word tells


def code_text(block: LayoutBlock) -> str:
    """Code with its indents, and blanks where there are gaps, counted in widths of a letter."""
    rows = [[word for piece in row.pieces for word in piece.run] for row in block.rows]
    ascii_words = [word for words in rows for word in words if word.text.isascii()]
    width = (
        median(word.box.width / len(word.text) for word in ascii_words)
        if ascii_words
        else USUAL_WIDTH_EM * rows[0][0].em
    )
    left = min(words[0].box.left for words in rows)
    steps = [b[0].baseline - a[0].baseline for a, b in pairwise(rows)]
    pitch = min((step for step in steps if step > 0), default=1.0)
    lines: list[str] = []
    for number, words in enumerate(rows):
        if number:
            lines += [""] * max(0, round(steps[number - 1] / pitch) - 1)
        text = " " * round((words[0].box.left - left) / width)
        for index, word in enumerate(words):
            if index and not word.joined:
                text += " " * max(1, round((word.box.left - words[index - 1].box.right) / width))
            text += word.text
        lines.append(text)
    return "\n".join(lines)
