r"""Blocks as Markdown and as plain text.

- Headings, lists and fenced code as Markdown has them; tables as HTML, which keeps their spans; formulas as LaTeX,
  `$…$` in a line and `\[ … \]` by themselves; pictures as links to their cropped files, the text in them between that
  and `<!-- /image -->`.
- Text as it stands on a page is no Markdown but for its links, `<sup>` and `<sub>`. A sign of it is escaped only where
  readers of CommonMark and GitHub's Markdown would take it for more than itself: at the beginning of a line, for a
  block (`#`, `1.`, `>`, `---`, a fence, a definition); within one, for a tag, an entity, a link, or one of a pair (`*`,
  `_`, `` ` ``, `$`, `~`). A lone star or dollar stays, and so do `snake_case` and `[27]`.
- Everything a model wrote passes through `sanitize`.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import quote

from sokdok.documents import sanitize
from sokdok.documents.blocks import FURNITURE, PICTURES, UNREAD, Block
from sokdok.documents.notation import (
    FORMULAS,
    LINK,
    code_of,
    has_delimiters,
    heading_of,
    is_pipe_table,
    item_of,
    split,
    unwrap_formula,
    without_links,
    without_raised,
)

_INLINE_FORMULA = re.compile(r"\\\(((?:(?!\\[()])[^$\n])*)\\\)")
_DISPLAYED = re.compile(r"\$\$([^$]+)\$\$")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_ALT = re.compile(r"[^\w ]+")
_BACKTICKS = re.compile(r"`+")
_BLOCK = re.compile(
    r"^(?:(?P<number>[0-9]{1,9})[.)](?=[ \t]|$)|#{1,6}(?=[ \t]|$)|>|[-+*](?=[ \t]|$)"  # items, headings, quotations
    r"|`{3,}|~{3,}|\[(?=[^\]]*\]:)"  # fences, definitions
    r"|(?P<sign>[-_*=])(?P=sign)*(?=(?:[ \t]*(?P=sign))*[ \t]*$)|[-=]+(?=[ \t]*$)"  # lines, under a heading
    r"|[-|:](?=[-|: \t]*-[-|: \t]*$))",  # what underlines a table's head
    re.MULTILINE,
)  # what begins a block, or makes one of the line above, at a line's beginning
_SIGN = re.compile(
    rf"(?P<link>{LINK.pattern})|</?su[bp]>|(?P<tag><)(?=[A-Za-z/!?])|(?P<entity>&#?[A-Za-z0-9]+;)"
    r"|(?P<pair>\*+|_+|`+|\$+|~+)|(?P<one>\\(?=[!-/:-@\[-`{-~\n]|$)|(?<=!)\[|(?<=\])\()",
    re.IGNORECASE,
)


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


def blocks_markdown(blocks: Iterable[Block], *, keep_furniture: bool = False) -> str:
    """Write a page's blocks; headers, footers and page numbers on demand."""
    kept = (block for block in blocks if keep_furniture or block.kind not in FURNITURE)
    return sanitize.terminal_text(joined(kept, block_markdown))


def answer_markdown(text: str) -> str:
    """Markdown that a model wrote, made harmless: a table stays one of pipes, or of HTML, as it was written."""
    return sanitize.terminal_text("\n\n".join(_answered(kind, piece) for kind, piece in split(text)))


def _answered(kind: str, text: str) -> str:
    if kind == "code":
        return _code(text)
    if kind in FORMULAS:
        return _formula(unwrap_formula(text))
    return _html(sanitize.table(text)) if kind == "table" and not is_pipe_table(text) else _text(text)


def blocks_text(blocks: Iterable[Block]) -> str:
    """Write all text of a page's blocks, without marks."""
    return joined(blocks, block_text)


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


def _html(table: str) -> str:
    """One HTML block: Markdown must not begin to read it, as it would outside a table."""
    table = sanitize.markdown_table(table)
    return table if table.startswith("<table") else f"<div>{table}</div>"


def _heading(kind: str) -> Callable[[str, bool], str]:
    def write(text: str, plain: bool) -> str:
        level, words = heading_of(kind, text)
        words = " ".join(words.split())
        return f"{'#' * level} {sanitize.markdown_text(heading_line(words)) if plain else _text(words)}"

    return write


def _lines(text: str, plain: bool) -> str:
    return sanitize.markdown_text(markdown_lines(text)) if plain else _text(text)


def _list(text: str, plain: bool) -> str:
    items = []
    for line in text.splitlines():
        indent, mark, words = item_of(line) or (line[: len(line) - len(line.lstrip())], "", line.lstrip())
        items.append(f"{indent}{mark}{' ' if mark else ''}{markdown_lines(words) if plain else words}")
    return sanitize.markdown_text("\n".join(items)) if plain else _text("\n".join(items))


def _formula(latex: str, plain: bool = False) -> str:
    if has_delimiters(latex):
        return _text(latex)
    return f"\\[ {sanitize.markdown_formula(' '.join(latex.split()))} \\]"


def _code(text: str, plain: bool = False) -> str:
    language, code = code_of(text)
    fence = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(code)), default=0))
    return f"{fence}{language}\n{code}\n{fence}"


def _text(text: str) -> str:
    text = sanitize.markdown_text(
        _DISPLAYED.sub(r"\\[\1\\]", _INLINE_FORMULA.sub(lambda match: f"${sanitize.markdown_formula(match[1])}$", text))
    )
    fences = _FENCE.findall(text)
    return f"{text}\n{fences[-1]}" if len(fences) % 2 else text


_WRITERS = {
    "title": _heading("title"),
    "sub_title": _heading("sub_title"),
    "list": _list,
    "code": _code,
    **dict.fromkeys(FORMULAS, _formula),
}


def markdown_lines(text: str) -> str:
    """Text as the lines of a paragraph."""
    lines = "\n".join(line.strip(" \t") for line in text.split("\n"))

    def escaped(begin: re.Match[str]) -> str:
        if begin["number"]:
            return f"{begin['number']}\\{begin[0][-1]}"
        return f"\\{begin[0]}" if begin[0][0] == "#" else "".join(f"\\{char}" for char in begin[0])

    return _BLOCK.sub(escaped, markdown_inline(lines))


def heading_line(text: str) -> str:
    """Text as a heading, behind its hashes; those at its end are its own."""
    return re.sub(r"(?<=\s)#(?=#*$)", r"\\#", markdown_inline(text))


def markdown_inline(text: str) -> str:
    """Text within a line."""
    pairs = Counter(found["pair"][0] for found in _SIGN.finditer(text) if found["pair"] and _may_pair(found))

    def written(found: re.Match[str]) -> str:
        sign = found[0]
        if found["link"]:
            words, _, target = sign[1:].rpartition("](")
            return f"[{markdown_inline(words)}]({target}"
        if found["tag"] or (found["entity"] and html.unescape(sign) != sign):
            return html.escape(sign)
        if found["one"] or (found["pair"] and pairs[sign[0]] > 1 and _may_pair(found)):
            return "".join(f"\\{char}" for char in sign)
        return sign

    return _SIGN.sub(written, text)


def _may_pair(run: re.Match[str]) -> bool:
    """Whether a run of signs may be one of two that set what is between them: not between blanks, _ not in a word."""
    text, (start, end) = run.string, run.span()
    before, after = text[:start][-1:], text[end : end + 1]
    if run["pair"][0] == "_" and before.isalnum() and after.isalnum():
        return False
    return run["pair"][0] in "`~" or bool(before.strip() or after.strip())
