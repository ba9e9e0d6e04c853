"""The header of a safetensors file: eight bytes of length, then JSON that says where each tensor lies. No torch."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from sokdok.errors import ModelError


def read_header(path: Path) -> tuple[dict[str, Any], int]:
    """Tensor name -> dtype, shape, data_offsets; and the byte at which the data begin. Raises ModelError."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, path.stat().st_size)))
    except (struct.error, ValueError):
        header = None
    if not isinstance(header, dict):
        raise ModelError(f"{path} is no safetensors file")
    header.pop("__metadata__", None)
    return header, 8 + length
