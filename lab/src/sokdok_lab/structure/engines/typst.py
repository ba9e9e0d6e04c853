"""Sets documents by typst."""

from __future__ import annotations

import json
import random
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from sokdok_lab.structure.engines.writer import Writer, across, formula, is_tall, shares
from sokdok_lab.structure.grammar import PAPERS
from sokdok_lab.structure.tree import PLAIN, Block, Document, Look, Register, Spoken, color

_HEAD = "#let w(c, b) = text(fill: rgb(c), b)"


def pdf(document: Document, register: Register, pictures: Path) -> bytes:
    """A PDF of a document whose words have the colours of their numbers; pictures are PNG files of a folder."""
    text = _Writer(document, register, pictures).source()
    compile_text: Any = typst.compile
    return bytes(compile_text(text.encode(), root=str(pictures), font_paths=_fonts()))


@lru_cache(1)
def _fonts() -> typst.Fonts:
    """The system's fonts, which take longer to look through than a document to set."""
    return typst.Fonts()


def _word(number: int, shown: str) -> str:
    return f'#w("{color(number)}", {json.dumps(shown, ensure_ascii=False)})'


ATOMS = "x y alpha beta n k f(x) 2 10 lambda a_i x^2 e^(-x) sigma Delta W h_t"
FORMS = ("{0} = {1}", "{0} + {1}", "{0} - {1} {2}", "frac({0}, {1})", "sum_(i=1)^n {0}", "integral_0^1 {0} dif x",
         "sqrt({0})", "({0}) / ({1})", "{0}_({1})", "lim_(n -> oo) {0}", "vec({0}, {1})", "mat({0}, {1}; {2}, {0})")  # fmt: skip
OUTER_FORMS = 6


class _Writer(Writer):
    word, space = staticmethod(_word), "~"
    wraps = {
        **{"b": "#strong[{}]", "s": "#text(size: .75em)[{}]", "u": "#underline[{}]"},
        **{"n": "#box(width: 1.8em, text(size: .75em)[{}])"},
        "h": "#box(width: 0pt, place(bottom + right, dx: -.8em, text(size: .7em)[{}]))",
    }

    def __init__(self, document: Document, register: Register, pictures: Path) -> None:
        super().__init__(document, register, pictures)
        self.wraps = {**self.wraps, "m": f'#text(font: "{self.style.mono}")[{{}}]'}

    def source(self) -> str:
        out, (head, blocks) = [_HEAD, self._page()], self.parted()
        if head:
            above = "\n\n".join(map(self.block, head))
            out.append(
                f'#place(top + center, scope: "parent", float: true, clearance: 1.5em, block(width: 100%)[#set align(left)\n{above}\n])'
            )
        out += map(self.block, blocks)
        return "\n\n".join(out)

    def _page(self) -> str:
        style, columns = self.style, self.document.columns
        width, height = PAPERS[style.paper]
        top, right, bottom, left = style.margins
        fonts = [style.fonts["ja" if self.document.language == "ja" else "latin"], style.fonts["ko"]]
        first, second = fonts[::-1] if self.document.language == "ko" else fonts
        running = {(band, side): (unit, text) for band, side, unit, text in self.running()}
        header, footer = self._running("top", running), self._running("bottom", running)
        frame = (
            ", background: rect(width: 100% - 44pt, height: 100% - 44pt, stroke: .8pt)" if self.document.frame else ""
        )
        lines = [
            f"#set page(width: {width}pt, height: {height}pt, margin: (top: {top:.1f}pt, right: {right:.1f}pt, bottom: {bottom:.1f}pt, left: {left:.1f}pt), columns: {columns}, header: {header}, footer: {footer}{frame})",
            f"#set columns(gutter: {style.gutter:.1f}pt)",
            f'#set text(font: ("{first}", "{second}",), size: {style.size}pt, lang: "{self.document.language}", hyphenate: {str(style.hyphens).lower()}, top-edge: .8em, bottom-edge: -.2em)',
            f"#set par(leading: {style.leading - 1:.2f}em, spacing: {style.leading - 1 + style.gap:.2f}em, justify: {str(style.justified).lower()}, first-line-indent: {style.indent}em)",
        ]
        if step := self.document.numbered:  # one unit for all, furniture as the number of a page is
            [(word, _, _)] = self.register.speak(self.register.unit("page number", flow=-1), "1")[0]
            shown = f'if calc.rem(n, {step}) == 0 {{ w("{color(word)}", str(n)) }}'
            side, gap = ("end", 1.0) if style.number % 5 == 0 else ("start", 0.8 + style.number % 3 / 2)
            lines.append(
                f'#set par.line(numbering: n => {shown}, numbering-scope: "page", number-margin: {side}, number-clearance: {gap}em)'
            )
        return "\n".join(lines)

    def _running(self, band: str, places: dict[tuple[str, str], tuple[int, str]]) -> str:
        if all(found != band for found, _ in places):
            return "none"
        cells = []
        for side in ("left", "center", "right"):
            unit, text = places.get((band, side), (-1, ""))
            parts, page = [], "counter(page)"
            for word, spoken, _ in self.register.speak(unit, text)[0]:
                shown = json.dumps(spoken, ensure_ascii=False).replace("#", f'" + str({page}.get().first()) + "')
                shown = shown.replace("@", f'" + str({page}.final().first()) + "')
                parts.append(f'#w("{color(word)}", {shown})')
            cells.append(f"align({side})[{' '.join(parts)}]")
        line = "line(length: 100%, stroke: .5pt)" if self.style.number % 4 == 0 else "none"
        inside = [f"grid(columns: (1fr, 1fr, 1fr), {', '.join(cells)})", line][:: 1 if band == "top" else -1]
        made = "\n".join(f"#{part}" for part in inside if part != "none")
        return f"context [#set text(size: {min(self.style.size, 9.5)}pt)\n#set par(first-line-indent: 0pt, spacing: .4em)\n{made}]"

    def words(self, unit: int, text: str, look: Look | None = None, marker: bool = False, note: str = "") -> str:
        """Markup of a text, its lines parted, a footnote behind it."""
        out = " \\\n".join(self.lines(unit, text, look, marker))
        if note:
            out += f"#footnote[{self.words(self.register.unit('footnote', flow=1), note)}]"
        return out

    def dressed(self, body: str, look: Look, font: str = "") -> str:
        """A block of text with looks of its own."""
        sticky = bool(look.get("sticky"))
        size, left, first = self.style.size, float(look.get("left", 0)), float(look.get("first", 0))
        ground = {
            "rule": "stroke: (bottom: .6pt), outset: (bottom: 3pt),",
            "over": "stroke: (top: 1pt, bottom: .4pt), outset: (y: 3pt),",
            "fill": "fill: luma(225), outset: 4pt,",
            "box": "stroke: .6pt, outset: 4pt,",
            "bar": "stroke: (left: 3pt + luma(90)), outset: (left: 4pt),",
        }.get(str(look.get("ground", "")), "")
        text = [f"size: {size * float(look.get('size', 1)):.1f}pt", *([f"font: ({font})"] if font else [])]
        if look.get("mono"):
            text.append(f'font: ("{self.style.mono}", "{self.style.fonts["ko"]}")')
        if "bold" in look:
            text.append(f'weight: "{"bold" if look["bold"] else "regular"}"')
        text += ['style: "italic"'] if look.get("italic") else []
        text += ["hyphenate: false"] if sticky or look.get("mono") else []
        gaps = {name: float(look[name]) + self.style.leading - 1 for name in ("above", "below") if name in look}
        around = "".join(f"{name}: {gap:.2f}em, " for name, gap in gaps.items())
        align = f"#set align({look['align']})\n#set par(justify: false)\n" if "align" in look else ""
        hang = f"first-line-indent: (amount: {max(0.0, first) * size:.1f}pt, all: true), hanging-indent: {max(0.0, -first) * size:.1f}pt"
        made = f"#block(width: 100%, {ground} sticky: {str(sticky).lower()}, {around})[#set text({', '.join(text)})\n#set par({hang})\n{align}{body}]"
        inset, right = (left + min(0.0, first)) * size, float(look.get("right", 0)) * size
        return f"#pad(left: {inset:.1f}pt, right: {right:.1f}pt)[{made}]" if inset or right else made

    def _text(self, block: Block) -> str:
        body = self.words(self.register.unit("text"), block.text, block.look, note=block.note)
        if PLAIN & {*block.look} - {"align"}:
            return self.dressed(body, block.look)
        if "align" in block.look:
            return f"#align({block.look['align']})[#par(first-line-indent: 0pt)[{body}]]"
        return f"#par(first-line-indent: 0pt, hanging-indent: 1.5em)[{body}]" if block.look.get("hanging") else body

    def _title(self, block: Block) -> str:
        return self.dressed(self.words(self.register.unit("title"), block.text), {**self.style.title, **block.look})

    def _heading(self, block: Block) -> str:
        look = {**self.style.heading(block.level), **block.look}
        unit = self.register.unit("heading", level=block.level)
        lines = self.lines(unit, block.text.upper() if look["caps"] else block.text, block.look)
        body = " \\\n".join(lines)
        if "tab" in block.look:
            body = f"#table(columns: (2.2em, 1fr), fill: (x, y) => if x == 0 {{ luma(205) }}, inset: 5pt, align: (center, left), [{lines[0]}], [{lines[1]}])"
        tail = self.style.fonts["ja" if self.document.language == "ja" else "ko"]
        first = tail if self.document.language == "ko" else self.style.head_font
        return self.dressed(body, look, f'"{first}", "{tail}"')

    def _list(self, block: Block, parent: int = -1) -> str:
        if block.look.get("across"):
            items = ", ".join(f"[{self._item(item, parent)}]" for item in block.children)
            return f"#grid(columns: {len(block.children)}, column-gutter: 1.5em, row-gutter: .5em, {items})"
        items = "\n\n".join(self._item(item, parent) for item in block.children)
        return f"#block(above: {self.style.leading - 1 + 0.2:.2f}em)[{items}]"

    def _item(self, block: Block, parent: int = -1) -> str:
        unit = self.register.unit("item", level=block.level, parent=parent)
        mark, body = self.marked(unit, block, block.look)
        below = "".join(f"\n\n{made}" for made in self.below(block, unit))
        indent, hang = self.style.item_indent, self.style.hang
        if "left" in block.look:
            return self.dressed(f"{mark} {body}", block.look) + below
        gap = f"below: {self.style.leading - 1 + self.style.item_gap:.2f}em"
        plain = "#set par(first-line-indent: 0pt)\n"
        if hang == "out":
            return f"#block({gap})[{plain}#list(marker: [{mark}], indent: {indent * 0.6:.2f}em, body-indent: {0.4 + indent * 0.2:.2f}em)[{body}{below}]]"
        if hang == "grid":
            return f"#block({gap})[{plain}#grid(columns: ({indent:.2f}em, 1fr), column-gutter: .4em, [{mark}], [{body}{below}])]"
        if hang == "flush":
            return f"#block({gap}, inset: (left: {indent * (block.level - 1):.2f}em))[#par(first-line-indent: 0pt, hanging-indent: {indent * 0.6:.2f}em)[{mark} {body}]{below}]"
        return f"#block({gap}, inset: (left: {indent * (0.3 if block.level == 1 else 1):.2f}em))[{plain}{mark} {body}{below}]"

    def _table(self, block: Block) -> str:
        style, table = self.style, self.register.table()
        rules = "grid" if block.look.get("grid") else str(block.look.get("rules", style.rules))
        cells, heads = block.cells, block.level
        columns = len(cells[0])
        widths = str(block.look.get("widths", "")).split()
        made: list[list[str]] = []
        for y, row in enumerate(cells):
            line = []
            for x, cell in enumerate(row):
                if cell is None:
                    continue
                unit = self.register.cell(table, y, x, cell)
                body = self.words(unit, cell.text)
                if cell.header and style.head_bold:
                    body = f"#strong[{body}]"
                span = f"rowspan: {cell.rows}, colspan: {cell.columns}, " if cell.rows > 1 or cell.columns > 1 else ""
                vertical = {"top": "top", "middle": "horizon", "bottom": "bottom"}[style.valign]
                line.append(f"table.cell({span}align: {cell.align} + {vertical})[{body}]")
            made.append(line)
        body, repeated = "", heads and not is_tall(block) and self.style.number % 3
        for y, line in enumerate(made):
            if y == 0 and repeated:
                body += "table.header(" + ", ".join(part for head in made[:heads] for part in head) + "),\n"
            if not (y < heads and repeated):
                body += ", ".join(line) + ",\n" if line else ""
            if rules in ("booktabs", "head") and y + 1 == max(1, heads):
                body += f"table.hline(y: {max(1, heads)}, stroke: .5pt),\n"
        if rules == "booktabs":
            body = f"table.hline(y: 0, stroke: 1pt),\n{body}table.hline(y: {len(cells)}, stroke: 1pt),\n"
        stroke = {
            "grid": ".5pt",
            "rows": "(bottom: .4pt, top: .4pt)",
            "columns": "(x, y) => (left: if x > 0 { .4pt })",
            "open": "(x, y) => (top: .4pt, bottom: .4pt, left: if x > 0 { .4pt })",
            "body": f"(x, y) => if y >= {heads} {{ .5pt }}",
        }.get(rules, "none")
        fill = []
        if style.head_fill and heads:
            fill.append(f"if y < {heads} {{ luma(225) }}")
        if style.zebra:
            fill.append("if calc.odd(y) { luma(242) }")
        filled = "(x, y) => " + " else ".join(fill) if fill else "none"
        share = ["1fr" if block.look.get("grid") else "auto"] * columns
        if (style.full_width or any(len(c.text) > 24 for r in cells for c in r if c)) and len(widths) == columns:
            share = [f"{float(w)}fr" for w in widths]
        inset = f"(y: {float(block.look.get('pad', style.padding[0])) + 1:.1f}pt, x: {style.padding[1]:.1f}pt)"
        frame = "stroke: .6pt" if rules == "outer" else ""
        size = style.size * style.table_size * (0.85 if columns > 7 else 1)
        share_of, at = float(block.look.get("share", 1)), block.look.get("at", "left")
        frame += f", width: {share_of * 100:.0f}%" if share_of < 1 else ""
        return f"#align({at})[#block({frame.lstrip(', ')})[#set align(left)\n#set text(size: {size:.1f}pt)\n#set par(justify: {str(style.cell_justified).lower()}, first-line-indent: 0pt, leading: {min(0.5, style.leading - 1):.2f}em)\n#table(columns: ({', '.join(share)},), stroke: {stroke}, fill: {filled}, inset: {inset},\n{body})]]"

    def _caption(self, block: Block) -> str:
        look = self.style.caption
        return self.dressed(self.words(self.register.caption(block), block.text, look), look)

    def _figure(self, block: Block) -> str:
        rng = random.Random(str(block.look["seed"]))
        width, height = float(block.look["width"]), float(block.look["height"])
        if not block.look["drawn"]:
            return f'#align({self.style.caption_align})[#image("{rng.choice(self.pictures).name}", width: {width * 100:.0f}%, height: {height:.0f}pt, fit: "stretch")]'
        parts = []
        for _ in range(rng.randint(3, 8)):
            x, y, far = rng.uniform(5, 70), rng.uniform(5, 70), rng.uniform(10, 30)
            place = f"place(top + left, dx: {x:.0f}%, dy: {y:.0f}%,"
            forms = (
                f"{place} circle(radius: {far / 2:.0f}pt, stroke: .7pt))",
                f"{place} line(start: (0pt, 0pt), end: ({far * 2:.0f}pt, {far:.0f}pt), stroke: .8pt))",
                f"place(bottom + left, dx: {x:.0f}%, rect(width: 12pt, height: {y:.0f}%, fill: luma(190)))",
            )
            parts.append(rng.choice(forms))
        unit = self.register.unit("figure text", flow=-2)
        for text in block.text.split("\n"):
            place, size = f"dx: {rng.uniform(0, 85):.0f}%, dy: {rng.uniform(0, 92):.0f}%", rng.uniform(5.5, 9)
            parts.append(f"place(top + left, {place}, text(size: {size:.1f}pt)[{self.words(unit, text)}])")
        return f"#align({self.style.caption_align})[#box(width: {width * 100:.0f}%, height: {height:.0f}pt, stroke: {rng.choice(['none', '.4pt'])}, {{ {'; '.join(parts)} }})]"

    def _code(self, block: Block) -> str:
        lines = self.lines(self.register.unit("code"), block.text, block.look)
        ground = {"fill": "fill: luma(238), inset: 5pt,", "box": "stroke: .5pt, inset: 5pt,"}.get(
            self.style.code_ground, "inset: (left: 1em),"
        )
        body = " \\\n".join(lines)
        return f'#block(width: 100%, {ground})[#set text(font: ("{self.style.mono}", "{self.style.fonts["ko"]}"), size: {self.style.size * 0.88:.1f}pt, hyphenate: false)\n#set par(justify: false, first-line-indent: 0pt, leading: .35em)\n{body}]'

    def _formula(self, block: Block) -> str:
        unit = self.register.unit("formula")
        self.register.words.append(Spoken("formula", unit))
        made = formula(random.Random(str(block.look["seed"])), ATOMS, FORMS, OUTER_FORMS)
        shown = f'#text(fill: rgb("{color(len(self.register.words) - 1)}"))[$ {made} $]'
        if not block.marker:
            return shown
        return f"#grid(columns: (1fr, auto), align: (center + horizon, right + horizon), [{shown}], [{self.words(unit, block.marker)}])"

    def _box(self, block: Block) -> str:
        where, ground = block.look["where"], block.look["ground"]
        with self.register.apart(where != "flow"):
            body = "\n\n".join(map(self.block, block.children))
        look = {
            "fill": "fill: luma(232)",
            "frame": "stroke: .6pt",
            "bar": "stroke: (left: 2pt)",
            "none": "stroke: (top: .5pt, bottom: .5pt)",
        }[str(ground)]
        made = f"block(width: 100%, inset: 7pt, {look})[{body}]"
        return f"#place(auto, float: true, {made})" if where != "flow" else f"#{made}"

    def _side(self, block: Block) -> str:
        columns = ", ".join(f"{share:.2f}fr" for share in shares(block))
        cells = ", ".join("[" + "\n\n".join(map(self.block, group.children)) + "]" for group in block.children)
        return f"#grid(columns: ({columns}), column-gutter: {max(14, self.style.gutter):.0f}pt, {cells})"

    def _columns(self, block: Block) -> str:
        wide = float(block.look["count"]) < 2
        with self.register.apart(wide):
            body = "\n\n".join(map(self.block, block.children))
        if wide:
            scope = 'scope: "parent", ' if self.document.columns > 1 else ""
            return f"#place(auto, {scope}float: true, block(width: 100%)[{body}])"
        return f"#columns({block.look['count']:.0f}, gutter: {max(14, self.style.gutter):.0f}pt)[{body}]"

    def _typed(self, block: Block) -> str:
        pages = [" \\\n".join(row or "~" for row in page) for page in self.typed(block, "~")]
        font = "NanumGothicCoding" if self.document.language == "ko" else self.style.mono
        head = f'#set text(font: ("{font}",), size: {block.look["points"]}pt, hyphenate: false)\n#set par(justify: false, first-line-indent: 0pt, leading: .2em)'
        return "\n\n#pagebreak()\n\n".join(f"#block[{head}\n{page}]" for page in pages)

    def _pairs(self, block: Block) -> str:
        form, pairs = block.look["form"], self.pairs(block)
        side = "right" if block.look.get("side") else "left"
        if form == "line":
            made = " \\\n".join(f"{label} {value}" for label, value in pairs)
            return f"#align({side})[#par(first-line-indent: 0pt)[{made}]]"
        columns = f"({float(block.look['width']):.2f}fr, 1fr)" if side == "left" else "(auto, auto)"
        if form in ("above", "below"):
            line = "#line(length: 100%, stroke: .4pt)"
            both = [(f"{a} \\\n{b or '~'}{line}" if form == "above" else f"{b or '~'}{line}{a}") for a, b in pairs]
            cells = ", ".join(f"[#set block(spacing: .35em)\n{cell}]" for cell in both)
            return f"#[#set par(first-line-indent: 0pt)\n#grid(columns: ({'1fr, ' * across(block)}), column-gutter: 1.2em, row-gutter: 1em, {cells})]"
        if across(block) > 1:
            columns = "(" + "auto, 1fr, " * across(block) + ")"
        if out := self.outside(block):
            columns = f"({out - 8:.0f}pt, 1fr)"
        rule = ", stroke: (x, y) => (bottom: if calc.odd(x) { .4pt })" if form == "rule" else ""
        cells = ", ".join(f"[{word}]" for pair in pairs for word in pair)
        return f"#pad(left: -{out:.0f}pt, align({side})[#set par(first-line-indent: 0pt)\n#grid(columns: {columns}, column-gutter: {'8pt' if out else '1em'}, row-gutter: {0.4 + self.style.item_gap:.1f}em, align: left{rule}, inset: (y: 1pt), {cells})])"

    def _contents(self, block: Block) -> str:
        unit = self.register.unit("contents", level=block.level)
        body, page = self.words(unit, block.text), self.words(unit, block.marker)
        leader = f"#box(width: 1fr, repeat[{self.style.leader}])" if self.style.leader.strip(" ") else "#h(1fr)"
        leader = leader.replace("repeat[_]", "repeat[\\_]")
        return f"#block(spacing: {self.style.leading - 0.9 + self.style.item_gap / 2:.2f}em, inset: (left: {(block.level - 1) * 1.2:.1f}em))[#par(first-line-indent: 0pt, justify: false)[{body} {leader} {page}]]"

    def _reference(self, block: Block) -> str:
        mark, body = self.marked(self.register.unit("reference"), block)
        if mark and self.style.hang in ("out", "grid"):
            return f"#grid(columns: (2.2em, 1fr), [{mark}], [#set par(first-line-indent: 0pt)\n{body}])"
        return f"#par(first-line-indent: 0pt, hanging-indent: 1.5em)[{mark} {body}]"

    def _rule(self, block: Block) -> str:
        return "#line(length: 100%, stroke: .8pt)"

    def _break(self, block: Block) -> str:
        return "#pagebreak(weak: true)"
