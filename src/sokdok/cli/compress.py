"""`sokdok compress`: text in, page images out, with the ratio and, with --check, how much reads back.

The pages are drawn one at a time, each file gets its name when it is complete, and the check reads the files, not what
is still in memory.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.cli.ui.console import PANEL_READ, note, print_json, progress
from sokdok.cli.ui.files import Encoding, read_stdin

if TYPE_CHECKING:
    from sokdok.compression.one_text import OnPages, ReadBack
    from sokdok.pages import Cell, Layout

SHOWN_DIFFERENCES = 10  # places that --check prints


def register(app: typer.Typer) -> None:
    """Add `sokdok compress` to the product's commands."""
    app.command("compress", rich_help_panel=PANEL_READ)(compress)


def compress(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A text file, or - for standard input.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder of the pages. Default: NAME.pages.")
    ] = None,
    mode: Annotated[str, typer.Option(help="Size of a page: tiny, small, base, large.")] = "small",
    cell: Annotated[
        str | None, typer.Option(help="Pixels a character: 8x16, 8x8, 4x8. Default: the largest that fits one page.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Read the pages back and compare.")] = False,
    errors: Annotated[str, typer.Option(help="Bytes that are no text: strict or replace.")] = "strict",
    encoding: Encoding = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draw a text as pages, and say how many tokens that saves."""
    from sokdok.compression.one_text import check_mode
    from sokdok.pages import get_cell, read_text
    from sokdok.reading import load

    check_mode(mode)
    chosen = get_cell(cell) if cell else None
    reader = load()
    text = read_text(read_stdin() if file == "-" else Path(file), errors, encoding)
    name = "stdin" if file == "-" else Path(file).stem
    compressed = draw_text(text, name, output or Path(f"{name}.pages"), mode, chosen, reader.abilities.alphabet)
    checked = read_back(reader, compressed) if check else None
    if as_json:
        print_json({"file": file} | compressed.row() | {"check": checked.row() if checked else None})
        return
    print(_report(file, compressed, checked))


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
    incomplete: dict[str, str]
    """pages of which the reader says that text is missing or wrong, by file name, and what it says"""

    def row(self) -> dict[str, Any]:
        """All but the text, JSON-ready."""
        values = {name: value for name, value in vars(self).items() if name != "back"}
        return self.back.row() | values


def draw_text(
    text: str, name: str, folder: Path, mode: str, cell: Cell | None, alphabet: frozenset[int] | None
) -> Compressed:
    """Draw `text` as files `NAME-001.png` … in `folder`, which is made if need be."""
    from sokdok.compression.one_text import put_on_pages

    on_pages, layouts = put_on_pages(text, mode, cell, alphabet)
    return Compressed(on_pages, folder, _save(layouts, name, folder))


def _save(layouts: list[Layout], name: str, folder: Path) -> list[Path]:
    from sokdok.files import make_folder
    from sokdok.pages import draw_pages, save_page

    make_folder(folder)
    digits = max(3, len(str(len(layouts))))
    files: list[Path] = []
    with progress("drawing", total=len(layouts)) as advance:
        for page in draw_pages(layouts):
            files.append(folder / f"{name}-{page.index + 1:0{digits}}.png")
            save_page(page, files[-1])
            advance(1)
    _remove_stale(folder, name, files)
    return files


def _remove_stale(folder: Path, name: str, files: list[Path]) -> None:
    """Remove the pages of an earlier, longer text of this name, which `sokdok read DIR/*` would append to this one."""
    from sokdok.pages.png import is_drawn

    pattern = re.compile(re.escape(name) + r"-\d{3,}\.png")
    for path in sorted(folder.iterdir()):
        if pattern.fullmatch(path.name) and path not in files and is_drawn(path):
            path.unlink()
            note(f"removed {path}, a page of an earlier text")


def read_back(reader: Any, compressed: Compressed) -> Checked:
    """Read the files of a compressed text and compare."""
    from sokdok.cli.ui.files import read_in_order
    from sokdok.compression.one_text import compare

    started = time.perf_counter()
    with progress("reading back", total=len(compressed.files)) as advance:
        readings = []
        for _, reading in read_in_order(reader, _open_all(compressed.files)):
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


def _open_all(files: list[Path]) -> Iterator[Any]:
    from sokdok.pages import open_pages

    for path in files:
        yield from open_pages(path)


def _report(file: str, compressed: Compressed, checked: Checked | None) -> str:
    drawn = compressed.on_pages
    size = f"{drawn.size}x{drawn.size} pixels"
    lines = [
        f"{file}: {len(drawn.text):,} characters",
        f"text tokens    {drawn.text_tokens:,}",
        f"vision tokens  {drawn.vision_tokens:,} ({drawn.sequence_tokens:,} in the sequence)",
        f"ratio          {drawn.ratio:.1f}x",
        f"pages          {drawn.pages:,} of {size} ({drawn.mode}) in {compressed.folder}",
        f"cell           {drawn.cell} pixels, {drawn.cell_reason}",
    ]
    if drawn.escapes:
        lines.append(f"escaped        {drawn.escapes:,} characters that nano does not know, as code points")
    if checked:
        lines += _check_lines(checked)
    return "\n".join(lines)


def _check_lines(checked: Checked) -> list[str]:
    verdict = "every character came back" if checked.back.identical else f"{checked.back.exact:.4f} with white space"
    lines = [
        f"fidelity       {checked.back.fidelity:.4f} ({verdict})",
        f"read by        {' and '.join(checked.decoders) or 'no'} decoder in {checked.seconds:.1f} s",
    ]
    lines += [f"failed         {checked.failed:,} pages"] * bool(checked.failed)
    lines += [f"incomplete     {name}: {error}" for name, error in checked.incomplete.items()]
    for place in checked.back.differences[:SHOWN_DIFFERENCES]:
        where = f"line {place.line:,}" + (f" to {place.line + place.lines - 1:,}" if place.lines > 1 else "")
        lines += [f"{where:<14} expected  {place.expected}", f"{'':<14} read      {place.read}"]
    more = len(checked.back.differences) - SHOWN_DIFFERENCES
    return [*lines, f"{'':<14} and {more:,} places more: --json has all"] if more > 0 else lines
