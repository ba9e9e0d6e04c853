"""Types of what is read from a store's tables: the file may be damaged, or somebody else's who made it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Types = Sequence[type | tuple[type, ...]]  # The type of each value of a row, or those it may have.

NONE = type(None)
TURN: Types = (str, int, str, str, str, str, int, int, int, int, int, int)
"""A conversation's name, then id, role, text, time, metadata, important, checksum, and places on the streams."""
SUMMARY: Types = (int, str, (str, int, float, NONE), str, float)
"""Number, role, name (whatever JSON has there), summary, weight."""
FACT: Types = (int, str, str)  # Turn, kind, text.
END: Types = (int, int, int, str)  # Number, length of both streams, time.
TOTALS: Types = (int, int, int, (str, NONE), (str, NONE))  # Turns, important ones, characters, first and last time.
CONVERSATION: Types = (str, int, str)  # Name, last number and its time.
HIT: Types = (int, float)  # Turn and rank.
IMAGE: Types = (int, str, str, int, int)  # Turn, hash, media type, width, height.


def all_of_types(rows: Iterable[Sequence[Any]], types: Types) -> bool:
    """Tell whether every row has values of these types, and as many."""
    return all(len(row) == len(types) and all(map(isinstance, row, types)) for row in rows)
