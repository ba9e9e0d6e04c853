"""Word documents (.docx, .docm): one page of headings, paragraphs, lists, tables, pictures and notes, in order.

- Headers and footers stand before the text, notes behind it, text boxes and pictures below the paragraph that they
  hang on, documents that are part of this one (`altChunk`) in their place.
- Tracked changes are taken as accepted; how words are read (ruby) stands in brackets behind them.
- Standard: ECMA-376, part 1, chapter 17.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, BinaryIO

from sokdok.errors import InputError
from sokdok.files.text import decode
from sokdok.office.chart import add_drawn, count_words, in_font
from sokdok.office.flow import MEANT, RAISED, Flow, Walker, inline_formula, link, raised, unmarked
from sokdok.office.formulas import latex
from sokdok.office.html import HtmlFile
from sokdok.office.mail import MailFile
from sokdok.office.package import PackageFile, attribute, child, children, descendants, integer, local, relation, within
from sokdok.office.plain import TextFile
from sokdok.office.seen import LEAST_PT, WHITE, Rgb, rgb, stands_out
from sokdok.office.styles import Style, counted, is_on, read_numbering, read_styles
from sokdok.tables.markup import MAX_COLUMNS, RawCell

_DROPPED = {"del", "moveFrom", "rPr", "pPr", "sdtPr", "sdtEndPr", "delText", "delInstrText"}
_DRAWN = ("blip", "imagedata", "chart", "txbxContent", "txBody", "textpath", "relIds")
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\N{NON-BREAKING HYPHEN}"}
_COMPUTED = {"EQ", "SYMBOL", "LISTNUM", "AUTONUM", "AUTONUMLGL", "AUTONUMOUT"}  # fields that store no result
_ADDRESS = re.compile(r'\s*HYPERLINK\s+"?([^\s"\\]+)(?:.*\\l\s+"([^"]+))?')  # a link's, and the place there
_BUTTONS = {"MACROBUTTON", "GOTOBUTTON"}  # fields that show the words behind the name in their code
_OUTLINES = ("outline", "shadow", "emboss", "imprint", "textFill", "textOutline", "glow")  # show type on any ground
_RAISED_SHARE = 0.2  # of its size by which type is moved that counts as raised or lowered; less sets a line right
_NOTES = {"footnote": "decimal", "endnote": "lowerRoman"}  # kinds of notes → how they are counted
_MONOSPACED = re.compile("courier|consolas|mono(?!type)|menlo|d2coding|고딕코딩|lucida console", re.IGNORECASE)
MOST_EMBEDDED = 3  # documents in documents


class DocxFile(PackageFile):
    """An open Word document; InputError if it is none."""

    def __init__(self, path: Path | BinaryIO, source: str, most: int, depth: int = 0) -> None:
        super().__init__(path, source, most)
        self.most, self.depth = most, depth
        self.embedded: list[DocxFile | MailFile | TextFile] = []  # documents that are part of this one
        self.main = self.package.main_part()

    def add_to(self, flow: Flow) -> None:
        """Add all of it."""
        document = self.package.xml(self.main)
        reader, body = _Reader(self, flow, document), child(document, "body")
        reader.furniture(document)
        reader.blocks(body if body is not None else ())
        reader.footnotes()
        flow.left_out(len(list(descendants(self.optional("comments"), "comment"))), "comment")
        self.say_embedded(self.main, flow)

    def picture(self, reference: str) -> bytes:
        """A picture's file."""
        number, within, name = reference.partition("\0")
        return self.embedded[int(number)].picture(name) if within else self.package.read(reference)

    def embed(self, name: str, flow: Flow) -> None:
        """Add what a document says that is part of this one, as far as it is read."""
        flow.end_list()
        first = len(flow.pictures)
        try:
            data, suffix = self.package.read(name), name.rpartition(".")[2].lower()
            if data.startswith(b"{\\rtf") or self.depth >= MOST_EMBEDDED:
                raise InputError("it is RTF" if self.depth < MOST_EMBEDDED else f"it is more than {MOST_EMBEDDED} deep")
            if data.startswith(b"PK\x03\x04"):
                self.embedded.append(DocxFile(io.BytesIO(data), self.source, self.most, self.depth + 1))
            elif suffix.startswith("mht"):
                self.embedded.append(MailFile(data, self.source, True))
            else:
                text = decode(data, self.source, errors="replace").text.lstrip("\ufeff \t\r\n")
                kind = HtmlFile if "htm" in suffix or text.startswith("<") else TextFile
                self.embedded.append(kind(text, self.source))
            self.embedded[-1].add_to(flow)
        except InputError as error:
            flow.lacks(f"a document in it ({name or 'missing'}) is not read: {error}")
        flow.end_list()
        flow.pictures[first:] = [(at, f"{len(self.embedded) - 1}\0{name}") for at, name in flow.pictures[first:]]

    def optional(self, name: str) -> Any:
        """The root of a part beside the main one; None if it is not there."""
        return self.package.optional(f"{self.main.rpartition('/')[0]}/{name}.xml")


class _Reader(Walker):
    """Walks through a document's XML."""

    def __init__(self, file: DocxFile, flow: Flow, document: Any) -> None:
        self.file, self.flow = file, flow
        said = (one for root in (file.optional("settings"), document) for one in descendants(root, "numFmt"))
        self.forms = _NOTES | {local(one.getparent())[:-2]: attribute(one, "val") for one in said}
        self.styles = read_styles(file.optional("styles"))
        self.numbering = read_numbering(file.optional("numbering"))
        self.related = file.package.related(file.main)
        self.list = ""  # that the last item of the first level belongs to
        self.marks: dict[tuple[str, str], str] = {}  # of notes that were referred to, by kind and id
        self.style, self.font = Style(), ""  # of the paragraph, and of the run
        self.codes: list[str | None] = []  # of fields that are open, inner ones last; None where the result has begun
        self.address, self.leads = "", 0  # where a field that is open leads, and how many are open down to it
        self.is_typed = _is_monospaced(document)  # all of it: no listing stands out
        self.behind = _lies_behind(document)  # whether a picture or a shape may lie below the text
        self.joined = ""  # words of paragraphs before, whose ends a tracked change deletes

    def blocks(self, elements: Any) -> None:
        for element in elements:
            name = local(element)
            if name == "p":
                self._paragraph(element)
            elif name == "tbl":
                self._table(element)
            elif name == "altChunk":
                self.file.embed(self.related.get(relation(element, "id"), ""), self.flow)
            elif name == "subDoc":
                self.flow.lacks("a part of the document that is another file is not read")
            elif name not in _DROPPED:
                self.blocks(element)

    def footnotes(self) -> None:
        """The notes that were referred to, footnotes before endnotes."""
        for kind in _NOTES:
            part = f"{self.file.main.rpartition('/')[0]}/{kind}s.xml"
            self.related = self.file.package.related(part)
            notes = {attribute(one, "id"): one for one in children(self.file.package.optional(part), kind)}
            for (of, key), mark in list(self.marks.items()):
                if of == kind and key in notes:
                    self.flow.note(mark, self.lines(self.blocks, notes[key]))

    def furniture(self, document: Any) -> None:
        """Headers, and footers, each once, that pages have: all that repeats on them stands before the text."""
        of_body = self.related
        first = any(map(is_on, descendants(document, "titlePg")))  # a later section has those of the one before
        used = {"first": first, "even": is_on(child(self.file.optional("settings"), "evenAndOddHeaders"))}
        for kind in ("header", "footer"):
            said, references = dict[str, None](), descendants(document, f"{kind}Reference")
            shown = (one for one in references if used.get(attribute(one, "type"), True))
            names = dict.fromkeys(of_body.get(relation(one, "id"), "") for one in shown)
            for name in filter(self.file.package.__contains__, names):
                self.related = self.file.package.related(name)
                root = self.file.package.xml(name)
                self.behind |= _lies_behind(root)
                said[self.lines(self.blocks, root, keep=False)] = None
            for text in said:
                self.flow.text(text, kind)
        self.related = of_body

    def _paragraph(self, element: Any) -> None:
        style = self.style = self.styles.of(element)
        self.codes, self.address, self.leads = [], "", 0
        text, self.joined = self.joined + "".join(self._pieces(element)), ""
        if any(code is not None for code in self.codes):
            self.flow.lacks("what a field over several paragraphs shows is not read")
        is_initial = attribute(child(element, "pPr", "framePr"), "dropCap") in ("drop", "margin")
        is_joined = is_initial or child(element, "pPr", "rPr", "del") is not None
        if is_joined and next(element.itersiblings(element.tag), None) is not None:
            self.joined = text
            self._anchored(element)
            return
        formulas = [latex(one) for one in children(element, "oMathPara")]
        label = self.numbering.label(style.number, style.level or 0, self.flow)
        if formulas and text.strip() == "".join(map(inline_formula, formulas)):
            for formula in formulas:
                self.flow.formula(formula)
        elif style.heading:
            self.flow.heading(style.heading, f"{label} {text}" if label and text else text)
        elif label is not None and text:
            depth = (style.level or 0) + style.deeper
            if not depth and style.number != self.list:
                self.flow.end_list()
                self.list = style.number
            self.flow.item(depth + 1, text, label)
        elif style.use == "code" or (not self.is_typed and _is_monospaced(element)):
            self.flow.code(unmarked(text) or "\n")
        elif style.use == "caption":
            table = text.lower().lstrip("<[ ").startswith(("table", "표", "tab."))
            self.flow.text(text, "table_caption" if table else "image_caption")
        else:
            self.flow.text(text, style.use or "text")
        self._anchored(element)

    def _pieces(self, element: Any) -> list[str]:
        pieces, begin = list[str](), 0  # where the words of a field that leads elsewhere begin
        for one in element if element is not None else ():
            name = local(one)
            if name in _DROPPED:
                continue
            if name == "r":
                address, said = self.address, self._run(one)
                pieces.append(said)
                if address != self.address:
                    pieces[begin:] = [link("".join(pieces[begin:]), address)]
                    begin = len(pieces)
            elif name == "hyperlink":
                pieces.append(link("".join(self._pieces(one)), self.related.get(relation(one, "id"), "")))
            elif name == "fldSimple":
                pieces.append(link("".join(self._pieces(one)), _led_to(attribute(one, "instr"))))
            elif name in ("oMath", "oMathPara"):
                pieces.append(inline_formula(latex(one)))
            else:
                pieces += self._pieces(one)
        return pieces

    def _run(self, run: Any) -> str:
        look = self.styles.letters(run, self.style.letters)
        self.font = attribute(look.get("rFonts"), "ascii")
        text = "".join(map(self._character, run))
        outlined = any(is_on(look.get(name)) for name in _OUTLINES)
        colour = None if outlined else rgb(attribute(look.get("color"), "val"))
        size, place = integer(look.get("sz")) or 20, integer(look.get("position"), least=-2_000)  # half points
        is_clear = stands_out(colour, self._ground(run) if colour else None)
        if size < 2 * LEAST_PT or is_on(look.get("vanish")) or not is_clear:
            self.flow.unseen += len(text.split())
            return ""
        if MEANT not in text and is_on(look.get("caps")):
            text = text.upper()
        moved = "" if _RAISED_SHARE * size > abs(place) else "sup" if place > 0 else "sub"
        text = text if MEANT in text else raised(text, RAISED.get(attribute(look.get("vertAlign"), "val"), moved))
        return raised(text, "del" if is_on(look.get("strike")) or is_on(look.get("dstrike")) else "")

    def _ground(self, run: Any) -> Rgb | None:
        """The colour below type: of its own ground, or the next one around it; None where that is not known."""
        for one in (run, *run.iterancestors()):
            name = local(one)
            if name in ("txbxContent", "document"):
                known = name == "document" and not self.behind and child(one, "background") is None
                return WHITE if known else None
            properties = child(one, f"{name}Pr") if name in ("r", "p", "tc", "tbl") else None  # a body is long
            style, shading, marked = (child(properties, kind) for kind in (f"{name}Style", "shd", "highlight"))
            plain = attribute(shading, "val", "clear") == "clear"
            own = rgb(attribute(shading, "fill")) if plain else None
            if marked is not None or not plain or attribute(style, "val") in self.styles.shaded or own:
                return own if marked is None else None
        return WHITE

    def _character(self, one: Any) -> str:
        name = local(one)
        if name in ("fldChar", "instrText"):
            return self._field(one)
        if any(code is not None for code in self.codes):
            return ""
        if name == "t":
            return in_font(one.text or "", self.font)
        if name in _SIGNS:
            return _SIGNS[name]
        if name == "sym":
            return in_font(chr(min(_hexadecimal(attribute(one, "char")), 0xFFFF)), attribute(one, "font"))
        if name in ("footnoteReference", "endnoteReference"):
            key = (name.removesuffix("Reference"), attribute(one, "id"))
            if key not in self.marks:
                own = attribute(one, "customMarkFollows") in ("1", "true", "on")
                number = sum(kind == key[0] and bool(mark) for (kind, _), mark in self.marks.items()) + 1
                self.marks[key] = "" if own else counted(number, self.forms[key[0]], self.flow)
            return raised(self.marks[key])
        if name == "ruby":
            base, reading = ("".join(self._pieces(child(one, part))) for part in ("rubyBase", "rt"))
            return f"{base}({reading})" if reading.strip() else base
        return ""

    def _field(self, one: Any) -> str:
        """Go on with a field, whose code is no text, nor is what fields in the code show; what it shows by itself."""
        kind = attribute(one, "fldCharType")
        if kind == "begin":
            self.codes.append("")
            return _chosen(child(one, "ffData")) if not any(code is not None for code in self.codes[:-1]) else ""
        if kind == "end" and self.codes:
            if self.leads == len(self.codes):
                self.address, self.leads = "", 0
            name, *said = (self.codes.pop() or "").split() or [""]
            if name in _COMPUTED:
                self.flow.lacks(f"what a field of Word ({name}) shows is not read")
            if name in _BUTTONS and all(code is None for code in self.codes):
                return " ".join(said[1:])
        elif self.codes and (code := self.codes[-1]) is not None:
            behind = chain(one.itersiblings(), chain.from_iterable(one.getparent().itersiblings()))
            shown = (two for two in behind if local(two) != "rPr" and (two.text or local(two) != "t"))
            has_result = kind == "separate" and attribute(next(shown, None), "fldCharType") != "end"
            self.codes[-1] = None if has_result else code + (one.text or "")
            if kind == "separate" and not self.address:
                self.address, self.leads = _led_to(code), len(self.codes)
        return ""

    def _anchored(self, paragraph: Any) -> None:
        for one in within(paragraph, _DROPPED, *_DRAWN):
            name = local(one)
            above = one.iterancestors("{*}anchor", "{*}inline")
            said = "".join(holder.get("style", "") for holder in one.iterancestors())  # of VML
            hidden = {attribute(child(holder, "docPr"), "hidden") for holder in above} & {"1", "true"}
            if hidden or "visibility:hidden" in said.replace(" ", ""):
                self.flow.unseen += count_words(one)
            elif name == "txbxContent":
                self.blocks(one)
            else:
                self.flow.text(one.get("string", "") if name == "textpath" else "")
                add_drawn(self.flow, one, self.file.package, self.related)

    def _table(self, element: Any) -> None:
        rows = list(_within(element, "tr"))
        look = child(element, "tblPr", "tblLook")
        first = attribute(look, "firstRow") in ("1", "true", "on") or _hexadecimal(attribute(look, "val")) & 0x20
        repeated = takewhile(lambda row: is_on(child(row, "trPr", "tblHeader")), rows)  # at the top of every page
        headed = len(list(repeated)) or int(bool(first))  # or its style sets the first apart
        table, above = list[list[RawCell]](), dict[int, RawCell | None]()  # by column, what merged cells go on with
        for number, row in enumerate(rows):
            column = min(integer(child(row, "trPr", "gridBefore")), MAX_COLUMNS)
            cells, last = [RawCell(columns=column)] if column else [], None
            for cell in _within(row, "tc"):
                width = min(max(1, integer(child(cell, "tcPr", "gridSpan"))), MAX_COLUMNS)
                merged = (children(child(cell, "tcPr"), kind) for kind in ("vMerge", "hMerge"))
                down, across = ([attribute(one, "val", "continue") for one in kind] for kind in merged)
                if "continue" in across and last is not None:
                    last.columns += width if cells and last is cells[-1] else 0
                    self.flow.unseen += count_words(cell)
                elif "continue" in down and (last := above.get(column)) is not None:
                    last.rows += 1
                    self.flow.unseen += count_words(cell)
                else:
                    last = RawCell(1, width, number < headed, [self.lines(self.blocks, cell)])
                    cells.append(last)
                    above[column] = last if down else None
                column += width
            table.append(cells)
        self.flow.table(table)


def _led_to(code: str) -> str:
    """The address of a field's code, with the place there; empty for one that is no link."""
    found = _ADDRESS.match(code)
    return "#".join(filter(None, found.groups())) if found else ""


def _is_monospaced(element: Any) -> bool:
    said = [run for run in descendants(element, "r") if any(one.text for one in children(run, "t"))]
    return bool(said) and all(_MONOSPACED.search(attribute(child(one, "rPr", "rFonts"), "ascii")) for one in said)


def _lies_behind(root: Any) -> bool:
    drawn = root.iter("{*}anchor", "{*}shape", "{*}rect")
    return any(attribute(one, "behindDoc") in ("1", "true") or "z-index:-" in one.get("style", "") for one in drawn)


def _within(element: Any, name: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, whatever stands around them; not what a tracked change deletes."""
    gone = "del" if name == "tr" else "cellDel"
    return (one for one in within(element, _DROPPED, name) if child(one, f"{name}Pr", gone) is None)


def _chosen(field: Any) -> str:
    """What a field of an older form shows that has no text: whether it is ticked, or which of its choices is taken."""
    box, choices = child(field, "checkBox"), child(field, "ddList")
    if box is not None:
        own = child(box, "checked")
        return "☒" if is_on(own if own is not None else child(box, "default")) else "☐"
    named = [attribute(one, "val") for one in children(choices, "listEntry")]
    number = integer(child(choices, "result"), default=integer(child(choices, "default")))
    return named[number] if number < len(named) else ""


def _hexadecimal(text: str) -> int:
    return int(text, 16) if re.fullmatch("[0-9A-Fa-f]{1,8}", text) else 0
