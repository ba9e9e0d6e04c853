"""A line is told if and only if a person can see it: by PDFium's own picture of the page, with and without the line.

Each page shows its line, or hides it, by other means of the format. Whether it can be seen is not taken on trust: the
page is drawn again without its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.fuzz import partial_ratio

import sokdok
from fakes.sight import SEEN, UNSEEN, Drawing, words_of, write_sheets

CONTRAST = 1.1
"""of luminances, lighter to darker, both above black by .05 (WCAG 2): what differs by less is not seen. Yellow on
white has 1.07; the palest grey type that is still legible has more than 1.2"""
PIXELS = 20  # of 144 dpi that a line changes if it can be seen
LIKENESS = 85  # of 100, of words that were read and those that are there


def _luminances(path: Path) -> list[np.ndarray]:
    from pypdfium2 import PdfDocument

    document = PdfDocument(path)
    document.init_forms()
    pages = [np.asarray(page.render(scale=2).to_pil().convert("RGB")) / 255 for page in document]
    document.close()
    weights = np.array([0.2126, 0.7152, 0.0722])
    return [np.where(page <= 0.04045, page / 12.92, ((page + 0.055) / 1.055) ** 2.4) @ weights for page in pages]


def can_be_seen(folder: Path, drawings: Mapping[str, Drawing]) -> dict[str, bool]:
    """Of each drawing, whether a person sees its words."""
    shown = _luminances(write_sheets(folder / "with.pdf", drawings))
    empty = _luminances(write_sheets(folder / "without.pdf", drawings, shown=False))
    contrast = [
        (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)
        for one, other in zip(shown, empty, strict=True)
    ]
    return {name: bool((there > CONTRAST).sum() >= PIXELS) for name, there in zip(drawings, contrast, strict=True)}


def are_told(folder: Path, drawings: Mapping[str, Drawing]) -> dict[str, bool]:
    """Of each drawing, whether its words are on its page of the document."""
    document = sokdok.convert(write_sheets(folder / "a.pdf", drawings))
    texts = [" ".join(f"{block.text} {block.html or ''}" for block in page.blocks) for page in document.pages]
    told = [partial_ratio(words_of(at), text.casefold()) >= LIKENESS for at, text in enumerate(texts)]
    return dict(zip(drawings, told, strict=True))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    return are_told(tmp_path_factory.mktemp("seen"), SEEN) | are_told(tmp_path_factory.mktemp("unseen"), UNSEEN)


def test_the_drawings_show_and_hide_what_they_say(tmp_path: Path) -> None:
    assert {name for name, seen in can_be_seen(tmp_path, SEEN).items() if not seen} == set()
    assert {name for name, seen in can_be_seen(tmp_path, UNSEEN).items() if seen} == set()


@pytest.mark.parametrize("name", SEEN)
def test_what_can_be_seen_is_told(name: str, told: dict[str, bool]) -> None:
    assert told[name]


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_is_not_told(name: str, told: dict[str, bool]) -> None:
    assert not told[name]
