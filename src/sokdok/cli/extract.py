"""`sokdok extract`: fields of a document by a JSON schema, each with the place where it stands.

stdout has one JSON object: `data`, which fits the schema; `sources`, page, box and words of each value; `refused`, what
the model said that is not in the document, and why. Exit codes: 0 if all that the schema asks for is there, else 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.cli.ui.console import PANEL_READ, note
from sokdok.cli.ui.files import STDIN, check_name, stdin_as_file
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.limit_options import LimitOptions
from sokdok.cli.ui.output import open_output
from sokdok.cli.ui.reader_options import FileOptions, ModelName
from sokdok.errors import InputError, SokdokError, require_choice
from sokdok.files import json_text

if TYPE_CHECKING:
    from sokdok.extraction.extract import Extraction

SOURCES = ("auto", "reader", "text-layer")


def register(app: typer.Typer) -> None:
    """Add `sokdok extract` to the product's commands."""
    app.command("extract", rich_help_panel=PANEL_READ)(with_groups(extract))


def extract(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A PDF or an image; - is stdin.")],
    schema: Annotated[
        Path | None, typer.Option(metavar="JSON", help="The file of a JSON schema of the object that is wanted.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="URL", help="The endpoint's address, e.g. http://host:8000/v1.")
    ] = None,
    model_name: ModelName = None,
    source: Annotated[str, typer.Option(help="Whose text: reader, text-layer (of PDFs), or auto.")] = "auto",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the JSON to this file.")] = None,
    *,
    opening: FileOptions,
    limiting: LimitOptions,
) -> None:
    """Fill in the fields of a JSON schema from a document: each value with page, box and words, nothing invented."""
    require_choice("source", source, SOURCES)
    check_name(file)
    if schema is None:
        raise InputError("say which fields: --schema FILE with a JSON schema of an object")
    if model is None:
        raise InputError(
            "fields are extracted by a language model, and none is bundled: name an endpoint with --model "
            "http://host:8000/v1 (vLLM, llama.cpp, Ollama, any OpenAI-compatible server)"
        )
    from sokdok.extraction import extract as run

    asked: dict[str, Any] = {"source": source, "pages": opening.pages, "dpi": opening.dpi, "password": opening.password}
    asked["limits"] = limiting.limits()
    if file == STDIN:
        with stdin_as_file() as path:
            found = run(path, schema, model, model_name=model_name, **asked)
    else:
        found = run(Path(file), schema, model, model_name=model_name, **asked)
    _write(found, output)


def _write(found: Extraction, output: Path | None) -> None:
    with open_output(output) as stream:
        stream.write(json_text(found.to_dict(), indent=2).encode() + b"\n")
    for place, reason in found.refused.items():
        note(f"sokdok: {place or '/'}: {reason}")
    count, refused = len(found.sources), len(found.refused)
    note(f"{count:,} {'value' if count == 1 else 'values'} found, {refused:,} refused: {found.status}")
    if found.status != "SUCCESS":
        raise typer.Exit(SokdokError.exit_code)
