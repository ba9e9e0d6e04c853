"""What engines share: a document's tree walked, its units numbered; each engine says how a kind of block is marked up."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sokdok_lab.structure.grammar import Grammar, grammar
from sokdok_lab.structure.tree import Block, Document, Look, Register
from sokdok_lab.structure.typed import pages_of


class Writer:
    """Makes of a block what the method of its kind says, of one that has none what `_text` says."""

    wraps: dict[str, str]  # templates of `tree.accents`
    space: str  # one that stays
    word: Callable[[int, str], str]  # markup of a word in the colour of its number
    _text: Any
    _list: Any

    def __init__(self, document: Document, register: Register, pictures: Path) -> None:
        self.document, self.register, self.pictures = document, register, sorted(pictures.glob("*.png"))
        self.style: Grammar = grammar(document.grammar)

    def lines(self, unit: int, text: str, look: Look | None = None, marker: bool = False) -> list[str]:
        """Markup of each line of a text."""
        return self.register.marked(unit, text, look, marker, self.word, self.wraps, self.space)

    def words(self, unit: int, text: str, look: Look | None = None, marker: bool = False) -> str:
        """Markup of a text."""
        raise NotImplementedError

    def block(self, block: Block, *width: float) -> Any:
        """What is made of a block, in points of a width where the engine wants to know it."""
        return getattr(self, "_" + block.kind.replace(" ", "_"), self._text)(block, *width)

    def parted(self) -> tuple[list[Block], list[Block]]:
        """What begins a document of several columns and stands over all of them, and the rest."""
        blocks, at = self.document.blocks, 0
        while (
            self.document.columns > 1 and at < len(blocks) and (blocks[at].kind == "title" or "span" in blocks[at].look)
        ):
            at += 1
        return blocks[:at], blocks[at:]

    def running(self) -> Iterator[tuple[str, str, int, str]]:
        """Band, side, unit and text of what stands on every page."""
        for place, text in self.document.running.items():
            band, side = place.split()
            role = "page number" if "#" in text and len(text) < 12 else "header" if band == "top" else "footer"
            yield band, side, self.register.unit(role, flow=-1), text

    def marked(self, unit: int, block: Block, look: Look | None = None) -> tuple[str, str]:
        """Markup of a block's mark and of its text."""
        mark = self.words(unit, block.marker, marker=True) if block.marker else ""
        return mark, self.words(unit, block.text, look)

    def below(self, item: Block, unit: int) -> list[Any]:
        """What is made of the blocks within an item."""
        return [self._list(child, unit) if child.kind == "list" else self.block(child) for child in item.children]

    def pairs(self, block: Block) -> list[tuple[str, str]]:
        """Markup of labels and values."""
        words = []
        for part in block.children:
            body = self.words(self.register.unit(part.kind), part.text)
            look = "m" if block.look.get("form") == "margin" else "b" if self.style.head_bold else ""
            words.append(self.wraps[look].format(body) if look and part.kind == "label" else body)
        return list(zip(words[::2], words[1::2], strict=True))

    def outside(self, pairs: Block) -> float:
        """Points that labels have in the margin at the left of the text; 0 if they do not stand there."""
        alone = pairs.look["form"] == "margin" and self.document.columns == 1
        return min(85.0, self.style.margins[3] - 12) if alone else 0.0

    def typed(self, block: Block, space: str) -> list[list[str]]:
        """Rows of each page of what a typewriter wrote."""
        pages = pages_of(block, self.register)
        return [["".join(space * spaces + self.word(n, w) for n, w, spaces in row) for row in page] for page in pages]


def shares(side: Block) -> list[float]:
    """Shares of the width of what stands side by side."""
    share, count = float(side.look.get("share", 0.5)), len(side.children)
    return [share, 1 - share] if count == 2 else [1 / count] * count


def across(pairs: Block) -> int:
    """How many labels with values stand side by side."""
    return int(pairs.look.get("across", 2 if pairs.look["form"] == "two" else 1))


def is_tall(table: Block) -> bool:
    """Whether a cell of a table's head reaches into its body."""
    return any(cell and y + cell.rows > table.level for y in range(table.level) for cell in table.cells[y])


def formula(rng: random.Random, atoms: str, forms: Sequence[str], outer: int, depth: int = 0) -> str:
    """A formula in an engine's markup; only the first `outer` forms are not within another."""
    atom = partial(rng.choice, atoms.split())
    inner = partial(formula, rng, atoms, forms, outer, depth + 1)
    parts = [inner() if depth < 2 and rng.random() < 0.5 else atom() for _ in range(3)]
    made = rng.choice(forms if depth else forms[:outer]).format(*parts)
    return f"{atom()} = {made}" if depth == 0 else made
