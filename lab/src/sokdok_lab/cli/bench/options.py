"""Options that several commands of `sokdok bench` share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.errors import require_choice

if TYPE_CHECKING:
    from sokdok.reading import Reader
    from sokdok_lab.bench.compression.roundtrip import Decoder

Texts = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        help="Folder with manifest.jsonl (English pages as in eval/fox, or Korean texts); repeatable. "
        "Default: built-in texts.",
    ),
]
Decoders = Annotated[list[str] | None, typer.Option("--decoder", help="autoregressive or parallel; repeatable.")]
Mode = Annotated[str, typer.Option(help="tiny, small, base or large.")]
BatchSize = Annotated[int, typer.Option(min=1, help="Pages read at a time.")]
Model = Annotated[
    str, typer.Option(help="The reader to measure: nano, a checkpoint's folder or hub id, or an endpoint's address.")
]
Json = Annotated[Path | None, typer.Option("--json", help="Write the rows as JSON; - for stdout, instead of tables.")]


def chosen(names: Iterable[str] | None, allowed: Iterable[str], what: str) -> list[str]:
    """Return names without repetition, all allowed ones by default. Raises InputError for one that is not allowed."""
    allowed, names = list(allowed), list(names or ())
    for name in names:
        require_choice(what, name, allowed)
    return list(dict.fromkeys(names or allowed))


def decoders_for(reader: Reader, names: list[str] | None) -> list[Decoder]:
    """Return the decoders to measure; a reader that has no choice is called autoregressive."""
    from sokdok_lab.bench.compression.conditions import DECODERS
    from sokdok_lab.bench.compression.roundtrip import chooses_decoder

    if not chooses_decoder(reader):
        return ["autoregressive"]
    return [name for name in DECODERS if name in chosen(names, DECODERS, "decoder")]
