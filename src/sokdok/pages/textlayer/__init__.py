"""The text layer of a PDF page: words that can be seen, with where and how they are set, and what is drawn around them.

page objects → glyphs → those that can be seen → words → pieces of lines; paths → ruling lines, fills, marks
"""

from __future__ import annotations

from sokdok.pages.textlayer.layer import Entry, Fill, Link, Piece, Rule, Source, TextLayer, Word
from sokdok.pages.textlayer.read import text_layer

__all__ = ["Entry", "Fill", "Link", "Piece", "Rule", "Source", "TextLayer", "Word", "text_layer"]
