"""`sokdok memory view`: what a model is shown of a conversation, as a table, as files, as chat messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sokdok.cli.memory.common import BUDGET, Budget, Model, opened, whole_tokens
from sokdok.cli.ui.console import note, print_json
from sokdok.cli.ui.options import Json
from sokdok.cli.ui.tables import console, short, table
from sokdok.files import make_folder, open_private, replacing
from sokdok.memory.view import Part, View, total

MESSAGES = "messages.json"  # File of the view's chat messages.
ID_CHARS = 12  # Characters of a page's id in a file's name.
_OURS = re.compile(r"\d{3,}-(preamble|legend|page|abridged|facts|factsheet|recalled|turn)(-[0-9a-f]{12})?\.(png|txt)")
"""Names of files that this or an earlier version wrote for a view's parts."""


class MessageStyle(StrEnum):
    """Whose chat messages."""

    openai = "openai"
    anthropic = "anthropic"


def view(
    ctx: typer.Context,
    budget: Budget = BUDGET,
    model: Model = "nano",
    messages: Annotated[
        MessageStyle | None, typer.Option("--messages", help="Print the chat messages of this API, as JSON.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write pages, texts and messages.json there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a model gets to see of a conversation, and what that costs: never more tokens than the budget."""
    with opened(ctx.obj) as memory:
        made = memory.view(budget, model)
        if output is not None:
            files = save_view(made, output, messages or MessageStyle.openai)
            note(f"wrote {files:,} files to {output}")
        if messages is not None and output is None:
            print_json(made.messages(messages.value))
            return
        tokens = whole_tokens(memory, model)
    if as_json:
        print_json(_row(made, tokens))
    else:
        _print_table(made, tokens)


def save_view(made: View, folder: Path, style: MessageStyle) -> int:
    """Write a view's parts, numbered in their order, and last its messages; remove those of an earlier view there.

    Returns how many files were written.
    """
    make_folder(folder)
    content = dict(_files(made))
    for path in list(folder.iterdir()):
        if _OURS.fullmatch(path.name) and path.name not in content:
            path.unlink()
    content[MESSAGES] = json.dumps(made.messages(style.value), ensure_ascii=False, indent=1).encode()
    for name, data in content.items():
        with replacing(folder / name) as temporary, open_private(temporary) as file:
            file.write(data)
    return len(content)


def _files(made: View) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of a file for each part."""
    digits = max(3, len(str(len(made.parts))))
    for number, part in enumerate(made.parts, 1):
        if part.picture:
            yield f"{number:0{digits}}-page-{part.picture.id[:ID_CHARS]}.png", part.picture.png
        else:
            yield f"{number:0{digits}}-{part.kind}.txt", part.text.encode()


def _row(made: View, tokens: int) -> dict[str, Any]:
    """Return a view, JSON-ready; `tokens` is the whole conversation's."""
    return made.row(tokens) | {"parts": [part.row() for part in made.parts]}


def _print_table(made: View, tokens: int) -> None:
    out = console()
    out.print(f"{made.conversation}: {made.turns:,} turns, as {made.model} sees them", markup=False, soft_wrap=True)
    out.print()
    rows = table(out, "shown as", "parts", "turns", "level", "drawn as", "tokens", "share")
    for (name, level, drawn), parts in _sections(made):
        first, last = min(part.first_turn for part in parts), max(part.last_turn for part in parts)
        turns, spent = f"{first:,}-{last:,}" if first else "", total(parts)
        rows.add_row(name, f"{len(parts):,}", turns, level, drawn, f"{spent:,}", f"{spent / made.budget:.1%}")
    out.print(rows)
    counted = "" if made.exact_count else "; text tokens are estimated, erring high"
    times = f", {short(tokens / made.tokens)} times as many" if 0 < made.tokens < tokens else ""
    out.print(
        f"\n{made.tokens:,} of {made.budget:,} tokens ({made.tokens / made.budget:.1%}); "
        f"all of it as text: {tokens:,}{times}{counted}",
        markup=False,
        soft_wrap=True,
    )


def _sections(made: View) -> list[tuple[tuple[str, str, str], list[Part]]]:
    """Group parts by name, level and how they are drawn, from faded to sharp, the newest turns last."""
    found: dict[tuple[str, str, str], list[Part]] = {}
    for part in made.parts:
        name = "important" if part.pinned else {"facts": "details", "turn": "text"}.get(part.kind, part.kind)
        level, drawn = (str(part.level_number), part.level.name) if part.level and not part.pinned else ("", "")
        found.setdefault((name, level, drawn), []).append(part)
    return sorted(found.items(), key=lambda section: section[0][0] == "text")
