"""Plain text (.txt): paragraphs between blank lines, their line ends kept."""

from __future__ import annotations

import re

from sokdok.errors import InputError
from sokdok.office.flow import Flow, Part

_BLANK = re.compile(r"\n[^\S\n]*\n\s*")


def read_plain(text: str, flow: Flow) -> None:
    """Tell a text's paragraphs to a flow."""
    for paragraph in _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        flow.text(paragraph)


class TextFile:
    """A text of any format: one page; `text` is what it says, decoded."""

    def __init__(self, text: str, source: str) -> None:
        self.text, self.source = text, source
        self.remark = ""

    def __len__(self) -> int:
        return 1

    def part(self, index: int) -> Part:
        """All of it."""
        flow = Flow()
        self.add_to(flow)
        return flow.part()

    def add_to(self, flow: Flow) -> None:
        """Add all of it to a flow."""
        raise NotImplementedError

    def picture(self, reference: str) -> bytes:
        """A picture that stands in the text itself. Raises InputError where there is none."""
        raise InputError(f"{self.source} has no pictures")

    def close(self) -> None:
        """Nothing is open."""


class PlainFile(TextFile):
    """A plain text."""

    def add_to(self, flow: Flow) -> None:
        """Add its paragraphs."""
        read_plain(self.text, flow)
