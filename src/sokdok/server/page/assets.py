"""The files of the page, read once.

- Their address holds a digest of all of them: a browser keeps them for ever, and asks for others after an update.
- Names from outside are keys of a dictionary, and never become paths.
- Sheets of style are sent as one: nothing is painted before all of them are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "static"
INDEX = "index.html"
ROOT = "{root}"  # in the index: the address of the other files
SHEET = "style.css"
SHEETS = ("base", "shell", "parts", "read", "figures", "compress", "memory", "about")
"""in this order: later ones build on earlier ones"""
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_TEXTS = Path(__file__).parents[2] / "demo" / "texts"
EXAMPLES = {f"texts/example.{language}.txt": _TEXTS / f"demo_{language}.txt" for language in ("en", "ko")}
"""what `sokdok demo` compresses, to be compressed on the page"""


@dataclass(frozen=True)
class Asset:
    """A file."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Assets:
    """All of them; `files` by their path below the folder, with `/`."""

    files: dict[str, Asset]
    digest: str

    @property
    def root(self) -> str:
        """The address below which the files are."""
        return f"/static/{self.digest}"

    @property
    def index(self) -> bytes:
        """The page itself."""
        return self.files[INDEX].data.replace(ROOT.encode(), self.root.encode())


def load_assets(folder: Path = FOLDER, others: Mapping[str, Path] = EXAMPLES) -> Assets:
    """Read the files of a folder, and others by the names they are to have."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in _TYPES)
    named = {path.relative_to(folder).as_posix(): path for path in paths} | dict(others)
    files = {name: Asset(path.read_bytes(), _TYPES[path.suffix]) for name, path in sorted(named.items())}
    sheets = [files.pop(name).data for name in (f"style/{sheet}.css" for sheet in SHEETS) if name in files]
    files[SHEET] = Asset(b"".join(sheets), _TYPES[".css"])
    digest = hashlib.sha256()
    for name, asset in files.items():
        digest.update(f"{name}\0{len(asset.data)}\0".encode() + asset.data)
    return Assets(files, digest.hexdigest()[:16])
