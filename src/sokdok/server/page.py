"""The web page that a browser is shown: plain files, read once and served as they stand.

- Their address holds a digest of all of them: a browser keeps them for ever, and asks for others after an update.
- Names from outside are keys of a dictionary, and never become paths.
- Sheets of style are sent as one: nothing is painted before all of them are there.
- The addresses are open: whoever has a key types it into the page.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import RedirectResponse

from sokdok.documents.write.html import STYLE
from sokdok.server.api.guards import POLICY
from sokdok.server.tasks.tasks import FORMS

router = APIRouter(include_in_schema=False)
_KEPT = "public, max-age=31536000, immutable"
FOLDER = Path(__file__).parent / "static"
INDEX = "index.html"
ROOT = "{root}"  # in the index: the address of the other files
SHEET = "style.css"
SHEETS = ("base", "shell", "parts", "read", "figures", "compress", "memory", "about")  # in this order
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".svg": "image/svg+xml"}
_TYPES |= {f".{kind}": f"text/{name}; charset=utf-8" for kind, name in (("css", "css"), ("js", "javascript"))}
_TYPES |= {f".{form}": kind for form, kind in FORMS.items()}
_TEXTS = Path(__file__).parents[1] / "demo" / "texts"
# What `sokdok demo` compresses, and documents and figures to try, drawn by `scripts/serve/make_examples.py`.
EXAMPLES = {f"texts/example.{language}.txt": _TEXTS / f"demo_{language}.txt" for language in ("en", "ko")} | {
    f"examples/{path.name}": path for path in sorted((Path(__file__).parent / "examples").iterdir())
}


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


@cache
def assets() -> Assets:
    """The files, read once."""
    return load_assets()


@cache
def page_policy() -> str:
    """The page's own policy: a result, in a frame without scripts, has one sheet of style within, and no other.

    A frame that is written by the page inherits the page's policy.
    """
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return POLICY.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")


@router.head("/", include_in_schema=False)
@router.get("/")
async def index() -> Response:
    """The page."""
    headers = {"Content-Security-Policy": page_policy(), "Cache-Control": "no-cache"}
    return Response(assets().index, media_type=assets().files[INDEX].media_type, headers=headers)


@router.get("/docs")
async def docs() -> Response:
    """What the API takes, as the page shows it."""
    return RedirectResponse("/#/api")


@router.get("/static/{digest}/{name:path}")
async def static(digest: str, name: str) -> Response:
    """One of its files."""
    asset = assets().files.get(name) if digest == assets().digest else None
    if asset is None:
        raise HTTPException(404, "there is no such file: load the page again")
    return Response(asset.data, media_type=asset.media_type, headers={"Cache-Control": _KEPT})
