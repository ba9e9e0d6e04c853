"""What a model wrote, made harmless: nothing in it can run, load or lead anywhere unasked.

- Safe by construction: the output is built from scratch, of escaped text and of tags that this room spells out; how
  browsers read broken HTML does not matter then. Regular expressions in linear time, whatever the input.
- `tables`: HTML tables. `text`: running text and formulas, as HTML, as Markdown and for a terminal. `formulas`: MathML.
"""

from __future__ import annotations

from sokdok.documents.sanitize.formulas import mathml
from sokdok.documents.sanitize.tables import MAX_SPAN, SPANS, table, table_text
from sokdok.documents.sanitize.text import (
    SCHEMES,
    html_text,
    markdown_formula,
    markdown_table,
    markdown_text,
    terminal_text,
)

__all__ = [
    "MAX_SPAN",
    "SCHEMES",
    "SPANS",
    "html_text",
    "markdown_formula",
    "markdown_table",
    "markdown_text",
    "mathml",
    "table",
    "table_text",
    "terminal_text",
]
