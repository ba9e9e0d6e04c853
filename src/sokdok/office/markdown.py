"""Markdown (.md): its own blocks, their text as it was written.

markdown-it-py says where blocks begin and end (CommonMark, with tables); HTML among them is read as a page of the web.
Pictures are names of other files, which are not opened: a link to them is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from markdown_it import MarkdownIt

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
_FRONT = re.compile(r"---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)  # fields for a program, as generators of sites have


class MarkdownFile(HtmlFile):
    """A text in Markdown."""

    def __init__(self, text: str, source: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        front = _FRONT.match(text)
        super().__init__(text[front.end() :] if front else text, source)
        found = (_DEFINITION.fullmatch(line) for line in self.text.split("\n"))
        self.addresses = {match[1].casefold(): match[2] for match in found if match}  # of links, by their names

    def add_to(self, flow: Flow) -> None:
        """Add its blocks."""
        flow.markdown = True
        lines = self.text.split("\n")
        blocks = MarkdownIt("commonmark", {"maxNesting": 50}).enable("table").disable(["reference", "inline"])
        tokens = blocks.parse(self.text)
        for number, token in enumerate(tokens):
            if token.level == 0 and token.nesting >= 0:
                first, last = token.map or (0, 0)
                self._block(flow, tokens, number, "\n".join(lines[first:last]))

    def _block(self, flow: Flow, tokens: list[Any], number: int, text: str) -> None:
        token = tokens[number]
        if token.type == "heading_open":
            flow.heading(int(token.tag[1]), self._linked(tokens[number + 1].content))
        elif token.type == "paragraph_open":
            note = _NOTE.fullmatch(text.strip())
            lines = (line for line in text.split("\n") if not _DEFINITION.fullmatch(line))
            if note:
                flow.note(note[1], note[2])
            else:
                flow.text(self._linked("\n".join(lines)))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self._list(flow, (tokens[at] for at in range(number, len(tokens))))
        elif token.type in ("fence", "code_block"):
            flow.code(token.content, token.info.split()[0] if token.info.split() else "")
        elif token.type == "blockquote_open":
            flow.text(self._linked("\n".join(line.lstrip().removeprefix(">").strip() for line in text.split("\n"))))
        elif token.type == "table_open":
            flow.table(_rows(tokens, number))
        elif token.type == "html_block":
            read_html(token.content, self.source, flow, self._reference)

    def _linked(self, text: str) -> str:
        """Text whose links say where they lead, whose pictures are links to their files, and whose marks are raised."""

        def led(match: re.Match[str]) -> str:
            address = self.addresses.get((match[2] or match[1]).casefold())
            return f"[{match[1]}]({address})" if address else match[0]

        text = _REFERENCE.sub(led, _PICTURE.sub(r"[\1]", text))
        return _NOTE_MARK.sub(r"<sup>\1</sup>", text)

    def _list(self, flow: Flow, tokens: Iterable[Any]) -> None:
        """A list's items with their levels, from the tokens that begin with its own."""
        numbers: list[list[Any]] = []
        fresh = False
        for token in tokens:
            if token.type in ("bullet_list_open", "ordered_list_open"):
                numbers.append([token.type.startswith("ordered"), int(token.attrs.get("start", 1) or 0)])
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                numbers.pop()
                if not numbers:
                    return
            elif token.type == "list_item_open":
                fresh = True
            elif token.type in ("inline", "fence", "code_block", "html_block"):
                text = self._linked(token.content) if token.type == "inline" else token.content
                if token.type == "html_block":
                    inner = Flow()
                    read_html(text, self.source, inner, self._reference)
                    text = "\n".join(inner.lines(flow))
                numbered, number = numbers[-1]
                if fresh:
                    flow.item(len(numbers), text, f"{number}." if numbered else "")
                    numbers[-1][1] += 1
                    fresh = False
                else:
                    flow.below_item(len(numbers), text)


def _rows(tokens: list[Any], first: int) -> Iterator[list[RawCell]]:
    row: list[RawCell] = []
    for number in range(first, len(tokens)):
        kind = tokens[number].type
        if kind in ("th_open", "td_open"):
            row.append(RawCell(header=kind == "th_open", pieces=[_BREAK.sub("\n", tokens[number + 1].content)]))
        elif kind == "tr_close":
            yield row
            row = []
        elif kind == "table_close":
            return
