"""Documents as the bulk rules see them, made of texts."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from sokdok.bulk.quality.text import DocumentText
from sokdok.demo import FOLDER
from sokdok.documents.document import DocumentPage


def document(*pages: str, name: str = "a.pdf", facts: Sequence[DocumentPage] = ()) -> DocumentText:
    """A document of pages of text, one behind the other."""
    text = "".join(pages)
    digest = hashlib.sha256(name.encode()).hexdigest()
    known = [
        replace(fact, number=number)
        for number, fact in enumerate(facts or [DocumentPage(1, 9, 9, source="text-layer")] * len(pages), 1)
    ]
    ends = tuple(accumulate(map(len, pages)))
    return DocumentText(digest[:32], name, digest, {}, text, ends, tuple(known))


def shipped(prefix: str) -> list[str]:
    """Texts that the package ships: `en_`, `ko_`."""
    files = sorted((file for file in FOLDER.iterdir() if file.name.startswith(prefix)), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files]
