"""SHA-256 of a nano folder's files, in the form of `sha256sum`, and the check of a file against them.

- `sha256sum --check SHA256SUMS` in the folder does the same by hand.
- It finds damage: a disk's, a copy's, a repository's without its large files. Who can change a file can change its
  sum, so the sums of a folder from a stranger prove nothing.
- A file is hashed once in a process, when it is first opened: 30 MB take some 25 ms.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from sokdok.errors import ModelError
from sokdok.files import new_text_file

SUMS = "SHA256SUMS"
KINDS = ("*.json", "*.npy", "*.onnx", "*.safetensors")  # of files that are loaded, and so have a sum
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)", re.ASCII)
_MOST_BYTES = 2**16  # of the sums themselves


def write_checksums(folder: Path) -> Path:
    """Write the sums of all that is loaded from a folder, in place of earlier ones; returns their file."""
    files = sorted(path for kind in KINDS for path in folder.glob(kind))
    with new_text_file(folder / SUMS) as file:
        file.writelines(f"{_digest(path)}  {path.name}\n" for path in files)
    return folder / SUMS


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
        lines = file.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    if not all(matches):
        raise ModelError(f"{path} holds no SHA-256 sums; copy the folder again, or remove it to load without a check")
    return {match[2]: match[1] for match in matches if match}


@cache
def _digest_of(path: Path, size: int, changed_ns: int) -> str:
    """The digest of a file as long as its size and time stay the same."""
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
