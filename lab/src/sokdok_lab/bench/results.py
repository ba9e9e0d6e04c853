"""Write rows of results as JSON or CSV, whole or not at all, into files that were checked before the run."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.files import replacing


def json_text(rows: Sequence[Any]) -> str:
    """Return rows (dataclasses) as a JSON array of objects, with an end of line."""
    return json.dumps([dataclasses.asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n"


def tables_json(tables: Mapping[str, Sequence[Any]]) -> str:
    """Return tables of rows (dataclasses) as a JSON object with an array for each, with an end of line."""
    rows = {name: [dataclasses.asdict(row) for row in table] for name, table in tables.items()}
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def csv_text(rows: Sequence[Any]) -> str:
    """Return rows (dataclasses) as CSV with a heading line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in dataclasses.fields(rows[0])], lineterminator="\n")
    writer.writeheader()
    writer.writerows(dataclasses.asdict(row) for row in rows)
    return out.getvalue()


def check_writable(path: Path) -> None:
    """Raise InputError for a file that can't be written: before a long run rather than behind it."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file")
    if not path.parent.is_dir():
        raise InputError(f"the folder of {path} does not exist")


def write(text: str, path: Path) -> None:
    """Write a whole file or none of it."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
