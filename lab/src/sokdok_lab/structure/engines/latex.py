"""Sets documents by XeLaTeX, several in one run: a run costs a second before its first page."""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from pathlib import Path

from sokdok_lab.structure.engines.writer import Writer, formula, is_tall, shares
from sokdok_lab.structure.grammar import PAPERS
from sokdok_lab.structure.tree import Block, Document, Look, Register, Spoken, color

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", '"': r"\char34{}",
}  # fmt: skip
SERIF = ("Latin Modern Roman", "DejaVu Serif", "Liberation Serif", "EB Garamond")
SANS = ("Latin Modern Sans", "DejaVu Sans", "Liberation Sans", "Liberation Sans Narrow")
MONO = ("Latin Modern Mono", "DejaVu Sans Mono", "Liberation Mono")


def pdf(document: Document, register: Register, pictures: Path) -> bytes:
    """A PDF of a document whose words have the colours of their numbers; raises RuntimeError where LaTeX makes none."""
    text = _Writer(document, register, pictures).source()
    with tempfile.TemporaryDirectory(prefix="latex-") as folder:
        (Path(folder) / "page.tex").write_text(text, encoding="utf-8")
        command = ["xelatex", "-interaction=nonstopmode", "-no-shell-escape", "page.tex"]
        for _ in range(2 if "@" in "".join(document.running.values()) else 1):
            subprocess.run(
                command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=90, check=False
            )
        made = Path(folder) / "page.pdf"
        if not made.exists():
            log = (Path(folder) / "page.log").read_text("utf-8", "replace")
            raise RuntimeError(" ".join(re.findall(r"^!.*", log, re.M)[:3]) or "no PDF")
        return made.read_bytes()


def escaped(text: str) -> str:
    """Text for TeX."""
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def _word(number: int, shown: str) -> str:
    return rf"\w{{{color(number)[1:]}}}{{{escaped(shown)}}}"


ATOMS = r"x y \alpha \beta n k f(x) 2 10 \lambda a_i x^2 e^{-x} \sigma \Delta W h_t"
FORMS = ("{0} = {1}", "{0} + {1}", "{0} - {1} {2}", r"\frac{{{0}}}{{{1}}}", r"\sum_{{i=1}}^n {0}", r"\int_0^1 {0}\,dx",
         r"\sqrt{{{0}}}", r"\left({0}\right)", "{0}_{{{1}}}", r"\lim_{{n\to\infty}} {0}",
         r"\begin{{pmatrix}}{0} & {1}\\{2} & {0}\end{{pmatrix}}")  # fmt: skip
OUTER_FORMS = 7


class _Writer(Writer):
    word, space = staticmethod(_word), "~"
    wraps = {
        **{"b": r"\textbf{{{}}}", "m": r"\texttt{{{}}}", "s": r"{{\small {}}}", "u": r"\underline{{{}}}"},
        **{"n": r"\makebox[2em][l]{{\scriptsize {}}}", "h": r"\llap{{\tiny {}\hskip.8em}}"},
    }

    def __init__(self, document: Document, register: Register, pictures: Path) -> None:
        super().__init__(document, register, pictures)
        self.rng = random.Random(f"latex {document.grammar}")
        self.columns = min(2, document.columns)

    def source(self) -> str:
        style, (head, blocks) = self.style, self.parted()
        width, height = PAPERS[style.paper]
        top, right, bottom, left = style.margins
        cjk = style.fonts["ja" if self.document.language == "ja" else "ko"]
        serif = style.number % 3 != 0
        main = self.rng.choice(SERIF if serif else SANS)
        wide = self.document.language in ("ko", "ja")
        lines = [
            r"\documentclass[twocolumn,10pt]{article}" if self.columns > 1 else r"\documentclass[10pt]{article}",
            r"\usepackage{xcolor,array,multirow,booktabs,longtable,graphicx,amsmath,fontspec,ragged2e,calc}",
            rf"\usepackage[paperwidth={width}bp,paperheight={height}bp,top={top:.0f}bp,right={right:.0f}bp,bottom={bottom:.0f}bp,left={left:.0f}bp,columnsep={style.gutter:.0f}bp,headsep=12bp,footskip=22bp]{{geometry}}",
            r"\usepackage[hang,flushmargin]{footmisc}" if self.rng.random() < 0.4 else "",
            r"\usepackage{kotex}",
            rf"\setmainhangulfont{{{cjk}}}\setmainhanjafont{{{cjk}}}\setmonohangulfont{{{cjk}}}\setmonohanjafont{{{cjk}}}",
            rf"\setmainfont{{{main}}}\setmonofont{{{self.rng.choice(MONO)}}}",
            r"\usepackage{fancyhdr}\pagestyle{fancy}\fancyhf{}",
            rf"\renewcommand{{\headrulewidth}}{{{'.4pt' if style.number % 4 == 0 else '0pt'}}}",
            *self.heads(),
            r"\newcommand{\w}[2]{\textcolor[HTML]{#1}{#2}}\setcounter{secnumdepth}{-2}\emergencystretch=3em\tolerance=3000\hbadness=10000\vbadness=10000",
            rf"\setlength{{\parindent}}{{{style.indent}em}}\setlength{{\parskip}}{{{style.gap}em plus 1pt}}\linespread{{{max(1.0, style.leading / 1.2):.2f}}}",
            "" if style.hyphens else r"\hyphenpenalty=10000",
            rf"\begin{{document}}\fontsize{{{style.size}}}{{{style.size * 1.2:.1f}}}\selectfont",
            "" if style.justified or wide else r"\RaggedRight\setlength{\parindent}{" + f"{style.indent}em}}",
        ]
        if head:
            above = "\n\n".join(map(self.block, head))
            lines.append(
                rf"\twocolumn[{{\begin{{minipage}}{{\textwidth}}\sloppy {above}\vspace{{1.5em}}\end{{minipage}}}}]"
            )
        lines += map(self.block, blocks)
        return "\n\n".join(line for line in lines if line) + "\n\\end{document}\n"

    def heads(self) -> list[str]:
        out = []
        for band, side, unit, text in self.running():
            body = self.words(unit, text).replace(r"\#", r"\thepage{}").replace("@", r"\pageref{end}")
            out.append(rf"\fancy{'head' if band == 'top' else 'foot'}[{side[0].upper()}]{{\small {body}}}")
        return [*out, r"\AtEndDocument{\label{end}}"]

    def words(self, unit: int, text: str, look: Look | None = None, marker: bool = False, note: str = "") -> str:
        """Markup of a text, its lines parted."""
        body = r" \newline ".join(filter(None, self.lines(unit, text, look, marker)))
        if note:
            unit = self.register.unit("footnote", flow=1)
            body += rf"\footnote{{{self.words(unit, note)}}}"
        return body

    def _text(self, block: Block) -> str:
        body = self.words(self.register.unit("text"), block.text, block.look, note=block.note)
        align = str(block.look.get("align", ""))
        if align:
            return rf"{{\parindent=0pt {self._aligned(align)} {body}\par}}"
        if "\n" in block.text or block.look.get("hanging"):
            return rf"{{\parindent=0pt \hangindent={1.5 if block.look.get('hanging') else 0}em {body}\par}}"
        return body

    def _aligned(self, align: str) -> str:
        return {"center": r"\centering", "right": r"\raggedleft"}.get(align, r"\raggedright")

    def _title(self, block: Block) -> str:
        size = self.style.size * max(1.3, self.style.heads[0][0] * 1.25)
        body = self.words(self.register.unit("title"), block.text)
        return rf"{{\parindent=0pt {self._aligned(self.style.title_align)}\fontsize{{{size:.1f}}}{{{size * 1.25:.1f}}}\selectfont\bfseries {body}\par}}\vspace{{1em}}"

    def _heading(self, block: Block) -> str:
        scale, look, align, above, below = self.style.heads[min(3, block.level - 1)]
        size = scale * self.style.size
        text = block.text.upper() if "caps" in look else block.text
        body = self.words(self.register.unit("heading", level=block.level), text)
        font = (r"\bfseries" if "bold" in look else "") + (r"\itshape" if "italic" in look else "")
        ruled = self.style.head_ground == "rule" and block.level < 3
        rule = r"\vspace{-.6em}\noindent\rule{\linewidth}{.4pt}\par\nobreak" if ruled else ""
        return rf"\par\addvspace{{{above:.2f}em}}{{\parindent=0pt\parskip=0pt {self._aligned(str(block.look.get('align', align)))}\fontsize{{{size:.1f}}}{{{size * 1.2:.1f}}}\selectfont{font} {body}\par}}\nobreak {rule}\vspace{{{below * 0.6:.2f}em}}\nobreak"

    def item(self, block: Block, parent: int = -1) -> tuple[str, str, str]:
        """Markup of an item's mark, of its text, and of what is within it."""
        unit = self.register.unit("item", level=block.level, parent=parent)
        return *self.marked(unit, block), "".join(f"\n\n{made}" for made in self.below(block, unit))

    def _item(self, block: Block) -> str:
        (mark, body, below), hang = self.item(block), self.style.item_indent * 0.7
        return rf"{{\parindent=0pt\hangindent={hang:.2f}em\makebox[{hang:.2f}em][l]{{{mark}}}{body}\par}}{below}"

    def _list(self, block: Block, parent: int = -1) -> str:
        items, style, indent = [self.item(item, parent) for item in block.children], self.style, self.style.item_indent
        if block.look.get("across"):
            return (
                r"{\parindent=0pt " + r"\quad ".join(rf"\mbox{{{mark} {body}}}" for mark, body, _ in items) + r"\par}"
            )
        left = {"in": 0.3, "flush": indent * 0.6}.get(style.hang, indent)
        made = "\n".join(rf"\item[{{{mark}}}] {body}{below}" for mark, body, below in items)
        return rf"\begin{{list}}{{}}{{\leftmargin={left:.2f}em\labelwidth={max(0.3, left - 0.3):.2f}em\labelsep=.3em\itemindent=0pt\topsep=.2em\parsep=0pt\itemsep={style.item_gap}em\let\makelabel\relax\def\makelabel#1{{#1\hfil}}}}{made}\end{{list}}"

    def _table(self, block: Block) -> str:
        style, table, heads = self.style, self.register.table(), block.level
        rules = "grid" if block.look.get("grid") else style.rules
        columns = len(block.cells[0])
        weights = [float(w) for w in str(block.look.get("widths", "")).split()] or [1.0] * columns
        wordy = style.full_width or any(cell and len(cell.text) > 24 for row in block.cells for cell in row)
        widths = [weight / sum(weights) * 0.98 for weight in weights]
        bar = "|" if rules in ("grid", "columns") else ""
        pad = style.padding[1]
        vertical = {"top": "p", "middle": "m", "bottom": "b"}[style.valign]

        def kind(align: str, share: float) -> str:
            length = rf"\dimexpr {share:.4f}\linewidth-{2 * pad:.1f}pt\relax"
            return rf">{{{self._aligned(align)}\arraybackslash}}{vertical}{{{length}}}" if wordy else align[0]

        rows, open_down = [], [0] * columns
        for y, row in enumerate(block.cells):
            line, x = [], 0
            while x < columns:
                cell = row[x]
                if cell is None:
                    line.append("")
                    x += 1
                    continue
                unit = self.register.cell(table, y, x, cell)
                body = self.words(unit, cell.text)
                if cell.header and style.head_bold:
                    body = rf"{{\bfseries {body}}}"
                share = sum(widths[x : x + cell.columns])
                if cell.rows > 1:
                    reach = rf"{share - 0.02:.3f}\linewidth" if wordy else "*"
                    body = rf"\multirow{{{cell.rows}}}{{{reach}}}{{{body}}}"
                    for column in range(x, x + cell.columns):
                        open_down[column] = y + cell.rows - 1
                first = bar if x == 0 else ""
                line.append(rf"\multicolumn{{{cell.columns}}}{{{first}{kind(cell.align, share)}{bar}}}{{{body}}}")
                x += cell.columns
            rule = ""
            if rules in ("grid", "rows", "open"):
                closed = [c for c in range(columns) if open_down[c] <= y]
                rule = r"\hline" if len(closed) == columns else "".join(rf"\cline{{{c + 1}-{c + 1}}}" for c in closed)
            elif rules in ("booktabs", "head") and y + 1 == max(1, heads):
                rule = r"\midrule" if rules == "booktabs" else r"\hline"
            rows.append(" & ".join(line) + r" \\ " + rule)
        above = {"booktabs": r"\toprule", **dict.fromkeys(("grid", "rows", "open", "outer"), r"\hline")}.get(rules, "")
        below = {"booktabs": r"\bottomrule", "outer": r"\hline"}.get(rules, "")
        size = style.size * style.table_size
        spec = bar + "".join(kind("left", share) + bar for share in widths)
        long = self.columns == 1 and len(rows) > 8
        name, end = ("longtable", "") if long else ("tabular", r"\par}")
        place = "" if long else (r"{\centering " if style.caption_align == "center" else r"{\noindent ")
        if long and heads and style.number % 3 and not is_tall(block):
            above, rows = rf"{above} {' '.join(rows[:heads])} \endhead ", rows[heads:]
        look = rf"\setlength{{\tabcolsep}}{{{pad:.1f}pt}}\renewcommand{{\arraystretch}}{{{1 + style.padding[0] / 15:.2f}}}\fontsize{{{size:.1f}}}{{{size * 1.2:.1f}}}\selectfont"
        made = "\n".join(rows)
        return rf"{{{look} {place}\begin{{{name}}}{{{spec}}}{above} {made}{below}\end{{{name}}}{end}}}"

    def _caption(self, block: Block) -> str:
        how = self.style.caption_look
        body = self.words(self.register.caption(block), block.text, {"lead": float(how == "label bold")})
        look = {"italic": r"\itshape", "bold": r"\bfseries", "small": r"\footnotesize"}.get(how, r"\small")
        return rf"{{\parindent=0pt{self._aligned(self.style.caption_align)}{look} {body}\par}}\vspace{{.3em}}"

    def _figure(self, block: Block) -> str:
        width, height = float(block.look["width"]), float(block.look["height"])
        picture = random.Random(str(block.look["seed"])).choice(self.pictures)
        return rf"{{\parindent=0pt{self._aligned(self.style.caption_align)}\includegraphics[width={width:.2f}\linewidth,height={height:.0f}bp]{{{picture}}}\par}}"

    def _code(self, block: Block) -> str:
        lines = self.lines(self.register.unit("code"), block.text, block.look)
        size = self.style.size * 0.87
        return self.mono([rf"\hspace*{{.5em}}{line}" for line in lines], size)

    def mono(self, lines: list[str], size: float) -> str:
        """Lines in fixed pitch."""
        head = rf"\parindent=0pt\parskip=0pt\raggedright\ttfamily\fontsize{{{size:.1f}}}{{{size * 1.2:.1f}}}\selectfont"
        return rf"{{{head} " + r"\par ".join(line or r"\strut" for line in lines) + r"\par}"

    def _columns(self, block: Block) -> str:
        return "\n\n".join(map(self.block, block.children))

    def _typed(self, block: Block) -> str:
        size = float(block.look["points"])
        return "\n\n\\clearpage\n\n".join(self.mono(page, size) for page in self.typed(block, "~"))

    def _formula(self, block: Block) -> str:
        unit = self.register.unit("formula")
        self.register.words.append(Spoken("formula", unit))
        word = color(len(self.register.words) - 1)[1:]
        body = formula(random.Random(str(block.look["seed"])), ATOMS, FORMS, OUTER_FORMS)
        mark = rf"\eqno{{{self.words(unit, block.marker)}}}" if block.marker else ""
        return rf"$$\textcolor[HTML]{{{word}}}{{\displaystyle {body}}}{mark}$$"

    def _box(self, block: Block) -> str:
        body = "\n\n".join(map(self.block, block.children))
        frame = r"\colorbox[gray]{.92}" if block.look["ground"] == "fill" else r"\fbox"
        inside = rf"\begin{{minipage}}{{\dimexpr\linewidth-8pt}}{body}\end{{minipage}}"
        return rf"\par\vspace{{.5em}}\noindent{frame}{{{inside}}}\par\vspace{{.5em}}"

    def _side(self, block: Block) -> str:
        parts = ("\n\n".join(map(self.block, group.children)) for group in block.children)
        boxes = (
            rf"\begin{{minipage}}[t]{{{wide - 0.03:.2f}\linewidth}}{part}\end{{minipage}}"
            for wide, part in zip(shares(block), parts, strict=True)
        )
        return r"\par\noindent " + r"\hfill".join(boxes) + r"\par"

    def _pairs(self, block: Block) -> str:
        pairs = self.pairs(block)
        if block.look["form"] == "line":
            return r"{\parindent=0pt " + r"\par ".join(f"{label} {value}" for label, value in pairs) + r"\par}"
        width = float(block.look["width"])
        rows = r" \\ ".join(f"{label} & {value}" for label, value in pairs)
        return rf"\par\noindent\begin{{tabular}}{{@{{}}>{{\raggedright\arraybackslash}}p{{{width:.2f}\linewidth}}>{{\raggedright\arraybackslash}}p{{{0.92 - width:.2f}\linewidth}}}}{rows}\end{{tabular}}\par"

    def _contents(self, block: Block) -> str:
        unit = self.register.unit("contents", level=block.level)
        body, page = self.words(unit, block.text), self.words(unit, block.marker)
        leader = r"\dotfill" if self.style.leader.strip() else r"\hfill"
        return rf"{{\parindent=0pt\hspace*{{{(block.level - 1) * 1.2:.1f}em}}{body} {leader} {page}\par}}"

    def _reference(self, block: Block) -> str:
        mark, body = self.marked(self.register.unit("reference"), block)
        box = rf"\makebox[2em][l]{{{mark}}}" if mark else ""
        return rf"{{\parindent=0pt\hangindent={2 if mark else 1.5}em {box}{body}\par}}"

    def _rule(self, block: Block) -> str:
        return r"\par\noindent\rule{\linewidth}{.6pt}\par"

    def _break(self, block: Block) -> str:
        return r"\clearpage"
