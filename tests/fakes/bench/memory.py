"""What tests of the memory benchmark share: a profile for nano's views, and a reader that knows every page drawn."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fakes.bench import FakeReader
from sokdok.compress.legibility import SCRIPTS, Legibility, LegibilityRow, save_profile
from sokdok.memory.forgetting.pages import PageBook, SpanText

WORDS: Any = SimpleNamespace(message_tokens=1, count_text=lambda text: len(text.split()))
"""A model as far as the baselines ask it: a word is a token, a message takes one more."""


def knowing_reader(monkeypatch: pytest.MonkeyPatch, config: Path) -> FakeReader:
    """Reads each page of a view as it was written, unless its `damage` says otherwise."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    rows = [LegibilityRow(glyph, script, 100, 1.0, 1.0) for glyph in ("8x16", "8x8", "4x8") for script in SCRIPTS]
    save_profile(Legibility("nano", "2026-11-25", tuple(rows)))
    reader = FakeReader(name="nano")
    draw = PageBook._draw

    def picture(book: PageBook, level: Any, span: SpanText) -> Any:
        drawn = draw(book, level, span)
        reader.originals[drawn.id] = span.text
        return drawn

    monkeypatch.setattr(PageBook, "_draw", picture)
    return reader
