"""A page as nano reads it: lines, blocks, plain text, and the family's markup."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from sokdok.imaging.box import Box
from sokdok.imaging.pose import Pose
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.tables.reader import table_text
from sokdok.layout.text_line import TextLine
from sokdok.model.preprocess import MODES, vision_token_count

BUDGETS = {name: vision_token_count(MODES[name]).paper for name in ("tiny", "small", "base", "large")}
"""vision tokens of each mode"""
MARKUP_SIDE = 999  # of a page, in the units of the markup's boxes
_MARKS = {"title": "# ", "sub_title": "## "}


@dataclass(frozen=True)
class SeenPage:
    """The lines of a page, and the page as it lies straight."""

    pose: Pose  # how it lies in its picture
    image: Image.Image  # the straight page, RGB
    lines: list[TextLine]  # what says anything, in pixels of the straight page
    vision_tokens: int
    mean_logprob: float  # of the symbols of its lines
    complete: bool  # whether all lines fitted into the budget
    unread: tuple[Box, ...] = ()  # where something looks like type and was not read, in pixels of the straight page


@dataclass(frozen=True)
class PageText:
    """A page as nano reads it."""

    blocks: list[LayoutBlock]  # in pixels of the straight page
    seen: SeenPage
    size: tuple[int, int]  # width and height of the picture, in pixels

    @property
    def mode(self) -> str:
        """The smallest mode with so many vision tokens; gundam beyond all of them."""
        return next((name for name, budget in BUDGETS.items() if self.seen.vision_tokens <= budget), "gundam")

    @property
    def text(self) -> str:
        """Plain text, a blank line between blocks; a table row by row, the text in pictures too."""
        if not self.blocks:
            return "\n".join(line.text for line in self.seen.lines)
        return "\n\n".join(table_text(block.html) if block.html else block.text for block in self.blocks if block.rows)

    @property
    def markup(self) -> str:
        """Blocks in the family's markup."""
        return "\n".join(self._marked(block) for block in self.blocks)

    def _marked(self, block: LayoutBlock) -> str:
        box = self.seen.pose.to_picture(block.box).scaled(1 / self.size[0], 1 / self.size[1])
        corners = ", ".join(str(round(min(max(corner, 0.0), 1.0) * MARKUP_SIDE)) for corner in box)
        text = block.html or _MARKS.get(block.kind, "") + block.text if block.kind != "image" else ""
        return f"<|ref|>{block.kind}<|/ref|><|det|>[[{corners}]]<|/det|>\n{text}\n"
