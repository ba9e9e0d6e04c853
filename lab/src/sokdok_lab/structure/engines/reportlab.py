"""Sets documents by ReportLab's platypus."""

from __future__ import annotations

import io
import random
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BalancedColumns,
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    Image,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Table,
)

from sokdok_lab.structure.engines.writer import Writer, across, is_tall, shares
from sokdok_lab.structure.grammar import PAPERS
from sokdok_lab.structure.tree import PLAIN, Block, Document, Look, Register, color

_FILES = {
    "sans": ("liberation/LiberationSans-Regular.ttf", "liberation/LiberationSans-Bold.ttf"),
    "serif": ("liberation/LiberationSerif-Regular.ttf", "liberation/LiberationSerif-Bold.ttf"),
    "dejavu": ("dejavu/DejaVuSans.ttf", "dejavu/DejaVuSans-Bold.ttf"),
    "gothic": ("nanum/NanumGothic.ttf", "nanum/NanumGothicBold.ttf"),
    "myeongjo": ("nanum/NanumMyeongjo.ttf", "nanum/NanumMyeongjoBold.ttf"),
    "mono": ("nanum/NanumGothicCoding.ttf", "nanum/NanumGothicCodingBold.ttf"),
}
_FOLDER = Path("/usr/share/fonts/truetype")
_ALIGN = {"left": 0, "center": 1, "right": 2, "justify": 4}


@lru_cache(1)
def _fonts() -> tuple[str, ...]:
    """Names of the fonts that are there, each with a bold one."""
    for name, files in _FILES.items():
        for suffix, file in zip(("", "-bold"), files, strict=True):
            pdfmetrics.registerFont(TTFont(name + suffix, str(_FOLDER / file)))
        pdfmetrics.registerFontFamily(name, normal=name, bold=f"{name}-bold", italic=name, boldItalic=f"{name}-bold")
    return tuple(_FILES)


def pdf(document: Document, register: Register, pictures: Path) -> bytes:
    """A PDF of a document whose words have the colours of their numbers; raises ValueError for Japanese."""
    if document.language == "ja":
        raise ValueError("no Japanese font for ReportLab")
    return _Writer(document, register, pictures).made()


def _word(number: int, shown: str) -> str:
    return f'<font color="{color(number)}">{escape(shown)}</font>'


class _Writer(Writer):
    word, space = staticmethod(_word), "&nbsp;"
    wraps = {"b": "<b>{}</b>", "m": '<font name="mono">{}</font>', "u": "<u>{}</u>"}

    def __init__(self, document: Document, register: Register, pictures: Path) -> None:
        super().__init__(document, register, pictures)
        rng = random.Random(f"reportlab {document.grammar}")
        _fonts()
        self.font = rng.choice(["gothic", "myeongjo"] if document.language == "ko" else ["sans", "serif", "dejavu"])
        self.columns = document.columns
        width, height = PAPERS[self.style.paper]
        top, right, bottom, left = self.style.margins
        self.size = (width, height)
        self.area = (left, bottom, width - left - right, height - top - bottom)
        self.width = (self.area[2] - (self.columns - 1) * self.style.gutter) / self.columns
        self.notes: list[Flowable] = []

    def made(self) -> bytes:
        """The file."""
        left, bottom, width, height = self.area
        frames = [
            Frame(left + index * (self.width + self.style.gutter), bottom, self.width, height, 0, 0, 0, 0, f"{index}")
            for index in range(self.columns)
        ]
        running = self.heads()
        out = io.BytesIO()
        template = BaseDocTemplate(out, pagesize=self.size)
        template.addPageTemplates([PageTemplate("all", frames, onPage=lambda canvas, _: self.draw(canvas, running))])
        story: list[Flowable] = [NextPageTemplate("all")]
        for block in self.document.blocks:
            story += self.block(block, self.width)
        template.build([*story, *self.notes])
        return out.getvalue()

    def heads(self) -> list[tuple[str, str, list[list[tuple[int, str, int]]]]]:
        """Band and side of what stands on every page, and its words."""
        found = ((band, side, unit, text.replace("/@", "")) for band, side, unit, text in self.running())
        return [(band, side, self.register.speak(unit, text.replace(" / @", ""))) for band, side, unit, text in found]

    def draw(self, canvas: Any, running: list[tuple[str, str, list[list[tuple[int, str, int]]]]]) -> None:
        """Draw what stands on every page."""
        size = min(self.style.size, 9.0)
        left, bottom, width, height = self.area
        if self.document.frame:
            canvas.rect(22, 22, self.size[0] - 44, self.size[1] - 44)
        for band, side, lines in running:
            words = [(word, shown.replace("#", str(canvas.getPageNumber()))) for word, shown, _ in lines[0]]
            space = pdfmetrics.stringWidth(" ", self.font, size)
            widths = [pdfmetrics.stringWidth(shown, self.font, size) for _, shown in words]
            total = sum(widths) + space * (len(words) - 1)
            x = {"left": left, "center": left + (width - total) / 2, "right": left + width - total}[side]
            y = bottom + height + 14 if band == "top" else bottom - 24
            canvas.setFont(self.font, size)
            for (word, shown), wide in zip(words, widths, strict=True):
                canvas.setFillColor(colors.HexColor(color(word)))
                canvas.drawString(x, y, shown)
                x += wide + space
        if self.style.number % 4 == 0 and running:
            canvas.setLineWidth(0.5)
            canvas.line(left, bottom + height + 8, left + width, bottom + height + 8)

    def words(self, unit: int, text: str, look: Look | None = None, marker: bool = False) -> str:
        """Markup of a text, its lines parted."""
        small = self.style.size * float((look or {}).get("size", 1)) * 0.75
        wraps = {**self.wraps, **dict.fromkeys("snh", f'<font size="{small:.1f}">{{}}</font>')}
        return "<br/>".join(self.register.marked(unit, text, look, marker, _word, wraps, "&nbsp;"))

    def dressed(self, body: str, look: Look, **usual: float | str) -> Paragraph:
        """A paragraph with looks of its own."""
        look, em = {**usual, **look}, self.style.size
        size = em * float(look.get("size", 1))
        font = "mono" if look.get("mono") else self.font
        ground: dict[str, Any] = {
            "fill": {"backColor": colors.HexColor("#dfe3e8"), "borderPadding": 3},
            "box": {"borderWidth": 0.6, "borderColor": colors.black, "borderPadding": 3},
        }.get(str(look.get("ground", "")), {})
        align = {"align": str(look["align"])} if "align" in look else {}
        return self.paragraph(
            body, size=size, leading=size * (1.2 if size > 1.15 * em else self.style.leading), **ground, **align,
            font=f"{font}-bold" if look.get("bold") else font, keepWithNext=int(float(look.get("sticky", 0))),
            leftIndent=float(look.get("left", 0)) * em, rightIndent=float(look.get("right", 0)) * em,
            firstLineIndent=float(look.get("first", 0)) * em, spaceBefore=float(look.get("above", 0)) * em,
            spaceAfter=float(look.get("below", self.style.gap)) * em,
        )  # fmt: skip

    def paragraph(self, body: str, **values: Any) -> Paragraph:
        size = values.pop("size", self.style.size)
        alignment = _ALIGN[values.pop("align", "justify" if self.style.justified else "left")]
        font = values.pop("font", self.font)
        leading = values.pop("leading", size * self.style.leading)
        wrap = "CJK" if self.document.language == "ko" and self.style.break_words else None
        values |= {"fontName": font, "fontSize": size, "leading": leading, "alignment": alignment, "wordWrap": wrap}
        return Paragraph(body, ParagraphStyle("", **values))

    def _text(self, block: Block, width: float) -> list[Flowable]:
        look: Look = {"left": 1.5, "first": -1.5} if block.look.get("hanging") else {"first": self.style.indent}
        if PLAIN & {*block.look} or "\n" in block.text:
            look = {}
        made = self.dressed(self.words(self.register.unit("text"), block.text, block.look), {**look, **block.look})
        if block.note:
            unit = self.register.unit("footnote", flow=1)
            self.notes.append(self.paragraph(self.words(unit, block.note), size=self.style.size * 0.85))
        return [made]

    def _title(self, block: Block, width: float) -> list[Flowable]:
        body = self.words(self.register.unit("title"), block.text)
        return [self.dressed(body, {**self.style.title, **block.look})]

    def _heading(self, block: Block, width: float) -> list[Flowable]:
        usual = {**self.style.heading(block.level), **block.look}
        unit = self.register.unit("heading", level=block.level)
        body = self.words(unit, block.text.upper() if usual["caps"] else block.text, usual)
        if "tab" in block.look:
            cells = [self.dressed(line, {**usual, "above": 0, "below": 0}) for line in body.split("<br/>")]
            ground = ("BACKGROUND", (0, 0), (0, 0), colors.HexColor("#cdd2d8"))
            style = [("GRID", (0, 0), (-1, -1), 0.6, colors.black), ground]
            return [Table([cells], colWidths=[30, width - 30], style=style, spaceBefore=8, spaceAfter=6)]
        under = HRFlowable(width="100%", thickness=0.6, color=colors.black, spaceAfter=4)
        return [self.dressed(body, usual), *([under] if usual.get("ground") in ("rule", "over") else [])]

    def _list(self, block: Block, width: float, parent: int = -1) -> list[Flowable]:
        if block.look.get("across"):
            units = [self.register.unit("item", level=item.level, parent=parent) for item in block.children]
            marked = map(self.marked, units, block.children)
            cells = [self.paragraph(f"{mark} {body}", align="left") for mark, body in marked]
            return [Table([cells], colWidths=[width / len(cells)] * len(cells))]
        return [made for item in block.children for made in self._item(item, width, parent)]

    def _item(self, block: Block, width: float, parent: int = -1) -> list[Flowable]:
        style, size = self.style, self.style.size
        indent = style.item_indent * size
        left = indent * block.level if style.hang in ("out", "grid") else indent * (block.level - 1)
        unit = self.register.unit("item", level=block.level, parent=parent)
        mark = self.words(unit, block.marker, marker=True)
        after = style.item_gap * size
        body = self.words(unit, block.text, block.look if "left" in block.look else None)
        if "left" in block.look:
            made = [self.dressed(f"{mark} {body}", block.look, below=style.item_gap)]
        elif style.hang in ("out", "grid"):
            bullet: dict[str, Any] = {"bulletFontName": self.font, "bulletFontSize": size, "spaceAfter": after}
            marked = f"<bullet indent='{left - indent:.1f}'>{mark}</bullet>{body}"
            made = [self.paragraph(marked, leftIndent=left, **bullet)]
        else:
            hang = style.item_indent * 0.6 if style.hang == "flush" else 0.0
            look: Look = {"left": style.item_indent * (block.level - 1) + hang, "first": -hang, "below": style.item_gap}
            made = [self.dressed(f"{mark} {body}", look)]
        for child in block.children:
            made += self._list(child, width, unit) if child.kind == "list" else self.block(child, width)
        return made

    def _table(self, block: Block, width: float) -> list[Flowable]:
        style, table, heads = self.style, self.register.table(), block.level
        rules = "grid" if block.look.get("grid") else str(block.look.get("rules", style.rules))
        pad = float(block.look.get("pad", style.padding[0]))
        columns, size = len(block.cells[0]), style.size * style.table_size
        data: list[list[Any]] = []
        commands: list[tuple[Any, ...]] = [
            ("VALIGN", (0, 0), (-1, -1), style.valign.upper()),
            ("LEFTPADDING", (0, 0), (-1, -1), style.padding[1]),
            ("RIGHTPADDING", (0, 0), (-1, -1), style.padding[1]),
            ("TOPPADDING", (0, 0), (-1, -1), pad),
            ("BOTTOMPADDING", (0, 0), (-1, -1), pad + 1),
        ]
        for y, row in enumerate(block.cells):
            line: list[Any] = []
            for x, cell in enumerate(row):
                if cell is None:
                    line.append("")
                    continue
                body = self.words(self.register.cell(table, y, x, cell), cell.text)
                font = f"{self.font}-bold" if cell.header and style.head_bold else self.font
                line.append(self.paragraph(body, size=size, leading=size * 1.2, font=font, align=cell.align))
                if cell.rows > 1 or cell.columns > 1:
                    commands.append(("SPAN", (x, y), (x + cell.columns - 1, y + cell.rows - 1)))
            data.append(line)
        thin, black = 0.5, colors.black
        if rules in ("grid", "body"):
            commands.append(("GRID", (0, heads if rules == "body" else 0), (-1, -1), thin, black))
        elif rules in ("rows", "open"):
            commands.append(("LINEBELOW", (0, 0), (-1, -1), thin, black))
            commands.append(("LINEABOVE", (0, 0), (-1, 0), thin, black))
        if rules in ("columns", "open") and columns > 1:
            commands.append(("LINEAFTER", (0, 0), (-2, -1), thin, black))
        if rules in ("booktabs", "outer"):
            commands += [("LINEABOVE", (0, 0), (-1, 0), 1, black), ("LINEBELOW", (0, -1), (-1, -1), 1, black)]
        if rules in ("booktabs", "head") and heads:
            commands.append(("LINEBELOW", (0, heads - 1), (-1, heads - 1), thin, black))
        if style.head_fill and heads:
            commands.append(("BACKGROUND", (0, 0), (-1, heads - 1), colors.HexColor("#dde2e8")))
        if style.zebra:
            commands.append(("ROWBACKGROUNDS", (0, heads), (-1, -1), [colors.white, colors.HexColor("#f0f2f4")]))
        weights = [float(w) for w in str(block.look.get("widths", "")).split()] or [1.0] * columns
        wordy = style.full_width or any(cell and len(cell.text) > 24 for row in block.cells for cell in row)
        whole = float(block.look.get("share", 1.0 if wordy else 0.7)) * width
        side = "CENTER" if style.caption_align == "center" else "LEFT"
        widths = [weight / sum(weights) * whole for weight in weights]
        made = Table(
            data, colWidths=widths, style=commands, repeatRows=heads if not is_tall(block) and style.number % 3 else 0,
            hAlign="RIGHT" if block.look.get("at") == "right" else side, spaceBefore=5, spaceAfter=5, splitInRow=1,
        )  # fmt: skip
        return [made]

    def _caption(self, block: Block, width: float) -> list[Flowable]:
        look = self.style.caption
        return [self.dressed(self.words(self.register.caption(block), block.text, look), look)]

    def _figure(self, block: Block, width: float) -> list[Flowable]:
        picture = random.Random(str(block.look["seed"])).choice(self.pictures)
        where = "CENTER" if self.style.caption_align == "center" else "LEFT"
        return [Image(str(picture), float(block.look["width"]) * width, float(block.look["height"]), hAlign=where)]

    def _code(self, block: Block, width: float) -> list[Flowable]:
        look: Look = {"mono": 1, "size": 0.85, "left": 0.8, "above": 0.6, "below": 0.8, "align": "left"}
        look["ground"] = self.style.code_ground
        return [self.dressed(self.words(self.register.unit("code"), block.text, block.look), look)]

    def _formula(self, block: Block, width: float) -> list[Flowable]:
        unit, rng = self.register.unit("formula"), random.Random(str(block.look["seed"]))
        parts = [self.words(unit, rng.choice(["x", "y", "n", "k", "f(x)", "2", "W"])) for _ in range(4)]
        signs = [self.words(unit, rng.choice("=+−·<")) for _ in range(2)]
        body = f"<i>{parts[0]}</i> {self.words(unit, '=')} {parts[1]}<super>{parts[2]}</super> {signs[0]} {parts[3]}"
        made = self.paragraph(body, align="center", spaceBefore=4, spaceAfter=4)
        if not block.marker:
            return [made]
        mark = self.paragraph(self.words(unit, block.marker), align="right")
        return [Table([[made, mark]], colWidths=[width * 0.85, width * 0.15])]

    def _box(self, block: Block, width: float) -> list[Flowable]:
        inside = [made for child in block.children for made in self.block(child, width - 16)]
        look = {
            "fill": ("BACKGROUND", (0, 0), (-1, -1), colors.HexColor("#e8ebee")),
            "frame": ("BOX", (0, 0), (-1, -1), 0.6, colors.black),
            "bar": ("LINEBEFORE", (0, 0), (0, -1), 2, colors.grey),
            "none": ("LINEABOVE", (0, 0), (-1, 0), 0.5, colors.grey),
        }[str(block.look["ground"])]
        return [Table([[inside]], colWidths=[width], style=[look], spaceBefore=5, spaceAfter=5)]

    def _side(self, block: Block, width: float) -> list[Flowable]:
        widths = [share * width for share in shares(block)]
        cells = []
        for group, wide in zip(block.children, widths, strict=True):
            cells.append([made for child in group.children for made in self.block(child, wide - 12)])
        return [Table([cells], colWidths=widths, style=[("VALIGN", (0, 0), (-1, -1), "TOP")], splitInRow=1)]

    def _columns(self, block: Block, width: float) -> list[Flowable]:
        count, gap = int(block.look["count"]), max(14.0, self.style.gutter)
        inside = [made for child in block.children for made in self.block(child, (width - gap * (count - 1)) / count)]
        return inside if count < 2 else [BalancedColumns(inside, nCols=count, innerPadding=gap)]

    def _typed(self, block: Block, width: float) -> list[Flowable]:
        out, size = list[Flowable](), float(block.look["points"])
        for rows in self.typed(block, "&nbsp;"):
            body = "<br/>".join(row or "&nbsp;" for row in rows)
            out += [self.paragraph(body, size=size, leading=size * 1.2, font="mono", align="left"), PageBreak()]
        return out[:-1]

    def _pairs(self, block: Block, width: float) -> list[Flowable]:
        pairs, form, count = self.pairs(block), block.look["form"], across(block)
        if form == "line":
            return [self.paragraph(f"{label} {value}", align="left") for label, value in pairs]
        if form in ("above", "below") or count > 1:
            over = [pairs[at : at + count] for at in range(0, len(pairs), count)]
            over[-1] += [("", "")] * (count - len(over[-1]))
            rows, lines = [[text for pair in line for text in pair] for line in over], list[tuple[Any, ...]]()
            if form in ("above", "below"):
                stacked = ([pair if form == "above" else pair[::-1] for pair in line] for line in over)
                rows = [list(part) for line in stacked for part in zip(*line, strict=True)]
                ruled = range(form == "above", len(rows), 2)
                lines = [("LINEBELOW", (0, y), (-1, y), 0.4, colors.black) for y in ruled]
            made = [[self.paragraph(text or "&nbsp;", align="left") for text in row] for row in rows]
            return [Table(made, colWidths=[width / len(made[0])] * len(made[0]), style=lines)]
        share = float(block.look["width"])
        rows = [[self.paragraph(label, align="left"), self.paragraph(value, align="left")] for label, value in pairs]
        line = [("LINEBELOW", (1, 0), (1, -1), 0.4, colors.black)] if form == "rule" else []
        style = [("VALIGN", (0, 0), (-1, -1), "TOP"), *line]
        return [Table(rows, colWidths=[share * width, (1 - share) * width], style=style)]

    def _contents(self, block: Block, width: float) -> list[Flowable]:
        unit = self.register.unit("contents", level=block.level)
        body, page = self.words(unit, block.text), self.words(unit, block.marker)
        left = self.paragraph(body, align="left", leftIndent=(block.level - 1) * 12)
        style = [("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
        cells = [[left, self.paragraph(page, align="right")]]
        return [Table(cells, colWidths=[width * 0.9, width * 0.1], style=style)]

    def _reference(self, block: Block, width: float) -> list[Flowable]:
        mark, body = self.marked(self.register.unit("reference"), block)
        if mark and self.style.hang in ("out", "grid"):
            bullet: dict[str, Any] = {"bulletFontName": self.font, "bulletFontSize": self.style.size}
            return [self.paragraph(f"<bullet>{mark}</bullet>{body}", leftIndent=22, **bullet)]
        return [self.paragraph(f"{mark} {body}", leftIndent=15, firstLineIndent=-15)]

    def _rule(self, block: Block, width: float) -> list[Flowable]:
        return [HRFlowable(width="100%", thickness=0.8, color=colors.black, spaceBefore=5, spaceAfter=5)]

    def _break(self, block: Block, width: float) -> list[Flowable]:
        return [PageBreak()]
