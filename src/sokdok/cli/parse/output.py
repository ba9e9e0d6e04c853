"""What `sokdok parse` prints of the figures: on stdout what they mean, or a line of JSON each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sokdok.files import json_text

if TYPE_CHECKING:
    from sokdok.figures.parse import Figure
    from sokdok.pages import Page, PageError


class Output:
    """What goes to stdout."""

    def __init__(self, form: str, language: str, as_json: bool, headed: bool) -> None:
        self.form, self.language, self.as_json, self.headed = form, language, as_json, headed

    def write(self, page: Page, figure: Figure) -> None:
        """One figure; nothing but its heading if it is not valid."""
        from sokdok.documents import sanitize

        if self.as_json:
            self._print(json_text({"source": page.source, "page": page.index + 1} | figure.to_dict()))
            return
        if self.headed:
            self._print(f"==> {name_of_page(page)} <==")
        if figure.result.valid:
            self._print(sanitize.terminal_text(self._told(figure).rstrip("\n")))

    def _told(self, figure: Figure) -> str:
        result = figure.result
        if figure.kind in ("chart", "table"):
            markdown = self.form == "markdown" and figure.kind == "chart"
            return str(getattr(result.table if markdown else result, self.form)())
        if figure.kind == "molecule":
            return "\n".join(
                (*filter(None, (result.smiles, result.formula, result.inchikey)), *result.told(self.language))
            )
        if figure.kind == "geometry":
            return "\n".join(result.statements(self.language))
        return str(result.text)

    def _print(self, text: str) -> None:
        # A file name that is not UTF-8 holds lone surrogates: an escape carries them.
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()


def name_of_page(page: Page | PageError) -> str:
    """What a page is called in print: its file, and its number from the second on."""
    return f"{page.source}, page {page.index + 1}" if page.index else page.source
