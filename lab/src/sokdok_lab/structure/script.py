"""Documents from scripts: a line is a block, with its looks and a template whose places are filled at random."""

from __future__ import annotations

import re

from sokdok_lab.structure.parts import Maker, counter
from sokdok_lab.structure.tree import Block, Cell, Look

Made = Block | list[Block]


def side(*parts: list[Block], **look: float) -> Block:
    """Parts side by side."""
    return Block("side", children=[Block("group", children=part) for part in parts], look=dict(look))


class House:
    """How one house sets its pages. Its methods and those of `Maker` are parts that scripts name; without arguments they fill templates."""

    spread = 1  # spaces between the letters of a label, for each that it has

    def __init__(self, make: Maker) -> None:
        self.make, self.rng, self.words = make, make.rng, make.words

    def __getitem__(self, key: str) -> str:
        """p5: a phrase of up to 5 words; t80: some 80 letters; n20: up to 20; N9: nines with commas; _8, b8: blanks; s: a label."""
        kind, rest = key[0], key[1:]
        if rest.isdigit():
            size = int(rest)
            return {
                "p": lambda: self.words.phrase(self.rng, size), "t": lambda: self.words.paragraph(self.rng, self.rng.randint(size // 2, size)),
                "n": lambda: str(self.rng.randint(1, size)), "N": lambda: f"{self.rng.randint(1, 10**size):,}",
                "_": lambda: "_" * self.rng.randint(size // 2, size), "b": lambda: " " * size,
            }[kind]()  # fmt: skip
        own = getattr(self, key, None)
        return str(own()) if own else rest.replace(" ", " " * self.spread)

    def value(self) -> str:
        """Something that is no words."""
        return self.make.value()

    def w(self) -> str:
        """A word."""
        return self.words.word(self.rng)

    def fill(self, text: str) -> str:
        """A template filled; ~ parts those of which one is taken."""
        return self.rng.choice(text.split(" ~ ")).format_map(self)

    def blocks(self, script: str, **more: Made) -> list[Block]:
        """The blocks of a script, a line each: `kind[level] [share?] [least-most] looks | [mark =] template`, or `+part arguments`.

        A kind may be a name of `more`.
        """
        out: list[Block] = []
        for line in filter(str.strip, script.splitlines()):
            front, _, text = line.strip().partition(" | ")
            count, look, arguments = 1, Look(), list[str]()
            kind, *rest = front.split()
            for word in rest:
                if word.endswith("?"):
                    count = int(count * (self.rng.random() < float(word[:-1])))
                elif found := re.fullmatch(r"(\d+)-(\d+)", word):
                    count = self.rng.randint(int(found[1]), int(found[2])) if count else 0
                elif kind[0] == "+":
                    arguments.append(word)
                else:
                    name, _, value = word.partition("=")
                    name, value = ("align", name) if word in ("center", "right") else (name, value)
                    look[name] = (float(value) if re.fullmatch(r"-?[\d.]+", value) else value) if value else 1.0
            for at in range(count):
                made = more.get(kind) or self._made(kind, arguments, dict(look), text, at)
                out += made if isinstance(made, list) else [made]
        return out

    def _made(self, kind: str, arguments: list[str], look: Look, text: str, at: int) -> Made:
        if kind[0] == "+":
            make = getattr(self, kind[1:], None) or getattr(self.make, kind[1:])
            made: Made = make(*(int(part) if part.isdigit() else part for part in arguments))
            return made
        name, level = re.fullmatch(r"([a-z]+)(\d?)", kind).groups()  # type: ignore[union-attr]
        mark, found, rest = text.partition(" = ")
        marker = counter(mark, at) if found else ""
        name, text = {"head": "heading"}.get(name, name), self.fill(rest if found else text)
        return Block(name, text, int(level or 1), marker, look=look)

    def contents(self, least: int = 8, most: int = 45) -> list[Block]:
        """Lines of a table of contents."""
        out, page = list[Block](), 1
        for _ in range(self.rng.randint(least, most)):
            entry, page = self.make.heading(self.rng.choices([1, 2, 3], [30, 50, 20])[0]), page + self.rng.randint(0, 5)
            out.append(Block("contents", entry.text.replace("\n", " "), entry.level, marker=str(page)))
        self.make.numbers = [0, 0, 0, 0]
        return out

    def captioned(self, rows: int = 0, columns: int = 0, long: int = 0) -> list[Block]:
        """A table with its caption."""
        return self.make.captioned("table", self.make.table(rows, columns, bool(long)))

    def shown(self) -> list[Block]:
        """A figure with its caption."""
        return self.make.captioned("figure", self.make.figure())

    def sums(self) -> Block:
        """Sums at the right."""
        made = self.blanks("{p2}", "{N6} ~ {value}", "grid", 1)
        made.look |= {"side": "right", "width": 0.5}
        return made

    def blanks(self, label: str = "{label}", value: str = "{value}", form: str = "", across: int = 0) -> Block:
        """Labels with values or room for what is to be written, in one to three columns."""
        texts = (("label", label), ("value", f"{value} ~ "))
        pairs = [Block(role, self.fill(text)) for _ in range(self.rng.randint(2, 10)) for role, text in texts]
        form = form or self.rng.choice(["rule", "grid", "two", "above", "below"])
        look: Look = {"form": form, "width": self.rng.uniform(0.15, 0.3), "across": across or self.rng.randint(1, 3)}
        return Block("pairs", children=pairs, look=look)

    def ticks(self) -> Block:
        """Things to tick, below each other, side by side, or in columns."""
        across, columns = self.make.chance(0.33), self.rng.choice([0, 2, 3])
        items = self.blocks(f"item 2-{5 if across else 9} | {self.rng.choice('□☐○☐□■')} = {{p3}}")
        made = Block("list", children=items, look={"across": float(across)})
        return made if across or not columns else Block("columns", children=[made], look={"count": columns})

    def grid(self, rows: list[list[str]], heads: int = 0, **look: float | str) -> Block:
        """A table of templates: # before a head, > right, ^ in the middle; `<` goes on from the left, `"` from above."""
        cells: list[list[Cell | None]] = []
        for y, row in enumerate(rows):
            cells.append([])
            for x, text in enumerate(row):
                if text in ("<", '"'):
                    before = cells[y] if text == "<" else [line[x] for line in cells[:y]]
                    owner = next(filter(None, before[::-1]))
                    if text == "<":
                        owner.columns += 1
                    else:
                        owner.rows += 1
                    cells[y].append(None)
                    continue
                align = {">": "right", "^": "center", "#": "center"}.get(text[:1], "left")
                cells[y].append(Cell(self.fill(text.lstrip("#>^")), header=text.startswith("#"), align=align))
        return Block("table", cells=cells, level=heads, look={"widths": " ".join("1" for _ in rows[0]), **look})
