"""`sokdok bench loss`: is text ever lost in silence?"""

from __future__ import annotations

from typing import Annotated

import typer

from sokdok.cli.bench.options import Decoders, Json, Model, chosen
from sokdok.cli.bench.output import check_outputs, table_console, write_rows
from sokdok.cli.ui.console import note, progress


def loss(
    texts: Annotated[int, typer.Option(min=1, help="How many texts, kinds in turn.")] = 290,
    kind: Annotated[list[str] | None, typer.Option(help="Only texts of this kind; repeatable. Default: all.")] = None,
    seed: Annotated[int, typer.Option(help="Other texts for another number.")] = 0,
    decoder: Decoders = None,
    model: Model = "nano",
    json: Json = None,
) -> None:
    """Random texts of all kinds, drawn and read back: how many lose text, and how many of these say they are ok.

    Prose, code, tables, escapes, line ends of every system; modes tiny to base, every cell. Ends with code 1 if a text
    is ok and its fidelity below .97.
    """
    from sokdok.bench.compression.conditions import DECODERS
    from sokdok.bench.loss.run import make_texts, print_rows, rows_of, run
    from sokdok.bench.loss.texts import KINDS
    from sokdok.reading import load

    check_outputs(json)
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
