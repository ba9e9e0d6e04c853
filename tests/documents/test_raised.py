"""What is raised or lowered in a text says so."""

from __future__ import annotations

from pathlib import Path

from fakes.pdf import layer_of, write_pdf
from sokdok.documents.document import Block
from sokdok.documents.textblocks import text_blocks
from sokdok.documents.write.html import block_html
from sokdok.documents.write.markdown import block_markdown, block_text


def one(tmp_path: Path, items: list[bytes]) -> Block:
    (block,) = text_blocks(layer_of(write_pdf(tmp_path / "a.pdf", [items])), 595, 842)
    return block


def test_powers_and_indices_are_marked(tmp_path: Path) -> None:
    shown = b"BT /F1 10 Tf 60 700 Td (About 10) Tj 4 Ts /F1 6 Tf (6) Tj 0 Ts /F1 10 Tf ( tons of CO) Tj "
    shown += b"-2 Ts /F1 6 Tf (2) Tj ET"
    block = one(tmp_path, [shown, b"BT /F1 10 Tf 60 600 Td ( ) Tj ET"])
    assert block.text == "About 10<sup>6</sup> tons of CO<sub>2</sub>"
    assert block_markdown(block) == block.text and block_text(block) == "About 106 tons of CO2"
    assert block_html(block) == f"<p>{block.text}</p>"


def test_small_words_on_the_line_are_not(tmp_path: Path) -> None:
    shown = b"BT /F1 10 Tf 60 700 Td (The U) Tj /F1 7 Tf (SUAL) Tj /F1 10 Tf ( words) Tj ET"
    assert one(tmp_path, [shown]).text == "The USUAL words"


def test_a_power_is_one_though_its_sign_is_of_another_font(tmp_path: Path) -> None:
    shown = b"BT /F1 10 Tf 60 700 Td (rates of 10) Tj 4 Ts /F4 6 Tf (-) Tj /F1 6 Tf (12) Tj 0 Ts /F1 10 Tf ( or x) Tj "
    shown += b"-1.5 Ts /F1 6 Tf (i) Tj 2 Ts (2) Tj 0 Ts /F1 10 Tf ( and x) Tj 3 Ts "
    shown += b"/F1 6 Tf (2) Tj 0 Ts /F1 10 Tf ( or x) Tj 3 Ts /F1 6 Tf (2) Tj ET"
    powers = "x<sub>i</sub><sup>2</sup> and x<sup>2</sup> or x<sup>2</sup>"
    assert one(tmp_path, [shown]).text == f"rates of 10<sup>-12</sup> or {powers}"
