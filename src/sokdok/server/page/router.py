"""The page's addresses. They are open: whoever has a key types it into the page."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from fastapi import APIRouter, HTTPException, Response

from sokdok.documents.write.html import STYLE
from sokdok.server.page.assets import INDEX, Assets, load_assets
from sokdok.server.security.headers import POLICY

router = APIRouter(include_in_schema=False)
_KEPT = "public, max-age=31536000, immutable"


@cache
def _assets() -> Assets:
    return load_assets()


@cache
def page_policy() -> str:
    """The page's own policy: a result, in a frame without scripts, has one sheet of style within, and no other.

    A frame that is written by the page inherits the page's policy.
    """
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return POLICY.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")


def prepare() -> None:
    """Read the files, which the first visitor would otherwise wait for."""
    _assets()


@router.head("/", include_in_schema=False)
@router.get("/")
async def index() -> Response:
    """The page."""
    headers = {"Content-Security-Policy": page_policy(), "Cache-Control": "no-cache"}
    return Response(_assets().index, media_type=_assets().files[INDEX].media_type, headers=headers)


@router.get("/static/{digest}/{name:path}")
async def static(digest: str, name: str) -> Response:
    """One of its files."""
    asset = _assets().files.get(name) if digest == _assets().digest else None
    if asset is None:
        raise HTTPException(404, "there is no such file: load the page again")
    return Response(asset.data, media_type=asset.media_type, headers={"Cache-Control": _KEPT})
