"""What a file says, in order, becoming pieces of a page: every format's reader adds it to a `Flow`.

- A table of more than `MOST_CELLS` cells keeps its first rows, and the page is PARTIAL and says how many.
- A picture is a reference that its reader can open; it becomes a file of the document's folder later.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from sokdok.errors import InputError
from sokdok.pages.textlayer.glyphs import is_unmapped
from sokdok.reasons import reason_of
from sokdok.tables.markup import RawCell, html_table_of_cells, place

MOST_CELLS = 300_000  # of a table
_LOST = ("table_rows", "table_columns")  # reasons of `tables.grid` that say that cells are missing
MOST_LEVELS = 6  # of headings
MOST_MARK = 4  # characters of a label such as `12.` or `3)` that is a list's own mark
_NUMBERED = re.compile(r"\(?\w{1,8}[.)]\s")
_MARKS = {"title": r"\A#{1,6} ", "sub_title": r"\A#{1,6} ", "code": r"(?m)^```[\w+#-]*\n?"}  # in a piece's text
_SPACE = re.compile(r"[ \t\r\f\v]+")
_LEADS_OUT = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\u2028\u2029]")
RAISED = {"superscript": "sup", "supscript": "sup", "subscript": "sub"}  # as office programs call them
_MEANT_MARKS = re.compile(r"\x01\[([^\[\]\n]*)\]\([^()\s]*\)|\x01(?:</?(?:su[bp]|del)>)?")
_ESCAPED_TAG = re.compile("\x01&lt;(/?(?:su[bp]|del))&gt;")
MEANT = "\x01"  # stands before what a reader marks up, in a text that is not done yet: nothing else may be taken for it
_MARKUP = re.compile(rf"{MEANT}?(?:\\\(|</?(?:su[bp]|del)>|\[(?=[^\[\]\n]*\]\((?:https?|mailto):))", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00\x02-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Piece(Struct):
    """A paragraph, a table, a list …"""

    kind: str
    """title, sub_title, text, quote, list, code, formula, table, table_caption, image, image_caption, chart, header,
    footer, page_number or page_footnote"""
    text: str = ""  # Markdown; of a formula LaTeX; of a table its cells, parted by tabs and line ends
    html: str | None = None  # of a table, or of what a chart shows
    items: list[tuple[bool, int, str, str]] = []
    """of a list: whether each begins an item or goes on with it, its level from 1, its mark, and its text"""
    markdown: bool = False  # whether its text is Markdown, as its file has it


class Part(Struct):
    """A page of a file: a sheet, a slide, a chapter, or all of it."""

    pieces: list[Piece] = []
    pictures: list[tuple[int, str]] = []  # number of the piece that a picture belongs to, and what its file calls it
    warnings: list[str] = []  # each once
    error: str = ""  # what is missing
    unseen: int = 0  # words that can't be seen, which are left out


class Flow(Part):
    """A page that takes its content in order."""

    markdown: bool = False  # whether what comes is Markdown
    notes: list[str] = []  # footnotes, which stand at the end
    _items: list[tuple[bool, int, str, str]] = []  # of the list that is open
    _floating: list[tuple[Piece, str | None]] = []  # in cells of the table to come

    def heading(self, level: int, text: str) -> None:
        """A heading of a level, from 1."""
        if text := tidy(text).replace("\n", " "):
            level = min(max(level, 1), MOST_LEVELS)
            self._add("title" if level == 1 else "sub_title", f"{'#' * level} {text}")

    def text(self, text: str, kind: str = "text") -> None:
        """A paragraph, or another kind of running text."""
        if text := tidy(text):
            self._add(kind, text)

    def item(self, level: int, text: str, label: str = "") -> None:
        """An item of a list, of a level from 1. A short number is its mark, other labels stand before its words."""
        own = label[:-1].isascii() and label[:-1].isdecimal() and label[-1:] in (".", ")") and len(label) <= MOST_MARK
        if text := tidy(text):
            self._items.append((True, level, label if own else "", text if own or not label else f"{label} {text}"))

    def below_item(self, level: int, text: str) -> None:
        """A further paragraph of the last item, or one by itself where there is none."""
        if not self._items:
            self.text(text)
        elif text := tidy(text):
            self._items.append((False, level, "", text))

    def code(self, text: str, language: str = "") -> None:
        """A program, its lines as they are; one that follows another goes on with it."""
        text = _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n")).strip("\n")
        if not text.strip():
            return
        last = None if self._items or language or not self.pieces else self.pieces[-1]
        if last is not None and last.kind == "code" and not last.text.startswith("```"):
            last.text = f"{last.text}\n{text}"
            return
        self._add("code", f"```{language}\n{text}\n```" if language and "```" not in text else text)

    def formula(self, latex: str) -> None:
        """A formula by itself."""
        if latex := tidy(latex):
            self._add("formula", latex)

    def note(self, mark: str, text: str) -> None:
        """A footnote."""
        if text := tidy(text):
            self.notes.append(f"{raised(mark)} {text}" if mark else text)

    def table(self, rows: Iterable[list[RawCell]], caption: str = "") -> None:
        """A table, row by row."""
        taken, cells = list[list[RawCell]](), 0
        for row in rows:
            cells += len(row)
            if cells > MOST_CELLS:
                kept = f"only the first {len(taken):,} rows are here"
                self.lacks(f"{kept}: at most {MOST_CELLS:,} cells of a table are taken")
                break
            taken.append(row)
        html, lost = table_html(taken, caption)
        self.lacks(lost)
        if html:
            lines = ("\t".join(cell.text.replace("\n", " ") for cell in row) for row in taken)
            self._add("table", unmarked("\n".join(filter(None, (caption, *lines)))), html)
        self._end_table()

    def picture(self, reference: str, text: str = "") -> None:
        """A picture, with what is said of it."""
        self._add("image", tidy(text))
        self.pictures.append((len(self.pieces) - 1, reference))

    def _end_table(self) -> None:
        floating, self._floating = self._floating, []
        for piece, reference in floating:
            self.end_list()
            self.pieces.append(piece)
            if reference is not None:
                self.pictures.append((len(self.pieces) - 1, reference))

    def chart(self, rows: list[list[RawCell]], title: str = "") -> None:
        """A chart by its numbers."""
        html, lost = table_html(rows)
        self.lacks(lost or ("" if html else "a chart whose numbers are not in the file is not read"))
        if html or title.strip():
            self._add("chart", tidy(title), html or None)

    def left_out(self, count: int, what: str, names: str = "") -> None:
        """Say how many of something are not kept."""
        if count:
            self.warn(f"{count:,} {what}{' is' if count == 1 else 's are'} left out{names and f': {names}'}")

    def lacks(self, what: str) -> None:
        """Something is missing, or not as it is shown: the page is PARTIAL, and says what came first."""
        self.error = self.error or what

    def warn(self, text: str) -> None:
        """Something that is not kept."""
        self.warnings += [text] if text not in self.warnings else []

    def end(self) -> None:
        """Nothing more comes: notes stand at the end."""
        self.end_list()
        self._end_table()
        self.pieces += [Piece("page_footnote", note, markdown=self.markdown) for note in self.notes]
        self.notes = []

    def part(self) -> Part:
        """The page."""
        self.end()
        for piece in self.pieces:
            escape = "" if piece.markdown else "\\"
            if is_unmapped(piece.text + "".join(text for *_, text in piece.items)):
                self.warn("letters that only a font of their own can show are kept as the file has them")
            if piece.kind not in ("table", "code", "formula"):
                piece.text = literal(piece.text, escape)
                piece.items = [(*item[:3], literal(item[3], escape)) for item in piece.items]
        return Part(*(getattr(self, name) for name in Part.__struct_fields__))

    def lines(self, outer: Flow, keep: bool = True) -> list[str]:
        """All of it as the lines of a table's cell; pictures and charts go behind the table of the flow around it."""
        outer.notes += self.notes
        outer.warnings += [text for text in self.warnings if text not in outer.warnings]
        outer.lacks(self.error)
        outer.unseen += self.unseen
        self.notes = []
        self.end()
        pictures, lines = dict(self.pictures), list[str]()
        for number, piece in enumerate(self.pieces):
            if piece.kind in ("image", "chart") and keep:
                outer._floating.append((piece, pictures.get(number)))
            elif piece.kind == "list":
                for begins, _, mark, text in piece.items:  # with its mark, unless the text has one of its own
                    marked = begins and (mark or not _NUMBERED.match(text))
                    lines.append(f"{mark or '-'} {text}" if marked else text)
            elif piece.kind == "formula":
                lines.append(inline_formula(piece.text))
            else:
                text = re.sub(_MARKS.get(piece.kind, "(?!)"), "", piece.text)
                lines += text.replace("\t", " | ").split("\n")
        return lines

    def _add(self, kind: str, text: str = "", html: str | None = None) -> None:
        self.end_list()
        self.pieces.append(Piece(kind, text, html, markdown=self.markdown))

    def end_list(self) -> None:
        """What follows is another list, if it is one."""
        if self._items:
            items, self._items = self._items, []
            self.pieces.append(Piece("list", items=items, markdown=self.markdown))


class Walker:
    """Adds what it goes through to a flow."""

    flow: Flow

    def lines(self, walk: Callable[[Any], None], elements: Any, keep: bool = True) -> str:
        """What a walk through a cell, a note or a header adds, as lines; pictures are kept beside it, if they are."""
        outer, self.flow = self.flow, Flow()
        walk(elements)
        inner, self.flow = self.flow, outer
        return "\n".join(inner.lines(outer, keep))


class OpenFile:
    """An open document: of one page, as most formats have it, or of several."""

    remark = ""  # what there is to know about all of it

    def __init__(self, source: str) -> None:
        self.source, self.attached = source, list[str]()  # names of files that it holds
        self.pages: Sequence[Any] = [None]
        self.holds: Any = None  # a file that is open for it

    def __len__(self) -> int:
        return len(self.pages)

    def part(self, index: int) -> Part:
        """A page, from 0."""
        flow = Flow()
        self.add_to(flow)
        return flow.part()

    def add_to(self, flow: Flow) -> None:
        """Add all of a document of one page to a flow."""
        raise NotImplementedError

    def picture(self, reference: str) -> bytes:
        """The file of a picture of the page that was read last, or in a `data:` address. Raises InputError."""
        head, _, body = reference.partition(",")
        if not head.lower().startswith("data:"):
            raise InputError(f"{self.source} has no pictures")
        try:
            return b64decode(body) if head.lower().endswith(";base64") else unquote_to_bytes(body)
        except ValueError as error:
            raise InputError(f"{self.source}: a picture in it is damaged ({error})") from None

    def attachment(self, number: int) -> bytes:
        """A file that is attached, from 0. Raises InputError where it can't be taken out."""
        raise InputError("nothing is attached")

    def close(self) -> None:
        """Close the file."""
        if self.holds is not None:
            self.holds.close()


def table_html(rows: list[list[RawCell]], caption: str = "") -> tuple[str, str]:
    """A table as HTML, and what it lost by its size; empty where no cell says anything. One row alone is no heading."""
    if not any(cell.text for row in rows for cell in row):
        return "", ""
    if len(rows) == 1:
        for cell in rows[0]:
            cell.header = False
    grid = place(rows)
    lost = [warning for warning in grid.warnings if (reason := reason_of(warning)) and reason.code in _LOST]
    return meant_tags(html_table_of_cells(grid.cells, grid.rows, unmarked(caption))), "; ".join(lost)


def meant_tags(html: str) -> str:
    """HTML of escaped text whose tags of words that are marked by `MEANT` are such."""
    return _ESCAPED_TAG.sub(r"<\1>", html).replace(MEANT, "")


def literal(text: str, escape: str = "\\") -> str:
    """Text whose formulas, links and tags of words are those marked by `MEANT`: others get a backslash."""
    text = _MARKUP.sub(lambda one: one[0][1:] if one[0][0] == MEANT else escape + one[0], text)
    return text.replace(MEANT, "\ufffd")


def unmarked(text: str) -> str:
    """Text without what raises, lowers and strikes out words in it, and with the words of its links alone."""
    return _MEANT_MARKS.sub(lambda one: one[1] or "", text)


def raised(text: str, tag: str = "sup") -> str:
    """Words that are raised, lowered (`sub`), struck out (`del`) or, without a tag, as the others are."""
    return f"{MEANT}<{tag}>{text}{MEANT}</{tag}>" if tag and text.strip() else text


def inline_formula(latex: str) -> str:
    """A formula in running text."""
    return f"{MEANT}\\({latex}\\)" if latex else ""


def tidy(text: str) -> str:
    """Running text: white space as single blanks, line ends kept, no control characters or soft hyphens."""
    text = _UNPRINTABLE.sub("\ufffd", _LINE_END.sub("\n", text).replace("\t", " ").replace("\xad", ""))
    lines = (_SPACE.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def link(text: str, address: str) -> str:
    """A link in running text: its words alone, where it leads within its own file or site, or runs something."""
    address = address.strip()
    if not text.strip() or not _LEADS_OUT.match(address) or any(char in address for char in "<> \n\"'\\"):
        return text
    words = unmarked(text) if f"{MEANT}[" in text else text
    words = " ".join(words.split()).replace("[", "(").replace("]", ")")
    begin, end = (" " if one.isspace() else "" for one in (text[:1], text[-1:]))
    return f"{begin}{MEANT}[{words}]({address.replace('(', '%28').replace(')', '%29')}){end}"
