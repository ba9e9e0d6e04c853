"""What `sokdok read` prints of the pages it reads: their text, or a line of JSON each; and the numbers of the run."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from sokdok.cli.ui.console import note
from sokdok.errors import InputError, SokdokError
from sokdok.files import json_text

if TYPE_CHECKING:
    from sokdok.pages import Page, PageError
    from sokdok.reading import Reading

PAGE_BREAK = "\f"
FROM_LAYER = "text layer"  # what stands for a decoder where the words are the file's own

WHY = {
    ("auto", "autoregressive"): "it finds its own way over any page",
    ("auto", "lines"): "these pages were not drawn by sokdok",
    ("auto", "parallel"): "the autoregressive one broke off early",
}  # why a decoder was used: (asked for, used) → reason


def raw_text(page: Page, reading: Reading) -> str:
    """What the model wrote, markup and all."""
    return reading.text


def plain_text(page: Page, reading: Reading) -> str:
    """Words as they stand on a page: of one drawn by sokdok to the byte, of any other without control characters."""
    from sokdok.documents import sanitize

    return reading.text if page.cell else sanitize.terminal_text(reading.text)


def answer_text(page: Page, reading: Reading) -> str:
    """What a model that follows any prompt wrote, as harmless Markdown; words of a text layer as they stand there."""
    from sokdok.documents.write.markdown import answer_markdown

    own = page.cell or reading.decoder == FROM_LAYER
    return plain_text(page, reading) if own else answer_markdown(reading.text)


def markdown_text(page: Page, reading: Reading) -> str:
    """An answer with layout markup as Markdown, headers and footers too; of a page drawn by sokdok its text."""
    from sokdok.documents.build import build_page
    from sokdok.documents.write.markdown import page_markdown

    if page.cell:
        return reading.text
    return page_markdown(build_page(reading, *page.size, page.index + 1), keep_furniture=True)


class Text:
    """Text, with a form feed between pages that don't belong together."""

    def __init__(self, file: BinaryIO, text_of: Callable[[Page, Reading], str]) -> None:
        self.file, self.text_of = file, text_of
        self.last: Page | None = None
        self.at_line_start = True

    def add(self, page: Page | PageError, reading: Reading) -> None:
        """Write one page's text; one that failed, or is not legible, leaves nothing, not even a page break."""
        from sokdok.pages import Page
        from sokdok.reading.confidence import confidence_of, is_legible

        if not isinstance(page, Page) or reading.status == "failed" or not is_legible(confidence_of(reading)):
            return
        if self.last is not None and not page.continues(self.last):
            self._write(PAGE_BREAK if self.at_line_start else f"\n{PAGE_BREAK}")
        self._write(self.text_of(page, reading))
        self.file.flush()
        self.last = page

    def close(self) -> None:
        """End the last line, unless the text was drawn by sokdok: that is given back to the byte."""
        drawn = self.last is not None and self.last.cell is not None
        if not self.at_line_start and (not drawn or self.file.isatty()):
            self._write("\n")
        self.file.flush()

    def _write(self, text: str) -> None:
        if text:
            self.file.write(text.encode("utf-8", "replace"))
            self.at_line_start = text.endswith(("\n", PAGE_BREAK))


class JsonLines:
    """One JSON object per page and line."""

    def __init__(self, file: BinaryIO, layout: bool) -> None:
        self.file, self.layout = file, layout

    def add(self, page: Page | PageError, reading: Reading) -> None:
        """Write one reading; `page` is the page's number in its file, from 1; boxes are pixels of its image."""
        said = asdict(replace(reading, lines=(), pose=None, layout=()))
        del said["lines"], said["pose"], said["layout"]  # of documents: `sokdok convert --json --words`
        values = {name: _finite(value) for name, value in said.items()}
        values["page"] = None if page.index is None else page.index + 1
        if self.layout:
            values |= _blocks(page, reading.text)
        self.file.write(json_text(values).encode() + b"\n")
        self.file.flush()

    def close(self) -> None:
        """Nothing is left to write."""


def _blocks(page: Page | PageError, text: str) -> dict[str, object]:
    """What the layout markup says: blocks with boxes (left, top, right, bottom), and what was wrong with it."""
    from sokdok.documents.grammar import parse, to_pixels
    from sokdok.pages import Page

    parsed = parse(text)
    size = page.size if isinstance(page, Page) else (0, 0)
    blocks = [
        {"kind": block.kind, "boxes": [to_pixels(box, *size) for box in block.boxes], "text": block.text}
        for block in parsed.blocks
    ]
    return {"blocks": blocks, "warnings": list(parsed.warnings)}


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclass
class Tally:
    """Numbers of a run, and the word about each page that went wrong."""

    asked: str  # decoder asked for; empty for a reader that has no choice of them
    pages: int = 0
    symbols: int = 0
    vision_tokens: int = 0
    sequence_tokens: int = 0
    statuses: Counter[str] = field(default_factory=Counter)  # those of readings, or that they are hardly or not legible
    lost_files: int = 0
    decoders: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.perf_counter)

    def add(self, page: Page | PageError, reading: Reading) -> None:
        """Count one page; tell stderr at once if something is wrong with it."""
        from sokdok.reading.confidence import confidence_of, doubt

        reason = doubt(confidence_of(reading)) if reading.status != "failed" else ""
        self.statuses[reason.partition(" (")[0] if reason and reading.status == "ok" else reading.status] += 1
        if reading.status != "ok":
            note(_complaint(page, reading))
        if reason:
            note(f"sokdok: {_place(page, reading)}: {reason}")
        if reading.status == "failed":
            self.lost_files += page.index is None
            return
        self.pages += 1
        self.symbols += reading.steps
        self.vision_tokens += reading.vision_tokens
        self.sequence_tokens += reading.sequence_tokens
        self.decoders[reading.decoder] += 1

    def summary(self) -> str:
        """The run in one line."""
        seconds = max(time.perf_counter() - self.started, 1e-9)
        parts = [
            f"{self.pages:,} {'page' if self.pages == 1 else 'pages'} in {seconds:.1f} s",
            f"{self.pages / seconds:.2f} pages/s",
            f"{self.symbols / seconds:,.0f} symbols/s",
            f"{self.vision_tokens:,} vision tokens ({self.sequence_tokens:,} in the sequence)",
            *(f"{count:,} {status}" for status, count in sorted(self.statuses.items()) if status != "ok"),
            *(self._decoder(name, count) for name, count in sorted(self.decoders.items()) if self.asked),
        ]
        return ", ".join(parts)

    def _decoder(self, name: str, count: int) -> str:
        if name == FROM_LAYER:
            return f"{count:,} from the text layer"
        why = WHY.get((self.asked, name)) or ("as asked" if self.asked == name else "the reader's choice")
        number = f" on {count:,}" if len(self.decoders) > 1 else ""
        return f"{name or 'unnamed'} decoder{number} ({why})"

    def exit_code(self) -> int:
        """0 if every page was read whole and is legible, 2 if no file could be used at all, else 1."""
        if set(self.statuses) <= {"ok"}:
            return 0
        nothing = not self.pages and self.statuses["failed"] == self.lost_files
        return InputError.exit_code if nothing else SokdokError.exit_code


def _complaint(page: Page | PageError, reading: Reading) -> str:
    if page.index is None:
        return f"sokdok: {reading.error}"
    retried = f", also when read again with {reading.retried}" if reading.retried else ""
    reasons = {
        "incomplete": reading.error,
        "truncated": "broken off at the length limit",
        "looped": f"broken off in a repetition{retried}",
        "failed": reading.error,
    }
    return f"sokdok: {_place(page, reading)}: {reading.status}: {reasons[reading.status]}"


def _place(page: Page | PageError, reading: Reading) -> str:
    return f"{reading.source}, page {(page.index or 0) + 1}"
