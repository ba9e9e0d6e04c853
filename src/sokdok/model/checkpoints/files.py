"""The files of a checkpoint, published or nano, each of which anybody may have written: read within bounds. No torch.

- A JSON file is bounded in size and depth.
- A safetensors file is eight bytes of length, that much JSON (tensor name -> dtype, shape, byte range), then the data.
  Only this header is read: its length, depth and numbers are bounded before anything is made of them, and no two
  tensors share bytes. What is no such file is named by its commonest causes: empty, a Git LFS pointer, cut off.
- `SHA256SUMS` beside the files of a nano, as `sha256sum --check` reads it, finds damage: a disk's, a copy's, a
  repository's without its large files. Who can change a file can change its sum, so the sums of a folder from a
  stranger prove nothing. A file is hashed once in a process, when it is first opened: 30 MB take some 25 ms.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Annotated, Any

import msgspec

from sokdok.errors import ModelError

# Bytes of a file: configurations and indices take kilobytes, the index of 2,710 tensors 250 of them.
MOST_JSON_BYTES = 16 * 2**20


def read_object(path: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object. Raises ModelError, OSError if it isn't there."""
    with path.open("rb") as file:
        data = file.read(MOST_JSON_BYTES + 1)
    if len(data) > MOST_JSON_BYTES:
        raise ModelError(f"{path} has more than {MOST_JSON_BYTES:,} bytes: it belongs to no model of the family")
    try:
        values = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ModelError(f"{path} is no JSON: it is nested too deeply") from None
    except ValueError as error:
        raise ModelError(f"{path} is no JSON: {error}") from None
    if not isinstance(values, dict):
        raise ModelError(f"{path} is no JSON object")
    return values


DTYPE_BYTES = {"BF16": 2, "F16": 2, "F32": 4}  # The number formats sokdok loads, under safetensors' names.
MOST_HEADER_BYTES = 16 * 2**20  # some 100 a tensor: room for 50 times as many as the family's largest model has
MOST_DIMENSIONS = 8  # of a tensor; a convolution has four
MOST_NAME_CHARACTERS = 256  # of a tensor; the longest of the family has 65

_Size = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Fields(msgspec.Struct, frozen=True):
    """What a header says of one tensor."""

    dtype: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9_]{1,16}$")]
    shape: Annotated[tuple[_Size, ...], msgspec.Meta(max_length=MOST_DIMENSIONS)]
    data_offsets: tuple[_Size, _Size]


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


def read_tensors(path: Path) -> dict[str, TensorEntry]:
    """Every tensor of a file by name. Raises ModelError; data cut off at the end are no error here."""
    header, start = _read_header(path)
    try:
        tensors = {name: _entry(path, start, name, text) for name, text in header.items() if name != "__metadata__"}
    except ValueError:  # msgspec's errors among them
        raise ModelError(f"{path} is no safetensors file: its header is damaged") from None
    _refuse_overlap(path, tensors)
    return tensors


def _read_header(path: Path) -> tuple[dict[str, msgspec.Raw], int]:
    """Tensor name -> what the header says of it, unread; and the byte at which the data begin."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        text = file.read(length) if 8 + length <= size and length <= MOST_HEADER_BYTES else b""
    try:
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw]), 8 + length
    except (ValueError, RecursionError):
        raise ModelError(f"{path} is no safetensors file: {_what_is_wrong(start, size, length)}") from None


def is_name(name: str) -> bool:
    """Whether a tensor may be called so: names are printed, so they hold no line ends and no escapes."""
    return 0 < len(name) <= MOST_NAME_CHARACTERS and name.isprintable()


def _entry(path: Path, start: int, name: str, text: msgspec.Raw) -> TensorEntry:
    fields = msgspec.json.decode(text, type=_Fields)
    begin, end = fields.data_offsets
    if begin > end or not is_name(name):
        raise ValueError(name)
    return TensorEntry(path, fields.dtype, fields.shape, start + begin, start + end)


def _refuse_overlap(path: Path, tensors: Mapping[str, TensorEntry]) -> None:
    """Raise ModelError for two tensors that share bytes: what is written for one would be read as the other."""
    reached, before = 0, ""
    for name, entry in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.begin < reached:
            raise ModelError(f"{path} is no safetensors file: {before} and {name} share bytes")
        if entry.end > reached:
            reached, before = entry.end, name


def _what_is_wrong(start: bytes, size: int, length: int) -> str:
    if size == 0:
        return "it is empty (0 bytes)"
    if start == b"version ":
        return "it is a Git LFS pointer; `git lfs pull` in its folder fetches the file itself"
    if 8 + length <= size and length > MOST_HEADER_BYTES:
        return f"its header of {length:,} bytes is larger than the {MOST_HEADER_BYTES:,} that one may have"
    return "its header is damaged or cut off"


SUMS = "SHA256SUMS"
SUMMED_KINDS = ("*.json", "*.npy", "*.onnx", "*.safetensors")  # of files that are loaded, and so have a sum
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)", re.ASCII)
_MOST_SUMS_BYTES = 2**16  # of the sums themselves


def verify(path: Path, required: bool = False) -> None:
    """Raise ModelError if a file is not what the sums beside it say; without sums only where they are `required`.

    A file that isn't there is left to who opens it.
    """
    if not path.is_file() or not (required or path.with_name(SUMS).is_file()):
        return
    status = path.stat()
    if _digest_of(path, status.st_size, status.st_mtime_ns) != read_checksums(path.parent).get(path.name):
        raise ModelError(
            f"{path} is damaged or was changed: its SHA-256 is not in {SUMS} beside it; copy the folder again, or, if "
            "it is the bundled one, `pip install --force-reinstall --no-deps sokdok`"
        )


def read_checksums(folder: Path) -> dict[str, str]:
    """File name -> SHA-256 in hexadecimal, of a folder's sums; empty without any. Raises ModelError for other lines."""
    path = folder / SUMS
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        lines = file.read(_MOST_SUMS_BYTES).decode("utf-8", "replace").splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    if not all(matches):
        raise ModelError(f"{path} holds no SHA-256 sums; copy the folder again, or remove it to load without a check")
    return {match[2]: match[1] for match in matches if match}


@cache
def _digest_of(path: Path, size: int, changed_ns: int) -> str:
    """The digest of a file as long as its size and time stay the same."""
    return digest(path)


def digest(path: Path) -> str:
    """The SHA-256 of a file, as `sha256sum` writes it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
