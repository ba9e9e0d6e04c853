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


class PlainFile:
    """A text; `text` is what it says, decoded."""

    remark = ""

    def __init__(self, text: str, source: str) -> None:
        self.text, self.source = text, source

    def __len__(self) -> int:
        return 1

    def part(self, index: int) -> Part:
        """All of it."""
        flow = Flow()
        read_plain(self.text, flow)
        return flow.part()

    def picture(self, reference: str) -> bytes:
        """There is none."""
        raise InputError(f"{self.source} has no pictures")

    def close(self) -> None:
        """Nothing is open."""
