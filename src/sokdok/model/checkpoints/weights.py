"""Where each tensor lies in a safetensors file, from the header alone. No torch.

- A file is eight bytes of length, that much JSON (tensor name -> dtype, shape, byte range), then the data.
- What is no such file is told apart by its commonest causes: empty, a Git LFS pointer, cut off.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from sokdok.errors import ModelError

DTYPE_BYTES = {"BF16": 2, "F16": 2, "F32": 4}
"""The number formats sokdok loads, under safetensors' names."""


@dataclass(frozen=True)
class TensorEntry:
    """One tensor of a file; bytes are counted from the start of the file."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def nbytes(self) -> int:
        """Bytes its data take in the file."""
        return self.end - self.begin

    @property
    def elements(self) -> int:
        """Numbers in the tensor."""
        return prod(self.shape)


def read_header(path: Path) -> tuple[dict[str, Any], int]:
    """Tensor name -> dtype, shape, data_offsets; and the byte at which the data begin. Raises ModelError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        text = file.read(length) if 8 + length <= size else b""
    try:
        header = json.loads(text)
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise ModelError(f"{path} is no safetensors file: {_why(start, size)}")
    header.pop("__metadata__", None)
    return header, 8 + length


def read_tensors(path: Path) -> dict[str, TensorEntry]:
    """Every tensor of a file by name. Raises ModelError; data cut off at the end are no error here."""
    header, start = read_header(path)
    try:
        return {name: _entry(path, start, fields) for name, fields in header.items()}
    except (KeyError, TypeError, ValueError):
        raise ModelError(f"{path} is no safetensors file: its header is damaged") from None


def _entry(path: Path, start: int, fields: dict[str, Any]) -> TensorEntry:
    begin, end = fields["data_offsets"]
    return TensorEntry(path, str(fields["dtype"]), tuple(map(int, fields["shape"])), start + begin, start + end)


def _why(start: bytes, size: int) -> str:
    if size == 0:
        return "it is empty (0 bytes)"
    if start == b"version ":
        return "it is a Git LFS pointer; `git lfs pull` in its folder fetches the file itself"
    return "its header is damaged or cut off"
