"""The layout of a page that is known by its text layer alone."""

from __future__ import annotations

from dataclasses import replace

from sokdok.layout.analyse import analyse
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.tables.reader import read_table
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import TextLayer


def layer_lines(layer: TextLayer) -> list[TextLine]:
    """A layer's pieces as lines, in the order of the file; boxes and sizes in points."""
    return [TextLine(piece.box, piece.text, em=piece.em, source="layer", turned=piece.turned) for piece in layer.pieces]


def analyse_layer(layer: TextLayer) -> list[LayoutBlock]:
    """Arrange a layer's lines in blocks; boxes in points, tables with their HTML."""
    blocks = analyse(layer_lines(layer), layer.size[1])
    return [
        replace(block, html=read_table(None, block.lines)[0]) if block.kind == "table" else block for block in blocks
    ]


def layer_text(layer: TextLayer) -> str:
    """A layer's text in reading order, a line of the page a line."""
    return "\n".join(block.text for block in analyse(layer_lines(layer), layer.size[1]))
