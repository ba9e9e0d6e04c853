"""`sokdok bench loss`: is text ever lost in silence?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok_lab.cli.bench.options import Decoders, Json, Model, chosen
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_rows


def loss(
    texts: Annotated[int, typer.Option(min=1, help="How many texts, kinds in turn.")] = 290,
    kind: Annotated[list[str] | None, typer.Option(help="Only texts of this kind; repeatable. Default: all.")] = None,
    seed: Annotated[int, typer.Option(help="Other texts for another number.")] = 0,
    decoder: Decoders = None,
    documents: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Convert its PDFs instead. Each must give its text layer's words, or those of a JSON beside it.",
        ),
    ] = None,
    model: Model = "nano",
    json: Json = None,
) -> None:
    """Random texts of all kinds, drawn and read back: how many lose text, and how many of these say they are ok.

    Prose, code, tables, escapes, line ends of every system; modes tiny to base, every cell. Ends with code 1 if a text
    is ok and its fidelity below .97. With --documents it ends with code 1 if a document is SUCCESS and lacks more than
    a tenth of its words, or tells what nobody can see.
    """
    check_outputs(json)
    if documents is not None:
        _documents(documents, model, json)
        return
    from sokdok.reading import load
    from sokdok_lab.bench.compression.conditions import DECODERS
    from sokdok_lab.bench.loss.run import make_texts, print_rows, rows_of, run
    from sokdok_lab.bench.loss.texts import KINDS

    made = make_texts(texts, seed, chosen(kind, KINDS, "kind"))
    reader, results = load(model), []
    decoders = [name for name in DECODERS if name in chosen(decoder, DECODERS, "decoder")]
    try:
        with progress("reading back", total=len(made) * len(decoders)) as advance:
            for name in decoders:
                for result in run(reader, made, name):
                    results.append(result)
                    advance(1)
                    if result.silent:
                        note(f"silent: {result}")
    finally:
        if results:
            rows = rows_of(results)
            print_rows(rows, table_console(json))
            write_rows(rows, json)
    if any(result.silent for result in results):
        raise typer.Exit(1)


def _documents(folder: Path, model: str, json: Path | None) -> None:
    from sokdok.reading import load
    from sokdok_lab.bench.loss.documents import document_rows, print_documents, run_documents

    paths = sorted(folder.glob("*.pdf"))
    if not paths:
        raise InputError(f"there is no PDF in {folder}")
    results = []
    with progress("converting", total=len(paths)) as advance:
        for result in run_documents(paths, load(model)):
            results.append(result)
            advance(1)
            if result.silent or result.told:
                note(f"{result.name}: recall {result.recall:.3f}, {result.status}, hidden: {result.told or 'none'}")
    rows = document_rows(results)
    print_documents(rows, table_console(json))
    write_rows(rows, json)
    if any(result.silent or result.told for result in results):
        raise typer.Exit(1)
