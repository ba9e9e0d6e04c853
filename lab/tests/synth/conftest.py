"""Fixtures: a folder of test fonts, and the words to set in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.synth import HANGUL, LATIN, Words, build_font
from sokdok_lab.synth.pages.fonts import FontBook


@pytest.fixture(scope="session")
def font_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fonts")
    build_font(folder / "latin.ttf", "Plain", LATIN)
    build_font(folder / "latin-bold.ttf", "Plain", LATIN, "Bold")
    build_font(folder / "korean.ttf", "Hangul", LATIN + HANGUL)
    return folder


@pytest.fixture(scope="session")
def book(font_folder: Path) -> FontBook:
    return FontBook(font_folder)


@pytest.fixture
def words() -> Words:
    return Words()
