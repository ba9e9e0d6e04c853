r"""Blocks as Markdown and as plain text.

- Headings, lists and fenced code as Markdown has them; tables as HTML, which keeps their spans; formulas as LaTeX,
  `$…$` in a line and `\[ … \]` by themselves; pictures as links to their cropped files, the text in them between that
  and `<!-- /image -->`.
- Text as it stands on a page is no Markdown but for links, formulas, `<sup>`, `<sub>`, `<del>`, where no `\` says that
  it only looks so. A sign is escaped where readers of CommonMark and GitHub's Markdown would take it for more than
  itself: at the beginning of a line, for a block (`#`, `1.`, `>`, `---`, a fence, a definition); within one, for a tag,
  an entity, a link, or one of a pair (`*`, `_`, `` ` ``, `$`, `~`). A lone star, `snake_case` and `[27]` stay.
- Everything a model wrote passes through `sanitize`.

What the text of one block says is found first: a heading's level, a list's items, a table's rows, a formula's LaTeX.

- Readers differ: DeepSeek-OCR writes the hashes of a heading and the brackets of a formula, others leave them out.
- Markdown that a reader wrote without saying where its blocks are is parted into blocks (`split`): HTML tables, fenced
  code and displayed formulas end a block wherever they stand; blank lines do everywhere else.
- Everything is total and takes linear time: text that is not what its kind promises is kept as it is.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from sokdok.documents import sanitize
from sokdok.documents.blocks import FURNITURE, PICTURES, UNREAD, Block

FORMULAS = ("equation", "formula")  # kinds of block that are LaTeX

_ITEM = re.compile(
    r"([ \t]*)(?:([-*+•·◦▪‣∙]|[0-9]{1,3}[.)])[ \t]+(?=\S)"
    r"|(?=[①-⑳]|(?:[●○■□◆◇▶▷►✓❍➢–—]|[가-하][.)])[ \t]+\S))"  # the marks of Korean outlines have levels
)
_LEVELS = {"title": 1, "sub_title": 2}
_HEADING = re.compile(r"\s*(#{1,6})\s+")
_CODE = re.compile(r"(?P<fence>`{3,}+|~{3,}+)[ \t]*(?P<language>[\w+#.-]*)[^\n]*(?:\n(?P<code>.*))?", re.DOTALL)
_HTML_TABLE = re.compile(r"<(?:table|tr|t[hd])\b", re.IGNORECASE)
_PIPE_RULE = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*")
_PIPE = re.compile(r"(?<!\\)\|")
_FORMULA = re.compile(r"\\\[(.*)\\\]|\\\((.*)\\\)|\$\$(.*)\$\$|\$(.*)\$", re.DOTALL)
LINK = re.compile(r"(?<!\\)\[([^\[\]\n]*)\]\((?:https?|mailto):[^()\s]*\)", re.IGNORECASE)  # a link in a text
_RAISED = re.compile(r"(?<!\\)</?(?:su[bp]|del)>")
_LITERAL = r"\\(?=\\\(|</?(?:su[bp]|del)>|\[[^\[\]\n]*\]\((?:https?|mailto):)"  # before what is not meant as markup
_DELIMITER = re.compile(r"\\[\[\]()]|\$")
_WHOLE = re.compile(
    r"(?P<table><table\b.*?(?:</table\s*>|\Z))"
    r"|^(?P<code>(?P<fence>`{3,}+|~{3,}+)[^\n]*\n.*?(?:^(?P=fence)[^\S\n]*$|\Z))"
    r"|^[^\S\n]*(?P<formula>\\\[(?:(?!\\[\[\]]).)*\\\]|\$\$[^$]+\$\$)[^\S\n]*$",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_HEADING_LINE = re.compile(r"(#{1,6})[ \t]+\S[^\n]*")


def without_marks(text: str, plain: bool = True) -> str:
    """Text with the words of its links alone, and without the marks of raised and lowered words."""
    bare = _RAISED.sub("", LINK.sub(r"\1", text))
    return re.sub(_LITERAL, "", bare) if plain else bare


def heading_of(kind: str, text: str) -> tuple[int, str]:
    """Level, from 1, and words of a title or sub_title; the hashes that the reader wrote say more than the kind."""
    match = _HEADING.match(text)
    return (len(match[1]), text[match.end() :]) if match else (_LEVELS[kind], text)


def code_of(text: str) -> tuple[str, str]:
    """Language, perhaps empty, and code, without the fence that the reader may have put around it."""
    match = _CODE.fullmatch(text)
    if match is None or match["code"] is None:
        return "", text
    code = match["code"].rstrip()
    return match["language"], code.removesuffix(match["fence"]).rstrip("\n")


def item_of(line: str) -> tuple[str, str, str] | None:
    """Indent, mark and words of a list's item: the mark is a number or `-`, others stay with the words."""
    match = _ITEM.match(line)
    if match is None:
        return None
    mark = match[2] or "-"
    return match[1], mark if mark[0].isdigit() else "-", line[match.end() :]


def items_of(text: str) -> Iterator[tuple[int, str, str]]:
    """Level, from 1, mark and words of each item of a list; lines that begin none belong to the one before."""
    items, indents = list[tuple[int, str, list[str]]](), list[int]()
    for line in text.splitlines():
        found = item_of(line)
        if found is None and items:
            items[-1][2].extend(filter(None, [line.strip()]))
            continue
        spaces, mark, words = found or ("", "-", line.strip())
        indent = len(spaces.expandtabs(4))
        while indents and indents[-1] >= indent:
            indents.pop()
        indents.append(indent)
        items.append((len(indents), mark, [words]))
    return ((level, mark, "\n".join(lines)) for level, mark, lines in items)


def is_list(text: str) -> bool:
    """Whether a block begins with an item, and every line begins another or is indented below one."""
    lines = text.splitlines()
    return item_of(text) is not None and all(item_of(line) or line[:1].isspace() for line in lines)


def unwrap_formula(text: str) -> str:
    r"""LaTeX without the delimiters around it, `\[ \]`, `\( \)` or dollars; as it is, if there are others within."""
    match = _FORMULA.fullmatch(text.strip())
    if match is None:
        return text
    latex = next(group for group in match.groups() if group is not None).strip()
    return latex if latex and not has_delimiters(latex) else text


def has_delimiters(text: str) -> bool:
    """Whether a formula's text is more than LaTeX alone."""
    return bool(_DELIMITER.search(text.replace("\\\\", "").replace(r"\$", "")))


def table_html(text: str) -> str | None:
    """A table block as safe HTML, whether written as HTML or with pipes; None if it is neither."""
    if _HTML_TABLE.search(text):
        return sanitize.table(text)
    if not is_pipe_table(text):
        return None
    head, _, *body = text.strip().splitlines()
    rows = [_pipe_row(head, "th"), *(_pipe_row(line, "td") for line in body if line.strip())]
    return sanitize.table(f"<table>{''.join(rows)}</table>")


def is_pipe_table(text: str) -> bool:
    """Whether a block is a table as Markdown has them: cells between pipes, a rule below the first row."""
    head, _, rest = text.strip().partition("\n")
    rule = rest.partition("\n")[0]
    return "|" in head and "|" in rule and bool(_PIPE_RULE.fullmatch(rule))


def _pipe_row(line: str, tag: str) -> str:
    cells = _PIPE.split(line.strip().removeprefix("|").removesuffix("|"))
    words = (sanitize.html_text(html.unescape(cell.strip().replace(r"\|", "|"))) for cell in cells)
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in words)}</tr>"


def split(text: str) -> list[tuple[str, str]]:
    """Kind and text of each block of Markdown: title, sub_title, text, list, code, formula or table.

    A heading is a line by itself with its hashes; a hash in the middle of a paragraph may be a comment in a program.
    No text is lost; only white space between blocks is.
    """
    found: list[tuple[str, str]] = []
    start = 0
    for match in _WHOLE.finditer(text):
        found += _paragraphs(text[start : match.start()])
        found.append((next(kind for kind in ("table", "code", "formula") if match[kind]), match.group().strip()))
        start = match.end()
    return [*found, *_paragraphs(text[start:])]


def _paragraphs(text: str) -> Iterator[tuple[str, str]]:
    for paragraph in _BLANK.split(text.strip("\n")):
        if paragraph.strip():
            yield _kind(paragraph), paragraph.strip("\n").rstrip()


def _kind(paragraph: str) -> str:
    heading = _HEADING_LINE.fullmatch(paragraph.strip())
    if heading:
        return "title" if len(heading[1]) == 1 else "sub_title"
    if is_pipe_table(paragraph):
        return "table"
    return "list" if is_list(paragraph) else "text"


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
    rf"{_LITERAL}(?P<literal>\\\(|.)|\\\((?P<formula>(?:(?!\\[()]).)*)\\\)"
    rf"|(?P<link>{LINK.pattern})|</?(?:su[bp]|del)>|(?P<tag><)(?=[A-Za-z/!?])|(?P<entity>&#?[A-Za-z0-9]+;)"
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


def block_text(block: Block) -> str:
    """A block's text without the marks of headings and code."""
    if block.kind in ("title", "sub_title"):
        return without_marks(heading_of(block.kind, block.text)[1], block.plain)
    return code_of(block.text)[1] if block.kind == "code" else without_marks(block.text, block.plain)


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
        inline = re.sub(r"(?<=\s)#(?=#*$)", r"\\#", markdown_inline(words))  # hashes at its end are its own
        return f"{'#' * level} {sanitize.markdown_text(inline) if plain else _text(words)}"

    return write


def _lines(text: str, plain: bool) -> str:
    return sanitize.markdown_text(markdown_lines(text)) if plain else _text(text)


def _list(text: str, plain: bool) -> str:
    items = []
    for line in text.splitlines():
        indent, mark, words = item_of(line) or (line[: len(line) - len(line.lstrip())], "", line.lstrip())
        items.append(f"{indent}{mark}{' ' if mark else ''}{markdown_lines(words) if plain else words}")
    return sanitize.markdown_text("\n".join(items)) if plain else _text("\n".join(items))


def _field(text: str, plain: bool) -> str:
    """A label of a form, its first line, in bold, whatever stars are in it; and what is filled in behind it."""
    label, _, value = text.partition("\n")
    held = {"*": "\ue000", "\\": "\ue001"}  # what stands for these while the rest is escaped
    label = re.sub(rf"({_LITERAL}(?:\\\(|.))|[*\\]", lambda one: one[1] or held[one[0]], label)
    written = _lines(f"{label}\ue002\n{value}", plain).replace("\ue002\n", "** ")  # no link reaches over lines
    for char, sign in held.items():
        written = written.replace(sign, f"\\{char}")
    return f"**{written}"


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
    "quote": lambda text, plain: re.sub("(?m)^", "> ", _lines(text, plain)),
    "field": _field,
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


def markdown_inline(text: str) -> str:
    """Text within a line."""
    pairs = Counter(found["pair"][0] for found in _SIGN.finditer(text) if found["pair"] and _may_pair(found))
    pairs["$"] += 2 * text.count("\\(")

    def written(found: re.Match[str]) -> str:
        sign = found[0]
        if found["formula"] is not None:
            return f"${sanitize.markdown_formula(found['formula'])}$" if found["formula"].strip() else ""
        if found["literal"]:
            return "&lt;" if found["literal"] == "<" else "".join(f"\\{char}" for char in found["literal"])
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
