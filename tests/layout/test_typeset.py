"""Paragraphs, headings, lists, code and notes by how they are set."""

from __future__ import annotations

from pathlib import Path

from fakes.pdf import Text, blocks_of
from sokdok.layout.blocks import code_text

FULL = [
    "This is a paragraph whose lines are full, since each word that",
    "begins one would have had no room on the line before it, and",
    "only its last line ends early.",
]


def lines(texts: list[str], top: float, x: float = 60) -> list[Text]:
    return [Text(x, top + 14 * i, text) for i, text in enumerate(texts)]


def test_code_among_the_words_does_not_break_a_paragraph(tmp_path: Path) -> None:
    mixed = Text(60, 228, "only-its-last-line-is-set-in-code.", 9, font=3)
    found = blocks_of(tmp_path, [*lines(FULL[:2], 200), mixed, *lines(FULL, 260)])
    assert [block.kind for block in found] == ["text", "text"] and len(found[0].rows) == 3


def test_code_keeps_its_indents_and_blank_lines(tmp_path: Path) -> None:
    code = ["def sail(ship):", "    if ship:", "        return  1", "", "    return 0"]
    page = [Text(60, 260 + 12 * i, line, 9, font=3) for i, line in enumerate(code) if line]
    found = blocks_of(tmp_path, [*lines(FULL, 200), *page, *lines(FULL, 340)])
    assert [block.kind for block in found] == ["text", "code", "text"]
    assert code_text(found[1]) == "\n".join(code)
