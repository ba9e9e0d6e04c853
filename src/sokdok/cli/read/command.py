"""`sokdok read`: documents in, text out.

- Text comes out page by page, as it is read. Pages and documents are set apart by a form feed on a new line; pages on
  which sokdok drew one text are joined with nothing between them, so that `compress` and `read` give the text back.
- Layout markup of the published models is turned into Markdown, and what could run or lead elsewhere is made harmless;
  `--raw` prints what the model wrote.
- A page that can't be opened or read is named on stderr and the others go on; the exit code is 1 then.
- With `-o FOLDER` each document becomes a folder of files instead: `cli.read.folders`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.read import folders as convert
from sokdok.cli.read.sinks import JsonLines, Tally, Text, markdown_text, plain_text, raw_text
from sokdok.cli.ui import reader_options as asking
from sokdok.cli.ui.console import PANEL_READ, note, progress
from sokdok.cli.ui.files import open_files, read_in_order
from sokdok.cli.ui.output import open_output
from sokdok.errors import InputError

if TYPE_CHECKING:
    from sokdok.pages import Page, PageError
    from sokdok.reading import Reading

DECODERS = ("auto", "autoregressive", "parallel")
MODES = ("auto", "tiny", "small", "base", "large", "gundam", "gundam-768")
DPI = 144
"""of PDF pages whose text is printed"""
_FOLDERS = "With -o FOLDER"


def register(app: typer.Typer) -> None:
    """Add `sokdok read` to the product's commands."""
    app.command("read", rich_help_panel=PANEL_READ)(read)


def read(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Images, PDFs, drawn pages; - is stdin. With -o also folders.")
    ],
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Write to this .txt or .md file, or to folders in this folder.")
    ] = None,
    pages: Annotated[str | None, typer.Option(help="Only these pages of each file, e.g. 1-5,7,9-12.")] = None,
    dpi: Annotated[
        float | None, typer.Option(min=1, max=2400, help="Resolution of PDF pages; by default one that shows the text.")
    ] = None,
    password: Annotated[str | None, typer.Option(help="Opens encrypted PDFs.")] = None,
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
    source: Annotated[
        str, typer.Option(help="Whose text: reader, text-layer (of PDFs), or auto.", rich_help_panel=_FOLDERS)
    ] = "auto",
    headers: Annotated[
        bool, typer.Option("--headers", help="Keep headers, footers, page numbers.", rich_help_panel=_FOLDERS)
    ] = False,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Also a PDF with boxes over the pages.", rich_help_panel=_FOLDERS)
    ] = False,
    figures: Annotated[
        bool, typer.Option("--figures", help="Parse the figures that are found.", rich_help_panel=_FOLDERS)
    ] = False,
    redo: Annotated[
        bool, typer.Option("--redo", help="Read again what is done already.", rich_help_panel=_FOLDERS)
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell of every page.", rich_help_panel=_FOLDERS)
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON per page; with -o FOLDER per file.")
    ] = False,
) -> None:
    """Read images, PDFs and drawn pages: print their text in page order, or make a folder of each document."""
    from sokdok.reading import load

    _check_choice("mode", mode, MODES)
    _check_choice("source", source, convert.SOURCES)
    if decoder is not None:
        _check_choice("decoder", decoder, DECODERS)
    folders = output is not None and convert.is_folder(output)
    if not folders:
        wanted = {"headers": headers, "overlay": overlay, "figures": figures, "redo": redo, "verbose": verbose}
        _refuse(source=source != "auto", **wanted)
    elif raw:
        raise InputError("--raw prints text as the model wrote it: leave it out, or write to a .txt file")
    reader, question, options = None, None, {}
    if source != "text-layer":
        reader = load(model, model=model_name, dtype=dtype, device=device)
        question = asking.question(reader, task, find, prompt)
        given = asking.fitting(reader, decoder=decoder, mode=None if mode == "auto" else mode, max_tokens=max_tokens)
        options = question.options | given | asking.sampling_options(reader, temperature, top_p)
    if output is not None and folders:
        how = convert.how_to_read(reader, options, mode, source, batch, dpi)
        asked = convert.conversion(how, pages, password, headers, overlay, figures)
        convert.convert_files(files, Path(output), asked, redo=redo, verbose=verbose, as_json=as_json)
    elif reader is not None and question is not None:
        opened = open_files(files, dpi=dpi or DPI, password=password, wanted=pages)
        readings = read_in_order(reader, opened, batch_size=batch, **options)
        tally = Tally(decoder or "auto")
        _print(readings, Path(output) if output else None, question.layout, raw, as_json, tally)
        _conclude(tally)


def _print(
    readings: Iterator[tuple[Page | PageError, Reading]],
    output: Path | None,
    layout: bool,
    raw: bool,
    as_json: bool,
    tally: Tally,
) -> None:
    """The text of all pages, as they come."""
    with open_output(output) as file, _progress(output) as advance:
        text_of = raw_text if raw else markdown_text if layout else plain_text
        sink = JsonLines(file, layout) if as_json else Text(file, text_of)
        for page, reading in readings:
            sink.add(page, reading)
            tally.add(page, reading)
            advance(1)
        sink.close()


def _conclude(tally: Tally) -> None:
    """What there is to say about the run; leaves with its exit code."""
    if tally.unsure:
        note(f"{tally.unsure:,} of these pages read with little confidence: check what stands there")
    note(tally.summary())
    if tally.failed:
        raise typer.Exit(tally.exit_code())


def _progress(output: Path | None) -> AbstractContextManager[Callable[[int], None]]:
    """A bar, unless it would run through the text on the same terminal."""
    if output is None and sys.stdout.isatty():
        return nullcontext(lambda pages: None)
    return progress("reading")


def _refuse(**only_folders: bool) -> None:
    """Raise InputError for an option that says how folders are written."""
    for name, given in only_folders.items():
        if given:
            raise InputError(f"--{name} goes with a folder to write to: -o FOLDER/")


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"unknown {what} {value!r}; choose one of {', '.join(choices)}")
