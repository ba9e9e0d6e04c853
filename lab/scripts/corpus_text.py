"""Cleaning text for the corpus: normalise, split into paragraphs, filter by language, deduplicate, read HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ue000-\uf8ff\ufffd]"
)
HANGUL = re.compile(r"[\uac00-\ud7a3]")


def clean_text(text: str) -> str:
    """Normalise to NFC, plain spaces and newlines; drop control and private characters and trailing blanks."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n"))
    text = CONTROL.sub("", re.sub(r"[\u00a0\u2000-\u200a\u3000]", " ", text.replace("\u2028", "\n")))
    lines = [line.expandtabs(8).rstrip() for line in text.split("\n")]
    return "\n".join(lines).strip("\n")


def paragraphs(text: str) -> list[str]:
    """Split at blank lines; indentation and single newlines are kept."""
    return [part.strip("\n") for part in re.split(r"\n\s*\n(?=[^\n])", text) if part.strip()]


def hangul_share(text: str) -> float:
    """Share of Hangul syllables among the characters that are not white space."""
    solid = "".join(text.split())
    return len(HANGUL.findall(solid)) / len(solid) if solid else 0.0


def is_korean(text: str) -> bool:
    """Whether a paragraph counts as Korean."""
    return hangul_share(text) > 0.3


def is_english(text: str) -> bool:
    """Whether a paragraph is nearly all ASCII and has letters (code samples and tables pass)."""
    return sum(c.isascii() for c in text) >= 0.9 * len(text) and any(c.isalpha() for c in text)


def deduplicate(parts: Iterable[str], seen: set[int]) -> Iterator[str]:
    """Yield the parts not met before, white space aside; `seen` carries over from call to call."""
    for part in parts:
        key = hash(" ".join(part.split()))
        if key not in seen:
            seen.add(key)
            yield part


def is_foreign(text: str) -> bool:
    """Whether a paragraph has letters beyond ASCII."""
    return any(c.isalpha() and not c.isascii() for c in text)


KEEP: dict[str, Callable[[str], bool]] = {"en": is_english, "ko": is_korean, "world": is_foreign}


def names(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


VOID = names("area base br col embed hr img input link meta param source track wbr")
BLOCK = names(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 "
    "h5 h6 li main ol p pre section table tbody td tfoot th thead tr ul"
)
SKIP_TAGS = names("button footer form head header iframe math nav noscript script select style svg")
SKIP_NAMES = names(  # classes, ids and roles of page furniture
    "boring contentinfo fancy-toc fancy_toc footer headerlink id_link leftside logo menu menu-bar mobile-nav "
    "nav-chapters navfooter navheader navigation nosearch related rst-footer-buttons rule-link SearchFrame searchmenu "
    "sidebar sphinxsidebar tagline toc WarnJS wy-nav-side"
)
CLOSES = {"td": ("td", "th"), "th": ("td", "th"), "tr": ("tr",), "li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd")}
BOUNDS = frozenset(("table", "ul", "ol", "dl"))


@dataclass
class Table:
    """An open HTML table: finished rows, and the pieces of the cell being read."""

    rows: list[list[list[str]]] = field(default_factory=list)
    header: bool = True


def render_table(table: Table) -> list[str]:
    """A pipe table as one block, or the bare pieces if it was only there for layout."""
    rows = [row for row in table.rows if any(row)]
    cells = [cell for row in rows for cell in row]
    if any("\n" in piece for cell in cells for piece in cell) or any(sum(map(len, cell)) > 240 for cell in cells):
        return [piece for cell in cells for piece in cell]
    if max(map(len, rows), default=0) < 2:
        return [piece for cell in cells for piece in cell]
    lines = ["| " + " | ".join(" ".join(cell) for cell in row) + " |" for row in rows]
    if table.header:
        lines.insert(1, "|" + "---|" * len(rows[0]))
    return ["\n".join(lines)]


class HtmlText(HTMLParser):
    """Turn HTML (or XML with `aliases` to HTML tags) into text blocks; page furniture is left out."""

    def __init__(self, aliases: dict[str, str] | None = None, skip: Iterable[str] = ()) -> None:
        super().__init__(convert_charrefs=True)
        self.aliases = aliases or {}
        self.skip = SKIP_TAGS.union(skip)
        self.stack: list[str] = []
        self.skip_depth = 0  # the depth of the element being skipped; 0: none
        self.buffer: list[str] = []
        self.blocks: list[tuple[str, bool]] = []  # text, and whether it belongs to a list
        self.lists: list[int] = []  # per open list the last item's number, or -1 for bullets
        self.prefix = ""
        self.tables: list[Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, closing those whose end HTML lets authors leave out."""
        tag = self.aliases.get(tag, tag)
        if tag in VOID:
            self._void(tag)
            return
        self._close_implied(tag)
        self.stack.append(tag)
        labels = " ".join(value or "" for key, value in attrs if key in ("class", "id", "role"))
        if not self.skip_depth and (tag in self.skip or names(labels) & SKIP_NAMES):
            self.skip_depth = len(self.stack)
        if not self.skip_depth:
            self._open(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest open element of that name and all inside it; ignore a stray end tag."""
        tag = self.aliases.get(tag, tag)
        if tag in self.stack:
            depth = len(self.stack) - 1 - self.stack[::-1].index(tag)
            self._pop_to(depth)

    def handle_data(self, data: str) -> None:
        """Collect text outside skipped elements."""
        if not self.skip_depth:
            self.buffer.append(data if "pre" in self.stack else re.sub(r"\s+", " ", data))

    def text(self) -> str:
        """Close what is open and return the text: list items on lines of their own, other blocks parted by a blank."""
        self.close()
        self._pop_to(0)
        self._flush()
        out, tight_before = "", False
        for block, tight in self.blocks:
            out += ("\n" if tight and tight_before else "\n\n") + block
            tight_before = tight
        return out.strip("\n")

    def _void(self, tag: str) -> None:
        if not self.skip_depth and tag == "br":
            self.buffer.append("\n")
        elif not self.skip_depth and tag == "hr":
            self._flush()

    def _close_implied(self, tag: str) -> None:
        if tag in BLOCK and self.stack and self.stack[-1] == "p":
            self._pop_to(len(self.stack) - 1)
        for depth in range(len(self.stack) - 1, -1, -1):
            if self.stack[depth] in BOUNDS or tag not in CLOSES:
                return
            if self.stack[depth] in CLOSES[tag]:
                self._pop_to(depth)
                return

    def _pop_to(self, depth: int) -> None:
        while len(self.stack) > depth:
            if not self.skip_depth:
                self._leave(self.stack[-1])
            self.stack.pop()
            if len(self.stack) < self.skip_depth:
                self.skip_depth = 0

    def _open(self, tag: str) -> None:
        if tag in BLOCK:
            self._flush()
        if tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else -1)
        elif tag == "li" and self.lists:
            number = self.lists[-1] = self.lists[-1] + 1 if self.lists[-1] >= 0 else -1
            self.prefix = "  " * (len(self.lists) - 1) + (f"{number}. " if number >= 0 else "- ")
        elif tag == "table":
            self.tables.append(Table())
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1].rows:
            table = self.tables[-1]
            table.header &= len(table.rows) > 1 or tag == "th"
            table.rows[-1].append([])

    def _leave(self, tag: str) -> None:
        if tag in BLOCK:
            self._flush(verbatim=tag == "pre")
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self.prefix = ""
        elif tag == "table" and self.tables:
            for block in render_table(self.tables.pop()):
                self._emit(block, False)

    def _flush(self, verbatim: bool = False) -> None:
        text, self.buffer = "".join(self.buffer), []
        if verbatim or "pre" in self.stack[:-1]:
            text = text.expandtabs(8).strip("\n").rstrip()
        else:
            text = "\n".join(line for line in (" ".join(part.split()) for part in text.split("\n")) if line)
        if not text.strip():
            return
        if self.lists and not verbatim and not self.tables:
            text = self.prefix + text.replace("\n", "\n" + " " * len(self.prefix))
            self.prefix = " " * len(self.prefix)
            self._emit(text, True)
        else:
            self._emit(text, False)

    def _emit(self, block: str, tight: bool) -> None:
        if self.tables and self.tables[-1].rows and self.tables[-1].rows[-1]:
            self.tables[-1].rows[-1][-1].append(block)
        else:
            self.blocks.append((block, tight))


def html_to_text(markup: str) -> str:
    """Plain text of an HTML page."""
    parser = HtmlText()
    parser.feed(markup)
    return parser.text()


MALLARD = {"page": "div", "section": "div", "heading": "h2", "item": "li", "list": "ul", "steps": "ol", "note": "div"}
MALLARD |= {"screen": "pre", "terms": "dl", "example": "div", "quote": "div"}


def mallard_to_text(markup: str) -> str:
    """Plain text of a Mallard help page (XML)."""
    parser = HtmlText(MALLARD, skip=("info", "media", "links", "comment"))
    markup = re.sub(r"</key>\s*<key\b", "</key>+<key", markup)
    parser.feed(re.sub(r"<(/?)title\b", r"<\1heading", markup))
    return parser.text()
