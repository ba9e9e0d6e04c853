"""Tables of measured numbers from docs/numbers/*.json, each with the command that prints it, date and machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NUMBERS = Path(__file__).parent.parent / "numbers"
HEADLINE = NUMBERS.parent.parent / "src" / "sokdok" / "server" / "static" / "measured.json"  # its page shows it


def load(name: str) -> dict[str, Any]:
    """One file of numbers."""
    path = HEADLINE if name == "headline" else NUMBERS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def names() -> list[str]:
    """All files of numbers in the order of the page."""
    return sorted(["headline", *(path.stem for path in NUMBERS.glob("*.json"))], key=lambda name: load(name)["order"])


def table(name: str, language: str = "") -> str:
    """The bare table; `language` "ko" for one that has its rows in Korean too."""
    found = load(name)
    columns, rows = (found[f"{key}_{language}" if language else key] for key in ("columns", "rows"))
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])


def section(name: str) -> str:
    """Heading, provenance, note, table, what follows from it, pictures."""
    found = load(name)
    commands = "\n".join(found["commands"])
    pictures = "\n\n".join(f"![{found['title']}](images/{file})" for file in found.get("pictures", []))
    parts = [
        f"## {found['title']}",
        f"Measured {found['date']} on {found['machine']}, by",
        f"```text\n{commands}\n```",
        found["note"],
        table(name),
        found.get("after", ""),
        pictures,
    ]
    return "\n\n".join(part for part in parts if part)


def all_tables() -> str:
    """The whole page of numbers."""
    return "\n\n".join(section(name) for name in names())
