"""Markdown (.md): its own blocks, their text as it was written; and notebooks of Jupyter (.ipynb), which hold it.

markdown-it-py says where blocks begin and end (CommonMark, with tables); HTML among them is read as a page of the web.
Pictures that stand in the file itself are kept; others are names of files, which are not opened: links to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial, reduce
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from msgspec import Struct, convert

from sokdok.errors import InputError
from sokdok.office.flow import MEANT, Flow
from sokdok.office.html import HtmlFile, read_html
from sokdok.tables.markup import RawCell

_NOTE = re.compile(r"\[\^([^\]\s]{1,40})\]:\s*(.*)", re.DOTALL)
_NOTE_MARK = re.compile(r"\[\^([^\]\s]{1,40})\]")
_PICTURE = re.compile(r"!\[([^\[\]]*)\](?=[(\[])")
_PICTURE_AT = re.compile(r"!\[([^\[\]]*)\](?:\(\s*<?([^\s()<>]++)[^()]*+\)|\[([^\[\]]*)\])")
_DEFINITION = re.compile(r"[ ]{0,3}\[([^\[\]^][^\[\]]{0,200})\]:[ \t]*<?([^\s<>]+)>?(?:[ \t]+[\"'(].*)?[ \t]*")
_REFERENCE = re.compile(r"(?<!\\)\[([^\[\]^][^\[\]]{0,200})\](?:\[([^\[\]]{0,200})\])?(?![(\[:])")
"""a link by a name that a definition elsewhere gives an address"""
_BREAK = re.compile(r"<br\s*/?>")
_LISTS = ("bullet_list", "ordered_list")
_FRONT = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)  # fields for a program, as generators of sites have
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")  # colours of a terminal, and links
_LANGUAGE = re.compile(r"[\w+#-]{1,20}")
_RICH = ("text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "image/gif")
"""kinds of what a cell shows, in the order in which Jupyter prefers them; plain text comes last"""


class MarkdownFile(HtmlFile):
    """A text in Markdown; `pictures` are those that it holds, by their addresses."""

    def __init__(self, text: str, source: str, pictures: Mapping[str, str] | None = None) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        super().__init__(_FRONT.sub("", text) if pictures is None else text, source)
        self.pictures, self.found = pictures or {}, list[tuple[str, str]]()  # which a block has: references, and names
        found = (_DEFINITION.fullmatch(line) for line in self.text.split("\n"))
        self.addresses = {match[1].casefold(): match[2] for match in found if match}  # of links, by their names

    def add_to(self, flow: Flow) -> None:
        """Add its blocks."""
        flow.markdown = True
        blocks = MarkdownIt("commonmark", {"maxNesting": 50}).enable("table").disable(["reference", "inline"])
        for node in SyntaxTreeNode(blocks.parse(self.text)).children:
            self._block(flow, node)
            found, self.found = self.found, []
            for reference, name in found:
                flow.picture(reference, name)

    def _block(self, flow: Flow, node: SyntaxTreeNode, kind: str = "text") -> None:
        if node.type == "heading":
            flow.heading(int(node.tag[1]), self._linked(node.children[0].content))
        elif node.type == "paragraph":
            text = node.children[0].content
            note = _NOTE.fullmatch(text)
            lines = (line for line in text.split("\n") if not _DEFINITION.fullmatch(line))
            if note:
                flow.note(note[1], note[2])
            else:
                flow.text(self._linked("\n".join(lines)), kind)
        elif node.type in _LISTS:
            self._list(flow, node)
        elif node.type in ("fence", "code_block"):
            flow.code(node.content, *node.info.split()[:1])
        elif node.type == "blockquote":
            for one in node.children:
                self._block(flow, one, "quote")
        elif node.type == "table":
            rows = (row.children for row in node.walk() if row.type == "tr")
            texts = ([(cell.type == "th", _BREAK.sub("\n", cell.children[0].content)) for cell in row] for row in rows)
            flow.table([RawCell(header=headed, pieces=[text]) for headed, text in row] for row in texts)
        elif node.type == "html_block":
            _add_html(flow, node.content, self.source)

    def _linked(self, text: str) -> str:
        """Text whose links say where they lead, whose pictures are links to their files, and whose marks are raised."""

        def led(match: re.Match[str]) -> str:
            address = self.addresses.get((match[2] or match[1]).casefold())
            return f"[{match[1]}]({address})" if address else match[0]

        def own(match: re.Match[str]) -> str:
            address = match[2] or self.addresses.get((match[3] or match[1]).casefold(), "")
            reference = self.pictures.get(address, address if address.startswith("data:image/") else None)
            self.found += [(reference, match[1])] if reference is not None else []
            return match[0] if reference is None else ""

        text = _REFERENCE.sub(led, _PICTURE.sub(r"[\1]", _PICTURE_AT.sub(own, text)))
        return _NOTE_MARK.sub(r"<sup>\1</sup>", text)

    def _list(self, flow: Flow, node: SyntaxTreeNode, level: int = 1) -> None:
        """A list's items with their levels."""
        for number, item in enumerate(node.children, int(node.attrs.get("start", 1))):
            add = partial(flow.item, level, label=f"{number}." if node.type == "ordered_list" else "")
            for one in _said(item):
                if one.type in _LISTS:
                    self._list(flow, one, level + 1)
                    continue
                text = self._linked(one.content) if one.type == "inline" else one.content
                if one.type in ("fence", "code_block"):
                    flow.code(one.content, *one.info.split()[:1])
                    continue
                if one.type == "html_block":
                    inner = Flow()
                    read_html(text, self.source, inner)
                    text = "\n".join(inner.lines(flow))
                add(text)
                add = partial(flow.below_item, level)


class _Output(Struct):
    """What a program put out: a text, an error, or a thing in several forms by their types."""

    text: str | list[str] = ""
    traceback: list[str] = []
    data: dict[str, Any] = {}


class _Cell(Struct):
    cell_type: str
    source: str | list[str] = ""
    attachments: dict[str, dict[str, Any]] = {}  # pictures by their names and types
    outputs: list[_Output] = []


class NotebookFile(HtmlFile):
    """A notebook of Jupyter: its cells in order, what programs put out behind them. InputError if it is none."""

    def add_to(self, flow: Flow) -> None:
        """Add its cells. Raises InputError for what is no notebook."""
        try:
            notebook = json.loads(self.text)
            cells, known = convert(notebook["cells"], list[_Cell]), notebook.get("metadata", {})
            said = str(known.get("language_info", {}).get("name") or known.get("kernelspec", {}).get("language", ""))
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{self.source} is no notebook as Jupyter writes them (nbformat 4): {error!r}") from None
        language = said if _LANGUAGE.fullmatch(said) else ""
        for cell in cells:
            if cell.cell_type == "markdown":
                files = ((name, *form) for name, file in cell.attachments.items() for form in file.items())
                pictures = {f"attachment:{name}": _data(kind, data) for name, kind, data in files}
                self._add_markdown(flow, _words(cell.source), pictures)
            else:
                flow.code(_words(cell.source), language if cell.cell_type == "code" else "text")
            for one in cell.outputs:
                flow.code(_shown(_words(one.text) or _words("\n".join(one.traceback))), "text")
                self._add_richest(flow, one.data)

    def _add_markdown(self, flow: Flow, text: str, pictures: Mapping[str, str] = {}) -> None:
        MarkdownFile(text, self.source, pictures).add_to(flow)
        flow.end_list()

    def _add_richest(self, flow: Flow, said: dict[str, Any]) -> None:
        """Add what says most of what a cell shows in several forms."""
        before = len(flow.pieces)
        for kind in (one for one in _RICH if one in said and len(flow.pieces) == before):
            text = _words(said[kind])
            if kind in ("text/html", "image/svg+xml"):
                _add_html(flow, text, self.source)
            elif kind.startswith("image/"):
                flow.picture(_data(kind, text))
            else:
                self._add_markdown(flow, text)
        if len(flow.pieces) == before:
            other = next((kind for kind in said if kind not in ("text/plain", "text/html")), "")
            if other or "<script" in _words(said.get("text/html")).lower():
                flow.lacks(f"what a program draws is not read ({other or 'scripts, which are not run'})")
            if "text/html" not in said:
                flow.code(_shown(_words(said.get("text/plain"))), "text")


def _add_html(flow: Flow, text: str, source: str) -> None:
    """Add a page of the web, whose words are no Markdown."""
    flow.markdown = False
    read_html(text, source, flow)
    flow.end_list()
    flow.markdown = True


def _words(said: Any) -> str:
    """A text of a notebook, which may be a list of its lines."""
    return "".join(map(str, said if isinstance(said, str | list) else ())).replace(MEANT, "\ufffd")


def _data(kind: str, data: Any) -> str:
    return f"data:{kind};base64,{''.join(_words(data).split())}"


def _shown(text: str) -> str:
    """What a terminal shows of a text: without colours, and of lines that are written over what is seen at the end."""
    lines = (line.rstrip("\r").split("\r") for line in _ESCAPES.sub("", text).split("\n"))
    return "\n".join(reduce(lambda below, above: above + below[len(above) :], parts) for parts in lines)


def _said(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    """What says something in an item: lists, and texts in whatever other blocks."""
    for one in node.children:
        if one.type in (*_LISTS, "inline", "fence", "code_block", "html_block"):
            yield one
        else:
            yield from _said(one)
