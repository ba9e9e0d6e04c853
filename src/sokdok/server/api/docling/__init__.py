"""docling-serve's API, as its clients speak it: documents converted while they wait, or in the background."""

from __future__ import annotations

from fastapi import APIRouter

from sokdok.server.api.docling import background, convert

router = APIRouter()
router.include_router(convert.router)
router.include_router(background.router)
