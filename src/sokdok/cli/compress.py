"""`sokdok compress`: text in, page images out, with the ratio and, with --check, how much reads back. `sokdok demo`.

The pages are drawn one at a time, each file gets its name when it is complete, and the check reads the files, not what
is still in memory. The demo does all of it with one English and one Korean text, in front of your eyes.
"""

from __future__ import annotations

import re
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.text import Text

from sokdok.cli.ui.console import console, count_of, note, print_json, progress, table
from sokdok.cli.ui.options import Encoding, Json, file_or_stdin, read_in_order
from sokdok.compress.one_text import MODES, OnPages, ReadBack, check_mode, compare, put_on_pages
from sokdok.demo import demo_text
from sokdok.documents.question import Question, open_reader
from sokdok.errors import SokdokError
from sokdok.files import make_folder
from sokdok.pages import Cell, draw_pages, get_cell, read_text, save_page
from sokdok.pages.files import open_pages
from sokdok.pages.page import is_drawn
from sokdok.reading import Reader

SHOWN_DIFFERENCES = 10  # places that --check prints
TEXTS = {"English": "demo_en", "Korean": "demo_ko"}  # of the demo
FIRST_CHARACTERS = 380  # of a text as it was read: four or five lines
WIDTH = 92  # of these, in columns, of which Hangul takes two


def compress(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A text file, or - for standard input.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder of the pages. Default: NAME.pages.")
    ] = None,
    mode: Annotated[str, typer.Option(help=f"Size of a page: {', '.join(MODES)}.")] = "small",
    cell: Annotated[
        str | None, typer.Option(help="Pixels a character: 8x16, 8x8, 4x8. Default: the largest that fits one page.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Read the pages back and compare.")] = False,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Draw a text as pages, and say how many tokens that saves."""
    check_mode(mode)
    chosen = get_cell(cell) if cell else None
    reader = cast(Reader, open_reader(Question()))
    text = read_text(file_or_stdin(file), encoding)
    name = "stdin" if file == "-" else Path(file).stem
    compressed = draw_text(text, name, output or Path(f"{name}.pages"), mode, chosen, reader.abilities.alphabet)
    checked = read_back(reader, compressed) if check else None
    if as_json:
        print_json({"file": file} | compressed.row() | {"check": checked.row() if checked else None})
    else:
        print(_report(file, compressed, checked))
    if checked and not checked.back.identical:
        raise typer.Exit(SokdokError.exit_code)


@dataclass(frozen=True)
class Compressed:
    """One text as page files, and what it costs."""

    on_pages: OnPages
    folder: Path
    files: list[Path]

    def row(self) -> dict[str, Any]:
        """All numbers, JSON-ready; the text itself is left out."""
        return self.on_pages.row() | {"folder": self.folder, "files": self.files}


@dataclass(frozen=True)
class Checked:
    """What came back from the pages of a text, and who read it."""

    back: ReadBack
    decoders: list[str]
    seconds: float
    failed: int  # pages
    incomplete: dict[str, str]  # what the reader says of pages whose text is missing or wrong, by file name

    def row(self) -> dict[str, Any]:
        """All but the text, JSON-ready."""
        return self.back.row() | {name: value for name, value in vars(self).items() if name != "back"}


def draw_text(
    text: str, name: str, folder: Path, mode: str, cell: Cell | None, alphabet: frozenset[int] | None
) -> Compressed:
    """Draw `text` as files `NAME-001.png` … in `folder`, which is made if need be."""
    on_pages, layouts = put_on_pages(text, mode, cell, alphabet)
    make_folder(folder)
    digits = max(3, len(str(len(layouts))))
    files: list[Path] = []
    with progress("drawing", total=len(layouts)) as advance:
        for page in draw_pages(layouts):
            files.append(folder / f"{name}-{page.index + 1:0{digits}}.png")
            save_page(page, files[-1])
            advance(1)
    # The pages of an earlier, longer text of this name would be read with these by `sokdok read DIR/*`.
    ours = re.compile(re.escape(name) + r"-\d{3,}\.png")
    for path in sorted(folder.iterdir()):
        if ours.fullmatch(path.name) and path not in files and is_drawn(path):
            path.unlink()
            note(f"removed {path}, a page of an earlier text")
    return Compressed(on_pages, folder, files)


def read_back(reader: Reader, compressed: Compressed) -> Checked:
    """Read the files of a compressed text and compare."""
    started = time.perf_counter()
    pages = (page for path in compressed.files for page in open_pages(path))
    with progress("reading back", total=len(compressed.files)) as advance:
        readings = []
        for _, reading in read_in_order(reader, pages):
            readings.append(reading)
            advance(1)
    seconds = time.perf_counter() - started
    return Checked(
        compare(compressed.on_pages.text, "".join(reading.text for reading in readings)),
        sorted({reading.decoder for reading in readings if reading.decoder}),
        seconds,
        sum(reading.status == "failed" for reading in readings),
        {Path(reading.source).name: reading.error for reading in readings if reading.status == "incomplete"},
    )


def _report(file: str, compressed: Compressed, checked: Checked | None) -> str:
    drawn = compressed.on_pages
    lines = [
        f"{file}: {len(drawn.text):,} characters",
        f"text tokens    {drawn.text_tokens:,}",
        f"vision tokens  {drawn.vision_tokens:,} ({drawn.sequence_tokens:,} in the sequence)",
        f"ratio          {drawn.ratio:.1f}x",
        f"pages          {drawn.pages:,} of {drawn.size}x{drawn.size} pixels ({drawn.mode}) in {compressed.folder}",
        f"cell           {drawn.cell} pixels, {drawn.cell_reason}",
    ]
    if drawn.escapes:
        lines.append(f"escaped        {count_of(drawn.escapes, 'character')} not in nano's alphabet, as code points")
    lines += _check_lines(checked) if checked else ["fidelity       not known: --check reads the pages back"]
    return "\n".join(lines)


def _check_lines(checked: Checked) -> list[str]:
    wrong = f"{count_of(checked.back.wrong, 'character')} came back wrong or not at all"
    lines = [
        f"fidelity       {checked.back.fidelity:.4f} ({wrong if checked.back.wrong else 'every character came back'})",
        f"read by        {' and '.join(checked.decoders) or 'no'} decoder in {checked.seconds:.1f} s",
    ]
    lines += [f"failed         {checked.failed:,} pages"] * bool(checked.failed)
    lines += [f"incomplete     {name}: {error}" for name, error in checked.incomplete.items()]
    for place in checked.back.differences[:SHOWN_DIFFERENCES]:
        where = f"line {place.line:,}" + (f" to {place.line + place.lines - 1:,}" if place.lines > 1 else "")
        lines += [f"{where:<14} expected  {place.expected}", f"{'':<14} read      {place.read}"]
    more = len(checked.back.differences) - SHOWN_DIFFERENCES
    return [*lines, f"{'':<14} and {more:,} places more: --json has all"] if more > 0 else lines


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the drawn pages.")] = Path(
        "sokdok-demo"
    ),
) -> None:
    """Draw two texts as pages, read them back offline, and print what came back and at what ratio."""
    reader = cast(Reader, open_reader(Question()))
    out = console()
    made = table(out, "text", "text tokens", "vision tokens", "ratio", "fidelity", "seconds", "decoder")
    for language, name in TEXTS.items():
        compressed = draw_text(demo_text(name), name, output, "small", None, reader.abilities.alphabet)
        checked = read_back(reader, compressed)
        print(_reading(language, compressed, checked), flush=True)  # now: the first text is what one waits for
        drawn, back = compressed.on_pages, checked.back
        tokens = f"{drawn.text_tokens:,}", f"{drawn.vision_tokens:,}", f"{drawn.ratio:.1f}x"
        decoders = " and ".join(checked.decoders) or "none"
        made.add_row(language, *tokens, f"{back.fidelity:.4f}", f"{checked.seconds:.1f}", decoders)
    out.print(made)


def _reading(language: str, compressed: Compressed, checked: Checked) -> str:
    """What was drawn where, and the beginning of what was read."""
    pages = len(compressed.files)
    shown = textwrap.shorten(checked.back.text, FIRST_CHARACTERS, placeholder=" …") or "(nothing)"
    lines = "\n".join(line.plain.rstrip() for line in Text(shown).wrap(console(), WIDTH))
    where = ", ".join(map(str, compressed.files))
    return (
        f"{language}: {len(compressed.on_pages.text):,} characters drawn on {pages} page{'s' * (pages > 1)}, "
        f"{compressed.on_pages.cell} pixels each: {where}\n"
        f"Read back from {'them' if pages > 1 else 'it'}:\n\n{textwrap.indent(lines, '    ')}\n"
    )
