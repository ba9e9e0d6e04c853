r"""A document as rules and sinks see it: its text, where its pages end in it, and the text without its markup.

- What is no prose (code, formulas, tags, pictures, marks) becomes blanks, so that places stay. `$5 and $10` is no
  formula: an opening dollar has no blank behind it, a closing one none before it and no digit behind it, as Pandoc
  reads them. All scans take linear time.
- A word is a run of letters and digits, with an apostrophe, point or comma inside (`isn't`, `3.14`, `1,000`); a sign is
  a word by itself, as the tokenizers are that the published limits were set with; so is a Chinese or Japanese sign.
- Korean words are those between spaces: limits that were set with morphemes differ (`docs/reference/quality.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

from sokdok.documents.document import DocumentPage

Span = tuple[int, int, float]  # start and end in a text, in characters, end exclusive, and a number
Attributes = Mapping[str, tuple[Span, ...]]  # spans by name, `<tagger>__<measure>`, as Dolma keeps them
Range = tuple[int, int]  # start and end in characters, end exclusive

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_MARKS = re.compile(
    r"<!--[^<>]*-->|</?[A-Za-z][^<>]*>"  # comments and tags
    r"|!\[[^\[\]\n]*\]\([^()\s]*\)"  # pictures
    r"|(?<=\])\([^()\s]*\)"  # where links lead
    r"|^[ \t]*#{1,6}(?=[ \t])|^>[ \t]",  # headings and quotations
    re.MULTILINE,
)
_DELIMITERS = re.compile(r"\\[\[\]()]|\$\$|(?<!\\)\$|\n")
_ENDS = {"\\[": "\\]", "\\(": "\\)", "$$": "$$", "$": "$"}
_WITHIN_LINES = ("$", "\\(")  # delimiters of formulas that end with their line; others end with their paragraph
_TABLE = re.compile(r"<(/?)table\b[^<>]*>", re.IGNORECASE)
_NOT_BLANK = re.compile(r"[^\n]")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[^\W_{_CJK}]+(?:['’.,][^\W_{_CJK}]+)*|[{_CJK}]|[^\w\s]|_")
_LINE = re.compile(r"\S(?:.*\S)?")
_SENTENCE_END = re.compile(r"[.!?。．！？…]+[\"'”’)\]]*(?=\s|$)")

TERMINAL = tuple(".?!。．？！｡‽⁇⁈⁉؟۔܀।॥։።፧၊။។៕᙮᠃᠉﹒﹖﹗⸮‼")  # signs that end a sentence in any script


@dataclass(frozen=True)
class DocumentText:
    """All that was read of one document."""

    id: str  # 32 hex digits of the file's sha256
    path: str  # what people call it
    sha256: str
    meta: Mapping[str, str]  # what the source says of the file: url, date, license …
    text: str  # Markdown, pages joined as `sokdok convert` does, furniture left out
    page_ends: tuple[int, ...]  # offset in `text` behind each page, in characters
    pages: tuple[DocumentPage, ...]  # without their blocks
    tokens: int = 0  # text tokens of its pages

    @property
    def failed(self) -> list[DocumentPage]:
        """Pages that could not be read."""
        return [page for page in self.pages if page.status == "FAILURE"]

    def page_spans(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each page in `text`, in characters."""
        return tuple(zip((0, *self.page_ends), self.page_ends, strict=False))


class View:
    """A document's text without markup, in which all that is left stands at its own place; made once for all rules."""

    def __init__(self, document: DocumentText) -> None:
        self.document, self.text = document, document.text

    @cached_property
    def written(self) -> str:
        """Without code, formulas and marks: all words, those in tables too."""
        text = blanked(self.text, code(self.text))
        return blanked(text, [*formulas(text), *marks(text)])

    @cached_property
    def prose(self) -> str:
        """Without tables, too: the running text."""
        return blanked(self.written, tables(self.text))

    @cached_property
    def words(self) -> list[str]:
        """Words and signs of the prose."""
        return words_of(self.prose)

    @cached_property
    def lines(self) -> list[str]:
        """Lines of the prose that have something in them."""
        return [self.prose[start:end] for start, end in lines_of(self.prose)]

    @cached_property
    def paragraphs(self) -> list[str]:
        """Paragraphs of the prose."""
        return paragraphs_of(self.prose)

    @cached_property
    def characters(self) -> int:
        """Length of the prose: its lines, an end between two, and a blank line between paragraphs."""
        return sum(map(len, self.lines)) + max(len(self.lines) - 1, 0) + max(len(self.paragraphs) - 1, 0)


def marks(text: str) -> list[Range]:
    """Places of tags, pictures, targets of links, and the marks of headings and quotations."""
    return [match.span() for match in _MARKS.finditer(text)]


def code(text: str) -> list[Range]:
    """Places of fenced code, fences included; a fence without an end goes on to the end of the text."""
    found: list[Range] = []
    start, fence, at = 0, "", 0
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if match and not fence:
            start, fence = at, match[1]
        elif match and match[1].startswith(fence) and not line[match.end() :].strip():
            found.append((start, at + len(line)))
            fence = ""
        at += len(line)
    return [*found, (start, at)] if fence else found


def formulas(text: str) -> list[Range]:
    r"""Places of `$…$` within a line, `$$…$$`, `\(…\)` and `\[…\]`, their delimiters included."""
    found: list[Range] = []
    opened: re.Match[str] | None = None
    for match in _DELIMITERS.finditer(text):
        sign, before, behind = match[0], text[match.start() - 1], text[match.end() : match.end() + 1]
        if sign == "\n":
            ends = text.startswith("\n", match.end()) or (opened is not None and opened[0] in _WITHIN_LINES)
            opened = None if ends else opened
        elif (
            opened is not None
            and sign == _ENDS[opened[0]]
            and (sign != "$" or not (before.isspace() or behind.isdigit()))
        ):
            found.append((opened.start(), match.end()))
            opened = None
        elif sign in _ENDS and (opened is None or opened[0] in _WITHIN_LINES):
            opened = match if sign != "$" or behind.strip() else opened
    return found


def tables(text: str) -> list[Range]:
    """Places of HTML tables; one without an end goes on to the end of the text."""
    found: list[Range] = []
    start = None
    for match in _TABLE.finditer(text):
        if not match[1]:
            start = match.start() if start is None else start
        elif start is not None:
            found.append((start, match.end()))
            start = None
    return [*found, (start, len(text))] if start is not None else found


def blanked(text: str, ranges: list[Range]) -> str:
    """The text with blanks in the ranges, which may overlap; line ends stay."""
    parts, at = [], 0
    for start, end in merged(ranges):
        parts += [text[at:start], _NOT_BLANK.sub(" ", text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


def merged(ranges: list[Range]) -> list[Range]:
    """Ranges in order, those that meet or overlap as one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def words_of(text: str) -> list[str]:
    """Words and signs, in order."""
    return _WORD.findall(text)


def is_word(word: str) -> bool:
    """Whether it is no sign."""
    return word[0].isalnum()


def lines_of(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line with something in it, blanks at both ends left out."""
    return (match.span() for match in _LINE.finditer(text))


def paragraphs_of(text: str) -> list[str]:
    """What stands between blank lines, blanks at both ends left out."""
    return ["\n".join(lines) for said, lines in groupby(map(str.strip, text.split("\n")), bool) if said]


def sentences_of(line: str) -> list[str]:
    """A line's sentences, their ends included; what stands behind the last end is one, too."""
    places = [0, *(match.end() for match in _SENTENCE_END.finditer(line)), len(line)]
    return list(filter(None, (line[start:end].strip() for start, end in pairwise(places))))
