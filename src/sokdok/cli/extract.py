"""`sokdok extract`: fields of a document by a JSON schema, each with the place where it stands.

stdout has one JSON object: `data`, which fits the schema; `sources`, page, box and words of each value; `refused`, what
the model said that is not in the document, and why. Exit codes: 0 if all that the schema asks for is there, else 1.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import count_of, note, open_output
from sokdok.cli.ui.options import STDIN, asks, check_name, split_model, stdin_as_file
from sokdok.documents.extract import extract as extract_fields
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError
from sokdok.files import json_text


@asks("source pages password limit")
def extract(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A PDF or an image; - is stdin.")],
    schema: Annotated[
        Path | None, typer.Option(metavar="JSON", help="The file of a JSON schema of the object that is wanted.")
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="URL#NAME",
            help="The language model's endpoint, e.g. http://host:8000/v1, and its name there, if it has several.",
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the JSON to this file.")] = None,
    *,
    question: Question,
) -> None:
    """Fill in the fields of a JSON schema from a document: each value with page, box and words, nothing invented."""
    check_name(file)
    if schema is None:
        raise InputError("say which fields: --schema FILE with a JSON schema of an object")
    if endpoint is None:
        raise InputError(
            "fields are extracted by a language model, and none is bundled: name an endpoint with --model "
            "http://host:8000/v1 (vLLM, llama.cpp, Ollama, any OpenAI-compatible server)"
        )
    address, name = split_model(endpoint)
    with ExitStack() as stack:
        path = stack.enter_context(stdin_as_file()) if file == STDIN else Path(file)
        found = extract_fields(path, schema, address, model_name=name, question=question)
    with open_output(output, [path]) as stream:
        stream.write(json_text(found.to_dict(), indent=2).encode() + b"\n")
    for place, reason in found.refused.items():
        note(f"sokdok: {place or '/'}: {reason}")
    count, refused = len(found.sources), len(found.refused)
    note(f"{count_of(count, 'value')} found, {refused:,} refused: {found.status}")
    if found.status != "SUCCESS":
        raise typer.Exit(SokdokError.exit_code)
