"""Rows: cutting them from a page, fitting them into a budget, decoding the answers."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.model.nano.alphabet import FINALS, VOWELS, Alphabet
from sokdok.model.nano.line_image import Frame, cut, stretch
from sokdok.reading.nano.recogniser import (
    NARROWEST,
    TOKEN_PX,
    LineText,
    decode,
    parted,
    recognise,
    spaced,
    squeeze_for,
    tokens_of,
    told_once,
)
from sokdok.reading.nano.text_detector import DetectedLine

ALPHABET = Alphabet(" abcdef")
BLANK = ALPHABET.classes


def answers(symbols: list[int | None]) -> list[np.ndarray]:
    """Sure logits for symbols (None is blank)."""
    triples = ALPHABET.encode(np.array([s or ord("a") for s in symbols]))
    out = [np.zeros((len(symbols), size), np.float32) for size in (BLANK + 1, VOWELS + 1, FINALS + 1)]
    for i, symbol in enumerate(symbols):
        out[0][i, BLANK if symbol is None else triples[i, 0]] = 20
        out[1][i, triples[i, 1]] = out[2][i, triples[i, 2]] = 20
    return out


def spelt(text: str) -> list[int | None]:
    return [None if char == "_" else ord(char) for char in text]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("__aa_b__", "ab"),
        ("a_a", "aa"),
        ("aaa", "a"),
        ("_한한_글_", "한글"),
        ("____", ""),
        ("__ a b _", "a b"),
        ("각_가", "각가"),
        ("_aab_", "ab"),
    ],
)
def test_runs_are_symbols_and_blanks_part_them(answer: str, text: str) -> None:
    assert decode(answers(spelt(answer)), ALPHABET).text == text


def test_places_are_the_middles_of_runs_in_pixels_of_the_page() -> None:
    read = decode(answers(spelt("__aa__b_")), ALPHABET, pitch=3.0, ahead=4.0)
    assert read.places.tolist() == [3 * 3.0 - 4, 6.5 * 3.0 - 4]
    assert read.confidence == pytest.approx(1, abs=1e-4)


def read_at(text: str, *places: float) -> LineText:
    return LineText(text, np.array(places, np.float32), np.linspace(0.5, 0.9, len(places), dtype=np.float32))


def test_symbols_that_stand_far_apart_are_of_two_words() -> None:
    read = parted(read_at("대리작성 일", 280, 304, 372, 396, 420, 460), em=27.6)
    assert read.text == "대리 작성 일" and read.places.tolist() == [280, 304, 338, 372, 396, 420, 460]
    assert read.probability.tolist() == pytest.approx([0.5, 0.58, 0.58, 0.66, 0.74, 0.82, 0.9])


@pytest.mark.parametrize(
    "read",
    [
        read_at("보고서를", 10, 70, 130, 190),  # spaced letters
        read_at("한국어 글", 10, 35, 60, 95, 130),
        read_at("1,000", 5, 14, 22, 36, 50),
        read_at("「보험법」제2조", 10, 35, 60, 85, 110, 170, 190, 210),
        read_at("가", 5),
        read_at(""),
    ],
)
def test_symbols_of_one_word_stay_together(read: LineText) -> None:
    assert parted(read, em=27.0) is read


def test_one_glyph_that_was_read_in_two_alphabets_is_one_symbol() -> None:
    read = told_once(read_at("З3 Б5", 4, 6, 12, 20, 29), em=15.7)
    assert read.text == "3 Б5" and read.places.tolist() == [6, 12, 20, 29]
    assert read.probability.tolist() == pytest.approx([0.6, 0.7, 0.8, 0.9])
    for text in ("ll", "Да", "3a"):
        whole = read_at(text, 4, 6)
        assert told_once(whole, em=15.7) is whole


def test_one_quotation_mark_that_was_read_twice_is_one_symbol() -> None:
    assert told_once(read_at("a'”", 4, 14, 18), em=15.7).text == "a”"  # the likelier
    for places in ((4, 14, 19), (4, 14, 24)):  # two single ones, set for a double one
        whole = read_at("a’’", *places)
        assert told_once(whole, em=15.7) is whole


def test_one_syllable_that_was_read_as_several_is_one() -> None:
    assert told_once(read_at("립톡녹성", 10, 34, 37, 60), em=25.0).text == "립녹성"  # the likelier
    narrow = read_at("녹색성장", 10, 20, 30, 40)  # set to two fifths of its width
    assert told_once(narrow, em=25.0) is narrow


def ink_of(text: str, space: int) -> tuple[np.ndarray, np.ndarray]:
    """The ink of a line of strokes 6 pixels wide and 2 apart, `_` for paper that is `space` wide; their middles."""
    columns: list[int] = []
    middles = []
    for char in text:
        if char != "_":
            middles.append(len(columns) + 3.0)
            columns += [255] * 6 + [0] * 2
        else:
            columns += [0] * space
    return np.tile(np.array(columns, np.uint8), (32, 1)), np.array(middles, np.float32)


def test_paper_as_wide_as_at_the_spaces_of_a_line_is_one() -> None:
    ink, at = ink_of("ab_cd_ef_g._H[_1_]", 10)
    middles = np.insert(at, (2, 4, 6), [21, 47, 73]).astype(np.float32)
    read = LineText("ab cd ef g.H[1]", middles, np.full(len(middles), 0.9, np.float32))
    more = spaced(read, ink, middles)
    assert more.text == "ab cd ef g. H[1]" and len(more.places) == len(more.probability) == len(more.text)
    assert list(more.places) == sorted(more.places)


def test_where_paper_tells_no_space_none_is_put() -> None:
    ink, at = ink_of("ab_cd_ef_gh._.k", 10)
    middles = np.insert(at, (2, 4, 6), [21, 47, 73]).astype(np.float32)
    leaders = LineText("ab cd ef gh..k", middles, np.full(len(middles), 0.9, np.float32))
    assert spaced(leaders, ink, middles) is leaders  # between two dots
    ink, at = ink_of("ab_cd", 10)
    lone = LineText("abcd", at, np.full(4, 0.9, np.float32))
    assert spaced(lone, ink, at) is lone  # nothing tells how wide a space is
    blank = np.zeros_like(ink)
    assert spaced(leaders, np.zeros((32, 100), np.uint8), middles) is leaders and spaced(lone, blank, at) is lone


def test_one_dash_that_was_read_twice_is_one_symbol() -> None:
    assert told_once(read_at("1—–9", 4, 12, 18, 24), em=15.7).text == "1–9"  # the likelier
    for text in ("1--9", "1——9", "- 9", "-9"):
        whole = read_at(text, *(8.0 * at for at in range(len(text))))
        assert told_once(whole, em=15.7) is whole


def lines(count: int, length: float) -> list[DetectedLine]:
    return [DetectedLine((0, 40 * i + 20), (length, 40 * i + 20), 25.0, "text", 1.0) for i in range(count)]


def test_rows_are_squeezed_until_they_fit_and_no_further() -> None:
    page = lines(40, 900)
    natural = tokens_of(page)
    assert squeeze_for(page, natural) == 1.0
    squeeze = squeeze_for(page, natural * 2 // 3)
    assert NARROWEST < squeeze < 0.72
    assert tokens_of(page, squeeze) <= natural * 2 // 3 < tokens_of(page, squeeze + 0.05)
    assert tokens_of(page, squeeze_for(page, natural * 7 // 20)) <= natural * 7 // 20  # nothing is cut off
    assert squeeze_for(page, 1) == pytest.approx(NARROWEST, abs=1e-3)


def test_a_token_is_worth_512_pixels_of_rows() -> None:
    (line,) = lines(1, 512 * 25 * 1.28 / 32 - 0.6 * 25)
    assert tokens_of([line]) == 1 and TOKEN_PX == 512


def test_every_line_gets_its_own_answer_whatever_the_batches() -> None:
    """The net answers with the symbol whose number is the row's ink."""
    grey = np.full((400, 1000), 255, np.uint8)
    found = [DetectedLine((10, 40 * i + 20), (50 + 90 * (i % 7), 40 * i + 20), 25.0, "text", 1.0) for i in range(9)]
    asked = []

    def net(ink: np.ndarray) -> list[np.ndarray]:
        asked.append(ink.shape)
        widths = [row[0].any(0).nonzero()[0].max(initial=0) for row in ink]
        parts = [answers([ord("a") if w else ord("b")] + [None] * (ink.shape[3] // 2 - 1)) for w in widths]
        return [np.stack(heads) for heads in zip(*parts, strict=True)]

    grey[40 * 3 + 15 : 40 * 3 + 25, 20:30] = 0  # ink on the fourth line alone
    texts = [read.text for read in recognise(net, ALPHABET, grey, found)]
    assert texts == ["b"] * 3 + ["a"] + ["b"] * 5
    assert all(shape[1:3] == (1, 32) and shape[3] % 32 == 0 for shape in asked)


def test_a_sloping_line_is_cut_straight() -> None:
    grey = np.full((200, 600), 255, np.uint8)
    for x in range(600):
        y = round(60 + 0.08 * x)
        grey[y - 2 : y + 3, x] = 0
    ink = cut(grey, Frame(20.0, 60 + 0.08 * 20, 0.08, 500.0, 32.0, stop=600), 480)
    middles = (ink.astype(float) * np.arange(32)[:, None]).sum(0) / ink.sum(0)
    assert ink.shape == (32, 480)
    assert np.abs(middles - 15.5).max() < 1


def test_beyond_the_line_and_the_page_there_is_paper() -> None:
    grey = np.zeros((40, 100), np.uint8)
    grey[:, :50] = 200
    ink = cut(grey, Frame(-20.0, 20.0, 0.0, 100.0, 32.0, stop=50), 100)
    assert np.ptp(ink) == 0


def test_light_text_on_dark_is_turned_over() -> None:
    ink = np.full((32, 100), 200.0)
    ink[10:20, 40:50] = 30
    assert stretch(ink)[15, 45] == 255 and stretch(ink)[0, 0] == 0
    assert (stretch(255 - ink) == stretch(ink)).all()
