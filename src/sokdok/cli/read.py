"""`sokdok read`: the text of drawn pages, to the byte; what a model answers about pages; else what a page says.

- Pages on which sokdok drew one text are joined with nothing between them, so that `compress` and `read` give the text
  back. Other pages and documents are set apart by a form feed on a new line.
- A model that follows prompts is asked about the pixels of each page: a task, or any words. What it writes is Markdown,
  as is its layout markup: what could run or lead elsewhere in it is made harmless; `--raw` prints what it wrote.
- Where nothing of it is wanted, this is `sokdok convert --to txt`.
- A page that can't be opened, or was not read whole, is named on stderr and the others go on; the exit code is 1 then.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import typer

from sokdok.cli.convert import write_documents
from sokdok.cli.ui.console import count_of, make_bar, note, open_output
from sokdok.cli.ui.options import STDIN, asks, check_name, open_files, read_in_order, stdin_as_file
from sokdok.documents import sanitize
from sokdok.documents.build import build_page, parse_markup, to_pixels
from sokdok.documents.markdown import answer_markdown, blocks_markdown
from sokdok.documents.question import Conversion, Question, open_reader
from sokdok.errors import InputError, SokdokError
from sokdok.files import json_text
from sokdok.layout.text_line import is_legible
from sokdok.pages import Page, PageError
from sokdok.pages.page import is_drawn
from sokdok.reading import Reader, Reading
from sokdok.reading.prompts import TASKS, prompt_for
from sokdok.reading.reading import confidence_of, doubt

PAGE_BREAK = "\f"
DOCUMENTS = (".html", ".docx", ".pdf", ".xlsx", ".hocr")  # suffixes of files that `sokdok convert` writes


@asks("prompt pages password model set limit")
def read(
    files: Annotated[list[str], typer.Argument(metavar="PAGE", help="Drawn pages, images, PDFs; - is stdin.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the text to this file.")] = None,
    task: Annotated[
        str | None, typer.Option(help="Ask a model for markdown, ocr, free, figure, describe, document or pages.")
    ] = None,
    find: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Ask a published model where this stands in a picture.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Print what the model wrote, markup and all.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON per page.")] = False,
    *,
    question: Question,
) -> None:
    """Give back the text of drawn pages, to the byte; ask a model about pages; print what other pages say."""
    output = None if str(output) == "-" else output
    if output is not None and output.suffix.lower() in DOCUMENTS:
        raise InputError(f"sokdok read writes text, and {output} is a document: sokdok convert … -o {output}")
    reader = open_reader(question)
    assert reader is not None  # pixels are looked at
    prompt, layout = asked_prompt(reader, task, find, question.prompt)
    asked = Conversion(msgspec.structs.replace(question, prompt=prompt, to=("txt",)), reader)
    chosen = task or find or question.prompt or question.decoder or question.mode != "auto" or raw or as_json
    with ExitStack() as stack:
        stdin = stack.enter_context(stdin_as_file()) if STDIN in files else Path()
        paths = [stdin if name == STDIN else Path(name) for name in files]
        if not chosen and not reader.abilities.prompts and not _are_drawn(files, paths):
            write_documents(list(map(str, paths)), output, asked)
            return
        tally = ReadTally()
        file = stack.enter_context(open_output(output, paths))
        text = Text(file, raw, layout, reader.abilities.prompts)
        bar = stack.enter_context(make_bar(visible=output is not None or not sys.stdout.isatty()))
        bar_task = bar.add_task("reading", total=None)
        mode = {} if question.mode == "auto" else {"mode": question.mode}
        opened = open_files(files, question, stdin)
        for page, reading in read_in_order(reader, opened, question.batch, **asked.arguments, **mode):
            if as_json:
                file.write(json_text(row_of(page, reading, layout)).encode() + b"\n")
                file.flush()
            else:
                text.add(page, reading)
            tally.add(page, reading)
            bar.advance(bar_task)
        text.close()
    note(tally.summary())
    if code := tally.exit_code():
        raise typer.Exit(code)


def _are_drawn(files: list[str], paths: list[Path]) -> bool:
    """Whether sokdok drew all pages; files that can't be opened are left to who says so."""
    for name in files:
        check_name(name)
    try:
        return all(is_drawn(path) for path in paths)
    except OSError:
        return False


def asked_prompt(reader: Reader, task: str | None, find: str | None, prompt: str | None) -> tuple[str | None, bool]:
    """What a reader is asked, and whether its answer may have layout markup; by default what it does best.

    Raises InputError for a task that it does not know, or two things at once.
    """
    if prompt is not None:
        if task or find:
            raise InputError("--prompt is asked word for word: leave out --task and --find")
        return prompt, True  # unknown words may ask for markup
    name = task or ("locate" if find is not None else reader.abilities.layout_task)
    if name is None:
        return None, False
    text = prompt_for(name, find)
    if name not in reader.abilities.tasks:
        instead = "`sokdok parse` reads figures" if name == "figure" else "it needs a published checkpoint or endpoint"
        raise InputError(f"{reader.name} knows no --task {name}: {instead}")
    return text, TASKS[name].layout


class Text:
    """Text, with a form feed between pages that don't belong together."""

    def __init__(self, file: BinaryIO, raw: bool, layout: bool, prompts: bool) -> None:
        self.file, self.raw, self.layout, self.prompts = file, raw, layout, prompts
        self.last: Page | None = None
        self.at_line_start = True

    def add(self, page: Page | PageError, reading: Reading) -> None:
        """Write one page's text; one that failed, or is not legible, leaves nothing, not even a page break."""
        if not isinstance(page, Page) or reading.status == "failed" or not is_legible(confidence_of(reading)):
            return
        if self.last is not None and not page.continues(self.last):
            self._write(PAGE_BREAK if self.at_line_start else f"\n{PAGE_BREAK}")
        self._write(self._text(page, reading))
        self.file.flush()
        self.last = page

    def _text(self, page: Page, reading: Reading) -> str:
        """What was read: of a drawn page to the byte, of a model as harmless Markdown, else without controls."""
        if self.raw or page.cell:
            return reading.text
        if self.layout:
            return blocks_markdown(build_page(reading, *page.size, page.index + 1).blocks, keep_furniture=True)
        return answer_markdown(reading.text) if self.prompts else sanitize.terminal_text(reading.text)

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


def row_of(page: Page | PageError, reading: Reading, layout: bool) -> dict[str, Any]:
    """A reading for JSON; `page` is the page's number in its file, from 1; boxes are pixels of its image."""
    row = asdict(replace(reading, lines=(), pose=None, layout=()))
    del row["lines"], row["pose"], row["layout"]  # of documents: `sokdok convert --json --words`
    for name, value in row.items():
        row[name] = None if isinstance(value, float) and not math.isfinite(value) else value
    row["page"] = None if page.index is None else page.index + 1
    if layout:
        parsed = parse_markup(reading.text)
        size = page.size if isinstance(page, Page) else (0, 0)
        row["warnings"] = list(parsed.warnings)
        row["blocks"] = [
            {"kind": block.kind, "boxes": [to_pixels(box, *size) for box in block.boxes], "text": block.text}
            for block in parsed.blocks
        ]
    return row


@dataclass
class ReadTally:
    """Numbers of a run, and the word about each page that went wrong."""

    pages: int = 0
    vision_tokens: int = 0
    sequence_tokens: int = 0
    lost_files: int = 0
    statuses: Counter[str] = field(default_factory=Counter)  # of readings, or that they are hardly or not legible
    decoders: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.perf_counter)

    def add(self, page: Page | PageError, reading: Reading) -> None:
        """Count one page; report on stderr at once what is wrong with it."""
        reason = doubt(confidence_of(reading)) if reading.status != "failed" else ""
        self.statuses[reason.partition(" (")[0] if reason and reading.status == "ok" else reading.status] += 1
        place = f"{reading.source}, page {(page.index or 0) + 1}"
        if reading.status != "ok":
            retried = f", also when read again with {reading.retried}" if reading.retried else ""
            reasons = {"truncated": "broken off at the length limit", "looped": f"broken off in a repetition{retried}"}
            complaint = f"{place}: {reading.status}: {reasons.get(reading.status, reading.error)}"
            note(f"sokdok: {reading.error if page.index is None else complaint}")
        if reason:
            note(f"sokdok: {place}: {reason}")
        if reading.status == "failed":
            self.lost_files += page.index is None
            return
        self.pages += 1
        self.vision_tokens += reading.vision_tokens
        self.sequence_tokens += reading.sequence_tokens
        self.decoders[reading.decoder] += 1

    def summary(self) -> str:
        """The run in one line."""
        seconds = max(time.perf_counter() - self.started, 1e-9)
        parts = [
            f"{count_of(self.pages, 'page')} in {seconds:.1f} s",
            f"{self.pages / seconds:.2f} pages/s",
            f"{self.vision_tokens:,} vision tokens ({self.sequence_tokens:,} in the sequence)",
            *(f"{count:,} {status}" for status, count in sorted(self.statuses.items()) if status != "ok"),
            *(f"{count:,} by the {name} decoder" for name, count in sorted(self.decoders.items()) if name),
        ]
        return ", ".join(parts)

    def exit_code(self) -> int:
        """0 if every page was read whole and is legible, 2 if no file could be used at all, else 1."""
        if set(self.statuses) <= {"ok"}:
            return 0
        nothing = not self.pages and self.statuses["failed"] == self.lost_files
        return InputError.exit_code if nothing else SokdokError.exit_code
