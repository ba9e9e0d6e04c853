"""Levels of headings, by what stands above them in the whole document: page by page.

- A heading is below another that is still open if the file's outline says so, if its number has more parts, or if it
  is set smaller or no longer in bold. Alike in that, one numbered in a new way is below: Ⅰ., 1., 가.
- A heading closes those that it is not below. Its level is how many stay open, and itself.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.markdown import heading_of
from sokdok.pages.hangul import OUTLINE

SAME_EM = 0.04  # share by which the sizes of headings of one level differ
MAX_LEVEL = 6
HEADINGS = ("title", "sub_title")
_DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{1,3})*)[.)]?\s")
_SAID = tomllib.loads(Path(__file__).with_name("levels.toml").read_text(encoding="utf-8"))
_SCHEMES = {name: re.compile(said.replace("OUTLINE", OUTLINE)) for name, said in _SAID.items()}


@dataclass(frozen=True)
class _Heading:
    """What its level follows from."""

    em: float  # size of its type, as a share of its page's longer side
    bold: bool
    outline: int  # level in the file's outline, from 1; 0 if it is not there
    scheme: str  # way in which it is numbered; empty if it is not
    parts: int  # of its number, such as 2 of 3.1; 0 if it is numbered otherwise, or not

    def looks_like(self, other: _Heading) -> bool:
        """Whether both are set in one way."""
        return abs(self.em - other.em) <= SAME_EM * max(self.em, other.em) and self.bold == other.bold

    def is_above(self, other: _Heading) -> bool:
        """Whether another is below this one, which is open."""
        if self.outline and other.outline:
            return self.outline < other.outline
        if self.parts and other.parts and (self.parts > 1 or other.parts > 1):
            return self.parts < other.parts
        if abs(self.em - other.em) > SAME_EM * max(self.em, other.em):
            return self.em > other.em
        if self.bold != other.bold:
            return self.bold
        return bool(self.scheme and other.scheme) and self.scheme != other.scheme


class Levels:
    """Gives headings their levels, page by page in order."""

    def __init__(self) -> None:
        self._open: list[_Heading] = []

    def with_levels(self, page: DocumentPage) -> DocumentPage:
        """The page with the levels of its headings, as far as the file says how they are set."""
        return replace(page, blocks=tuple(self._with_level(block, page) for block in page.blocks))

    def _with_level(self, block: Block, page: DocumentPage) -> Block:
        if block.kind not in HEADINGS or block.setting is None:
            return block
        words = heading_of(block.kind, block.text)[1]
        level = self._level(_heading(block, words, max(page.width, page.height, 1)))
        kind = HEADINGS[0] if level == 1 else HEADINGS[1]
        return replace(block, kind=kind, text=f"{'#' * level} {words}" if level > len(HEADINGS) else words)

    def _level(self, heading: _Heading) -> int:
        way = heading.scheme, heading.parts, heading.outline
        alike = [(it.scheme, it.parts, it.outline) == way and it.looks_like(heading) for it in self._open]
        if heading.scheme and True in alike:  # numbered and set in one way: of one level
            del self._open[alike.index(True) :]
        while self._open and not self._open[-1].is_above(heading):
            self._open.pop()
        self._open.append(heading)
        return min(len(self._open), MAX_LEVEL)


def _heading(block: Block, words: str, side: int) -> _Heading:
    setting = block.setting
    assert setting is not None
    decimal = _DECIMAL.match(words)
    parts = decimal[1].count(".") + 1 if decimal else 0
    scheme = next((name for name, pattern in _SCHEMES.items() if pattern.match(words)), "decimal" if decimal else "")
    return _Heading(setting.em / side, setting.bold, setting.outline, scheme, 0 if scheme != "decimal" else parts)
