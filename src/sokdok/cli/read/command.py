"""`sokdok read`: pages in, text out.

- Text comes out page by page, as it is read. Pages and documents are set apart by a form feed on a new line; pages on
  which sokdok drew one text are joined with nothing between them, so that `compress` and `read` give the text back.
- Words that nano reads, or a text layer holds, are printed as they stand there. What other models write is Markdown, as
  is their layout markup: what could run or lead elsewhere in it is made harmless; `--raw` prints what the model wrote.
- A page that can't be opened, or was not read whole, is named on stderr and the others go on; the exit code is 1 then.
- Documents with their structure are `sokdok convert`'s.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.convert.outputs import FOR_PAGES, FORMS, STDOUT
from sokdok.cli.read.find import find_in_files
from sokdok.cli.read.sinks import JsonLines, Tally, Text, answer_text, markdown_text, plain_text, raw_text
from sokdok.cli.ui.console import PANEL_READ, note, progress
from sokdok.cli.ui.files import open_files, read_in_order
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.limit_options import LimitOptions
from sokdok.cli.ui.output import open_output
from sokdok.cli.ui.reader_options import FileOptions, Query, ReaderOptions
from sokdok.errors import InputError

if TYPE_CHECKING:
    from sokdok.documents.convert.conversion import Conversion
    from sokdok.pages import Page, PageError
    from sokdok.reading import Reader, Reading

DPI = 144  # of PDF pages whose text is printed


def register(app: typer.Typer) -> None:
    """Add `sokdok read` to the product's commands."""
    app.command("read", rich_help_panel=PANEL_READ)(with_groups(read))


def read(
    files: Annotated[list[str], typer.Argument(metavar="PAGE", help="Images, PDFs, drawn pages; - is stdin.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the text to this file.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Print what the model wrote, markup and all.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON per page.")] = False,
    *,
    opening: FileOptions,
    limiting: LimitOptions,
    asking: ReaderOptions,
) -> None:
    """Read images, PDF pages and drawn pages: print their text in page order, or what a prompt asks of them."""
    output = None if output == Path(STDOUT) else output
    if output is not None:
        _check_suffix(output)
    reader = asking.load()
    if asking.find is not None and asking.task in (None, "locate") and "locate" not in reader.abilities.tasks:
        find_in_files(files, asking.find, _conversion(reader, asking, opening, limiting), output, as_json)
        return
    query = _asked(asking, reader, output)
    how = {"dpi": opening.dpi or DPI, "password": opening.password, "wanted": opening.pages}
    if not raw and asking.wants_words:
        from sokdok.documents.convert.with_layers import WithLayers

        reader, how = WithLayers(reader, query.layout), {**how, "layers": True}
    opened = open_files(files, limits=limiting.limits(), **how)
    readings = read_in_order(reader, opened, batch_size=asking.batch, **query.options)
    tally = Tally(asking.decoder or "auto" if reader.abilities.decoders else "")
    said = raw_text if raw else _text_of(reader, query.layout, output)
    _print(readings, output, said, query.layout, as_json, tally)
    _conclude(tally)


def _conversion(reader: Reader, asking: ReaderOptions, opening: FileOptions, limiting: LimitOptions) -> Conversion:
    """What is asked of files in which a text is sought: all words with their places, from wherever they are known."""
    from sokdok.documents.convert.conversion import Conversion
    from sokdok.documents.question import Question

    question = Question(
        mode=asking.mode,
        decoder=asking.decoder,
        batch=asking.batch,
        pages=opening.pages,
        dpi=opening.dpi,
        password=opening.password,
        limits=limiting.limits(),
    )
    return Conversion(question, reader)


def _check_suffix(output: Path) -> None:
    """Raise InputError for a file of a form that only documents have."""
    suffix = output.suffix.lower()
    if suffix[1:] in FORMS and suffix not in FOR_PAGES:
        raise InputError(f"sokdok read writes text, and {output} is a document: sokdok convert … -o {output}")


def _asked(asking: ReaderOptions, reader: Reader, output: Path | None) -> Query:
    """What each page is asked: Markdown for a file of Markdown, where nothing else was said."""
    unsaid = asking.task is None and asking.find is None and asking.prompt is None
    if unsaid and output is not None and output.suffix.lower() == ".md" and "markdown" in reader.abilities.tasks:
        asking = replace(asking, task="markdown")
    return asking.query(reader)


def _text_of(reader: Reader, layout: bool, output: Path | None) -> Callable[[Page, Reading], str]:
    """How a reading is printed: as Markdown where its answer has layout or the file wants it, else as it is meant."""
    if layout or (output is not None and output.suffix.lower() == ".md"):
        return markdown_text
    return answer_text if reader.abilities.prompts else plain_text


def _print(
    readings: Iterator[tuple[Page | PageError, Reading]],
    output: Path | None,
    text_of: Callable[[Page, Reading], str],
    layout: bool,
    as_json: bool,
    tally: Tally,
) -> None:
    """Write the text of all pages, as they come."""
    with open_output(output) as file, _progress(output) as advance:
        sink = JsonLines(file, layout) if as_json else Text(file, text_of)
        for page, reading in readings:
            sink.add(page, reading)
            tally.add(page, reading)
            advance(1)
        sink.close()


def _conclude(tally: Tally) -> None:
    """Say what there is to say about the run; leave with its exit code."""
    note(tally.summary())
    if code := tally.exit_code():
        raise typer.Exit(code)


def _progress(output: Path | None) -> AbstractContextManager[Callable[[int], None]]:
    """A bar, unless it would run through the text on the same terminal."""
    if output is None and sys.stdout.isatty():
        return nullcontext(lambda pages: None)
    return progress("reading")
