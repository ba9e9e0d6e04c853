"""Fonts that say other characters than they show: what is false of them is read from the pixels, the rest stays."""

import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fakes.converting import FakeReader
from fakes.pdf import Text, write_lying_pdf, write_pdf
from fakes.type_pages import WORDS
from sokdok.documents.convert.convert import read_pages
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Conversion, Question
from sokdok.layout.text_line import TextLine
from sokdok.pages.files import open_file
from sokdok.reading import load
from sokdok.reading.reading import Abilities, Reader

LINES = [" ".join(WORDS[start : start + 9]) for start in range(0, 54, 9)]
NUMBERS = ["3,472,015 of 1998", "86.53 and 70.41", "12 May 2024, 19:56", "No. 400-283-7165"]
SPELT = [line.translate(str.maketrans("", "", string.digits)) for line in LINES]
CODE = [
    "cp -r src/*.c tmp/bld && gcc -fPIC -g sqlt.c",
    "tar xzf pkg.tgz; cd pkg; ./cfg --prfx=/opt/xyz",
    "grep -rn std lib | wc -l",
]
LETTERS = {
    char: alphabet[(at + 1) % 26]
    for alphabet in (string.ascii_lowercase, string.ascii_uppercase)
    for at, char in enumerate(alphabet)
}
DIGITS = {char: str((int(char) + 3) % 10) for char in string.digits}
RARE = {chr(code): chr(0xC900 + code) for code in range(33, 127)}
PRIVATE = {chr(code): chr(0xE000 + code) for code in range(33, 127)}


class Seen:
    """Counts the strips that it is asked for, and sees in each of them the same."""

    def __init__(self, text: str = "", confidence: float = 0.0) -> None:
        self.asked, self.answer = 0, (text, confidence)

    def read_lines(self, pixels: object) -> list[TextLine]:
        return []

    def read_strips(self, strips: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        self.asked += len(strips)
        return [self.answer] * len(strips)


def converted(path: Path, reader: Reader) -> DocumentPage:
    file = open_file(path)
    ((page, _),) = read_pages(file, [0], Conversion(Question(), reader))
    file.close()
    return page


def sources(page: DocumentPage) -> dict[str, str]:
    return {word.text: word.source for block in page.blocks for word in block.words}


@pytest.mark.parametrize(
    "says", [LETTERS, DIGITS, RARE, PRIVATE, DIGITS | LETTERS], ids=["letters", "digits", "rare", "private", "both"]
)
def test_what_a_font_says_falsely_is_read_from_the_pixels(tmp_path: Path, says: dict[str, str]) -> None:
    page = converted(write_lying_pdf(tmp_path / "a.pdf", [*LINES, *NUMBERS], says), load("nano"))
    text = " ".join(page.text.split())
    assert "the annual budget of 2,350 dollars" in text and "3,472,015 of 1998 86.53 and 70.41" in text
    assert page.evidence in ("mixed", "pixels") and "read from the pixels" in page.evidence_reason


def test_the_kinds_of_characters_that_are_right_stay_as_they_are(tmp_path: Path) -> None:
    words = sources(converted(write_lying_pdf(tmp_path / "a.pdf", [*LINES, *NUMBERS], DIGITS), load("nano")))
    assert words["2,350"] == "reader" and words["budget"] == words["committee"] == "text-layer"


def test_the_font_beside_one_that_is_false_is_exact(tmp_path: Path) -> None:
    page = converted(write_lying_pdf(tmp_path / "a.pdf", LINES, RARE, honest=NUMBERS), load("nano"))
    words = sources(page)
    assert page.evidence == "mixed" and words["3,472,015"] == "text-layer" and words["budget"] == "reader"


@pytest.mark.parametrize(
    ("lines", "says"),
    [(CODE, {}), (LINES, dict(zip(string.ascii_uppercase, string.ascii_lowercase, strict=True)))],
    ids=["code", "small capitals"],
)
def test_a_font_is_believed_that_says_what_it_shows(tmp_path: Path, lines: list[str], says: dict[str, str]) -> None:
    shown = [line.upper() for line in lines] if says else lines
    page = converted(write_lying_pdf(tmp_path / "a.pdf", [*shown, *NUMBERS], says), load("nano"))
    assert page.evidence == "exact" and "3,472,015 of 1998" in page.text.lower()


def test_letters_that_are_of_a_language_cost_nothing(tmp_path: Path) -> None:
    sees = Seen()
    path = write_pdf(tmp_path / "a.pdf", [[Text(60, 80 + 18 * row, line, 12) for row, line in enumerate(SPELT)]])
    assert converted(path, FakeReader(abilities=Abilities(lines=sees))).evidence == "exact"
    assert not sees.asked


def test_a_kind_that_is_known_is_looked_at_no_more(tmp_path: Path) -> None:
    sees = Seen("3,472,015", 1.0)
    page = [Text(60, 80 + 18 * row, "3,472,015", 12) for row in range(8)]
    file = open_file(write_pdf(tmp_path / "a.pdf", [page, page, page]))
    assert (
        len(list(read_pages(file, [0, 1, 2], Conversion(Question(), FakeReader(abilities=Abilities(lines=sees)))))) == 3
    )
    file.close()
    assert sees.asked == 1


def test_a_script_that_the_reader_has_no_symbols_for_is_believed(tmp_path: Path) -> None:
    kana = {char: chr(0x3042 + 2 * at) for at, char in enumerate(string.ascii_letters)}
    sees = Seen("anything at all", 1.0)
    page = converted(write_lying_pdf(tmp_path / "a.pdf", SPELT, kana), FakeReader(abilities=Abilities(lines=sees)))
    assert kana["b"] + kana["u"] + kana["d"] in page.text
    assert page.evidence == "exact" and "scripts that the reader does not know" in page.evidence_reason


def test_what_can_be_read_in_no_way_is_marked(tmp_path: Path) -> None:
    class Nothing(Seen):
        def read_strips(self, strips: Sequence[np.ndarray]) -> list[tuple[str, float]]:
            return [("jkq", 0.99) if len(strips) < 15 else ("", 0.0) for _ in strips]

    path = write_lying_pdf(tmp_path / "a.pdf", NUMBERS * 3, DIGITS, honest=LINES)
    page = converted(path, FakeReader(abilities=Abilities(lines=Nothing())))
    assert "〓" in page.text and page.status == "PARTIAL"


def test_letters_of_mathematics_beyond_the_first_plane_are_one_character_each(tmp_path: Path) -> None:
    italic = {char: chr(0x1D44E + at) for at, char in enumerate(string.ascii_lowercase) if char != "h"}
    page = converted(write_lying_pdf(tmp_path / "a.pdf", LINES, italic), load("nano"))
    assert "𝑏𝑢𝑑𝑔𝑒𝑡" in page.text and page.evidence == "exact"
