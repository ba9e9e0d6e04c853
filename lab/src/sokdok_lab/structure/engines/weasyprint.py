"""Sets documents by WeasyPrint."""

from __future__ import annotations

import logging
from pathlib import Path

from sokdok_lab.structure.engines import web
from sokdok_lab.structure.tree import Document, Register


def pdf(document: Document, register: Register, pictures: Path) -> bytes:
    """A PDF of a document whose words have the colours of their numbers."""
    from weasyprint import HTML

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    return bytes(HTML(string=web.page(document, register, pictures, notes=True), base_url=str(pictures)).write_pdf())
