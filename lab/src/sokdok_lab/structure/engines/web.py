"""Documents as HTML, for Chromium and WeasyPrint."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence
from pathlib import Path

from sokdok_lab.structure.grammar import PAPERS, Grammar, grammar
from sokdok_lab.structure.tree import Block, Document, Register, color

LOOKS = {
    "bold": "font-weight:bold",
    "italic": "font-style:italic",
    "caps": "letter-spacing:.06em",
    "bold italic": "font-weight:bold;font-style:italic",
    "plain": "font-weight:normal",
}


def page(document: Document, register: Register, pictures: Path, notes: bool) -> str:
    """HTML of a document whose words have the colours of their numbers; `notes` where the engine sets footnotes."""
    return _Writer(document, register, sorted(pictures.glob("*.png")), notes).source()


class _Writer:
    def __init__(self, document: Document, register: Register, pictures: Sequence[Path], notes: bool) -> None:
        self.document, self.register, self.pictures, self.notes = document, register, pictures, notes
        self.style: Grammar = grammar(document.grammar)
        self.rng = random.Random(f"web {document.grammar}")
        self.ends: list[str] = []

    def source(self) -> str:
        style, blocks = self.style, list(self.document.blocks)
        multi = style.columns > 1 and self.document.family not in (
            "slides",
            "application",
            "notice",
            "invoice",
            "letter",
        )
        head: list[Block] = []
        while multi and blocks and (blocks[0].kind == "title" or "span" in blocks[0].look):
            head.append(blocks.pop(0))
        above = "".join(map(self.block, head))
        body = "".join(map(self.block, blocks))
        if self.ends:
            body += "<hr class=n>" + "".join(self.note(text, index) for index, text in enumerate(self.ends, 1))
        if multi:
            body = f"<div class=cols>{body}</div>"
        return f'<!doctype html><html lang="{self.document.language}"><meta charset=utf-8><style>{self.css()}</style>{above}{body}</html>'

    def css(self) -> str:
        style = self.style
        width, height = PAPERS[style.paper]
        ja = self.document.language == "ja"
        fonts = [style.fonts["ja"]] if ja else [style.fonts["latin"], style.fonts["ko"]]
        if self.document.language == "ko":
            fonts.reverse()
        family = ",".join(f'"{font}"' for font in fonts)
        top, right, bottom, left = style.margins
        breaks = "keep-all" if self.document.language == "ko" and not style.break_words else "normal"
        hyphens = "auto" if style.hyphens and self.document.language in ("en", "de", "fr") else "manual"
        indent = (
            f"p.t+p.t{{text-indent:{style.indent}em}}" if style.number % 2 else f"p.t{{text-indent:{style.indent}em}}"
        )
        return (
            f"@page{{size:{width}pt {height}pt;margin:{top:.1f}pt {right:.1f}pt {bottom:.1f}pt {left:.1f}pt;{self.running()}}}"
            f"body{{margin:0;font:{style.size}pt/{style.leading + 0.05} {family};text-align:{'justify' if style.justified else 'left'};word-break:{breaks};hyphens:{hyphens};orphans:2;widows:2}}"
            f"p,pre,table,ul,ol,figure,h1,h2,h3,h4,h5{{margin:0;padding:0}}p{{margin-bottom:{style.gap}em}}{indent}"
            f".cols{{column-count:{style.columns};column-gap:{style.gutter:.1f}pt;column-fill:{self.rng.choice(['auto', 'balance'])}}}"
            "h1,h2,h3,h4,h5{break-after:avoid;hyphens:manual}tr{break-inside:auto}figure{break-inside:avoid}"
            f"pre{{font:{style.size * 0.87:.1f}pt/1.35 '{style.mono}','{style.fonts['ko']}';white-space:pre-wrap;text-align:left;margin:.5em 0}}"
            f"table{{border-collapse:collapse;font-size:{style.table_size:.2f}em;line-height:{min(style.leading, 1.4) + 0.05};text-align:{'justify' if style.cell_justified else 'left'};margin:.5em 0}}"
            f"td,th{{padding:{style.padding[0]:.1f}pt {style.padding[1]:.1f}pt;vertical-align:{style.valign};font-weight:normal}}"
            f"{self.table_css()}.h{{font-weight:{'bold' if style.head_bold else 'normal'}}}"
            ".f{float:footnote;font-size:8pt;text-indent:0}::footnote-call{font-size:.7em;vertical-align:super}"
            "hr{border:0;border-top:.8pt solid #222;margin:.6em 0}hr.n{width:30%;margin-left:0}"
            "sup,sub{font-size:.7em;line-height:0}.fr{display:inline-block;vertical-align:middle;text-align:center;text-indent:0}.fr>span{display:block;padding:0 .2em}.fr>span+span{border-top:.5pt solid #222}"
        )

    def table_css(self) -> str:
        line, style = f"{0.4 + style_width(self.style):.1f}pt solid #333", self.style
        forms = {
            "grid": f"td,th{{border:{line}}}",
            "rows": f"tr{{border-bottom:{line};border-top:{line}}}",
            "booktabs": "table{border-top:1.2pt solid #222;border-bottom:1.2pt solid #222}thead{border-bottom:.6pt solid #222}",
            "outer": f"table{{border:{line}}}",
            "columns": f"td+td,th+th{{border-left:{line}}}",
            "head": f"thead{{border-bottom:{line}}}",
            "open": f"td,th{{border-top:{line};border-bottom:{line}}}td+td,th+th{{border-left:{line}}}",
        }
        zebra = "tbody tr:nth-child(even){background:#eef0f2}" if style.zebra else ""
        return (
            forms.get(style.rules, "")
            + ("thead{background:#dde2e8}" if style.head_fill else "")
            + zebra
            + f"table.g td,table.g th{{border:{line}}}"
        )

    def running(self) -> str:
        out = []
        for place, text in self.document.running.items():
            band, side = place.split()
            role = "page number" if "#" in text and len(text) < 12 else "header" if band == "top" else "footer"
            unit = self.register.unit(role, flow=-1)
            words = self.register.speak(unit, text)[0]
            if not words:
                continue
            first = words[0][0]
            parts = '"' + text.replace('"', "'").replace("#", '"counter(page)"').replace("@", '"counter(pages)"') + '"'
            rule = (
                f"border-{'bottom' if band == 'top' else 'top'}:.5pt solid #444;" if self.style.number % 4 == 0 else ""
            )
            out.append(
                f"@{band}-{side}{{content:{parts};color:{color(first)};font-size:{min(self.style.size, 9.5) * 0.9:.1f}pt;{rule}}}"
            )
        return "".join(out)

    def words(self, unit: int, text: str, lead: bool = False, marker: bool = False) -> str:
        """Markup of a text, its lines parted by breaks."""
        lines: list[str] = []
        for spoken in self.register.speak(unit, text, marker):
            out = ""
            for index, (word, shown, glued) in enumerate(spoken):
                made = f'<span style="color:{color(word)}">{html.escape(shown)}</span>'
                made = f"<b>{made}</b>" if lead and not lines and index < 2 else made
                out += made if glued else f" {made}"
            lines.append(out.strip())
        return "<br>".join(lines)

    def block(self, block: Block) -> str:
        """Markup of a block."""
        make = getattr(self, "_" + block.kind.replace(" ", "_"), None)
        return str(make(block)) if make else self._text(block)

    def _text(self, block: Block) -> str:
        body = self.words(self.register.unit("text"), block.text, bool(block.look.get("lead")))
        if block.note:
            if self.notes:
                body += f"<span class=f>{self.words(self.register.unit('footnote', flow=1), block.note)}</span>"
            else:
                self.ends.append(block.note)
                body += f"<sup>{len(self.ends)}</sup>"
        align = f"text-align:{block.look['align']};text-indent:0;" if "align" in block.look else ""
        align += "padding-left:1.5em;text-indent:-1.5em;" if block.look.get("hanging") else ""
        return f'<p class=t style="{align}">{body}</p>'

    def note(self, text: str, index: int) -> str:
        unit = self.register.unit("footnote")
        return f'<p style="font-size:.85em"><sup>{self.words(unit, str(index), marker=True)}</sup> {self.words(unit, text)}</p>'

    def _title(self, block: Block) -> str:
        size = max(1.3, self.style.heads[0][0] * 1.25)
        return f'<h1 style="font-size:{size:.2f}em;text-align:{self.style.title_align};margin-bottom:.8em;line-height:1.25">{self.words(self.register.unit("title"), block.text)}</h1>'

    def _heading(self, block: Block) -> str:
        size, look, align, above, below = self.style.heads[min(3, block.level - 1)]
        align = str(block.look.get("align", align))
        ground = {
            "rule": "border-bottom:.6pt solid #333;padding-bottom:2pt;",
            "fill": "background:#dfe3e8;padding:3pt;",
            "box": "border:.6pt solid #333;padding:3pt;",
        }.get(self.style.head_ground if block.level < 3 else "", "")
        font = (
            self.style.fonts["ko"]
            if self.document.language == "ko"
            else self.style.fonts["ja"]
            if self.document.language == "ja"
            else self.style.head_font
        )
        text = block.text.upper() if "caps" in look else block.text
        body = self.words(self.register.unit("heading", level=block.level), text)
        tag = f"h{block.level + 1}"
        return f"<{tag} style=\"font-family:'{font}';font-size:{size:.2f}em;{LOOKS[look]};text-align:{align};margin:{above:.2f}em 0 {below:.2f}em;{ground}\">{body}</{tag}>"

    def _list(self, block: Block, parent: int = -1) -> str:
        items = "".join(self._item(item, parent) for item in block.children)
        if block.look.get("across"):
            return f"<div style='display:flex;gap:1.5em'>{items}</div>"
        return f"<div style='margin:.3em 0'>{items}</div>"

    def _item(self, block: Block, parent: int = -1) -> str:
        style = self.style
        unit = self.register.unit("item", level=block.level, parent=parent)
        mark, body = self.words(unit, block.marker, marker=True), self.words(unit, block.text)
        below = "".join(
            self._list(child, unit) if child.kind == "list" else self.block(child) for child in block.children
        )
        indent, gap = style.item_indent, f"margin-bottom:{style.item_gap}em"
        if style.hang == "grid":
            return f"<table style='border:0;margin:0;font-size:1em;{gap};background:none;width:100%;line-height:inherit'><tr style='border:0;background:none'><td style='border:0;padding:0;width:{indent:.2f}em;vertical-align:top'>{mark}</td><td style='border:0;padding:0 0 0 .3em;vertical-align:top'>{body}{below}</td></tr></table>"
        if style.hang == "out":
            left = indent * (0.8 if block.level > 1 else 1)
            return f"<div style='padding-left:{left:.2f}em;{gap};text-indent:0'><span style='display:inline-block;width:{indent * 0.7:.2f}em;margin-left:-{indent * 0.7:.2f}em;white-space:nowrap'>{mark}</span>{body}{below}</div>"
        if style.hang == "flush":
            hang = indent * 0.6
            return f"<div style='padding-left:{indent * (block.level - 1) + hang:.2f}em;{gap}'><div style='text-indent:-{hang:.2f}em'>{mark} {body}</div>{below}</div>"
        return f"<div style='padding-left:{indent * (0.3 if block.level == 1 else 1):.2f}em;{gap}'>{mark} {body}{below}</div>"

    def _table(self, block: Block) -> str:
        table, heads = self.register.tables, block.level
        self.register.tables += 1
        tall = any(cell and y + cell.rows > heads for y in range(heads) for cell in block.cells[y])
        rows = []
        for y, row in enumerate(block.cells):
            line = ""
            for x, cell in enumerate(row):
                if cell is None:
                    continue
                unit = self.register.unit(
                    "cell", table=table, place=(y, y + cell.rows - 1, x, x + cell.columns - 1), header=cell.header
                )
                span = (f" rowspan={cell.rows}" if cell.rows > 1 else "") + (
                    f" colspan={cell.columns}" if cell.columns > 1 else ""
                )
                line += f"<td{span} class={'h' if cell.header else 'd'} style='text-align:{cell.align}'>{self.words(unit, cell.text)}</td>"
            rows.append(f"<tr>{line}</tr>")
        body = (
            f"<thead>{''.join(rows[:heads])}</thead><tbody>{''.join(rows[heads:])}</tbody>"
            if heads and not tall
            else f"<tbody>{''.join(rows)}</tbody>"
        )
        width = "width:100%" if self.style.full_width or block.look.get("grid") else "max-width:100%"
        centre = "margin-left:auto;margin-right:auto" if self.style.caption_align == "center" else ""
        return f"<table class={'g' if block.look.get('grid') else 't'} style='{width};{centre}'>{body}</table>"

    def _caption(self, block: Block) -> str:
        body = self.words(self.register.caption(block), block.text, lead=self.style.caption_look == "label bold")
        look = {"italic": "font-style:italic", "bold": "font-weight:bold", "small": "font-size:.85em"}.get(
            self.style.caption_look, "font-size:.95em"
        )
        return f"<p style='text-align:{self.style.caption_align};text-indent:0;{look};margin:.4em 0'>{body}</p>"

    def _figure(self, block: Block) -> str:
        rng = random.Random(str(block.look["seed"]))
        width, height = float(block.look["width"]), float(block.look["height"])
        align = f"text-align:{self.style.caption_align}"
        if not block.look["drawn"]:
            return f"<figure style='{align}'><img src='{rng.choice(self.pictures).as_uri()}' style='width:{width * 100:.0f}%;height:{height:.0f}pt'></figure>"
        parts = ""
        for _ in range(rng.randint(3, 8)):
            x, y, far = rng.uniform(5, 250), rng.uniform(5, 70), rng.uniform(10, 40)
            parts += rng.choice(
                [
                    f"<circle cx={x:.0f} cy={y:.0f} r={far:.0f} fill=none stroke=#555 />",
                    f"<path d='M{x:.0f} {y:.0f} l{far * 2:.0f} {far:.0f} q9 9 {far:.0f} -{far:.0f}' fill=none stroke=#555 />",
                    f"<rect x={x:.0f} y={y:.0f} width=14 height={100 - y:.0f} fill=#bbb />",
                ]
            )
        unit = self.register.unit("figure text", flow=-2)
        for text in block.text.split("\n"):
            for word, shown, _ in self.register.speak(unit, text)[0]:
                parts += f"<text x={rng.uniform(0, 250):.0f} y={rng.uniform(8, 98):.0f} font-size={rng.uniform(6, 9):.1f} fill='{color(word)}'>{html.escape(shown)}</text>"
        return f"<figure style='{align}'><svg viewBox='0 0 300 100' preserveAspectRatio=none style='width:{width * 100:.0f}%;height:{height:.0f}pt'>{parts}</svg></figure>"

    def _code(self, block: Block) -> str:
        unit, lines = self.register.unit("code"), []
        for index, (line, spoken) in enumerate(
            zip(block.text.split("\n"), self.register.speak(unit, block.text), strict=True)
        ):
            number = f"<span style='color:#888'>{index + 1:3} </span>" if self.style.code_ground == "numbers" else ""
            words = " ".join(
                f'<span style="color:{color(word)}">{html.escape(shown)}</span>' for word, shown, _ in spoken
            )
            lines.append(number + " " * (len(line) - len(line.lstrip())) + words)
        ground = {"fill": "background:#eee;padding:5pt", "box": "border:.5pt solid #444;padding:5pt"}.get(
            self.style.code_ground, "padding-left:1em"
        )
        return f"<pre style='{ground}'>" + "\n".join(lines) + "</pre>"

    def _formula(self, block: Block) -> str:
        unit = self.register.unit("formula")
        rng = random.Random(str(block.look["seed"]))
        made = self.formula(unit, rng, 0)
        if not block.marker:
            return f"<p style='text-align:center;text-indent:0;margin:.6em 0'>{made}</p>"
        return f"<div style='display:flex;margin:.6em 0'><div style='flex:1;text-align:center'>{made}</div><div>{self.words(unit, block.marker)}</div></div>"

    def formula(self, unit: int, rng: random.Random, depth: int) -> str:
        """A formula as spans: sub- and superscripts, fractions, roots."""

        def atom() -> str:
            return f"<i>{self.words(unit, rng.choice(['x', 'y', 'α', 'β', 'n', 'k', 'f(x)', '2', '10', 'λ', 'σ', 'Δ', 'W', '∂u']))}</i>"

        def part() -> str:
            return self.formula(unit, rng, depth + 1) if depth < 2 and rng.random() < 0.45 else atom()

        def sign(text: str) -> str:
            return self.words(unit, text)

        head = f"{atom()} {sign('=')} " if depth == 0 else ""
        form = rng.randrange(6)
        if form == 0:
            return f"{head}{part()} {sign(rng.choice('+−=≤·'))} {part()}"
        if form == 1:
            return f"{head}<span class=fr><span>{part()}</span><span>{part()}</span></span>"
        if form == 2:
            return f"{head}{sign('∑')}<sub>{atom()}</sub> {part()}"
        if form == 3:
            return f"{head}{atom()}<sup>{atom()}</sup> {sign('+')} {part()}"
        if form == 4:
            return f"{head}{sign('√(')}{part()}{sign(')')}"
        return f"{head}{atom()}<sub>{atom()}</sub> {sign('−')} {part()}"

    def _box(self, block: Block) -> str:
        where, old = block.look["where"], self.register.flow
        if where != "flow":
            self.register.flow, self.register.flows = self.register.flows, self.register.flows + 1
        body = "".join(map(self.block, block.children))
        self.register.flow = old
        look = {
            "fill": "background:#e8ebee",
            "frame": "border:.6pt solid #444",
            "bar": "border-left:2pt solid #555",
            "none": "border-top:.5pt solid #666;border-bottom:.5pt solid #666",
        }[str(block.look["ground"])]
        place = (
            f"float:{where};width:{float(block.look['width']) * 100:.0f}%;margin:.3em 1em"
            if where != "flow"
            else "margin:.6em 0"
        )
        return f"<div style='{look};padding:7pt;{place};break-inside:avoid'>{body}</div>"

    def _side(self, block: Block) -> str:
        share = float(block.look.get("share", 0.5)) * 100
        gap = max(14, self.style.gutter)
        first, second = ("".join(map(self.block, group.children)) for group in block.children)
        return f"<div style='display:flex;gap:{gap:.0f}pt;align-items:flex-start;margin:.5em 0'><div style='width:{share:.0f}%'>{first}</div><div style='flex:1;width:{95 - share:.0f}%'>{second}</div></div>"

    def _pairs(self, block: Block) -> str:
        form, words = block.look["form"], []
        for part in block.children:
            body = self.words(self.register.unit(part.kind), part.text)
            words.append(f"<b>{body}</b>" if part.kind == "label" and self.style.head_bold else body)
        side = "margin-left:auto;width:fit-content;" if block.look.get("side") else ""
        pairs = list(zip(words[::2], words[1::2], strict=True))
        if form == "line":
            return (
                f"<div style='{side}'>"
                + "".join(f"<p style='text-indent:0;margin:0'>{label} {value}</p>" for label, value in pairs)
                + "</div>"
            )
        width = f"{float(block.look['width']) * 100:.0f}%" if not side else "auto"
        columns = f"minmax({width},max-content) 1fr" if width != "auto" else "auto auto"
        columns = "auto 1fr auto 1fr" if form == "two" else columns
        line = "border-bottom:.5pt solid #444" if form == "rule" else ""
        cells = "".join(f"<div>{label}</div><div style='{line}'>{value or '&nbsp;'}</div>" for label, value in pairs)
        return f"<div style='{side}display:grid;grid-template-columns:{columns};column-gap:1em;row-gap:{self.style.item_gap:.1f}em;margin:.5em 0;text-align:left'>{cells}</div>"

    def _contents(self, block: Block) -> str:
        unit = self.register.unit("contents", level=block.level)
        body, page = self.words(unit, block.text), self.words(unit, block.marker)
        leader = self.style.leader.strip() * 300
        return f"<div style='display:flex;padding-left:{(block.level - 1) * 1.2:.1f}em;line-height:{self.style.leading + self.style.item_gap:.2f};text-align:left'><span>{body}</span><span style='flex:1;overflow:hidden;white-space:nowrap;height:1.3em;word-break:break-all;color:#777;margin:0 .3em'>{leader}</span><span>{page}</span></div>"

    def _reference(self, block: Block) -> str:
        unit = self.register.unit("reference")
        mark = self.words(unit, block.marker, marker=True) if block.marker else ""
        body = self.words(unit, block.text)
        if mark and self.style.hang in ("out", "grid"):
            return f"<p style='padding-left:2.2em;text-indent:0'><span style='display:inline-block;width:2.2em;margin-left:-2.2em'>{mark}</span>{body}</p>"
        return f"<p style='padding-left:1.5em;text-indent:-1.5em'>{mark} {body}</p>"

    def _rule(self, block: Block) -> str:
        return "<hr>"

    def _break(self, block: Block) -> str:
        return "<div style='break-after:page'></div>"


def style_width(style: Grammar) -> float:
    """Points that a table's lines are wider than the least."""
    return (style.number % 7) / 10
