"""HTML tables that a model wrote, made harmless.

Tables keep their tags, `colspan` and `rowspan`, and sub, sup, b, i, br; every other tag goes and its text stays, but
for what is inside script and style. Cells and rows are nested properly and closed. (A browser's parser, as in nh3,
would lose what models leave out or put in the wrong place: it drops cells without a `<table>`, and
moves text out of it.)
"""

from __future__ import annotations

import html
import re

from sokdok.documents.sanitize.text import SAME_TAGS

SPANS = ("colspan", "rowspan")
MAX_SPAN = 1000  # as browsers limit colspan

_INLINE = ("sub", "sup", "b", "i")
_CELL = ("caption", "th", "td", *_INLINE)
_SECTION = ("thead", "tbody", "tfoot", "tr", *_CELL)
_ENDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("thead", "tbody", "tfoot", "caption"), _SECTION),
    **{"table": _INLINE, "tr": ("tr", *_CELL), "th": _CELL, "td": _CELL},
}  # what a tag ends when it opens: end tags of cells, rows and sections may be left out, as in HTML
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
_WORDS = r"(?:[^<>&\s]++|[ ](?![ ])|&(?:amp|lt|gt);|<br>)*+"
_SPANNED = "".join(rf'(?: {name}="(?:[2-9]|[1-9][0-9]{{1,2}}|1000)")?+' for name in SPANS)
_CLEAN = re.compile(
    rf"<table>(?:<caption>{_WORDS}</caption>)?+"
    rf"(?:<tr>(?:<td{_SPANNED}>{_WORDS}</td>|<th{_SPANNED}>{_WORDS}</th>)*+</tr>)*+</table>"
)  # what `table` leaves as it is, as nearly all tables of our own are: some have a hundred thousand rows


def table(text: str) -> str:
    """A table as HTML of allowed tags, properly nested; what stands around it is kept as text."""
    if _CLEAN.fullmatch(text):
        return text
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


class _Nest:
    """Writes tags in the order that HTML wants: table, section, row, cell, inline; nested at most that deep.

    White space is one blank, so that a table is one line: a blank line would end it where it stands in Markdown.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.opened: list[str] = []
        self.inner_tables = 0  # tables within a cell; only their text is kept

    def text(self, text: str) -> None:
        if self._between_cells():
            if not text.strip():
                return
            self._open("td")
        written = html.escape(_SPACE.sub(" ", html.unescape(text)), quote=False)
        if self.parts and self.parts[-1].endswith(" "):
            written = written.lstrip(" ")
        if written:
            self.parts.append(written)

    def tag(self, name: str, end: bool, attributes: str) -> None:
        name = SAME_TAGS.get(name, name)
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
