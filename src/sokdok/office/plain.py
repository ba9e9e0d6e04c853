"""Plain text (.txt), paragraphs between blank lines, their line ends kept, and code where blanks indent or set columns;
and tables of text (.csv, .tsv), one table, its first row as the heading.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import groupby
from textwrap import dedent

from sokdok.errors import InputError
from sokdok.office.flow import MEANT, MOST_CELLS, Flow, OpenFile
from sokdok.tables.markup import RawCell

_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
_SET = re.compile(r"\n(?: {2}|\t)[^\S\n]*\S|[^\s.!?](?: {2}|\t)[^\S\n]*\S")  # a line that is indented, or a gap in one
_SAID = re.compile(r"sep=([^\w\s\"]|\t)\r?\n", re.IGNORECASE)  # a first line that says what stands between fields
_AS_TEXT = re.compile(r'^="([^"]*)"$')  # a field that Excel takes for text, not for a number


def read_plain(text: str, flow: Flow) -> None:
    """Add a text's paragraphs to a flow."""
    paragraphs = _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    any_set = any(_SET.search(dedent(one)) for one in paragraphs)  # else a first line's indent, or a letter's, is none
    for is_set, found in groupby(paragraphs, lambda one: any_set and bool(_SET.search(f"\n{one}"))):
        for paragraph in ["\n\n".join(found)] if is_set else found:
            (flow.code if is_set else flow.text)(paragraph)


class TextFile(OpenFile):
    """A plain text, or one of another format: one page; `text` is what it says, decoded."""

    def __init__(self, text: str, source: str) -> None:
        super().__init__(source)
        self.text = text.replace(MEANT, "\ufffd")

    def add_to(self, flow: Flow) -> None:
        """Add its paragraphs."""
        read_plain(self.text, flow)


class DelimitedFile(TextFile):
    """A table of text."""

    def __init__(self, text: str, source: str, tabs: bool = False) -> None:
        super().__init__(text, source)
        self.tabs = tabs

    def add_to(self, flow: Flow) -> None:
        """Add its rows."""
        csv.field_size_limit(1 << 24)
        said = _SAID.match(self.text)
        text = self.text[said.end() :] if said else self.text
        mark = said[1] if said else "\t" if self.tabs else _delimiter(text)
        rows = enumerate(row[:MOST_CELLS] for row in self._rows(text, mark, flow) if any(map(str.strip, row)))
        try:
            flow.table([RawCell(header=not at, pieces=[_AS_TEXT.sub(r"\1", text)]) for text in row] for at, row in rows)
        except csv.Error as error:
            raise InputError(f"{self.source}, line {self.at:,}: {error}") from None

    def _rows(self, text: str, mark: str, flow: Flow) -> Iterator[list[str]]:
        """Rows; one whose quotes do not match ends where its line does, and is said. Raises csv.Error."""
        lines, self.at = list(io.StringIO(text, newline="")), 0
        while self.at < len(lines):
            reader = csv.reader((lines[one] for one in range(self.at, len(lines))), delimiter=mark, strict=True)
            try:
                yield next(reader)
                self.at += reader.line_num
            except csv.Error:
                line, self.at = lines[self.at], self.at + 1
                flow.warn("a quote is missing somewhere: rows whose quotes do not match end where their lines do")
                yield next(csv.reader([line], delimiter=mark, quoting=csv.QUOTE_NONE if line.count('"') % 2 else 0))


def _delimiter(text: str) -> str:
    """The mark between fields: the one that most rows of the beginning have as often, the more the better."""

    def score(mark: str) -> tuple[float, int]:
        reader = csv.reader(io.StringIO(text[: 1 << 16], newline=""), delimiter=mark)
        rows = [len(row) for row in reader if row][:50]
        columns = max(rows, key=rows.count, default=0)
        return (rows.count(columns) / len(rows), columns) if columns > 1 else (0.0, 0)

    return max(",;\t|", key=score)
