"""`sokdok read`: documents in, text out.

- Text comes out page by page, as it is read. Pages and documents are set apart by a form feed on a new line; pages on
  which sokdok drew one text are joined with nothing between them, so that `compress` and `read` give the text back.
- Layout markup of the published models is turned into Markdown; `--raw` leaves it as the model wrote it.
- A page that can't be opened or read is named on stderr and the others go on; the exit code is 1 then.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from sokdok.cli import asking
from sokdok.cli.console import PANEL_READ, note, progress
from sokdok.cli.output import open_output
from sokdok.cli.stream import open_files, read_in_order
from sokdok.errors import InputError, SokdokError

if TYPE_CHECKING:
    from sokdok.pages import Page, PageError
    from sokdok.reading import Reading

DECODERS = ("auto", "autoregressive", "parallel")
MODES = ("auto", "tiny", "small", "base", "large", "gundam", "gundam-768")
PAGE_BREAK = "\f"

WHY = {
    ("auto", "autoregressive"): "it finds its own way over any page",
    ("auto", "parallel"): "the autoregressive one broke off early",
}
"""why a decoder was used: (asked for, used) → reason"""


def register(app: typer.Typer) -> None:
    """Add `sokdok read` to the product's commands."""
    app.command("read", rich_help_panel=PANEL_READ)(read)


def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Images, PDFs, drawn pages; - is stdin.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")] = None,
    task: asking.TaskName = None,
    find: asking.Find = None,
    prompt: asking.Prompt = None,
    raw: Annotated[bool, typer.Option("--raw", help="Print what the model wrote, markup and all.")] = False,
    decoder: Annotated[str | None, typer.Option(help=f"nano only: {', '.join(DECODERS)} (auto).")] = None,
    mode: Annotated[str, typer.Option(help=f"Resolution: {', '.join(MODES)}.")] = "auto",
    batch: Annotated[int, typer.Option(min=1, help="Pages read at a time.")] = 8,
    model: asking.Model = "nano",
    model_name: asking.ModelName = None,
    dtype: asking.Dtype = "bfloat16",
    device: asking.Device = "auto",
    temperature: asking.Temperature = None,
    top_p: asking.TopP = None,
    max_tokens: asking.MaxTokens = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON per page.")] = False,
) -> None:
    """Read images, PDFs and drawn pages, and print their text in page order."""
    from sokdok.reading import load

    _check_choice("mode", mode, MODES)
    if decoder is not None:
        _check_choice("decoder", decoder, DECODERS)
    reader = load(model, model=model_name, dtype=dtype, device=device)
    question = asking.question(reader, task, find, prompt)
    given = asking.fitting(reader, decoder=decoder, mode=None if mode == "auto" else mode, max_tokens=max_tokens)
    options = question.options | given | asking.sampling_options(reader, temperature, top_p)
    tally = Tally(decoder or "auto")
    with open_output(output) as file, _progress(output) as advance:
        sink = JsonLines(file, question.layout) if as_json else Text(file, question.layout and not raw)
        for page, reading in read_in_order(reader, open_files(files), batch_size=batch, **options):
            sink.add(page, reading)
            tally.add(page, reading)
            advance(1)
        sink.close()
    if model == "nano" and tally.foreign:
        note(f"{tally.foreign:,} of these pages not drawn by sokdok: nano has seen few others, so check what it read")
    note(tally.summary())
    if tally.failed:
        raise typer.Exit(tally.exit_code())


def _progress(output: Path | None) -> AbstractContextManager[Callable[[int], None]]:
    """A bar, unless it would run through the text on the same terminal."""
    if output is None and sys.stdout.isatty():
        return nullcontext(lambda pages: None)
    return progress("reading")


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"unknown {what} {value!r}; choose one of {', '.join(choices)}")


class Text:
    """Plain text, with a form feed between pages that don't belong together."""

    def __init__(self, file: BinaryIO, layout: bool) -> None:
        self.file, self.layout = file, layout
        self.last: Page | None = None
        self.at_line_start = True

    def add(self, page: Page | PageError, reading: Reading) -> None:
        """Write one page's text; a page that failed leaves nothing, not even a page break."""
        from sokdok.pages import Page

        if not isinstance(page, Page) or reading.status == "failed":
            return
        if self.last is not None and not page.continues(self.last):
            self._write(PAGE_BREAK if self.at_line_start else f"\n{PAGE_BREAK}")
        self._write(_as_markdown(reading.text) if self.layout else reading.text)
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
            self.file.write(text.encode())
            self.at_line_start = text.endswith(("\n", PAGE_BREAK))


class JsonLines:
    """One JSON object per page and line."""

    def __init__(self, file: BinaryIO, layout: bool) -> None:
        self.file, self.layout = file, layout

    def add(self, page: Page | PageError, reading: Reading) -> None:
        """Write one reading; `index` is the page's position in its own source, boxes are pixels of its image."""
        values = {name: _finite(value) for name, value in asdict(reading).items()} | {"index": page.index}
        if self.layout:
            values |= _blocks(page, reading.text)
        # A file name that is not UTF-8 holds lone surrogates: an escape carries them.
        line = json.dumps(values, ensure_ascii=False).encode("utf-8", "backslashreplace")
        self.file.write(line + b"\n")
        self.file.flush()

    def close(self) -> None:
        """Nothing is left to write."""


def _as_markdown(text: str) -> str:
    from sokdok.documents.grammar import markdown, parse

    return markdown(parse(text))


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

    asked: str
    """decoder asked for"""
    pages: int = 0
    symbols: int = 0
    vision_tokens: int = 0
    sequence_tokens: int = 0
    foreign: int = 0
    """pages read that carry no note of sokdok's"""
    failed: int = 0
    lost_files: int = 0
    decoders: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.perf_counter)

    def add(self, page: Page | PageError, reading: Reading) -> None:
        """Count one page; tell stderr at once if something is wrong with it."""
        from sokdok.pages import Page

        if reading.status != "ok":
            note(_complaint(page, reading))
        if reading.status == "failed":
            self.failed += 1
            self.lost_files += page.index is None
            return
        self.pages += 1
        self.foreign += isinstance(page, Page) and page.cell is None
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
            *([f"{self.failed:,} failed"] if self.failed else []),
            *(self._decoder(name, count) for name, count in sorted(self.decoders.items())),
        ]
        return ", ".join(parts)

    def _decoder(self, name: str, count: int) -> str:
        why = WHY.get((self.asked, name)) or ("as asked" if self.asked == name else "the reader's choice")
        number = f" on {count:,}" if len(self.decoders) > 1 else ""
        return f"{name or 'unnamed'} decoder{number} ({why})"

    def exit_code(self) -> int:
        """2 if no file could be used at all, 1 if some page failed."""
        nothing = not self.pages and self.failed == self.lost_files
        return InputError.exit_code if nothing else SokdokError.exit_code


def _complaint(page: Page | PageError, reading: Reading) -> str:
    if page.index is None:
        return f"sokdok: {reading.error}"
    retried = f", also when read again with {reading.retried}" if reading.retried else ""
    reasons = {
        "truncated": "broken off at the length limit",
        "looped": f"broken off in a repetition{retried}",
        "failed": reading.error,
    }
    return f"sokdok: {reading.source}, page {page.index + 1}: {reading.status}: {reasons[reading.status]}"
