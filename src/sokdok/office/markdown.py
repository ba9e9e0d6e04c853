"""Markdown (.md): its own blocks, their text as it was written.

markdown-it-py says where blocks begin and end (CommonMark, with tables); HTML among them is read as a page of the web.
Pictures are names of other files, which are not opened: a link to them is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from sokdok.office.flow import Flow
from sokdok.office.html import HtmlFile, read_html
from sokdok.tables.markup import RawCell

_NOTE = re.compile(r"\[\^([^\]\s]{1,40})\]:\s*(.*)", re.DOTALL)
_NOTE_MARK = re.compile(r"\[\^([^\]\s]{1,40})\]")
_PICTURE = re.compile(r"!\[([^\[\]]*)\](?=[(\[])")
_DEFINITION = re.compile(r"[ ]{0,3}\[([^\[\]^][^\[\]]{0,200})\]:[ \t]*<?([^\s<>]{1,2000})>?(?:[ \t]+[\"'(].*)?[ \t]*")
_REFERENCE = re.compile(r"(?<!\\)\[([^\[\]^][^\[\]]{0,200})\](?:\[([^\[\]]{0,200})\])?(?![(\[:])")
"""a link by a name that a definition elsewhere gives an address"""
_BREAK = re.compile(r"<br\s*/?>")
_LISTS = ("bullet_list", "ordered_list")
_FRONT = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)  # fields for a program, as generators of sites have


class MarkdownFile(HtmlFile):
    """A text in Markdown."""

    def __init__(self, text: str, source: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        super().__init__(_FRONT.sub("", text), source)
        found = (_DEFINITION.fullmatch(line) for line in self.text.split("\n"))
        self.addresses = {match[1].casefold(): match[2] for match in found if match}  # of links, by their names

    def add_to(self, flow: Flow) -> None:
        """Add its blocks."""
        flow.markdown = True
        blocks = MarkdownIt("commonmark", {"maxNesting": 50}).enable("table").disable(["reference", "inline"])
        lines = self.text.split("\n")
        for node in SyntaxTreeNode(blocks.parse(self.text)).children:
            self._block(flow, node, "\n".join(lines[slice(*node.map or (0, 0))]))

    def _block(self, flow: Flow, node: SyntaxTreeNode, text: str) -> None:
        if node.type == "heading":
            flow.heading(int(node.tag[1]), self._linked(node.children[0].content))
        elif node.type == "paragraph":
            note = _NOTE.fullmatch(text.strip())
            lines = (line for line in text.split("\n") if not _DEFINITION.fullmatch(line))
            if note:
                flow.note(note[1], note[2])
            else:
                flow.text(self._linked("\n".join(lines)))
        elif node.type in _LISTS:
            self._list(flow, node)
        elif node.type in ("fence", "code_block"):
            flow.code(node.content, node.info.split()[0] if node.info.split() else "")
        elif node.type == "blockquote":
            flow.text(self._linked("\n".join(line.lstrip().removeprefix(">").strip() for line in text.split("\n"))))
        elif node.type == "table":
            rows = (row.children for row in node.walk() if row.type == "tr")
            texts = ([(cell.type == "th", _BREAK.sub("\n", cell.children[0].content)) for cell in row] for row in rows)
            flow.table([RawCell(header=headed, pieces=[text]) for headed, text in row] for row in texts)
        elif node.type == "html_block":
            read_html(node.content, self.source, flow)

    def _linked(self, text: str) -> str:
        """Text whose links say where they lead, whose pictures are links to their files, and whose marks are raised."""

        def led(match: re.Match[str]) -> str:
            address = self.addresses.get((match[2] or match[1]).casefold())
            return f"[{match[1]}]({address})" if address else match[0]

        text = _REFERENCE.sub(led, _PICTURE.sub(r"[\1]", text))
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
                if one.type == "html_block":
                    inner = Flow()
                    read_html(text, self.source, inner)
                    text = "\n".join(inner.lines(flow))
                add(text)
                add = partial(flow.below_item, level)


def _said(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    """What says something in an item: lists, and texts in whatever other blocks."""
    for one in node.children:
        if one.type in (*_LISTS, "inline", "fence", "code_block", "html_block"):
            yield one
        else:
            yield from _said(one)
