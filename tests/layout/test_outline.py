"""Entries of a file's outline are headings, whatever they look like."""

from __future__ import annotations

from pathlib import Path

from fakes.pdf import Text, layer_of, write_pdf
from sokdok.layout.text_layer import analyse_layer

BODY = [
    Text(60, 140 + 14 * at, "A line of text that fills its column to the right side of it, more or less.")
    for at in range(9)
]


def test_entries_are_headings_with_their_levels(tmp_path: Path) -> None:
    page = [Text(60, 80, "Aims of the work", 18), Text(60, 110, "2.1 Plain words", 10), *BODY]
    outline = [(0, "Aims of the Work"), (1, "Plain words"), (1, "Not on the page")]
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [page], outline=[(level, title, 0) for level, title in outline]))
    assert [(entry.level, entry.title) for entry in layer.outline] == [(level + 1, title) for level, title in outline]
    blocks, _ = analyse_layer(layer)
    assert [(block.kind, block.outline) for block in blocks] == [("title", 1), ("sub_title", 2), ("text", 0)]


def test_an_entry_names_one_heading(tmp_path: Path) -> None:
    page = [Text(60, 80, "Summary", 18), *BODY, Text(60, 400, "Summary", 10)]
    blocks, _ = analyse_layer(layer_of(write_pdf(tmp_path / "a.pdf", [page], outline=[(0, "Summary", 0)])))
    assert [block.outline for block in blocks] == [1, 0, 0]
