"""Names and notes that strangers wrote, as text for people: bounded, valid Unicode, nothing that a terminal obeys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from sokdok.documents.sanitize import terminal_text

MOST_NAME = 1_000  # characters of a name
MOST_FIELDS = 64
MOST_VALUE = 4_000  # characters of what a field says
_HALF = re.compile("[\ud800-\udfff]")
_BREAKS = str.maketrans("\t\n\f\r", "    ")


def shown(name: str) -> str:
    """A name in one line; halves of characters become U+FFFD."""
    return _valid(name).translate(_BREAKS)[:MOST_NAME]


def meta_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """What stands beside a document as texts: whatever is no text as JSON, what is nothing left out."""
    found: dict[str, str] = {}
    for name, value in fields.items():
        if value is None or value == "" or len(found) == MOST_FIELDS:
            continue
        found[shown(str(name))] = _valid(_told(value))[:MOST_VALUE]
    return found


def _told(value: Any) -> str:
    try:
        plain = msgspec.to_builtins(value, enc_hook=str)
        return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
    except (ValueError, RecursionError):
        return type(value).__name__


def _valid(text: str) -> str:
    return terminal_text(_HALF.sub("\N{REPLACEMENT CHARACTER}", text))
