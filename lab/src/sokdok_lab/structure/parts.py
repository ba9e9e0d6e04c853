"""Parts that documents are made of: paragraphs, nested lists, tables of many kinds, figures, code, formulas, notes."""

from __future__ import annotations

import random
from collections.abc import Callable

from sokdok.office.flow import Flow
from sokdok.office.styles import counted
from sokdok_lab.structure.grammar import Grammar
from sokdok_lab.structure.texts import Words
from sokdok_lab.structure.tree import Block, Cell, Look

Family = Callable[["Maker"], list[Block]]
_LABELS = {
    "en": "Figure Table Note Name Date Total References Contents Chapter Article Page",
    "ko": "그림 표 비고 성명 일자 합계 참고문헌 목차 장 조 쪽",
    "de": "Abbildung Tabelle Hinweis Name Datum Summe Literatur Inhalt Kapitel Artikel Seite",
    "fr": "Figure Tableau Note Nom Date Total Références Sommaire Chapitre Article Page",
    "ja": "図 表 注 氏名 日付 合計 参考文献 目次 章 条 ページ",
}
LABELS = {language: labels.split() for language, labels in _LABELS.items()}


COUNTED = {
    **{"가": "ganada", "ㄱ": "chosung", "㉠": "circledhanguljamo", "①": "circleddigit", "1": "decimal"},
    **{"a": "alpha", "A": "upperalpha", "i": "roman", "I": "upperroman"},
}  # a mark's sign → how office programs call what counts by it

SIGNS = ("0123456789", "YN", "ABCDEF", "OX", "○×", "○△×", "√", "✓", "●", "-+")  # of one column of a table


def counter(style: str, index: int) -> str:
    """The mark of item `index`, from 0, in the manner of one of grammar.COUNTERS."""
    if "1.1" in style:
        return f"{1 + index // 9}.{1 + index % 9}"
    sign = next((sign for sign in COUNTED if sign in style), "")
    return style.replace(sign, counted(index + 1, COUNTED[sign], Flow()), 1) if sign else style


class Maker:
    """Makes parts in one language and one grammar."""

    def __init__(self, rng: random.Random, words: Words, grammar: Grammar) -> None:
        self.rng, self.words, self.grammar = rng, words, grammar
        self.labels = LABELS[words.language]
        self.counts = {"figure": 0, "table": 0, "formula": 0, "note": 0}
        self.numbers = [0, 0, 0, 0]

    def chance(self, share: float) -> bool:
        """Whether something with this probability happens."""
        return self.rng.random() < share

    def text(self, least: int = 60, most: int = 700) -> Block:
        """A paragraph, perhaps with a footnote."""
        block = Block("text", self.words.paragraph(self.rng, self.rng.randint(least, most)))
        if self.chance(0.06):
            block.note = self.words.paragraph(self.rng, self.rng.randint(20, 160))
        if self.chance(0.06):
            block.look["lead"] = 1  # its first words are bold
        return block

    def texts(self, least: int, most: int) -> list[Block]:
        """Several paragraphs."""
        return [self.text() for _ in range(self.rng.randint(least, most))]

    def heading(self, level: int = 1, text: str = "") -> Block:
        """A heading with the number that its grammar gives."""
        self.numbers[level - 1] += 1
        self.numbers[level:] = [0] * (4 - level)
        text = text or self.words.phrase(self.rng, self.rng.randint(1, 9))
        path = [max(1, part) for part in self.numbers[:level]]
        style, label = self.grammar.numbering, self.labels
        number = ""
        if style == "1.1":
            number = ".".join(map(str, path))
        elif style == "1." and level < 3:
            number = f"{path[-1]}."
        elif style == "roman" and level == 1:
            number = f"{counter('I', path[0] - 1)}."
        elif style == "I.A":
            number = (f"{counter('I', path[0] - 1)}.", f"{chr(64 + path[-1] % 26)}.", f"{path[-1]}.", f"({path[-1]})")[
                level - 1
            ]
        elif style == "chapter" and level == 1:
            number = f"제{path[0]}장" if self.words.language == "ko" else f"{label[8]} {path[0]}"
        elif style == "article" and level < 3:
            number = f"제{path[-1]}조" if self.words.language == "ko" else f"{label[9]} {path[-1]}."
        above = self.grammar.number_above and style == "chapter" and level == 1
        gap = "\n" if above else " " * self.grammar.number_gap
        return Block("heading", f"{number}{gap}{text}".strip(), level, look={"kicker": 1} if above else {})

    def lists(self, depth: int = 1, short: bool | None = None) -> Block:
        """A list, perhaps with lists within its items."""
        counted, rng = self.chance(0.45), self.rng
        short = self.chance(0.6) if short is None else short
        style = self.grammar.counters[min(depth, 3) - 1] if counted else self.grammar.bullets[min(depth, 3) - 1]
        items = []
        for index in range(rng.randint(2, 9 if depth == 1 else 4)):
            text = self.words.phrase(rng, 8) if short else self.words.paragraph(rng, rng.randint(20, 260))
            item = Block("item", text, depth, counter(style, index) if counted else style)
            if depth < 3 and self.chance(0.16):
                item.children.append(self.lists(depth + 1))
            elif self.chance(0.04):
                item.children.append(Block("text", self.words.paragraph(rng, 90)))
            items.append(item)
        return Block("list", level=depth, children=items)

    def value(self) -> str:
        """What stands in a cell that is not words."""
        rng = self.rng
        kind = rng.randrange(9)
        if kind < 3:
            return f"{rng.randint(0, 10 ** rng.randint(1, 7)):,}"
        return (
            f"{rng.uniform(0, 100):.{rng.randint(1, 3)}f}",
            f"{rng.uniform(0, 100):.1f}%",
            rng.choice(["-", "–", "○", "×", "√", "N/A", "n/a", "0"]),
            f"{rng.randint(1990, 2027)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            f"{rng.choice('€$₩£')}{rng.randint(1, 99999):,}",
            f"{rng.choice('ABCDKMPX')}{rng.choice('-/')}{rng.randint(10, 9999)}",
        )[kind - 3]

    def table(self, rows: int = 0, columns: int = 0, long: bool = False, short: bool = False) -> Block:
        """A table: heads of one or two levels, cells of one or several lines, spans across and down, empty cells."""
        rng = self.rng
        columns = columns or rng.choices(range(2, 11), [14, 22, 22, 16, 10, 6, 4, 3, 3])[0]
        columns = min(columns, max(2, int(self.grammar.width / self.grammar.columns / self.grammar.size / 5)))
        usual = [2, 3, 4, 5, 6, 8, 11, 16], [8, 14, 16, 16, 16, 14, 10, 6]
        rows = rows or (rng.randint(15, 70) if long else rng.choices(*usual)[0])
        wordy = 0.0 if short else rng.random() * (0.9 if columns < 6 else 0.25)
        kinds = [self._cell_maker(wordy, columns, first=column == 0) for column in range(columns)]
        numeric = [kind == self.value for kind in kinds]
        sides = {True: ("right", "right", "center", "left"), False: ("left", "left", "left", "center")}
        aligns = [rng.choice(sides[n]) for n in numeric]
        cells: list[list[Cell | None]] = [
            [Cell("" if self.chance(0.05) else make(), align=align) for make, align in zip(kinds, aligns, strict=True)]
            for _ in range(rows)
        ]
        heads = rng.choices([0, 1, 2, 3], [12, 50, 31, 7])[0]
        over = rng.choices([aligns, ["center"] * columns, ["left"] * columns], [25, 45, 30])[0]
        cells = [*self._heads(heads, columns, over), *cells]
        if columns > 1 and self.chance(0.45):
            self._merge(cells, heads)
        if short and self.chance(0.5):
            self._reach(cells, heads)
        if self.chance(0.2) and columns > 2:  # sums, whose label reaches over what is before, or stands alone
            reach, alone = rng.randint(1, columns - 1), self.chance(0.6)
            label = Cell(self.labels[5], columns=1 if alone else reach, align=rng.choice(["left", "right"]))
            before = [*(Cell("") for _ in range(reach - 1)), label] if alone else [label, *[None] * (reach - 1)]
            cells.append([*before, *(Cell(self.value(), align="right") for _ in range(columns - reach))])
        if self.chance(0.15):
            for row in cells[heads:]:
                if row[0]:
                    row[0].header = True
        widths = [round(rng.uniform(0.6, 1.2 if n else 2.0), 2) for n in numeric]
        widths = [1.0] * columns if self.chance(0.3) else widths
        return Block("table", cells=cells, level=heads, look={"widths": " ".join(map(str, widths))})

    def _cell_maker(self, wordy: float, columns: int, first: bool) -> Callable[[], str]:
        rng = self.rng
        if not first and rng.random() < 0.5:
            return self.value
        if not first and self.chance(0.1):  # attendance, answers, ticked lists: single marks, and gaps
            signs = [*rng.choice(SIGNS), *[""] * rng.randint(0, 4)]
            return lambda: rng.choice(signs)
        length = rng.randint(1, 4) if columns > 5 else rng.randint(1, 7)
        if columns < 5 and wordy and rng.random() < 0.12:
            return self.listed
        if rng.random() < wordy:
            most = rng.randint(25, 400 // columns)

            def long() -> str:
                count = rng.choices([1, 2, 3], [85, 10, 5])[0]
                return "\n".join(self.words.paragraph(rng, rng.randint(10, most)) for _ in range(count))

            return long
        return lambda: self.words.phrase(rng, length)

    def listed(self) -> str:
        """The text of a cell that is a list, each item on lines of its own, some with others below."""
        rng = self.rng
        outer, inner = rng.sample(("○", "•", "-", "–", "·", "□", "※", "ㅇ", "*"), 2)
        lines = []
        for _ in range(rng.randint(2, 5)):
            lines.append(f"{outer} {self.words.paragraph(rng, rng.randint(8, 60))}")
            if self.chance(0.3):
                lines += [f"{inner} {self.words.phrase(rng, 5)}" for _ in range(rng.randint(1, 3))]
        return "\n".join(lines)

    def _heads(self, heads: int, columns: int, aligns: list[str]) -> list[list[Cell | None]]:
        rng = self.rng
        rows: list[list[Cell | None]] = []
        for level in range(heads):
            row: list[Cell | None] = []
            while len(row) < columns:
                reach = 1 if level == heads - 1 else min(columns - len(row), rng.choice([1, 2, 2, 3, 4]))
                align = "center" if reach > 1 else aligns[len(row)]
                text = "" if not row and self.chance(0.15) else self.words.phrase(rng, rng.randint(1, 3))
                row += [Cell(text, columns=reach, header=True, align=align), *[None] * (reach - 1)]
            rows.append(row)
        for column in range(columns if heads > 1 else 0):  # a head without parts reaches down
            single = [row[column] for row in rows if row[column] and row[column].columns == 1]  # type: ignore[union-attr]
            if len(single) == heads and single[0] and self.chance(0.7):
                single[0].rows = heads
                for row in rows[1:]:
                    row[column] = None
        return rows

    def _merge(self, cells: list[list[Cell | None]], heads: int) -> None:
        """Group rows that reach over all columns, and first cells that reach down over several rows."""
        rng, columns, row = self.rng, len(cells[0]), heads
        groups = self.chance(0.4)
        second = columns > 3 and self.chance(0.3)
        while row < len(cells):
            if groups and self.chance(0.2):
                cells[row] = [Cell(self.words.phrase(rng, 4), columns=columns, header=True), *[None] * (columns - 1)]
                row += 1
                continue
            reach = min(rng.choice([1, 1, 2, 3, 4]), len(cells) - row) if not groups else 1
            if reach > 1 and all(cells[row]):
                cells[row][0].rows = reach  # type: ignore[union-attr]
                for below in range(row + 1, row + reach):
                    cells[below][0] = None
                if second and reach > 2 and cells[row][1] and cells[row + 1][1]:
                    cells[row][1].rows = 2  # type: ignore[union-attr]
                    cells[row + 1][1] = None
            elif self.chance(0.1) and columns > 3 and all(cells[row]):
                at = rng.randint(1, columns - 2)  # no cell reaches down into this row
                cells[row][at].columns = 2  # type: ignore[union-attr]
                cells[row][at + 1] = None
            row += reach

    def _reach(self, cells: list[list[Cell | None]], heads: int) -> None:
        """Cells anywhere that reach over several rows, columns, or both, as hours of a timetable do."""
        rng = self.rng
        deep, wide = rng.choice([(4, 1), (4, 1), (1, 3), (3, 2)])
        for _ in range(rng.randint(1, max(1, len(cells) // 3))):
            top, left = rng.randrange(heads, len(cells)), rng.randrange(len(cells[0]))
            down = range(top, top + rng.randint(1, deep))
            place = [(y, x) for y in down for x in range(left, left + rng.randint(1, wide))]
            if any(y >= len(cells) or x >= len(cells[0]) for y, x in place):
                continue
            mine = [cells[y][x] for y, x in place]
            if any(cell is None or cell.rows > 1 or cell.columns > 1 for cell in mine):
                continue
            first = cells[top][left]
            assert first is not None
            first.rows, first.columns = place[-1][0] - top + 1, place[-1][1] - left + 1
            for y, x in place[1:]:
                cells[y][x] = None

    def captioned(self, kind: str, block: Block) -> list[Block]:
        """A table or figure with its caption above or below."""
        self.counts[kind] += 1
        label = self.labels[0 if kind == "figure" else 1]
        rest = self.words.sentence(self.rng) if self.chance(0.5) else self.words.phrase(self.rng, 8)
        number = f"{self.counts[kind]}" if self.chance(0.7) else f"{max(1, self.numbers[0])}.{self.counts[kind]}"
        form = self.rng.choice(["{} {}: {}", "{} {}. {}", "{} {} {}", "[{} {}] {}", "<{} {}> {}"])
        above = self.grammar.caption_above if kind == "table" else self.chance(0.1)
        caption = Block("caption", form.format(label, number, rest[:300]), look={"of": kind, "above": float(above)})
        return [caption, block] if above else [block, caption]

    def figure(self) -> Block:
        """A picture or a drawing with texts in it."""
        rng = self.rng
        drawn = self.chance(0.5)
        count = rng.randint(2, 12) if drawn else 0
        texts = [self.words.phrase(rng, 2)[:16] if self.chance(0.5) else str(rng.randint(0, 500)) for _ in range(count)]
        look: Look = {"width": rng.uniform(0.3, 1.0), "height": rng.uniform(50, 190), "seed": rng.randrange(10**6)}
        return Block("figure", "\n".join(texts), look={**look, "drawn": float(drawn)})

    def code(self) -> Block:
        """Lines of a program or of a session."""
        rng, lines, depth = self.rng, [], 0
        for _ in range(rng.randint(2, rng.choice([16, 16, 16, 45]))):
            name, other = (self.words.word(rng).lower().strip("().,:;") or "x" for _ in range(2))
            forms = "{} = {}({})/if {} < {}:/return {}/$ {} --{} {}/for {} in {}:/{}.{} = {}/# {} {} {}/{{ {}: {} }}"
            form = rng.choice([*forms.split("/"), "print({}, {})", '<{} {}="{}"/>'])
            lines.append("    " * depth + form.format(name, other, rng.randint(0, 999)))
            depth = min(3, depth + 1) if form.endswith(":") else max(0, depth - rng.randint(0, 1))
        if not self.chance(0.3):
            return Block("code", "\n".join(lines))
        first = rng.choice([1, 1, 1, rng.randint(2, 300)])
        numbered = (f"{at} {line}" for at, line in enumerate(lines, first))
        return Block("code", "\n".join(numbered), look={"numbered": float(rng.randint(1, 2))})

    def formula(self) -> Block:
        """A displayed formula, perhaps with its number."""
        self.counts["formula"] += 1
        mark = f"({self.counts['formula']})" if self.chance(0.5) else ""
        return Block("formula", marker=mark, look={"seed": self.rng.randrange(10**6)})

    def box(self, children: list[Block], where: str = "") -> Block:
        """A frame or shade with blocks in it: in the flow, or beside it."""
        where = where or self.rng.choice(["flow", "flow", "left", "right"])
        ground, width = self.rng.choice(["fill", "frame", "bar", "none"]), self.rng.uniform(0.28, 0.45)
        return Block("box", children=children, look={"where": where, "ground": ground, "width": width})

    def labelled(self, least: int, most: int = 0) -> Block:
        """Labels with values, without a table's rules: name, date, place; or names in the margin, explained."""
        pairs = []
        forms = ["line", "grid", "grid", "two", "rule", *["margin"] * (most > 4)]
        form, width = self.rng.choice(forms), self.rng.uniform(0.15, 0.35)
        for _ in range(self.rng.randint(least, most or least)):
            if form == "margin":
                name = self.rng.choice(["\\", "", "--"]) + self.words.word(self.rng)[:10]
                pairs += [Block("label", name), Block("value", self.text(30, self.rng.choice([120, 500])).text)]
                continue
            label = self.words.phrase(self.rng, 2)[:18] + self.rng.choice([":", ":", "", "："])
            value = self.words.phrase(self.rng, 5) if self.chance(0.6) else self.value()
            pairs += [Block("label", label), Block("value", "" if self.chance(0.1) else value)]
        return Block("pairs", children=pairs, look={"form": form, "width": width})
