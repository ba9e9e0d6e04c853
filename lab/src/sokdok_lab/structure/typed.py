"""Documents as a typewriter has them: every letter as wide as any other, all that is set apart set apart by spaces."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len as width_of

from sokdok_lab.structure.tree import Block, Register

Row = list[tuple[int, str, int]]  # a word's number, the word, and the spaces before it
Placed = tuple[int, int, str]  # column, number, word


def pages_of(block: Block, register: Register) -> list[list[Row]]:
    """Rows of each page of a `typed` block: `look` has its width and depth in letters, and how it is set."""
    return _Sheet(block, register).pages()


class _Sheet:
    def __init__(self, block: Block, register: Register) -> None:
        self.block, self.register, self.rows = block, register, list[list[Placed]]()
        self.width, self.depth = int(block.look["width"]), int(block.look["depth"])
        self.justified = bool(block.look.get("justified"))

    def pages(self) -> list[list[Row]]:
        for child in self.block.children:
            self.add(child)
        heads = [str(self.block.look.get(name, "")) for name in ("top", "bottom")]
        room = self.depth - sum(3 for head in heads if head)
        out = []
        for number, start in enumerate(range(0, len(self.rows), room), 1):
            page = self.rows[start : start + room]
            if heads[0]:
                page = [self.running(heads[0], number, "header"), [], [], *page]
            if heads[1]:
                page = [*page, *[[]] * (self.depth - 1 - len(page)), self.running(heads[1], number, "footer")]
            out.append([_spaced(row) for row in page])
        return out

    def running(self, text: str, number: int, role: str) -> list[Placed]:
        """A row of texts left, in the middle and right, which bars part."""
        out: list[Placed] = []
        for at, part in enumerate(text.split("|")):
            unit = self.register.unit("page number" if "#" in part and len(part) < 10 else role, flow=-1)
            words = self.register.speak(unit, part.replace("#", str(number)))[0]
            free = self.width - _size(words)
            out += _placed(words, max((0, free // 2, free)[at], _end(out) + 1 if out else 0))
        return out

    def add(self, block: Block) -> None:
        """Add the rows of a block, and an empty one unless it says otherwise."""
        left, gap = int(block.look.get("left", 0)), int(block.look.get("gap", 1))
        if block.kind == "table":
            self.table(block, left)
        elif block.kind == "pairs":
            wide = int(block.look["wide"])
            for label, value in zip(block.children[::2], block.children[1::2], strict=True):
                fits = width_of(label.text) < wide - 1
                roles = ("label", "value") if fits else ("text", "text")
                self.flow(self.register.unit(roles[0]), label.text, left)
                first = [self.rows.pop()] if fits else []
                at = len(self.rows)
                self.flow(self.register.unit(roles[1]), value.text, left + wide)
                self.rows[at:] = [[*first[0], *self.rows[at]], *self.rows[at + 1 :]] if first else self.rows[at:]
                self.rows += [[]] * int(block.look.get("apart", 0))
        elif block.kind == "list":
            for item in block.children:
                unit = self.register.unit("item", level=item.level)
                mark = self.register.speak(unit, item.marker, True)[0]
                self.flow(unit, item.text, left + _size(mark) + 1, mark)
                self.rows += [[]] * int(block.look.get("apart", 0))
        else:
            unit = self.register.unit(block.kind, **({"level": block.level} if block.kind == "heading" else {}))
            text = block.text.upper() if block.look.get("caps") else block.text
            before = len(self.rows)
            self.flow(unit, text, left, first=int(block.look.get("first", 0)), centre=bool(block.look.get("centre")))
            if "rule" in block.look and self.rows[before:]:
                start, size = self.rows[-1][0][0], _end(self.rows[-1]) - self.rows[-1][0][0]
                self.rows.append(_placed(self.register.speak(unit, str(block.look["rule"]) * size)[-1], start))
        self.rows += [[]] * gap

    def flow(
        self, unit: int, text: str, left: int, mark: Row | None = None, first: int = 0, centre: bool = False
    ) -> None:
        """Rows of a text between an indent and the right edge; the first one has a mark before it."""
        begun = _placed(mark, left - _size(mark) - 1) if mark else []
        for line in self.register.speak(unit, text):
            lines, room = [Row()], self.width - left - first
            for word in line:
                if lines[-1] and _size([*lines[-1], word]) > room:
                    lines.append([])
                    room, word = self.width - left, (*word[:2], 0)
                lines[-1].append(word)
            for at, row in enumerate(lines):
                start = left + first * (at == 0)
                if centre:
                    start = max(0, (self.width - _size(row)) // 2)
                elif self.justified and at + 1 < len(lines) and len(row) > 1:
                    row = _stretched(row, self.width - start - _size(row))
                self.rows.append([*begun, *_placed(row, start)])
                begun = []

    def table(self, block: Block, left: int) -> None:
        """Columns that spaces part, each as wide as its widest cell or as its share of the width."""
        table = self.register.table()
        columns = [[cell for cell in column if cell] for column in zip(*block.cells, strict=True)]
        lines = ([width_of(line) for cell in column for line in cell.text.split("\n")] for column in columns)
        widths = [max(3, *each) for each in lines]
        most = (self.width - left) // len(widths) - 2
        spare = sum(max(0, most - wide) for wide in widths) // max(1, sum(wide > most for wide in widths))
        widths = [min(wide, most + spare) for wide in widths]
        for y, row in enumerate(block.cells):
            parts, at, whole = [], left, self.width
            for x, cell in enumerate(row):
                if cell:
                    unit = self.register.unit("cell", table=table, place=(y, y, x, x), header=cell.header)
                    kept, self.rows, self.width = self.rows, [], at + widths[x]
                    self.flow(unit, cell.text, at)
                    parts.append(self.rows)
                    self.rows, self.width = kept, whole
                at += widths[x] + 2
            deepest = range(max(map(len, parts)))
            self.rows += [[word for part in parts if line < len(part) for word in part[line]] for line in deepest]
            if cell_rule := str(block.look.get("rule", "")) if y + 1 == block.level else "":
                words = self.register.speak(-1, " ".join(cell_rule * wide for wide in widths))[0]
                self.rows.append(_placed([(n, w, 2 * min(1, s)) for n, w, s in words], left))
            self.rows += [[]] * int(block.look.get("apart", 0))


def _size(row: Sequence[tuple[int, str, int]]) -> int:
    return sum(width_of(word) + (spaces if at else 0) for at, (_, word, spaces) in enumerate(row))


def _end(row: Sequence[Placed]) -> int:
    return row[-1][0] + width_of(row[-1][2]) if row else 0


def _placed(row: Row, left: int) -> list[Placed]:
    out: list[Placed] = []
    for number, word, spaces in row:
        out.append((_end(out) + spaces if out else left + spaces, number, word))
    return out


def _stretched(row: Row, more: int) -> Row:
    """A row with more spaces in its gaps, from the right."""
    each, rest = divmod(max(0, more), len(row) - 1)
    return [row[0], *((n, w, s + each + (at > len(row) - 1 - rest)) for at, (n, w, s) in enumerate(row[1:], 1))]


def _spaced(row: Sequence[Placed]) -> Row:
    out: Row = []
    end = 0
    for column, number, word in row:
        out.append((number, word, max(column - end, min(1, len(out)))))
        end = max(column, end) + width_of(word)
    return out
