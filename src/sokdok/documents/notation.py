r"""What the text of one block says in Markdown, HTML or LaTeX: a heading's level, a list's items, a table's rows.

- Readers differ: DeepSeek-OCR writes the hashes of a heading and the brackets of a formula, others leave them out.
- Markdown that a reader wrote without saying where its blocks are is parted into blocks (`split`): HTML tables, fenced
  code and displayed formulas end a block wherever they stand; blank lines do everywhere else.
- In running text links are `[words](target)`, raised and lowered words stand between `<sup>` and `<sub>`.
- Everything is total and takes linear time: text that is not what its kind promises is kept as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from sokdok.documents import sanitize

FORMULAS = ("equation", "formula")  # kinds of block that are LaTeX

_ITEM = re.compile(
    r"([ \t]*)(?:([-*+•·◦▪‣∙]|[0-9]{1,3}[.)])[ \t]+(?=\S)"
    r"|(?=[①-⑳]|(?:[●○■□◆◇▶▷►✓❍➢–—]|[가-하][.)])[ \t]+\S))"  # the marks of Korean outlines tell their levels
)
_LEVELS = {"title": 1, "sub_title": 2}
_HEADING = re.compile(r"\s*(#{1,6})\s+")
_CODE = re.compile(r"(?P<fence>`{3,}+|~{3,}+)[ \t]*(?P<language>[\w+#.-]*)[^\n]*(?:\n(?P<code>.*))?", re.DOTALL)
_HTML_TABLE = re.compile(r"<(?:table|tr|t[hd])\b", re.IGNORECASE)
_PIPE_RULE = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*")
_PIPE = re.compile(r"(?<!\\)\|")
_FORMULA = re.compile(r"\\\[(.*)\\\]|\\\((.*)\\\)|\$\$(.*)\$\$|\$(.*)\$", re.DOTALL)
LINK = re.compile(r"\[([^\[\]]*)\]\((?:https?|mailto):[^()\s]*\)", re.IGNORECASE)  # a link in a text
_RAISED = re.compile(r"</?su[bp]>")
_DELIMITER = re.compile(r"\\[\[\]()]|\$")
_WHOLE = re.compile(
    r"(?P<table><table\b.*?(?:</table\s*>|\Z))"
    r"|^(?P<code>(?P<fence>`{3,}+|~{3,}+)[^\n]*\n.*?(?:^(?P=fence)[^\S\n]*$|\Z))"
    r"|^[^\S\n]*(?P<formula>\\\[(?:(?!\\[\[\]]).)*\\\]|\$\$[^$]+\$\$)[^\S\n]*$",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_HEADING_LINE = re.compile(r"(#{1,6})[ \t]+\S[^\n]*")


def without_links(text: str) -> str:
    """Text with the words of its links alone."""
    return LINK.sub(r"\1", text)


def without_raised(text: str) -> str:
    """Text without the marks of raised and lowered words."""
    return _RAISED.sub("", text)


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
