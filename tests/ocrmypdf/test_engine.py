"""What the engine tells OCRmyPDF of how a page lies, from words at their places."""

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("ocrmypdf", reason="needs ocrmypdf (pip install ocrmypdf)")

import sokdok.ocrmypdf as engine
from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document

SIZE = 400


def words(turned: int, fall: float = 0.0) -> tuple[Word, ...]:
    """Six words of a line that falls, on a page that was turned clockwise by quarters."""
    found = []
    for at in range(6):
        left, top = 20 + 60 * at, 100 + round(60 * at * fall)
        box = (left, top, left + 50, top + 20)
        for _ in range(turned // 90):
            box = (SIZE - box[3], box[0], SIZE - box[1], box[2])
        found.append(Word(f"word{at}", box, 0.99))
    return tuple(found)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch):
    def given(*found: Word) -> None:
        page = DocumentPage(1, SIZE, SIZE, (Block("text", (0, 0, SIZE, SIZE), "", words=found),))
        monkeypatch.setattr(engine, "_read", lambda path, options: Document("a", "a.png", (page,)))

    return given


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_turned_page_is_turned_back(read, turned: int) -> None:
    read(*words(turned))
    found = engine.SokdokEngine.get_orientation(Path("a.png"), SimpleNamespace())
    assert (found.angle, found.confidence) == (turned, pytest.approx(0.99 * engine.MOST_CONFIDENCE))


def test_a_page_with_hardly_a_word_says_nothing(read) -> None:
    read(*words(90)[:3])
    assert engine.SokdokEngine.get_orientation(Path("a.png"), SimpleNamespace()) == (0, 0.0)


@pytest.mark.parametrize(("fall", "degrees"), [(0.0, 0.0), (0.05, 2.86), (-0.1, -5.71)])
def test_lines_that_fall_are_turned_up(read, fall: float, degrees: float) -> None:
    read(*words(0, fall))
    assert engine.SokdokEngine.get_deskew(Path("a.png"), SimpleNamespace()) == pytest.approx(degrees, abs=0.1)
