"""`sokdok parse`: pictures of figures in, what they mean out.

- A chart or a table comes out as an HTML table, a molecule as SMILES with its formula and what it contains, geometry as
  relations, handwriting as text. Several pictures are set apart by lines `==> name <==`.
- With -o each figure gets its files in that folder, and all of them one page, index.html, that shows every picture
  beside what was understood.
- A picture that can't be opened, or is no figure of the kind that was asked for, is named on stderr and the others go
  on; the exit code is 1 then, or 2 if no file could be opened at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.parse.output import Output
from sokdok.cli.parse.run import Run
from sokdok.cli.ui import reader_options as asking
from sokdok.cli.ui.console import PANEL_READ, note, progress
from sokdok.cli.ui.files import open_files
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.limit_options import LimitOptions
from sokdok.cli.ui.reader_options import FileOptions
from sokdok.errors import require_choice
from sokdok.files import json_text

FORMATS = ("html", "markdown", "csv")
LANGUAGES = ("en", "ko")


def register(app: typer.Typer) -> None:
    """Add `sokdok parse` to the product's commands."""
    app.command("parse", rich_help_panel=PANEL_READ)(with_groups(parse))


def parse(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Images or PDFs of one figure each; - is stdin.")],
    kind: Annotated[str, typer.Option("--as", help="chart, molecule, geometry, table, handwriting or auto.")] = "auto",
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write each figure's files into this folder as well.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help=f"Charts and tables as {', '.join(FORMATS)}.")] = "html",
    language: Annotated[str, typer.Option("--lang", help="Relations in en or ko.")] = "en",
    smarts: Annotated[
        str | None,
        typer.Option("--search", metavar="SMARTS", help="Find a substructure: FILE is a folder that -o wrote."),
    ] = None,
    model: asking.Model = "nano",
    model_name: asking.ModelName = None,
    dtype: asking.Dtype = "bfloat16",
    device: asking.Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON per figure.")] = False,
    *,
    opening: FileOptions,
    limiting: LimitOptions,
) -> None:
    """Parse charts, molecules, geometry, tables and handwriting into checked results."""
    if smarts is not None:
        _search(files, smarts, as_json)
        return
    from sokdok.figures.parse import AUTO, KINDS
    from sokdok.figures.readers import figure_reader
    from sokdok.reading import load

    require_choice("kind", kind, (AUTO, *KINDS))
    require_choice("format", form, FORMATS)
    require_choice("language", language, LANGUAGES)
    reader = figure_reader(load(model, model=model_name, dtype=dtype, device=device))
    run = Run(kind, reader, Output(form, language, as_json, headed=len(files) > 1), folder, alone=len(files) == 1)
    resolution = {"dpi": opening.dpi} if opening.dpi else {}
    how = {"password": opening.password, "wanted": opening.pages, "limits": limiting.limits()} | resolution
    with progress("parsing") as advance:
        for page in open_files(files, **how):
            run.add(page)
            advance(1)
    run.finish()


def _search(folders: list[str], smarts: str, as_json: bool) -> None:
    """Print the results in the folders that contain a substructure, a line each: file, tab, SMILES."""
    from sokdok.figures.molecule.search import search_folder

    found = 0
    for folder in folders:
        for path, molecule in search_folder(Path(folder), smarts):
            found += 1
            record = {"file": str(path)} | molecule.to_dict()
            typer.echo(json_text(record) if as_json else f"{path}\t{molecule.smiles}")
    note(f"{found:,} {'molecule contains' if found == 1 else 'molecules contain'} {smarts}")
