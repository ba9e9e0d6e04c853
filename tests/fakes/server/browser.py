"""Debian's Chromium, driven by playwright, and a font with Korean, for tests of pages."""

import shutil
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from subprocess import check_output
from typing import Any

expect: Any = import_module("playwright.sync_api").expect if find_spec("playwright") else None
CHROMIUM = shutil.which("chromium")
KOREAN = bool(shutil.which("fc-list") and check_output(["fc-list", ":lang=ko"]))
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update"]
Visit = Callable[..., Any]  # opens the page and gives playwright's `Page`; see tests/server/page/conftest.py


def choose(page: Any, says: bytes, name: str = "report.pdf") -> None:
    """Give playwright's page a file, as by its button."""
    page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": says})
