"""Mistral's OCR API, as its clients speak it: `/v1/ocr`, and the files that it is asked about."""

from __future__ import annotations

from fastapi import APIRouter

from sokdok.server.api.mistral import files, ocr

router = APIRouter()
router.include_router(ocr.router)
router.include_router(files.router)
