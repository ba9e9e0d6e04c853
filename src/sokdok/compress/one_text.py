"""One text as pages: what it costs, and what came back of it when the pages were read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sokdok.compress.fidelity import Difference, differences, fidelity
from sokdok.edits import distance
from sokdok.errors import require_choice
from sokdok.model.preprocess import get_mode, vision_token_count
from sokdok.pages import plan
from sokdok.pages.cells import HEX_END, Cell
from sokdok.pages.layout import Layout, switches_in
from sokdok.tokens import count_text

MODES = ("tiny", "small", "base", "large")


@dataclass(frozen=True)
class OnPages:
    """One text on pages, and what it costs."""

    text: str
    pages: int
    mode: str
    size: int  # side of a page in pixels
    cell: str
    cell_reason: str
    escapes: int  # characters drawn as their code point, since font or reader lack them
    text_tokens: int
    vision_tokens: int  # the paper's count
    sequence_tokens: int  # what the decoder's sequence really holds

    @property
    def ratio(self) -> float:
        """Text tokens per vision token."""
        return self.text_tokens / self.vision_tokens

    def row(self) -> dict[str, Any]:
        """All numbers, JSON-ready; the text itself is left out."""
        return {
            "characters": len(self.text),
            "text_tokens": self.text_tokens,
            "mode": self.mode,
            "page_size": [self.size, self.size],
            "cell": self.cell,
            "cell_reason": self.cell_reason,
            "escaped_characters": self.escapes,
            "pages": self.pages,
            "vision_tokens": self.vision_tokens,
            "sequence_tokens": self.sequence_tokens,
            "ratio": self.ratio,
            "sequence_ratio": self.text_tokens / self.sequence_tokens,
        }


@dataclass(frozen=True)
class ReadBack:
    """A text that came back, held against the one that was drawn."""

    text: str
    fidelity: float
    wrong: int  # characters lost, added or read as others, white space counted
    exact: float  # as fidelity, white space counted
    identical: bool
    differences: list[Difference]  # where the text that came back is another

    def row(self) -> dict[str, Any]:
        """All but the text, JSON-ready."""
        values = {name: value for name, value in vars(self).items() if name != "text"}
        return values | {"differences": [vars(place) for place in self.differences]}


def check_mode(mode: str) -> None:
    """Raise InputError unless pages can be drawn in `mode`."""
    require_choice("mode", mode, MODES)


def put_on_pages(
    text: str, mode: str, cell: Cell | None, alphabet: frozenset[int] | None
) -> tuple[OnPages, list[Layout]]:
    """Lay a text out on pages of a mode, to be drawn; with no cell in the largest that fits one page."""
    side, tokens = get_mode(mode).base, vision_token_count(mode)
    layouts = plan(text, (side, side), cell, alphabet)
    pages = len(layouts)
    costs = count_text(text), tokens.paper * pages, tokens.real * pages
    if cell is not None:
        reason = "as asked"
    else:
        reason = "the largest that fits one page" if pages == 1 else "the smallest: the text needs several pages"
    escapes = sum(int(((part.symbols == HEX_END) & ~switches_in(part.symbols)).sum()) for part in layouts)
    return OnPages(text, pages, mode, side, str(layouts[0].cell), reason, escapes, *costs), layouts


def compare(expected: str, read: str) -> ReadBack:
    """Hold what was read against the text that was drawn."""
    wrong = distance(expected, read)
    exact = 1 - wrong / max(len(expected), len(read), 1)
    return ReadBack(read, fidelity(expected, read), wrong, exact, not wrong, differences(expected, read))
