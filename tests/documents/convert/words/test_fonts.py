"""Fonts that say other letters than they show are found by reading a few lines; those that don't cost nothing."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from fakes.converting import FakeReader
from fakes.pdf import Text, write_lying_pdf, write_pdf
from fakes.type_pages import WORDS
from sokdok.documents.convert.options import ReadOptions
from sokdok.documents.convert.read_pages import read_pages
from sokdok.documents.convert.words.fonts import looks_like_language
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.markdown import plain_text
from sokdok.layout.text_line import TextLine
from sokdok.pages.files import open_file
from sokdok.reading import load
from sokdok.reading.reading import Abilities, Reader

LINES = [" ".join(WORDS[start : start + 9]) for start in range(0, 54, 9)]
CODE = [
    "cp -r src/*.c tmp/bld && gcc -fPIC -g sqlt.c",
    "tar xzf pkg.tgz; cd pkg; ./cfg --prfx=/opt/xyz",
    "grep -rn std lib | wc -l",
]


class Nothing:
    """Counts how often it is asked, and sees nothing."""

    def __init__(self) -> None:
        self.asked = 0

    def read_lines(self, pixels: object) -> list[TextLine]:
        self.asked += 1
        return []


def converted(path: Path, reader: Reader) -> DocumentPage:
    file = open_file(path)
    ((page, _),) = read_pages(file, [0], ReadOptions(reader))
    file.close()
    return page


@pytest.mark.parametrize("shift", [1, 7])
def test_a_font_that_lies_is_not_believed(tmp_path: Path, shift: int) -> None:
    page = converted(write_lying_pdf(tmp_path / "a.pdf", LINES, shift), load("nano"))
    assert page.evidence == "pixels" and "says other letters than it shows" in page.evidence_reason
    assert "the annual budget of 2,350 dollars" in plain_text(page)


def test_letters_that_look_like_no_language_are_believed_where_they_are_right(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(60, 80 + 18 * row, line, 12) for row, line in enumerate(CODE)]])
    page = converted(path, load("nano"))
    assert page.evidence == "exact" and "gcc -fPIC -g sqlt.c" in plain_text(page)


@pytest.mark.parametrize(("lines", "asked"), [(LINES, 0), (CODE, 3)], ids=["language", "code"])
def test_pixels_are_looked_at_only_for_what_looks_like_no_language(
    tmp_path: Path, lines: list[str], asked: int
) -> None:
    sees = Nothing()
    path = write_pdf(tmp_path / "a.pdf", [[Text(60, 80 + 18 * row, line, 12) for row, line in enumerate(lines)]])
    assert converted(path, FakeReader(abilities=Abilities(lines=sees))).evidence == "exact"
    assert sees.asked == asked


def test_a_font_is_looked_at_once_in_a_file(tmp_path: Path) -> None:
    sees = Nothing()
    page = [Text(60, 80 + 18 * row, line, 12) for row, line in enumerate(CODE)]
    with_pages = open_file(write_pdf(tmp_path / "a.pdf", [page, page, page]))
    assert len(list(read_pages(with_pages, [0, 1, 2], ReadOptions(FakeReader(abilities=Abilities(lines=sees)))))) == 3
    with_pages.close()
    assert sees.asked == 3


def shifted(text: str, by: int) -> str:
    table = str.maketrans(string.ascii_lowercase, string.ascii_lowercase[by:] + string.ascii_lowercase[:by])
    return text.translate(table)


GERMAN = "die kinder spielen im garten während ihre eltern das abendessen für alle gäste vorbereiten und lachen"
GREEK = "οι άνθρωποι διαβάζουν βιβλία στη βιβλιοθήκη κάθε πρωί πριν πάνε στη δουλειά τους με το τρένο"
VIETNAMESE = "tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다"


@pytest.mark.parametrize("text", [" ".join(WORDS), GERMAN, GREEK, VIETNAMESE, KOREAN, "12 345 6,789", "x y z", "漢字"])
def test_languages_are_told(text: str) -> None:
    assert looks_like_language(text.split())


@pytest.mark.parametrize("by", range(1, 26))
def test_shifted_letters_are_no_language(by: int) -> None:
    assert not looks_like_language(shifted(" ".join(WORDS).lower(), by).split())


def test_shifted_syllables_are_no_language() -> None:
    assert not looks_like_language("".join(chr(ord(char) + 3) if char > " " else char for char in KOREAN).split())
