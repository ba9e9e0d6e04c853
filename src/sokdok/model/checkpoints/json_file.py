"""The JSON files of a checkpoint, which anybody may have written: bounded in size and depth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sokdok.errors import ModelError

MOST_BYTES = 16 * 2**20  # of a file: configurations and indices take kilobytes, the index of 2,710 tensors 250 of them


def read_object(path: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object. Raises ModelError, OSError if it isn't there."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ModelError(f"{path} has more than {MOST_BYTES:,} bytes: it belongs to no model of the family")
    try:
        values = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ModelError(f"{path} is no JSON: it is nested too deeply") from None
    except ValueError as error:
        raise ModelError(f"{path} is no JSON: {error}") from None
    if not isinstance(values, dict):
        raise ModelError(f"{path} is no JSON object")
    return values
