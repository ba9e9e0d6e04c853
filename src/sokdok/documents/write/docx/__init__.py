"""A document as a Word file: headings, lists, tables with their spans, pictures, footnotes; Korean in a Korean font.

block → `blocks` (paragraphs, lists, pictures) or `tables`; text within a paragraph → `inline`; notes → `footnotes`
"""

from __future__ import annotations

from sokdok.documents.write.docx.writer import Writer

__all__ = ["Writer"]
