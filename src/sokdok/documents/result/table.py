"""A table of a document: where it stands, and its cells in the forms that people work with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.documents.document import Box
from sokdok.tables.parse import Table, parse_table

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class DocumentTable:
    """A table, whole also where it goes on over pages."""

    page: int  # number of the page it begins on, from 1
    box: Box | None  # its place there, in pixels of the page; None if the reader did not say
    html: str  # one `<table>` with its spans
    confidence: float | None = None  # 0 to 1, if the reader says

    @cached_property
    def cells(self) -> Table:
        """Its cells by row and column, header rows, caption."""
        return parse_table(self.html, self.confidence)

    @property
    def markdown(self) -> str:
        """A pipe table."""
        return self.cells.markdown()

    @property
    def csv(self) -> str:
        """Comma-separated values; what a spreadsheet would run as a formula begins with an apostrophe."""
        return self.cells.csv()

    def to_dataframe(self) -> pandas.DataFrame:
        """Make a DataFrame of texts, its columns named by the heading rows. Raises MissingExtraError without pandas."""
        return self.cells.to_dataframe()

    def to_xlsx(self, path: str | Path) -> None:
        """Write a workbook of one sheet, spans merged, numbers as numbers; MissingExtraError without openpyxl."""
        self.cells.xlsx(Path(path))

    def __repr__(self) -> str:
        return f"DocumentTable(page {self.page}, {self.cells.rows} rows, {self.cells.columns} columns)"
