"""Sets documents by LibreOffice Writer, from DOCX files."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from sokdok_lab.structure.engines.writer import Writer, across, shares
from sokdok_lab.structure.grammar import PAPERS
from sokdok_lab.structure.tree import PLAIN, Block, Cell, Document, Look, Register, accents, color
from sokdok_lab.structure.typed import pages_of

_ALIGN = {name: getattr(WD_ALIGN_PARAGRAPH, name.upper()) for name in ("left", "center", "right", "justify")}
FONTS = ("Liberation Serif", "Liberation Sans", "DejaVu Sans", "DejaVu Serif", "EB Garamond")


@lru_cache(1)
def _profile() -> str:
    return Path(tempfile.mkdtemp(prefix="office-profile-")).as_uri()


def pdf(document: Document, register: Register, pictures: Path) -> bytes:
    """A PDF of a document whose words have the colours of their numbers; raises RuntimeError where there is none."""
    made = _Writer(document, register, pictures).made()
    with tempfile.TemporaryDirectory(prefix="office-") as folder:
        path = Path(folder) / "page.docx"
        made.save(str(path))
        command = ["soffice", f"-env:UserInstallation={_profile()}", "--headless", "--convert-to", "pdf"]
        command += ["--outdir", folder, str(path)]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180, check=False)
        out = path.with_suffix(".pdf")
        if not out.exists():
            raise RuntimeError("LibreOffice made no PDF")
        return out.read_bytes()


class _Writer(Writer):
    def __init__(self, document: Document, register: Register, pictures: Path) -> None:
        super().__init__(document, register, pictures)
        rng = random.Random(f"office {document.grammar}")
        self.file: Any = docx.Document()
        self.here: Any = self.file
        self.font = rng.choice(FONTS)
        self.cjk = self.style.fonts["ja" if document.language == "ja" else "ko"]
        self.columns = document.columns

    def made(self) -> Any:
        """The file, not yet saved."""
        normal = self.file.styles["Normal"]
        normal.font.size = Pt(self.style.size)
        normal.font.name = self.font
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), self.cjk)
        section = self.file.sections[0]
        width, height = PAPERS[self.style.paper]
        top, right, bottom, left = self.style.margins
        section.page_width, section.page_height = Pt(width), Pt(height)
        section.orientation = WD_ORIENT.LANDSCAPE if width > height else WD_ORIENT.PORTRAIT
        section.top_margin, section.right_margin = Pt(top), Pt(right)
        section.bottom_margin, section.left_margin = Pt(bottom), Pt(left)
        section.header_distance = section.footer_distance = Pt(24)
        columns = section._sectPr.xpath("./w:cols")[0]
        columns.set(qn("w:num"), str(self.columns))
        columns.set(qn("w:space"), str(round(self.style.gutter * 20)))
        self.heads(section)
        if self.document.frame:
            edge = _lines("w:pgBorders", ("top", "left", "bottom", "right"), space="22")
            edge.set(qn("w:offsetFrom"), "page")
            section._sectPr.append(edge)
        for block in self.document.blocks:
            self.block(block)
        return self.file

    @property
    def width(self) -> float:
        """Width of a column, points."""
        return (self.style.width - (self.columns - 1) * self.style.gutter) / self.columns

    def heads(self, section: Any) -> None:
        size = {"size": min(9.0, self.style.size)}
        for band, side, unit, text in self.running():
            part = section.header if band == "top" else section.footer
            paragraph = part.add_paragraph() if part.paragraphs[0].runs else part.paragraphs[0]
            paragraph.alignment = _ALIGN[side]
            for index, (word, shown, _) in enumerate(self.register.speak(unit, text.replace("@", "9"))[0]):
                before, number, after = shown.partition("#")
                self.run(paragraph, (" " if index else "") + before, word, size)
                if number:
                    self.field(self.run(paragraph, "", word, size))
                    self.run(paragraph, after, word, size)

    def field(self, run: Any) -> None:
        """The page's number."""
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            else:
                part.text = text
            run._r.append(part)

    def run(self, paragraph: Any, text: str, word: int, look: dict[str, Any]) -> Any:
        """A run in the colour of a word."""
        run = paragraph.add_run(text)
        run.font.color.rgb = RGBColor.from_string(color(word)[1:].upper())
        run.bold, run.italic = look.get("bold"), look.get("italic")
        if "size" in look:
            run.font.size = Pt(round(look["size"] * 2) / 2)
        if "font" in look:
            run.font.name = look["font"]
        fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), self.cjk)
        return run

    def say(
        self, paragraph: Any, unit: int, text: str, marker: bool = False, dress: Look | None = None, **look: Any
    ) -> None:
        """Runs of a text, its lines parted."""
        for at, spoken in enumerate(self.register.speak(unit, text, marker)):
            if at:
                paragraph.add_run().add_break()
            for index, (word, shown, spaces) in enumerate(spoken):
                signs = accents(dress or {}, at, index)
                mine = {**look, "bold": look.get("bold") or "b" in signs}
                mine |= {"font": "Liberation Mono"} if "m" in signs else {}
                mine |= {"size": mine.get("size", self.style.size) * 0.75} if "s" in signs else {}
                if spaces and "u" in signs:
                    paragraph.add_run("\u00a0" * spaces)
                    spaces = 0
                made = self.run(paragraph, " " * min(1, spaces) + "\u00a0" * (spaces - 1) + shown, word, mine)
                made.underline = bool({*signs} & {*"uU"})

    def dressed(self, look: Look, **usual: float | str) -> tuple[Any, dict[str, Any]]:
        """A paragraph with looks of its own, and the looks of its runs."""
        look, em = {**usual, **look}, self.style.size
        lengths = [float(look.get(name, 0)) * em for name in ("above", "left", "first")]
        below = float(look.get("below", self.style.gap)) * em
        made = self.paragraph(str(look.get("align", "")), lengths[0], below, *lengths[1:])
        made.paragraph_format.right_indent = Pt(float(look.get("right", 0)) * em)
        made.paragraph_format.keep_with_next = bool(look.get("sticky"))
        sides = {"rule": "bottom", "over": "top bottom", "box": "top left bottom right", "bar": "left"}
        if look.get("ground") in sides:
            _edged(made, sides[str(look["ground"])].split())
        elif look.get("ground") == "fill":
            made._p.get_or_add_pPr().append(_shade("DFE3E8"))
        runs: dict[str, Any] = {"bold": bool(look.get("bold")), "italic": bool(look.get("italic"))}
        runs["size"] = float(look.get("size", 1)) * em
        return made, runs | ({"font": "Liberation Mono"} if look.get("mono") else {})

    def paragraph(self, align: str = "", before: float = 0, after: float = 0, left: float = 0, first: float = 0) -> Any:
        """A new paragraph; lengths in points."""
        made = self.here.add_paragraph()
        form = made.paragraph_format
        made.alignment = _ALIGN[align or ("justify" if self.style.justified else "left")]
        form.space_before, form.space_after = Pt(max(0, before)), Pt(max(0, after))
        form.left_indent, form.first_line_indent = Pt(left), Pt(first)
        form.line_spacing = max(1.0, self.style.leading / 1.15)
        return made

    def _text(self, block: Block) -> None:
        look: Look = {"left": 1.5, "first": -1.5} if block.look.get("hanging") else {"first": self.style.indent}
        if PLAIN & {*block.look} or "\n" in block.text:
            look = {}
        made, runs = self.dressed({**look, **block.look})
        self.say(made, self.register.unit("text"), block.text, dress=block.look, **runs)

    def _title(self, block: Block) -> None:
        made, runs = self.dressed({**self.style.title, **block.look})
        self.say(made, self.register.unit("title"), block.text, **runs)

    def _heading(self, block: Block) -> None:
        if "tab" in block.look and self.here is self.file:
            unit, table = self.register.unit("heading", level=block.level), self.grid(1, 2)
            table.style = self.file.styles["Table Grid"]
            table.cell(0, 0)._tc.get_or_add_tcPr().append(_shade("CDD2D8"))
            for x, (text, wide) in enumerate(zip(block.text.split("\n"), (30, self.width - 30), strict=True)):
                table.cell(0, x).width = Pt(wide)
                self.say(table.cell(0, x).paragraphs[0], unit, text, bold=True, size=self.style.size * 1.2)
            return
        look = {**self.style.heading(block.level), **block.look}
        made, runs = self.dressed(look)
        text = block.text.upper() if look["caps"] else block.text
        self.say(made, self.register.unit("heading", level=block.level), text, dress=block.look, **runs)

    def _list(self, block: Block, parent: int = -1) -> None:
        indent, hang = max(1.2, self.style.item_indent), self.style.hang
        for item in block.children:
            unit, plain = self.register.unit("item", level=item.level, parent=parent), "left" in item.look
            level = item.level if hang in ("out", "grid") else item.level - 1
            look: Look = {"left": level * indent, "first": -indent if hang in ("out", "grid") else 0.0}
            made, runs = self.dressed({"below": self.style.item_gap, **(item.look if plain else look)})
            self.say(made, unit, item.marker, marker=True, **runs)
            made.add_run(" " if plain or hang in ("in", "flush") else "\t")
            self.say(made, unit, item.text, dress=item.look, **runs)
            self.below(item, unit)

    def grid(self, rows: int, columns: int) -> Any:
        """A table without rules where the writer is."""
        made = self.here.add_table(rows, columns)
        made.autofit = False
        return made

    def _table(self, block: Block) -> None:
        style, table, heads = self.style, self.register.table(), block.level
        rules = "grid" if block.look.get("grid") else str(block.look.get("rules", style.rules))
        rows, columns = len(block.cells), len(block.cells[0])
        made = self.grid(rows, columns)
        if rules == "grid":
            made.style = self.file.styles["Table Grid"]
        else:
            _borders(made, rules)
        weights = [float(w) for w in str(block.look.get("widths", "")).split()] or [1.0] * columns
        widths = [weight / sum(weights) * self.width * float(block.look.get("share", 1)) for weight in weights]
        if block.look.get("at") == "right":
            made.alignment = WD_TABLE_ALIGNMENT.RIGHT
        for x, wide in enumerate(widths):
            made.columns[x].width = Pt(wide)
        for y, row in enumerate(block.cells):
            cells = made.rows[y].cells
            for x, cell in enumerate(row):
                if cell is not None:
                    self.cell(made, cells, cell, (y, x), table, widths)
        if heads and style.number % 3:
            for y in range(heads):
                mark = OxmlElement("w:tblHeader")
                mark.set(qn("w:val"), "true")
                made.rows[y]._tr.get_or_add_trPr().append(mark)
        self.paragraph("", 0, 2)

    def cell(self, made: Any, cells: Any, cell: Cell, at: tuple[int, int], table: int, widths: list[float]) -> None:
        """Fill a cell, merged over its rows and columns."""
        y, x = at
        target = cells[x]
        target.width = Pt(sum(widths[x : x + cell.columns]))
        if cell.rows > 1 or cell.columns > 1:
            target = target.merge(made.cell(y + cell.rows - 1, x + cell.columns - 1))
        unit = self.register.cell(table, y, x, cell)
        paragraph = target.paragraphs[0]
        paragraph.alignment = _ALIGN[cell.align]
        paragraph.paragraph_format.space_after = Pt(0)
        size = self.style.size * self.style.table_size
        self.say(paragraph, unit, cell.text, bold=cell.header and self.style.head_bold, size=size)
        anchor = OxmlElement("w:vAlign")
        anchor.set(qn("w:val"), {"middle": "center"}.get(self.style.valign, self.style.valign))
        target._tc.get_or_add_tcPr().append(anchor)
        if cell.header and self.style.head_fill:
            target._tc.get_or_add_tcPr().append(_shade("DDE2E8"))

    def _caption(self, block: Block) -> None:
        made, runs = self.dressed(self.style.caption)
        self.say(made, self.register.caption(block), block.text, dress=self.style.caption, **runs)

    def _figure(self, block: Block) -> None:
        picture = random.Random(str(block.look["seed"])).choice(self.pictures)
        made = self.paragraph(self.style.caption_align, 4, 4)
        width, height = float(block.look["width"]) * self.width, float(block.look["height"])
        made.add_run().add_picture(str(picture), Pt(width), Pt(height))

    def _code(self, block: Block) -> None:
        made = self.paragraph("left", 4, 6, 8)
        self.say(made, self.register.unit("code"), block.text, font="Liberation Mono", size=self.style.size * 0.85)

    def _typed(self, block: Block) -> None:
        look = {"font": "NanumGothicCoding" if self.document.language == "ko" else "Liberation Mono"}
        for number, page in enumerate(pages_of(block, self.register)):
            made = self.paragraph("left")
            made.paragraph_format.page_break_before = number > 0
            made.paragraph_format.line_spacing = Pt(1.2 * float(block.look["points"]))
            for at, row in enumerate(page):
                if at:
                    made.add_run().add_break()
                for word, shown, spaces in row:
                    self.run(made, "\u00a0" * spaces + shown, word, {**look, "size": float(block.look["points"])})

    def _columns(self, block: Block) -> None:
        count = int(block.look["count"]) if self.here is self.file else 0
        for number, children in ((count, block.children), (self.columns, [])):
            if count > 1:
                columns = self.file.add_section(WD_SECTION.CONTINUOUS)._sectPr.xpath("./w:cols")[0]
                columns.set(qn("w:num"), str(number))
            for child in children:
                self.block(child)

    def _formula(self, block: Block) -> None:
        unit, rng = self.register.unit("formula"), random.Random(str(block.look["seed"]))
        made = self.paragraph("center", 4, 4)
        text = f"{rng.choice('xyfW')} = {rng.choice('abn')}{rng.choice('²³')} {rng.choice('+−·')} {rng.choice('knλσ')}({rng.choice('xyt')})"
        self.say(made, unit, text, italic=True)
        if block.marker:
            made.add_run("\t")
            self.say(made, unit, block.marker)

    def inside(self, target: Any, children: Sequence[Block]) -> None:
        """Put blocks into a cell."""
        outer, self.here = self.here, target
        for child in children:
            if child.kind in ("box", "side", "table", "pairs"):
                child = Block("text", child.text or " ".join(part.text for part in child.children) or "-")
            self.block(child)
        self.here = outer
        first = target.paragraphs[0]
        if not first.text and len(target.paragraphs) > 1:
            first._p.getparent().remove(first._p)

    def _box(self, block: Block) -> None:
        made = self.grid(1, 1)
        made.columns[0].width = Pt(self.width)
        made.cell(0, 0).width = Pt(self.width)
        if block.look["ground"] != "fill":
            made.style = self.file.styles["Table Grid"]
        else:
            made.cell(0, 0)._tc.get_or_add_tcPr().append(_shade("E8EBEE"))
        self.inside(made.cell(0, 0), block.children)
        self.paragraph("", 0, 2)

    def _side(self, block: Block) -> None:
        made = self.grid(1, len(block.children))
        for index, (group, part) in enumerate(zip(block.children, shares(block), strict=True)):
            made.columns[index].width = made.cell(0, index).width = Pt(part * self.width)
            self.inside(made.cell(0, index), group.children)

    def _pairs(self, block: Block) -> None:
        pairs = list(zip(block.children[::2], block.children[1::2], strict=True))
        if block.look["form"] == "line":
            for label, value in pairs:
                made = self.paragraph("left")
                self.say(made, self.register.unit("label"), label.text, bold=self.style.head_bold)
                made.add_run(" ")
                self.say(made, self.register.unit("value"), value.text)
            return
        form, share = block.look["form"], float(block.look["width"])
        count, stacked = across(block), form in ("above", "below")
        table = self.grid(-(-len(pairs) // count) * (1 + stacked), count if stacked else 2 * count)
        for number, pair in enumerate(pairs):
            for at, (part, role) in enumerate(zip(pair, ("label", "value"), strict=True)):
                row, column = divmod(number, count)
                y, x = (2 * row + (at ^ (form == "below")), column) if stacked else (row, 2 * column + at)
                cell, wide = table.cell(y, x), 1.0 if stacked else (share, 1 - share)[at]
                cell.width = Pt(wide * self.width / count)
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
                if at and (stacked or form == "rule"):
                    _edged(cell.paragraphs[0], ("bottom",))
                bold = role == "label" and self.style.head_bold
                self.say(cell.paragraphs[0], self.register.unit(role), part.text, bold=bold)
        self.paragraph("", 0, 2)

    def _contents(self, block: Block) -> None:
        unit = self.register.unit("contents", level=block.level)
        made = self.paragraph("left", 0, 1, (block.level - 1) * 12)
        made.paragraph_format.tab_stops.add_tab_stop(Pt(self.width), 2, 1 if self.style.leader.strip() else 0)
        self.say(made, unit, block.text)
        made.add_run("\t")
        self.say(made, unit, block.marker)

    def _reference(self, block: Block) -> None:
        unit = self.register.unit("reference")
        made = self.paragraph("", 0, 1, 22, -22)
        if block.marker:
            self.say(made, unit, block.marker, marker=True)
            made.add_run("\t")
        self.say(made, unit, block.text)

    def _rule(self, block: Block) -> None:
        _edged(self.paragraph("", 2, 2), ("bottom",))

    def _break(self, block: Block) -> None:
        self.here.add_page_break()


def _shade(fill: str) -> Any:
    made = OxmlElement("w:shd")
    made.set(qn("w:val"), "clear")
    made.set(qn("w:fill"), fill)
    return made


def _lines(kind: str, sides: Sequence[str], size: str = "6", space: str = "1") -> Any:
    """Lines at sides of a paragraph, a page, or a table's cells."""
    made = OxmlElement(kind)
    for side in sides:
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", space), ("color", "222222")):
            line.set(qn(f"w:{name}"), value)
        made.append(line)
    return made


def _edged(paragraph: Any, sides: Sequence[str]) -> None:
    """Lines at sides of a paragraph."""
    paragraph._p.get_or_add_pPr().append(_lines("w:pBdr", sides))


def _borders(table: Any, rules: str) -> None:
    """Rules of a table that is no full grid."""
    all_round, sides = "top bottom left right", {"rows": "top bottom insideH", "columns": "insideV"}
    sides |= {"booktabs": "top bottom", "head": "top bottom", "outer": all_round, "open": "top bottom insideH insideV"}
    table._tbl.tblPr.append(_lines("w:tblBorders", sides.get(rules, "").split(), "4", "0"))
