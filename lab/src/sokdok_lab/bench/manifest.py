"""Read `manifest.jsonl`, the list of an evaluation folder: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sokdok.errors import InputError


def manifest_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a manifest.jsonl, one by one. Raises InputError where the file or a line can't be read."""
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} is not a folder")
    if not path.is_file():
        raise InputError(f"{path.parent} has no manifest.jsonl; name a folder laid out like eval/fox")
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start})") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}:{number} is not JSON ({error})") from None
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number} is no JSON object")
        yield row
