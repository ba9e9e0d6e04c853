"""What a text layer says, against what pixels show."""

import random
import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fakes.converting import FakeReader, converted
from fakes.pdf import Text, write_lying_pdf, write_pdf
from fakes.type_pages import WORDS
from sokdok.documents.convert.convert import read_pages
from sokdok.documents.convert.fuse import fuse
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Conversion, Question
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages.files import open_file
from sokdok.pages.textlayer import Source, Word
from sokdok.reading import load
from sokdok.reading.reading import Abilities

LINES = [" ".join(WORDS[start : start + 9]) for start in range(0, 54, 9)]
NUMBERS = ["3,472,015 of 1998", "86.53 and 70.41", "12 May 2024, 19:56", "No. 400-283-7165"]
SPELT = [line.translate(str.maketrans("", "", string.digits)) for line in LINES]
CODE = ["cp -r src/*.c tmp/bld && gcc -fPIC -g sqlt.c", "tar xzf pkg.tgz; cd pkg; ./cfg --prfx=/opt/xyz"]
CODE += ["grep -rn std lib | wc -l"]
LETTERS = dict(zip(string.ascii_letters, "bcdefghijklmnopqrstuvwxyzaBCDEFGHIJKLMNOPQRSTUVWXYZA", strict=True))
DIGITS = {char: str((int(char) + 3) % 10) for char in string.digits}
RARE = {chr(code): chr(0xC900 + code) for code in range(33, 127)}
PRIVATE = {chr(code): chr(0xE000 + code) for code in range(33, 127)}
WRONG = [LETTERS, DIGITS, RARE, PRIVATE, DIGITS | LETTERS, dict.fromkeys(string.ascii_letters, "a") | DIGITS]
WRONG += [{"1": "9", "9": "1"}, PRIVATE | {"M": "x"}]  # few of all digits, the one letter with a code


class Seen:
    """Counts the strips that it is asked for, and sees in each of them the same."""

    def __init__(self, text: str = "", confidence: float = 0.0) -> None:
        self.asked, self.answer = 0, (text, confidence)

    def read_lines(self, pixels: object) -> list[TextLine]:
        return []

    def read_strips(self, strips: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        self.asked += len(strips)
        return [self.answer] * len(strips)


def sources(page: DocumentPage) -> dict[str, str]:
    return {word.text: word.source for block in page.blocks for word in block.words}


@pytest.mark.parametrize("says", WRONG)
def test_what_a_font_says_falsely_is_read_from_the_pixels(tmp_path: Path, says: dict[str, str]) -> None:
    page = converted(write_lying_pdf(tmp_path / "a.pdf", [*LINES, *NUMBERS], says), load("nano"))
    text = " ".join(page.text.split())
    assert "the annual budget of 2,350 dollars" in text and "3,472,015 of 1998 86.53 and 70.41 12 May" in text
    assert page.evidence in ("mixed", "pixels") and "read from the pixels" in page.evidence_reason


def test_the_kinds_of_characters_that_are_right_stay_as_they_are(tmp_path: Path) -> None:
    words = sources(converted(write_lying_pdf(tmp_path / "a.pdf", [*LINES, *NUMBERS], DIGITS), load("nano")))
    assert words["2,350"] == "reader" and words["budget"] == words["committee"] == "text-layer"


def test_the_font_beside_one_that_is_false_is_exact(tmp_path: Path) -> None:
    page = converted(write_lying_pdf(tmp_path / "a.pdf", LINES, RARE, honest=NUMBERS), load("nano"))
    words = sources(page)
    assert page.evidence == "mixed" and words["3,472,015"] == "text-layer" and words["budget"] == "reader"


@pytest.mark.parametrize(
    ("lines", "says"), [(CODE, {}), (LINES, dict(zip(string.ascii_uppercase, string.ascii_lowercase, strict=True)))]
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
    asked = Conversion(Question(), FakeReader(abilities=Abilities(lines=sees)))
    assert len(list(read_pages(file, [0, 1, 2], asked))) == 3
    file.close()
    assert sees.asked == 1


def test_a_script_that_the_reader_has_no_symbols_for_is_believed(tmp_path: Path) -> None:
    kana = {char: chr(0x3042 + 2 * at) for at, char in enumerate(string.ascii_letters)}
    sees = Seen("anything at all", 1.0)
    page = converted(write_lying_pdf(tmp_path / "a.pdf", SPELT, kana), FakeReader(abilities=Abilities(lines=sees)))
    assert kana["b"] + kana["u"] + kana["d"] in page.text
    assert page.evidence == "exact" and "scripts that the reader does not know" in page.evidence_reason
    page = converted(write_lying_pdf(tmp_path / "b.pdf", SPELT, kana | {"e": "\ue000"}), load("nano"))  # half of it
    assert kana["b"] + kana["u"] + kana["d"] in page.text and page.status == "PARTIAL"


def test_what_can_be_read_in_no_way_is_marked(tmp_path: Path) -> None:
    class Nothing(Seen):
        def read_strips(self, strips: Sequence[np.ndarray]) -> list[tuple[str, float]]:
            return [("jkq", 0.99) if len(strips) < 15 else ("", 0.0) for _ in strips]

    path = write_lying_pdf(tmp_path / "a.pdf", NUMBERS * 3, DIGITS, honest=LINES)
    page = converted(path, FakeReader(abilities=Abilities(lines=Nothing())))
    assert "〓" in page.text and page.status == "PARTIAL"


def test_a_glyph_of_several_letters_keeps_them_all(tmp_path: Path) -> None:
    path = write_lying_pdf(tmp_path / "a.pdf", [*LINES, "it specXes"], {"X": "\ue000"})
    assert "it specifies" in converted(path, FakeReader(abilities=Abilities(lines=Seen("specifies", 0.99)))).text


def test_icons_are_not_read_as_letters(tmp_path: Path) -> None:
    path = write_lying_pdf(tmp_path / "a.pdf", ["X", "Y"], {"X": "\uf109", "Y": "\uf015"}, honest=LINES)
    page = converted(path, FakeReader(abilities=Abilities(lines=Seen("므", 0.99))))
    assert "므" not in page.text and page.evidence == "exact"


def test_letters_of_mathematics_beyond_the_first_plane_are_one_character_each(tmp_path: Path) -> None:
    italic = {char: chr(0x1D44E + at) for at, char in enumerate(string.ascii_lowercase) if char != "h"}
    page = converted(write_lying_pdf(tmp_path / "a.pdf", LINES, italic), load("nano"))
    assert "𝑏𝑢𝑑𝑔𝑒𝑡" in page.text and page.evidence == "exact"


TRUTH = [f"{word}{number}" for number in range(10) for word in ("harbour", "boats", "of", "the", "north")]
PER_LINE = 10


def word(text: str, at: int, source: Source, sure: float = 1.0) -> Word:
    left, top = 100.0 * (at % PER_LINE), 30.0 * (at // PER_LINE)
    box = Box(left, top, left + 80, top + 20)
    return Word(text, box, 20, top + 20, source=source, confidence=sure)


def lines_of(words: list[Word]) -> list[TextLine]:
    rows = [words[start : start + PER_LINE] for start in range(0, len(words), PER_LINE)]
    return [
        TextLine(Box.around(one.box for one in row), " ".join(one.text for one in row), em=20, words=tuple(row))
        for row in rows
    ]


def read(wrong: dict[int, str], sure: float = 0.98, unsure: float = 0.6) -> list[TextLine]:
    """Lines as a reader reads them: some words wrong, and less sure of those."""
    return lines_of(
        [word(wrong.get(at, text), at, "recogniser", unsure if at in wrong else sure) for at, text in enumerate(TRUTH)]
    )


def layer(wrong: dict[int, str] | None = None) -> list[Word]:
    return [word((wrong or {}).get(at, text), at, "layer") for at, text in enumerate(TRUTH)]


def texts(lines: list[TextLine]) -> list[str]:
    return " ".join(line.text for line in lines).split()


MISREAD = {3: "tne3", 17: "boots", 31: "b0ats"}


def test_a_good_layer_corrects_what_was_misread_and_both_are_kept() -> None:
    fused = fuse(read(MISREAD), layer())
    assert fused.believed and texts(fused.lines) == TRUTH
    words = [word for line in fused.lines for word in line.words]
    assert [words[at].other for at in MISREAD] == list(MISREAD.values())
    assert {words[at].source for at in MISREAD} == {"layer"}
    assert sum(bool(word.other) for word in words) == len(MISREAD)


def test_a_layer_with_some_mistakes_does_not_spoil_what_the_reader_is_sure_of() -> None:
    mistakes = {at: f"zz{at}" for at in range(5, 50, 9)}
    fused = fuse(read(MISREAD, unsure=0.2), layer(mistakes))
    assert fused.believed and texts(fused.lines) == TRUTH
    assert [word.other for line in fused.lines for word in line.words if word.text == TRUTH[5]] == ["zz5"]


def test_another_text_is_not_believed() -> None:
    shuffled = TRUTH[:]
    random.Random(1).shuffle(shuffled)
    found = read(MISREAD)
    fused = fuse(found, layer(dict(enumerate(shuffled))))
    assert not fused.believed and fused.lines == found and fused.agreement is not None and fused.agreement < 0.2


def test_letters_that_were_replaced_are_not_believed_even_where_the_reader_is_unsure() -> None:
    garbled = {at: "".join("x" if n % 3 == 0 else char for n, char in enumerate(text)) for at, text in enumerate(TRUTH)}
    found = read(MISREAD, sure=0.8, unsure=0.1)
    assert fuse(found, layer(garbled)).lines == found


def test_words_that_stand_elsewhere_say_nothing_of_a_line() -> None:
    away = [word(text, at + 500, "layer") for at, text in enumerate(TRUTH)]
    fused = fuse(read(MISREAD), away)
    assert fused.agreement is None and not fused.believed


def test_the_layers_spaces_count_if_they_mostly_are_those_of_the_page() -> None:
    found = read({})
    run_on = Word("ofthe", Box(200, 0, 380, 20), 20, 20, source="recogniser", confidence=0.9)
    first = found[0]
    first = TextLine(first.box, "", em=20, words=(*first.words[:2], run_on, *first.words[4:]))
    truth = [*TRUTH[:2], "of", "the", *TRUTH[4:]]
    said = [word(text, at, "layer") for at, text in enumerate(truth)]
    assert texts(fuse([first, *found[1:]], said).lines) == truth


def test_syllables_that_stand_apart_do_not_tear_words() -> None:
    split = [
        Word(char, Box(one.box.left + 80 * n / len(one.text), one.box.top, one.box.left + 80 * (n + 1) / len(one.text),
             one.box.bottom), 20, one.baseline)
        for one in layer()
        for n, char in enumerate(one.text)
    ]  # fmt: skip
    assert texts(fuse(read({}), split).lines) == TRUTH


def test_a_layer_that_can_be_seen_is_right() -> None:
    fused = fuse(read(MISREAD, sure=0.99, unsure=0.99)[:1], layer()[:PER_LINE], wrong=0.0)
    assert texts(fused.lines) == TRUTH[:PER_LINE]
