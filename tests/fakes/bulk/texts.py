"""Documents as the bulk rules see them, made of texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from sokdok.bulk.merge.text import DocumentText, PageFacts
from sokdok.demo import FOLDER


def document(*pages: str, name: str = "a.pdf", facts: Sequence[PageFacts] = ()) -> DocumentText:
    """A document of pages of text, one behind the other."""
    text = "".join(pages)
    digest = hashlib.sha256(name.encode()).hexdigest()
    known = [replace(fact, number=number) for number, fact in enumerate(facts or [PageFacts(1)] * len(pages), 1)]
    ends = tuple(accumulate(map(len, pages)))
    return DocumentText(digest[:32], name, digest, {}, text, ends, tuple(known))


def shipped(prefix: str) -> list[str]:
    """Texts that the package ships: `en_`, `ko_`."""
    files = sorted((file for file in FOLDER.iterdir() if file.name.startswith(prefix)), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files]
