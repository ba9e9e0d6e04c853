"""`sokdok demo`: one English and one Korean text, drawn, compressed and read back in front of your eyes."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.cli.ui.console import PANEL_READ, print_json
from sokdok.demo import demo_text

if TYPE_CHECKING:
    from sokdok.cli.compress import Checked, Compressed

TEXTS = {"English": "demo_en", "Korean": "demo_ko"}
FIRST_CHARACTERS = 380  # of a text as it was read: four or five lines


def register(app: typer.Typer) -> None:
    """Add `sokdok demo` to the product's commands."""
    app.command("demo", rich_help_panel=PANEL_READ)(demo)


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the drawn pages.")] = Path(
        "sokdok-demo"
    ),
    mode: Annotated[str, typer.Option(help="Size of a page: tiny, small, base or large.")] = "small",
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Draw two texts as pages, read them back offline, and print what came back and at what ratio."""
    from sokdok.cli.compress import draw_text, read_back
    from sokdok.compression.one_text import check_mode
    from sokdok.reading import load

    check_mode(mode)
    reader = load()
    results: dict[str, tuple[Compressed, Checked]] = {}
    for language, name in TEXTS.items():
        compressed = draw_text(demo_text(name), name, output, mode, None, reader.abilities.alphabet)
        checked = read_back(reader, compressed)
        results[language] = compressed, checked
        if not as_json:  # now, not when all is done: the first text is what one waits for
            print(_reading(language, compressed, checked), flush=True)
    if as_json:
        print_json([{"text": language} | _row(*result) for language, result in results.items()])
    else:
        print(_table(results))


def _row(compressed: Compressed, checked: Checked) -> dict[str, Any]:
    return compressed.row() | {"check": checked.row()}


def _reading(language: str, compressed: Compressed, checked: Checked) -> str:
    """What was drawn where, and the beginning of what was read."""
    pages = len(compressed.files)
    shown = (
        textwrap.shorten(checked.back.text, FIRST_CHARACTERS, placeholder=" …") if checked.back.text else "(nothing)"
    )
    where = ", ".join(map(str, compressed.files))
    return (
        f"{language}: {len(compressed.on_pages.text):,} characters drawn on {pages} page{'s' * (pages > 1)}, "
        f"{compressed.on_pages.cell} pixels each: {where}\n"
        f"Read back from {'them' if pages > 1 else 'it'}:\n\n{textwrap.indent(_wrap(shown), '    ')}\n"
    )


def _wrap(text: str, width: int = 92) -> str:
    """Lines of at most `width` columns, Hangul and kana counted as two."""
    from rich.cells import cell_len

    lines = [""]
    for word in text.split():
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _table(results: dict[str, tuple[Compressed, Checked]]) -> str:
    head = ("text", "text tokens", "vision tokens", "ratio", "fidelity", "seconds", "decoder")
    rows = [head, *(_cells(language, *result) for language, result in results.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *middle, last in rows:
        numbers = [value.rjust(width) for value, width in zip(middle, widths[1:-1], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *numbers, last]))
    return "\n".join(lines)


def _cells(language: str, compressed: Compressed, checked: Checked) -> tuple[str, ...]:
    return (
        language,
        f"{compressed.on_pages.text_tokens:,}",
        f"{compressed.on_pages.vision_tokens:,}",
        f"{compressed.on_pages.ratio:.1f}x",
        f"{checked.back.fidelity:.4f}",
        f"{checked.seconds:.1f}",
        " and ".join(checked.decoders) or "none",
    )
