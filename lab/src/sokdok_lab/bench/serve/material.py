"""Files that are sent: each with a text of its own, by which its answer is known."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from sokdok_lab.bench.bulk.corpus import page_lines, pdf_of

_WORDS = (
    "amber basin candle dragon engine falcon garden harbor island jungle kettle ladder meadow needle orchard pepper "
    "quartz ribbon saddle timber umbrella velvet walnut yellow zephyr anchor bridge copper desert ember forest glacier"
)
_DPI = 100
_MARK = re.compile(r"mark(\d{7})")


@dataclass(frozen=True)
class Upload:
    """A file."""

    name: str
    data: bytes
    text: str  # what is on it


@dataclass(frozen=True)
class Material:
    """Files by number."""

    document: Callable[[int], Upload]  # with `mark(number)` on each of its pages
    picture: Callable[[int], Upload]


def mark(number: int) -> str:
    """A word that no other file has."""
    return f"mark{number:07}"


def marks(text: str) -> list[int]:
    """The numbers of the files whose words are in a text."""
    return [int(found) for found in _MARK.findall(text)]


def document(number: int, pages: int = 1) -> Upload:
    """A PDF whose pages say exactly what is on them."""
    lines = [[f"{mark(number)} is the document of this page", *page_lines(number + at)] for at in range(pages)]
    return Upload(f"{mark(number)}.pdf", pdf_of(lines), "\n".join(map("\n".join, lines)))


def picture(number: int) -> Upload:
    """A picture of a page of ten words."""
    words = random.Random(number).sample(_WORDS.split(), 10)
    lines = [" ".join(words[:5]), " ".join(words[5:])]
    return Upload(f"picture-{number}.png", _drawn(pdf_of([lines])), " ".join(words))


def _drawn(pdf: bytes) -> bytes:
    """Its first page as a PNG; the file is our own, and needs no isolation."""
    import pypdfium2

    file, opened = io.BytesIO(), pypdfium2.PdfDocument(pdf)
    opened[0].render(scale=_DPI / 72).to_pil().save(file, "PNG")
    opened.close()
    return file.getvalue()


REAL = Material(document, picture)
