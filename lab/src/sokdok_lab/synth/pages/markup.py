"""A synthetic page as the family writes it: the answer to `<|grounding|>Convert the document to markdown.`

Each block is `<|ref|>label<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>` and its text below, Markdown or an HTML table;
boxes count 0 to 999 along each side, whatever the shape of the page (DeepSeek-OCR; see `documents.build`).
"""

from __future__ import annotations

from sokdok_lab.synth.pages.truth import Block, SyntheticPage

SIDE = 999  # of a page in the family's boxes
_LABELS = {
    "title": "title", "heading": "sub_title", "paragraph": "text", "list": "text", "code": "text", "table": "table",
    "footnote": "page_footnote", "header": "header", "footer": "footer", "page number": "page_number",
}  # fmt: skip
_MARKS = {"title": "# ", "heading": "## "}


def grounded_markdown(page: SyntheticPage) -> str:
    """Write the blocks of a page in reading order; a list item is a text, as in the family's outputs."""
    followers = [*(block.kind for block in page.blocks[1:]), ""]
    return "\n\n".join(_block(page, *pair) for pair in zip(page.blocks, followers, strict=True))


def _block(page: SyntheticPage, block: Block, following: str) -> str:
    caption = "table_caption" if following == "table" else "image_caption"  # captions stand above tables, below figures
    label = _LABELS.get(block.kind, caption)
    text = page.table_html(block) if block.cells else _MARKS.get(block.kind, "") + _unwrapped(page, block)
    return f"<|ref|>{label}<|/ref|><|det|>[[{', '.join(map(str, _box(page, block)))}]]<|/det|>\n{text}"


def _unwrapped(page: SyntheticPage, block: Block) -> str:
    """Write headings on one line, as Markdown has them; paragraphs keep their lines."""
    text = page.block_text(block)
    return text.replace("\n", " ") if block.kind in _MARKS else text


def _box(page: SyntheticPage, block: Block) -> list[int]:
    sides = page.size * 2
    shares = (value / side for value, side in zip(page.block_box(block), sides, strict=True))
    return [min(max(round(share * SIDE), 0), SIDE) for share in shares]
