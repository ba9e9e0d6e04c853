"""Sets documents by Chromium and WeasyPrint, from HTML."""

from __future__ import annotations

import html
import logging
import random
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from sokdok_lab.structure.engines.writer import Writer, across, formula, is_tall, shares
from sokdok_lab.structure.grammar import PAPERS
from sokdok_lab.structure.tree import PLAIN, Block, Document, Look, Register, Spoken, color


def chromium(document: Document, register: Register, pictures: Path) -> bytes:
    """A PDF of a document whose words have the colours of their numbers, by one browser for all."""
    path, page = _chromium()
    path.write_text(_Writer(document, register, pictures, notes=False).source(), encoding="utf-8")
    page.goto(path.as_uri())
    return bytes(page.pdf(prefer_css_page_size=True, print_background=True, tagged=False))


def weasyprint(document: Document, register: Register, pictures: Path) -> bytes:
    """The same by WeasyPrint, which sets footnotes."""
    from weasyprint import HTML

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    html = _Writer(document, register, pictures, notes=True).source()
    return bytes(HTML(string=html, base_url=str(pictures)).write_pdf())


@lru_cache(1)
def _chromium() -> tuple[Path, Any]:
    """A file and a browser's page to show it."""
    from playwright.sync_api import sync_playwright

    options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox", "--disable-gpu"]}
    browser: Any = sync_playwright().start().chromium.launch(**options)  # type: ignore[arg-type]
    return Path(tempfile.mkdtemp(prefix="chromium-")) / "page.html", browser.new_page()


def _word(number: int, shown: str) -> str:
    return f'<span style="color:{color(number)}">{html.escape(shown)}</span>'


ATOMS = "<i>x</i> <i>y</i> α β <i>n</i> <i>k</i> <i>f</i>(<i>x</i>) 2 10 λ σ Δ <i>W</i> ∂<i>u</i>"
FORMS = ("{0} + {1}", "{0} − {1}", "{0} ≤ {1}", "{0} · {1}", "∑<sub>{0}</sub> {1}", "√({0})",
         "{0}<sup>{1}</sup> + {2}", "{0}<sub>{1}</sub> − {2}",
         "<span class=fr><span>{0}</span><span>{1}</span></span>")  # fmt: skip


class _Writer(Writer):
    word, space = staticmethod(_word), "&nbsp;"
    wraps = {
        **{"b": "<b>{}</b>", "m": "<tt>{}</tt>", "s": "<small>{}</small>", "u": "<u>{}</u>"},
        "n": "<span style='display:inline-block;width:2.2em;font-size:75%'>{}</span>",
        "h": "<span style='float:left;width:2.2em;margin-left:-3em;text-align:right;font-size:75%'>{}</span>",
    }

    def __init__(self, document: Document, register: Register, pictures: Path, notes: bool) -> None:
        super().__init__(document, register, pictures)
        self.notes, self.rng = notes, random.Random(f"web {document.grammar}")
        self.ends: list[str] = []

    def source(self) -> str:
        head, blocks = self.parted()
        above = "".join(map(self.block, head))
        body = "".join(map(self.block, blocks))
        if self.ends:
            body += "<hr class=n>" + "".join(self.note(text, index) for index, text in enumerate(self.ends, 1))
        if self.document.columns > 1:
            body = f"<div class=cols>{body}</div>"
        frame = "<div style='position:fixed;inset:-12pt;border:.8pt solid #222'></div>" if self.document.frame else ""
        return f'<!doctype html><html lang="{self.document.language}"><meta charset=utf-8><style>{self.css()}</style>{frame}{above}{body}</html>'

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
        indent = f"{'p.t+p.t' if style.number % 2 else 'p.t'}{{text-indent:{style.indent}em}}"
        return (
            f"@page{{size:{width}pt {height}pt;margin:{top:.1f}pt {right:.1f}pt {bottom:.1f}pt {left:.1f}pt;{self.heads()}}}"
            f"body{{margin:0;font:{style.size}pt/{style.leading + 0.05} {family};text-align:{'justify' if style.justified else 'left'};word-break:{breaks};hyphens:{hyphens};orphans:2;widows:2}}"
            f"p,pre,table,ul,ol,figure,h1,h2,h3,h4,h5{{margin:0;padding:0}}p{{margin-bottom:{style.gap}em}}{indent}"
            f".cols{{column-count:{self.document.columns};column-gap:{style.gutter:.1f}pt;column-fill:{self.rng.choice(['auto', 'balance'])}}}"
            "h1,h2,h3,h4,h5{break-after:avoid;hyphens:manual}tr{break-inside:auto}figure{break-inside:avoid}"
            f"pre{{font:{style.size * 0.87:.1f}pt/1.35 '{style.mono}','{style.fonts['ko']}';white-space:pre-wrap;text-align:left;margin:.5em 0}}"
            f"table{{border-collapse:collapse;font-size:{style.table_size:.2f}em;line-height:{min(style.leading, 1.4) + 0.05};text-align:{'justify' if style.cell_justified else 'left'};margin:.5em 0}}"
            f"td,th{{padding:{style.padding[0]:.1f}pt {style.padding[1]:.1f}pt;vertical-align:{style.valign};font-weight:normal}}"
            f"{self.table_css()}.h{{font-weight:{'bold' if style.head_bold else 'normal'}}}"
            ".f{float:footnote;font-size:8pt;text-indent:0}::footnote-call{font-size:.7em;vertical-align:super}"
            "hr{border:0;border-top:.8pt solid #222;margin:.6em 0}hr.n{width:30%;margin-left:0}"
            "sup,sub{font-size:.7em;line-height:0}.fr{display:inline-block;vertical-align:middle;text-align:center;text-indent:0}.fr>span{display:block;padding:0 .2em}.fr>span+span{border-top:.5pt solid}"
        )

    def table_css(self) -> str:
        style = self.style
        line = f"{0.4 + style.number % 7 / 10:.1f}pt solid #333"
        forms = {
            ".grid td,.body tbody td": f"border:{line}",
            ".rows tr,.open td": f"border-bottom:{line};border-top:{line}",
            "table.booktabs": "border-top:1.2pt solid #222;border-bottom:1.2pt solid #222",
            ".booktabs thead": "border-bottom:.6pt solid #222",
            "table.outer": f"border:{line}",
            ".columns td+td,.open td+td": f"border-left:{line}",
            ".head thead": f"border-bottom:{line}",
            "tbody tr:nth-child(even)": "background:#eef0f2" if style.zebra else "",
            "thead": "background:#dde2e8" if style.head_fill else "",
        }
        return "".join(f"{what}{{{how}}}" for what, how in forms.items())

    def heads(self) -> str:
        out = []
        for band, side, unit, text in self.running():
            words = self.register.speak(unit, text)[0]
            if not words:
                continue
            parts = '"' + text.replace('"', "'").replace("#", '"counter(page)"').replace("@", '"counter(pages)"') + '"'
            edge = "bottom" if band == "top" else "top"
            rule = f"border-{edge}:.5pt solid #444;" if self.style.number % 4 == 0 else ""
            look = f"color:{color(words[0][0])};font-size:{min(self.style.size, 9.5) * 0.9:.1f}pt;{rule}"
            out.append(f"@{band}-{side}{{content:{parts};{look}}}")
        return "".join(out)

    def words(self, unit: int, text: str, look: Look | None = None, marker: bool = False) -> str:
        """Markup of a text, its lines parted by breaks."""
        return "<br>".join(self.lines(unit, text, look, marker))

    def dressed(self, tag: str, body: str, look: Look, **usual: float | str) -> str:
        """An element with looks of its own."""
        look = {**usual, **look}
        size, left, first = (float(look.get(name, usual)) for name, usual in (("size", 1), ("left", 0), ("first", 0)))
        css = {
            "font-size": f"{size:.2f}em",
            "margin": f"{float(look.get('above', 0)) / size:.2f}em {float(look.get('right', 0)) / size:.2f}em {float(look.get('below', self.style.gap)) / size:.2f}em {left / size:.2f}em",
            "text-indent": f"{first / size:.2f}em",
        }
        if "bold" in look or tag != "div":
            css["font-weight"] = "bold" if look.get("bold") else "normal"
        css |= {"font-style": "italic"} if look.get("italic") else {}
        css |= {"font-family": f"'{self.style.mono}','{self.style.fonts['ko']}'"} if look.get("mono") else {}
        css |= {"font-family": f"'{look['font']}'"} if "font" in look else {}
        css |= {"text-align": str(look["align"])} if "align" in look else {}
        css |= {"line-height": "1.25"} if size > 1.2 else {}
        ground = {
            "rule": "border-bottom:.6pt solid #333;padding-bottom:2pt",
            "over": "border-top:1pt solid #333;border-bottom:.4pt solid #333;padding:2pt 0",
            "fill": "background:#dfe3e8;padding:3pt",
            "box": "border:.6pt solid #333;padding:3pt",
            "bar": "border-left:3pt solid #555;padding-left:5pt",
        }.get(str(look.get("ground", "")), "")
        return f'<{tag} style="{";".join(f"{name}:{value}" for name, value in css.items())};{ground}">{body}</{tag}>'

    def _text(self, block: Block) -> str:
        body = self.words(self.register.unit("text"), block.text, block.look)
        if PLAIN & {*block.look} - {"align"} and not block.note:
            return self.dressed("div", body, block.look)
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
        body = self.words(self.register.unit("title"), block.text)
        return self.dressed("h1", body, {**self.style.title, **block.look})

    def _heading(self, block: Block) -> str:
        fonts = {"ko": self.style.fonts["ko"], "ja": self.style.fonts["ja"]}
        font = fonts.get(self.document.language, self.style.head_font)
        look = {**self.style.heading(block.level), "font": font, **block.look}
        unit = self.register.unit("heading", level=block.level)
        lines = self.lines(unit, block.text.upper() if look["caps"] else block.text, block.look)
        body = "<br>".join(lines)
        if "tab" in block.look:
            cell = "border:.6pt solid #333;padding:3pt"
            body = f"<div style='display:flex'><div style='{cell} .7em;background:#cdd2d8'>{lines[0]}</div><div style='{cell} .6em;flex:1'>{lines[1]}</div></div>"
        return self.dressed(f"h{block.level + 1}", body, look)

    def _list(self, block: Block, parent: int = -1) -> str:
        items = "".join(self._item(item, parent) for item in block.children)
        if block.look.get("across"):
            return f"<div style='display:flex;gap:1.5em'>{items}</div>"
        return f"<div style='margin:.3em 0'>{items}</div>"

    def _item(self, block: Block, parent: int = -1) -> str:
        style = self.style
        unit = self.register.unit("item", level=block.level, parent=parent)
        mark, body = self.marked(unit, block, block.look)
        below = "".join(self.below(block, unit))
        if "left" in block.look:
            return self.dressed("div", f"{mark} {body}", block.look, below=style.item_gap) + below
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
        table, heads = self.register.table(), block.level
        rows = []
        for y, row in enumerate(block.cells):
            line = ""
            for x, cell in enumerate(row):
                if cell is None:
                    continue
                unit = self.register.cell(table, y, x, cell)
                span = f" rowspan={cell.rows}" * (cell.rows > 1) + f" colspan={cell.columns}" * (cell.columns > 1)
                line += f"<td{span} class={'h' if cell.header else 'd'} style='text-align:{cell.align}'>{self.words(unit, cell.text)}</td>"
            rows.append(f"<tr>{line}</tr>")
        heads = 0 if is_tall(block) else heads
        body = f"<thead>{''.join(rows[:heads])}</thead>" if heads else ""
        body += f"<tbody>{''.join(rows[heads:])}</tbody>"
        rules = "grid" if block.look.get("grid") else block.look.get("rules", self.style.rules)
        width = "width:100%" if self.style.full_width or block.look.get("grid") else "max-width:100%"
        if "share" in block.look:
            width = f"width:{float(block.look['share']) * 100:.0f}%"
        centre = "margin-left:auto;margin-right:auto" if self.style.caption_align == "center" else ""
        centre = "margin-left:auto;margin-right:0" if block.look.get("at") == "right" else centre
        return f"<table class={rules} style='{width};{centre}'>{body}</table>"

    def _caption(self, block: Block) -> str:
        look = self.style.caption
        return self.dressed("div", self.words(self.register.caption(block), block.text, look), look)

    def _figure(self, block: Block) -> str:
        rng = random.Random(str(block.look["seed"]))
        width, height = float(block.look["width"]), float(block.look["height"])
        align = f"text-align:{self.style.caption_align}"
        if not block.look["drawn"]:
            return f"<figure style='{align}'><img src='{rng.choice(self.pictures).as_uri()}' style='width:{width * 100:.0f}%;height:{height:.0f}pt'></figure>"
        parts = ""
        for _ in range(rng.randint(3, 8)):
            x, y, far = rng.uniform(5, 250), rng.uniform(5, 70), rng.uniform(10, 40)
            forms = (
                f"<circle cx={x:.0f} cy={y:.0f} r={far:.0f} fill=none stroke=#555 />",
                f"<path d='M{x:.0f} {y:.0f} l{far * 2:.0f} {far:.0f} q9 9 {far:.0f} -{far:.0f}' fill=none stroke=#555 />",
                f"<rect x={x:.0f} y={y:.0f} width=14 height={100 - y:.0f} fill=#bbb />",
            )
            parts += rng.choice(forms)
        unit = self.register.unit("figure text", flow=-2)
        for text in block.text.split("\n"):
            for word, shown, _ in self.register.speak(unit, text)[0]:
                parts += f"<text x={rng.uniform(0, 250):.0f} y={rng.uniform(8, 98):.0f} font-size={rng.uniform(6, 9):.1f} fill='{color(word)}'>{html.escape(shown)}</text>"
        return f"<figure style='{align}'><svg viewBox='0 0 300 100' preserveAspectRatio=none style='width:{width * 100:.0f}%;height:{height:.0f}pt'>{parts}</svg></figure>"

    def _code(self, block: Block) -> str:
        lines = self.lines(self.register.unit("code"), block.text, block.look)
        ground = {"fill": "background:#eee;padding:5pt", "box": "border:.5pt solid #444;padding:5pt"}.get(
            self.style.code_ground, "padding-left:1em"
        )
        return f"<pre style='{ground}'>" + "\n".join(lines) + "</pre>"

    def _formula(self, block: Block) -> str:
        unit = self.register.unit("formula")
        self.register.words.append(Spoken("formula", unit))
        made = formula(random.Random(str(block.look["seed"])), ATOMS, FORMS, len(FORMS))
        made = f'<span style="color:{color(len(self.register.words) - 1)}">{made}</span>'
        if not block.marker:
            return f"<p style='text-align:center;text-indent:0;margin:.6em 0'>{made}</p>"
        return f"<div style='display:flex;margin:.6em 0'><div style='flex:1;text-align:center'>{made}</div><div>{self.words(unit, block.marker)}</div></div>"

    def _box(self, block: Block) -> str:
        where = block.look["where"]
        with self.register.apart(where != "flow"):
            body = "".join(map(self.block, block.children))
        look = {
            "fill": "background:#e8ebee",
            "frame": f"border:.6pt solid #444;border-radius:{self.style.number % 3 * 4}pt",
            "bar": "border-left:2pt solid #555",
            "none": "border-top:.5pt solid #666;border-bottom:.5pt solid #666",
        }[str(block.look["ground"])]
        beside = f"float:{where};width:{float(block.look['width']) * 100:.0f}%;margin:.3em 1em"
        place = "margin:.6em 0" if where == "flow" else beside
        return f"<div style='{look};padding:7pt;{place};break-inside:avoid'>{body}</div>"

    def _side(self, block: Block) -> str:
        share, gap, count = shares(block)[0] * 100, max(14, self.style.gutter), len(block.children)
        groups = "".join(
            f"<div style='flex:{1 if at or count > 2 else f'none;width:{share:.0f}%'};min-width:0'>{''.join(map(self.block, group.children))}</div>"
            for at, group in enumerate(block.children)
        )
        return f"<div style='display:flex;gap:{gap:.0f}pt;align-items:flex-start;margin:.5em 0'>{groups}</div>"

    def _columns(self, block: Block) -> str:
        body = "".join(map(self.block, block.children))
        if float(block.look["count"]) < 2:
            return f"<div style='column-span:all;margin:.6em 0'>{body}</div>"
        return f"<div style='column-count:{block.look['count']:.0f};column-gap:{max(14, self.style.gutter):.0f}pt'>{body}</div>"

    def _typed(self, block: Block) -> str:
        font = "NanumGothicCoding" if self.document.language == "ko" else self.style.mono
        look = f"font:{block.look['points']}pt/1.2 '{font}';white-space:pre;margin:0"
        pages = ("\n".join(rows) for rows in self.typed(block, " "))
        return self._break(block).join(f'<pre style="{look}">{page}</pre>' for page in pages)

    def _pairs(self, block: Block) -> str:
        form, pairs = block.look["form"], self.pairs(block)
        side = "margin-left:auto;width:fit-content;" if block.look.get("side") else ""
        if form == "line":
            lines = "".join(f"<p style='text-indent:0;margin:0'>{label} {value}</p>" for label, value in pairs)
            return f"<div style='{side}'>{lines}</div>"
        width = f"{float(block.look['width']) * 100:.0f}%" if not side else "auto"
        line = "border-bottom:.5pt solid #444"
        if form in ("above", "below"):
            both = ((f"<div>{a}</div>", f"<div style='{line}'>{b or '&nbsp;'}</div>") for a, b in pairs)
            cells = "".join(f"<div>{''.join(pair if form == 'above' else pair[::-1])}</div>" for pair in both)
            return f"<div style='display:grid;grid-template-columns:repeat({across(block)},1fr);gap:1em 1.2em;margin:.5em 0;text-align:left'>{cells}</div>"
        columns = f"minmax({width},max-content) 1fr" if width != "auto" else "auto auto"
        columns = "auto 1fr " * across(block) if across(block) > 1 else columns
        line = line if form == "rule" else ""
        if out := self.outside(block):
            columns = f"{out - 8:.0f}pt 1fr"
            side = f"position:relative;left:-{out:.0f}pt;width:calc(100% + {out:.0f}pt);"
        cells = "".join(f"<div>{label}</div><div style='{line}'>{value or '&nbsp;'}</div>" for label, value in pairs)
        return f"<div style='{side}display:grid;grid-template-columns:{columns};column-gap:1em;row-gap:{self.style.item_gap:.1f}em;margin:.5em 0;text-align:left'>{cells}</div>"

    def _contents(self, block: Block) -> str:
        unit = self.register.unit("contents", level=block.level)
        body, page = self.words(unit, block.text), self.words(unit, block.marker)
        leader = self.style.leader.strip() * 300
        return f"<div style='display:flex;padding-left:{(block.level - 1) * 1.2:.1f}em;line-height:{self.style.leading + self.style.item_gap:.2f};text-align:left'><span>{body}</span><span style='flex:1;overflow:hidden;white-space:nowrap;height:1.3em;word-break:break-all;color:#777;margin:0 .3em'>{leader}</span><span>{page}</span></div>"

    def _reference(self, block: Block) -> str:
        mark, body = self.marked(self.register.unit("reference"), block)
        if mark and self.style.hang in ("out", "grid"):
            return f"<p style='padding-left:2.2em;text-indent:0'><span style='display:inline-block;width:2.2em;margin-left:-2.2em'>{mark}</span>{body}</p>"
        return f"<p style='padding-left:1.5em;text-indent:-1.5em'>{mark} {body}</p>"

    def _rule(self, block: Block) -> str:
        return "<hr>"

    def _break(self, block: Block) -> str:
        return "<div style='break-after:page'></div>"
