r"""Text as it stands on a page, which is no Markdown but for its links, `<sup>` and `<sub>`, written as Markdown.

A sign is escaped only where readers of CommonMark and GitHub's Markdown would take it for more than itself: at the
beginning of a line, for a block (`#`, `1.`, `>`, `---`, a fence, a definition); within one, for a tag, an entity, a
link, or one of a pair (`*`, `_`, `` ` ``, `$`, `~`). A lone star or dollar stays, and so do `snake_case` and `[27]`.
"""

from __future__ import annotations

import html
import re
from collections import Counter

from sokdok.documents.links import LINK

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
_RAISED = re.compile(r"&lt;(su[bp])&gt;(.*?)&lt;/\1&gt;")


def markdown_lines(text: str) -> str:
    """Text as the lines of a paragraph."""
    lines = "\n".join(line.strip(" \t") for line in text.split("\n"))
    return _BLOCK.sub(_as_text, markdown_inline(lines))


def _as_text(begin: re.Match[str]) -> str:
    if begin["number"]:
        return f"{begin['number']}\\{begin[0][-1]}"
    return f"\\{begin[0]}" if begin[0][0] == "#" else "".join(f"\\{char}" for char in begin[0])


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


def plain_html(text: str) -> str:
    """Text as HTML: escaped, but for pairs of sup and sub."""
    return _RAISED.sub(r"<\1>\2</\1>", html.escape(text))
