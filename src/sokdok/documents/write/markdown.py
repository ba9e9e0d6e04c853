r"""A document as Markdown and as plain text, page by page.

- Headings, lists and fenced code as Markdown has them; tables as HTML, which keeps their spans; formulas as LaTeX,
  `$…$` in a line and `\[ … \]` by themselves; pictures as links to their cropped files, the text in them between that
  and `<!-- /image -->`.
- Every page begins with a comment `<!-- page 3 -->`. What failed stands there as a quotation, so no page goes missing.
- Everything a model wrote passes through `sanitize`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TextIO
from urllib.parse import quote

from sokdok.documents import sanitize
from sokdok.documents.document import FURNITURE, PICTURES, UNREAD, Block, Document, DocumentPage
from sokdok.documents.links import without_links
from sokdok.documents.notation import (
    FORMULAS,
    code_of,
    has_delimiters,
    heading_of,
    is_pipe_table,
    item_of,
    unwrap_formula,
)
from sokdok.documents.raised import without_raised
from sokdok.documents.split import split
from sokdok.documents.write.plain import heading_line, markdown_lines

_INLINE_FORMULA = re.compile(r"\\\(((?:(?!\\[()])[^$\n])*)\\\)")
_DISPLAYED = re.compile(r"\$\$([^$]+)\$\$")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_ALT = re.compile(r"[^\w ]+")
_BACKTICKS = re.compile(r"`+")


class MarkdownWriter:
    """Writes pages to an open text file as they come."""

    def __init__(self, file: TextIO, head: Document, *, keep_furniture: bool = False) -> None:
        """`keep_furniture`: also headers, footers and page numbers."""
        self.file, self.keep_furniture = file, keep_furniture

    def add(self, page: DocumentPage) -> None:
        """The page with its comment; a line of its own for what failed."""
        self.file.write(f"<!-- page {page.number} -->\n\n")
        if page.error:
            self._note(f"page {page.number}: {page.error}")
        text = page_markdown(page, keep_furniture=self.keep_furniture)
        if text:
            self.file.write(f"{text}\n\n")

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """What went wrong beyond the pages."""
        for error in errors:
            self._note(error)

    def _note(self, error: str) -> None:
        self.file.write(f"> {sanitize.markdown_text(' '.join(error.split()))}\n\n")


def joined(blocks: Iterable[Block], write: Callable[[Block], str]) -> str:
    """Blocks as `write` writes them, without those that are empty: a blank line between blocks, none between lines."""
    parts: list[str] = []
    last = ""
    for block in blocks:
        text = write(block)
        if text:
            gap = "\n" if block.kind == last == "line" else "\n\n"
            parts += [gap, text] if parts else [text]
            last = block.kind
    return "".join(parts)


def page_markdown(page: DocumentPage, *, keep_furniture: bool = False) -> str:
    """Write a page's blocks, without comment or error."""
    blocks = (block for block in page.blocks if keep_furniture or block.kind not in FURNITURE)
    return sanitize.terminal_text(joined(blocks, block_markdown))


def answer_markdown(text: str) -> str:
    """Markdown that a model wrote, made harmless: a table stays one of pipes, or of HTML, as it was written."""
    return sanitize.terminal_text("\n\n".join(_answered(kind, piece) for kind, piece in split(text)))


def _answered(kind: str, text: str) -> str:
    if kind == "code":
        return _code(text)
    if kind in FORMULAS:
        return _formula(unwrap_formula(text))
    return _html(sanitize.table(text)) if kind == "table" and not is_pipe_table(text) else _text(text)


def plain_text(page: DocumentPage) -> str:
    """All text of a page, without marks: what to search and to compare."""
    return joined(page.blocks, block_text)


def block_text(block: Block) -> str:
    """A block's text without the marks of headings and code."""
    if block.kind in ("title", "sub_title"):
        return _plain(heading_of(block.kind, block.text)[1])
    return code_of(block.text)[1] if block.kind == "code" else _plain(block.text)


def _plain(text: str) -> str:
    return without_raised(without_links(text))


def block_markdown(block: Block) -> str:
    """A block as Markdown; nothing, for one without content."""
    if block.kind in PICTURES:
        return _picture(block)
    if block.html:
        return _html(block.html)
    if not block.text:
        return ""
    return _WRITERS.get(block.kind, _lines)(block.text, block.plain)


def _picture(block: Block) -> str:
    link = f"![{_ALT.sub(' ', block.kind)}]({quote(block.figure)})" if block.figure else "<!-- image -->"
    end = "<!-- /image -->" if block.text and block.kind != UNREAD else ""  # behind the text in it
    parts = [link, _lines(block.text, block.plain), _html(block.html) if block.html else "", end]
    return "\n\n".join(filter(None, parts))


def _html(html: str) -> str:
    """One HTML block: Markdown must not begin to read it, as it would outside a table."""
    html = sanitize.markdown_table(html)
    return html if html.startswith("<table") else f"<div>{html}</div>"


def _heading(kind: str) -> Callable[[str, bool], str]:
    def write(text: str, plain: bool) -> str:
        level, words = heading_of(kind, text)
        words = " ".join(words.split())
        return f"{'#' * level} {sanitize.markdown_text(heading_line(words)) if plain else _text(words)}"

    return write


def _lines(text: str, plain: bool) -> str:
    return sanitize.markdown_text(markdown_lines(text)) if plain else _text(text)


def _list(text: str, plain: bool) -> str:
    items = "\n".join(_item(line, plain) for line in text.splitlines())
    return sanitize.markdown_text(items) if plain else _text(items)


def _item(line: str, plain: bool) -> str:
    indent, mark, words = item_of(line) or (line[: len(line) - len(line.lstrip())], "", line.lstrip())
    return f"{indent}{mark}{' ' if mark else ''}{markdown_lines(words) if plain else words}"


def _formula(latex: str, plain: bool = False) -> str:
    if has_delimiters(latex):
        return _text(latex)
    return f"\\[ {sanitize.markdown_formula(' '.join(latex.split()))} \\]"


def _code(text: str, plain: bool = False) -> str:
    language, code = code_of(text)
    fence = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(code)), default=0))
    return f"{fence}{language}\n{code}\n{fence}"


def _text(text: str) -> str:
    text = sanitize.markdown_text(_DISPLAYED.sub(r"\\[\1\\]", _INLINE_FORMULA.sub(_inline_formula, text)))
    fences = _FENCE.findall(text)
    return f"{text}\n{fences[-1]}" if len(fences) % 2 else text


def _inline_formula(match: re.Match[str]) -> str:
    return f"${sanitize.markdown_formula(match[1])}$"


_WRITERS = {
    "title": _heading("title"),
    "sub_title": _heading("sub_title"),
    "list": _list,
    "code": _code,
    **dict.fromkeys(FORMULAS, _formula),
}
