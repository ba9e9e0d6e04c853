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
from sokdok.errors import require_choice

if TYPE_CHECKING:
    from sokdok.bench.metrics.differences import Difference
    from sokdok.pages import Cell, Layout

MODES = ("tiny", "small", "base", "large")
SHOWN_DIFFERENCES = 10
"""places that --check prints"""


def register(app: typer.Typer) -> None:
    """Add `sokdok compress` to the product's commands."""
    app.command("compress", rich_help_panel=PANEL_READ)(compress)


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
    errors: Annotated[str, typer.Option(help="Bytes that are no text: strict or replace.")] = "strict",
    encoding: Encoding = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draw a text as pages, and say how many tokens that saves."""
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


def check_mode(mode: str) -> None:
    """Raise InputError unless pages can be drawn in `mode`."""
    require_choice("mode", mode, MODES)


@dataclass(frozen=True)
class Compressed:
    """One text as page files, and what it costs."""

    text: str
    folder: Path
    files: list[Path]
    mode: str
    size: int
    """side of a page in pixels"""
    cell: str
    cell_reason: str
    escapes: int
    """characters drawn as their code point, since font or reader lack them"""
    text_tokens: int
    vision_tokens: int
    """the paper's count"""
    sequence_tokens: int
    """what the decoder's sequence really holds"""

    @property
    def ratio(self) -> float:
        """Text tokens per vision token."""
        return self.text_tokens / self.vision_tokens

    def row(self) -> dict[str, Any]:
        """All numbers, JSON-ready; the text itself is left out."""
        return {
            "characters": len(self.text),
            "text_tokens": self.text_tokens,
            "mode": self.mode,
            "page_size": [self.size, self.size],
            "cell": self.cell,
            "cell_reason": self.cell_reason,
            "escaped_characters": self.escapes,
            "pages": len(self.files),
            "vision_tokens": self.vision_tokens,
            "sequence_tokens": self.sequence_tokens,
            "ratio": self.ratio,
            "sequence_ratio": self.text_tokens / self.sequence_tokens,
            "folder": self.folder,
            "files": self.files,
        }


@dataclass(frozen=True)
class Checked:
    """What came back from the pages of a text."""

    text: str
    fidelity: float
    exact: float
    """as fidelity, white space counted"""
    identical: bool
    decoders: list[str]
    seconds: float
    failed: int
    """pages"""
    incomplete: dict[str, str]
    """pages of which the reader says that text is missing or wrong, by file name, and what it says"""
    differences: list[Difference]
    """where the text that came back is another"""

    def row(self) -> dict[str, Any]:
        """All but the text, JSON-ready."""
        values = {name: value for name, value in vars(self).items() if name != "text"}
        return values | {"differences": [vars(place) for place in self.differences]}


def draw_text(
    text: str, name: str, folder: Path, mode: str, cell: Cell | None, alphabet: frozenset[int] | None
) -> Compressed:
    """Draw `text` as files `NAME-001.png` … in `folder`, which is made if need be."""
    from sokdok.model.preprocess import MODES, vision_token_count
    from sokdok.pages import plan
    from sokdok.tokens import count_text

    side, tokens = MODES[mode].base, vision_token_count(mode)
    layouts = plan(text, (side, side), cell, alphabet)
    files = _save(layouts, name, folder)
    return Compressed(
        text,
        folder,
        files,
        mode,
        side,
        str(layouts[0].cell),
        _reason(cell, len(layouts)),
        _count_escapes(layouts),
        count_text(text),
        tokens.paper * len(layouts),
        tokens.real * len(layouts),
    )


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


def _reason(asked: Cell | None, pages: int) -> str:
    if asked is not None:
        return "as asked"
    return "the largest that fits one page" if pages == 1 else "the smallest: the text needs several pages"


def _count_escapes(layouts: list[Layout]) -> int:
    from sokdok.pages.cells import HEX_END
    from sokdok.pages.layout import switches_in

    closed = [(layout.symbols == HEX_END) & ~switches_in(layout.symbols) for layout in layouts]
    return sum(int(escapes.sum()) for escapes in closed)


def read_back(reader: Any, compressed: Compressed) -> Checked:
    """Read the files of a compressed text and compare."""
    from sokdok.bench.metrics.differences import differences
    from sokdok.bench.metrics.fidelity import exact, fidelity
    from sokdok.cli.ui.files import read_in_order

    started = time.perf_counter()
    with progress("reading back", total=len(compressed.files)) as advance:
        readings = []
        for _, reading in read_in_order(reader, _open_all(compressed.files)):
            readings.append(reading)
            advance(1)
    seconds = time.perf_counter() - started
    text = "".join(reading.text for reading in readings)
    return Checked(
        text,
        fidelity(compressed.text, text),
        exact(compressed.text, text),
        text == compressed.text,
        sorted({reading.decoder for reading in readings if reading.decoder}),
        seconds,
        sum(reading.status == "failed" for reading in readings),
        {Path(reading.source).name: reading.error for reading in readings if reading.status == "incomplete"},
        differences(compressed.text, text),
    )


def _open_all(files: list[Path]) -> Iterator[Any]:
    from sokdok.pages import open_pages

    for path in files:
        yield from open_pages(path)


def _report(file: str, compressed: Compressed, checked: Checked | None) -> str:
    pages = len(compressed.files)
    size = f"{compressed.size}x{compressed.size} pixels"
    lines = [
        f"{file}: {len(compressed.text):,} characters",
        f"text tokens    {compressed.text_tokens:,}",
        f"vision tokens  {compressed.vision_tokens:,} ({compressed.sequence_tokens:,} in the sequence)",
        f"ratio          {compressed.ratio:.1f}x",
        f"pages          {pages:,} of {size} ({compressed.mode}) in {compressed.folder}",
        f"cell           {compressed.cell} pixels, {compressed.cell_reason}",
    ]
    if compressed.escapes:
        lines.append(f"escaped        {compressed.escapes:,} characters that nano does not know, as code points")
    if checked:
        lines += _check_lines(checked)
    return "\n".join(lines)


def _check_lines(checked: Checked) -> list[str]:
    verdict = "every character came back" if checked.identical else f"{checked.exact:.4f} with white space"
    lines = [
        f"fidelity       {checked.fidelity:.4f} ({verdict})",
        f"read by        {' and '.join(checked.decoders) or 'no'} decoder in {checked.seconds:.1f} s",
    ]
    lines += [f"failed         {checked.failed:,} pages"] * bool(checked.failed)
    lines += [f"incomplete     {name}: {error}" for name, error in checked.incomplete.items()]
    for place in checked.differences[:SHOWN_DIFFERENCES]:
        where = f"line {place.line:,}" + (f" to {place.line + place.lines - 1:,}" if place.lines > 1 else "")
        lines += [f"{where:<14} expected  {place.expected}", f"{'':<14} read      {place.read}"]
    more = len(checked.differences) - SHOWN_DIFFERENCES
    return [*lines, f"{'':<14} and {more:,} places more: --json has all"] if more > 0 else lines
