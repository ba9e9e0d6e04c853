"""What a model wrote, made harmless: nothing in it can run, load or lead anywhere unasked.

- Safe by construction: the output is built from scratch, of escaped text and of tags that this file spells out; how
  browsers read broken HTML does not matter then. Regular expressions in linear time, whatever the input.
- Running text may well be *about* HTML: other tags than sub, sup, del, b, i, code, br are escaped, so that what was on
  the page can be read. What could be a link, an attribute list or a macro that leads somewhere is broken up, and its
  words stay.
- Tables keep their tags, `colspan` and `rowspan`, and sub, sup, del, b, i, br; other tags go and their text stays, but
  for what is inside script and style. Cells and rows are nested properly and closed. (A browser's parser, as in nh3,
  would lose what models leave out or put in the wrong place: it drops cells without a `<table>`, and moves text out.)
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable

SCHEMES = frozenset({"http", "https", "mailto"})  # where a link may lead; without one it stays within the folder
SAME_TAGS = {"strong": "b", "em": "i"}  # tags that mean the same as another

_TEXT_TAG = re.compile(r"<(?P<end>/?)(?P<tag>sub|sup|del|b|i|code|strong|em|br)\s*/?>", re.IGNORECASE)
_OPENS_TAG = re.compile(r"<(?=[A-Za-z/!?])")

_CODE = re.compile(r"(?<!`)(`{1,9})(?!`)([^\n]{1,500}?)(?<!`)\1(?!`)")  # code within a line
_HELD = re.compile(r"\0(\d+)\0")  # stands for code, by its number, while the text around it is made harmless
_CODE_SIGNS = str.maketrans({sign: f"&#{ord(sign)};" for sign in "\\`*_[]{}!~$|"})  # Markdown between HTML's tags

_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_WINDOW_CHARACTERS = 200  # of a target without an end in sight; one whose scheme is not known by then is refused
_TARGET = re.compile(rf"\](?=[(:][\s<]*+([^)]{{0,{_WINDOW_CHARACTERS}}}\)?))")
_NOT_IN_SCHEME = re.compile(r"[\s\\<\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]+")
_SCHEME = re.compile(r"([^/?#:]+):|//")
_AFTER_SCHEME = re.compile(r"[/?#)]")  # what a scheme can't hold: before it there is a scheme, or none

_ATTRIBUTE = re.compile(
    r"(?<![\w.-])(?:on\w++|style|src(?:doc|set)?|(?:xlink:)?href|(?:form)?action|data)[ \t]*=", re.IGNORECASE
)  # an attribute that runs or leads somewhere, where Python-Markdown, kramdown or Pandoc read a list of them: `{…}`
_BRACE = re.compile(r"(?<!\\)(\\*)\{")
_BRACE_COLON = re.compile(r"(?<![_^\\])(\\*)\{(?=:)")  # begins a list of attributes; `_{:` and `^{:` are LaTeX
_MATHS = re.compile(r"\$|\\[(\[]|\\begin\b")  # what begins a formula for MathJax and KaTeX
_MACRO = re.compile(r"\\(?=(?:href|url|html[A-Za-z]*|includegraphics|require|cssId|class|style|mmlToken)(?![A-Za-z]))")
"""LaTeX commands that MathJax and KaTeX turn into links, pictures or attributes"""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")  # all but tab, line end, form feed, carriage return


def html_text(text: str) -> str:
    """Write running text as HTML: escaped, but for pairs of sub, sup, del, b, i, code and for br."""
    return _with_text_tags(text, html.escape)


def markdown_text(text: str) -> str:
    """Write running text as Markdown: no tags but sub, sup, del, b, i, code, br, no pictures, links to `SCHEMES` alone.

    Code that holds a tag stands between tags itself: between backticks an escape is shown as it is written.
    """
    codes: list[str] = []

    def hold(code: re.Match[str]) -> str:
        if not _OPENS_TAG.search(code[2]):
            return code[0]
        codes.append(f"<code>{html.escape(code[2].strip(), quote=False).translate(_CODE_SIGNS)}</code>")
        return f"\0{len(codes) - 1}\0"

    text = _CODE.sub(hold, text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    text = _with_text_tags(text, lambda part: _OPENS_TAG.sub("&lt;", part))
    text = _harmless_markdown(_without_macros(text) if _MATHS.search(text) else text)
    return _HELD.sub(lambda held: codes[int(held[1])], text)


def markdown_formula(latex: str) -> str:
    """Write LaTeX to stand in Markdown: a blank after a less-than sign means nothing to LaTeX, much to a browser."""
    return _harmless_markdown(_without_macros(_OPENS_TAG.sub("< ", latex)))


def markdown_table(safe: str) -> str:
    """Write HTML that `table` made to stand in Markdown, where its cells may hold formulas."""
    return _without_macros(safe) if _MATHS.search(safe) else safe


def terminal_text(text: str) -> str:
    """Replace control characters by U+FFFD: a terminal would obey them (titles, colours, the clipboard)."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _with_text_tags(text: str, escape: Callable[[str], str]) -> str:
    tags = list(_TEXT_TAG.finditer(text))
    valid = _paired(tags)
    parts, start = [], 0
    for index, tag in enumerate(tags):
        if index in valid:
            name = _name(tag)
            parts += [escape(text[start : tag.start()]), "<br>" if name == "br" else f"<{tag['end']}{name}>"]
            start = tag.end()
    return "".join([*parts, escape(text[start:])])


def _paired(tags: list[re.Match[str]]) -> set[int]:
    """Indices of the tags that open and close in order, and of line breaks."""
    valid: set[int] = set()
    opened: list[int] = []
    names: Counter[str] = Counter()
    for index, tag in enumerate(tags):
        name = _name(tag)
        if name == "br":
            valid.add(index)
        elif not tag["end"]:
            opened.append(index)
            names[name] += 1
        elif names[name]:
            # The nearest opening tag of that name is its partner; what was opened after that is never closed.
            while (last := _name(tags[opened[-1]])) != name:
                names[last] -= 1
                opened.pop()
            names[name] -= 1
            valid |= {opened.pop(), index}
    return valid


def _name(tag: re.Match[str]) -> str:
    name = tag["tag"].lower()
    return SAME_TAGS.get(name, name)


def _harmless_markdown(text: str) -> str:
    """Break up what readers of Markdown, with their usual extensions, turn into pictures, links and attributes."""
    text = _without_attributes(text).replace("![", "! [")
    # Leave the label of a link that may not be followed; part what may become one with the text that follows.
    text = _LINK.sub(lambda match: match[0] if _allowed(match[2]) else match[1], text)

    def parted(match: re.Match[str]) -> str:
        target = match[1]
        return "]" if target and _allowed(target, complete=len(target) < _WINDOW_CHARACTERS) else "]\\"

    return _TARGET.sub(parted, text)


def _without_attributes(text: str) -> str:
    """Escape the braces of lists of attributes, `# title { onclick=… }`: those open where an attribute stands."""
    parts = text.split("}")
    for index, part in enumerate(parts):
        if "{" in part and (ends := [match.start() for match in _ATTRIBUTE.finditer(part)]):
            parts[index] = _BRACE.sub(_escaped, part[: ends[-1]]) + part[ends[-1] :]
    return _BRACE_COLON.sub(_escaped, "}".join(parts))


def _escaped(match: re.Match[str]) -> str:
    """The brace after an odd number of backslashes: an even number escape each other."""
    return f"{match[1]}{{" if len(match[1]) % 2 else f"{match[1]}\\{{"


def _without_macros(latex: str) -> str:
    r"""Turn `\href` into `\ href`, which is a blank and five letters."""
    return _MACRO.sub(r"\\ ", latex)


def _allowed(target: str, complete: bool = True) -> bool:
    """Whether a link's target, escapes undone as browsers undo them, has no scheme or one of `SCHEMES`.

    Of a target that is not complete the scheme must be known, or that there is none.
    """
    target = _NOT_IN_SCHEME.sub("", html.unescape(target))
    scheme = _SCHEME.match(target)
    if scheme is None:
        return complete or bool(_AFTER_SCHEME.search(target))
    return (scheme[1] or "").lower() in SCHEMES


# Tables

SPANS = ("colspan", "rowspan")
MAX_SPAN = 1000  # as browsers limit colspan

_INLINE = ("sub", "sup", "del", "b", "i")
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
    while nest.opened:
        nest.close()
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
            spans = {match[1].lower(): min(int(match[2]), MAX_SPAN) for match in _SPAN.finditer(attributes)}
            shown = "".join(f' {span}="{spans[span]}"' for span in SPANS if spans.get(span, 1) > 1)
            self._open(name, shown if name in ("th", "td") else "")
        elif name == "br" and not self._between_cells():
            self.parts.append("<br>")
        elif end and name in self.opened:
            while self.close() != name:
                pass
        elif name in _INLINE and not end and name not in self.opened and not self._between_cells():
            self.parts.append(f"<{name}>")
            self.opened.append(name)

    def _open(self, name: str, attributes: str = "") -> None:
        while self.opened and self.opened[-1] in _ENDS[name]:
            self.close()
        if name in _PARENT and _PARENT[name] not in self.opened:
            self._open(_PARENT[name])
        self.parts.append(f"<{name}{attributes}>")
        self.opened.append(name)

    def close(self) -> str:
        name = self.opened.pop()
        self.parts.append(f"</{name}>")
        return name

    def _inner_table(self, end: bool) -> None:
        if not end:
            self.inner_tables += 1
        elif self.inner_tables:
            self.inner_tables -= 1
        else:
            while self.close() != "table":
                pass

    def _between_cells(self) -> bool:
        return bool(self.opened) and self.opened[-1] not in _CELL
