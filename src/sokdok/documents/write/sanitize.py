"""HTML and Markdown that a model wrote, made harmless: nothing in it can run, load or lead anywhere unasked.

- Safe by construction: the output is built from scratch, of escaped text and of tags that this module spells out; how
  browsers read broken HTML does not matter then. Regular expressions in linear time, whatever the input.
- Tables keep their tags, `colspan` and `rowspan`, and sub, sup, b, i, br; every other tag goes and its text stays, but
  for what is inside script and style. Cells and rows are nested properly and closed.
- In running text, which may well be *about* HTML, other tags are escaped, so that what was on the page can be read.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable

SPANS = ("colspan", "rowspan")
MAX_SPAN = 1000
"""as browsers limit colspan"""
SCHEMES = frozenset({"http", "https", "mailto"})
"""where a link may lead; a target without a scheme stays within the folder"""

_INLINE = ("sub", "sup", "b", "i")
_SAME = {"strong": "b", "em": "i"}
_CELL = ("caption", "th", "td", *_INLINE)
_SECTION = ("thead", "tbody", "tfoot", "tr", *_CELL)
_ENDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("thead", "tbody", "tfoot", "caption"), _SECTION),
    **{"table": _INLINE, "tr": ("tr", *_CELL), "th": _CELL, "td": _CELL},
}
"""what a tag ends when it opens: end tags of cells, rows and sections may be left out, as in HTML"""
_PARENT = dict.fromkeys(("caption", "thead", "tbody", "tfoot", "tr"), "table") | {"th": "tr", "td": "tr"}
_TOKEN = re.compile(
    r"<(?P<dropped>script|style)\b.*?(?:</(?P=dropped)\b[^<>]*>|\Z)"
    r"|<!--.*?(?:-->|\Z)"
    r"|<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)\b(?P<attributes>[^<>]*)>"
    r"|<(?:/[a-z]*|t[a-z]{0,4})\Z",  # cut off
    re.IGNORECASE | re.DOTALL,
)
_SPAN = re.compile(r"""(?<![\w-])(colspan|rowspan)\s*=\s*["']?([0-9]{1,4})\b""", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_CELL_END = re.compile(r"</t[hd]>(?=<t[hd])")
_ROW_END = re.compile(r"</tr>|</caption>")
_TAG = re.compile(r"<[^>]*>")

_TEXT_TAG = re.compile(r"<(?P<end>/?)(?P<tag>sub|sup|b|i|strong|em|br)\s*/?>", re.IGNORECASE)
_OPENS_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_TARGET = re.compile(r"\](?=[(:][\s<]*+([^)]{0,200}\)?))")  # long enough for any scheme, however it is spelled
_NOT_IN_SCHEME = re.compile(r"[\s\\<\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):|//", re.IGNORECASE)


def table(text: str) -> str:
    """A table as HTML of allowed tags, properly nested; what stands around it is kept as text."""
    nest = _Nest()
    start = 0
    for match in _TOKEN.finditer(text):
        nest.text(text[start : match.start()])
        start = match.end()
        if match["tag"]:
            nest.tag(match["tag"].lower(), bool(match["end"]), match["attributes"])
    nest.text(text[start:])
    nest.close_all()
    return "".join(nest.parts)


def table_text(safe: str) -> str:
    """The text of HTML that `table` wrote: a line for each row, tabs between cells."""
    text = _CELL_END.sub("\t", safe.replace("<br>", " "))
    return html.unescape(_TAG.sub("", _ROW_END.sub("\n", text))).strip("\n ")


def html_text(text: str) -> str:
    """Running text as HTML: escaped, but for pairs of sub, sup, b, i and for br."""
    return _with_text_tags(text, html.escape)


def markdown_text(text: str) -> str:
    """Running text as Markdown: no tags but sub, sup, b, i and br, no pictures, no links but to `SCHEMES`."""
    return _harmless_links(_with_text_tags(text, _escape_tags).replace("![", "! ["))


def markdown_formula(latex: str) -> str:
    """LaTeX to stand in Markdown: a blank after a less-than sign means nothing to LaTeX and much to a browser."""
    return _harmless_links(_OPENS_TAG.sub("< ", latex).replace("![", "! ["))


class _Nest:
    """Writes tags in the order that HTML wants: table, section, row, cell, inline; nested at most that deep.

    White space is one blank, so that a table is one line: a blank line would end it where it stands in Markdown.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.opened: list[str] = []
        self.inner_tables = 0
        """tables within a cell; only their text is kept"""

    def text(self, text: str) -> None:
        if self._between_cells():
            if not text.strip():
                return
            self._open("td")
        self.parts.append(html.escape(_SPACE.sub(" ", html.unescape(text)), quote=False))

    def tag(self, name: str, end: bool, attributes: str) -> None:
        name = _SAME.get(name, name)
        if name == "table" and "table" in self.opened:
            self._inner_table(end)
        elif name in _ENDS and self.inner_tables:
            self.text(" ")
        elif name in _ENDS and not end:
            self._open(name, _spans(attributes) if name in ("th", "td") else "")
        elif name == "br" and not self._between_cells():
            self.parts.append("<br>")
        elif end and name in self.opened:
            while self._close() != name:
                pass
        elif name in _INLINE and not end and name not in self.opened and not self._between_cells():
            self.parts.append(f"<{name}>")
            self.opened.append(name)

    def close_all(self) -> None:
        while self.opened:
            self._close()

    def _open(self, name: str, attributes: str = "") -> None:
        while self.opened and self.opened[-1] in _ENDS[name]:
            self._close()
        if name in _PARENT and _PARENT[name] not in self.opened:
            self._open(_PARENT[name])
        self.parts.append(f"<{name}{attributes}>")
        self.opened.append(name)

    def _close(self) -> str:
        name = self.opened.pop()
        self.parts.append(f"</{name}>")
        return name

    def _inner_table(self, end: bool) -> None:
        if not end:
            self.inner_tables += 1
        elif self.inner_tables:
            self.inner_tables -= 1
        else:
            while self._close() != "table":
                pass

    def _between_cells(self) -> bool:
        return bool(self.opened) and self.opened[-1] not in _CELL


def _spans(attributes: str) -> str:
    found = {match[1].lower(): min(int(match[2]), MAX_SPAN) for match in _SPAN.finditer(attributes)}
    return "".join(f' {name}="{found[name]}"' for name in SPANS if found.get(name, 1) > 1)


def _with_text_tags(text: str, escape: Callable[[str], str]) -> str:
    tags = list(_TEXT_TAG.finditer(text))
    kept = _paired(tags)
    parts, start = [], 0
    for index, tag in enumerate(tags):
        if index in kept:
            name = _name(tag)
            parts += [escape(text[start : tag.start()]), "<br>" if name == "br" else f"<{tag['end']}{name}>"]
            start = tag.end()
    return "".join([*parts, escape(text[start:])])


def _paired(tags: list[re.Match[str]]) -> set[int]:
    """Indexes of the tags that open and close in order, and of line breaks."""
    kept: set[int] = set()
    opened: list[int] = []
    names: Counter[str] = Counter()
    for index, tag in enumerate(tags):
        name = _name(tag)
        if name == "br":
            kept.add(index)
        elif not tag["end"]:
            opened.append(index)
            names[name] += 1
        elif names[name]:
            while (last := _name(tags[opened[-1]])) != name:
                names[last] -= 1
                opened.pop()
            names[name] -= 1
            kept |= {opened.pop(), index}
    return kept


def _name(tag: re.Match[str]) -> str:
    name = tag["tag"].lower()
    return _SAME.get(name, name)


def _escape_tags(text: str) -> str:
    return _OPENS_TAG.sub("&lt;", text)


def _harmless_links(text: str) -> str:
    """Of a link that may not be followed the label stays; what may become one with the text that follows is parted."""
    text = _LINK.sub(lambda match: match[0] if _allowed(match[2]) else match[1], text)
    return _TARGET.sub(lambda match: "]" if match[1] and _allowed(match[1]) else "]\\", text)


def _allowed(target: str) -> bool:
    """Whether a link's target, escapes undone as browsers undo them, has no scheme or one of `SCHEMES`."""
    scheme = _SCHEME.match(_NOT_IN_SCHEME.sub("", html.unescape(target[:200])))
    return scheme is None or (scheme[1] or "").lower() in SCHEMES
