"""Sets documents by Chromium, one browser for all."""

from __future__ import annotations

import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from sokdok_lab.structure.engines import web
from sokdok_lab.structure.tree import Document, Register


@lru_cache(1)
def _page() -> Any:
    from playwright.sync_api import sync_playwright

    browser = (
        sync_playwright()
        .start()
        .chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
    )
    return browser.new_page()


@lru_cache(1)
def _file() -> Path:
    return Path(tempfile.mkdtemp(prefix="chromium-")) / "page.html"


def pdf(document: Document, register: Register, pictures: Path) -> bytes:
    """A PDF of a document whose words have the colours of their numbers."""
    path, page = _file(), _page()
    path.write_text(web.page(document, register, pictures, notes=False), encoding="utf-8")
    page.goto(path.as_uri())
    return bytes(page.pdf(prefer_css_page_size=True, print_background=True, tagged=False))
