"""Which lines are read as print, which as handwriting, and which show through the paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sokdok.model.nano.formats.lines import Frame, cut, stretch
from sokdok.model.nano.session import bundled_folder
from sokdok.reading.nano import line_reader
from sokdok.reading.nano.line_reader import LineReader, pale_lines, read_with_marks, recognise
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine

Lines = list[DetectedLine]


def said(text: str, probability: float, first: float = 5.0) -> LineText:
    places = first + 10.0 * np.arange(len(text), dtype=np.float32)
    return LineText(text, places, np.full(len(text), probability, np.float32))


def test_lines_that_are_unsure_as_print_count_as_written_where_more_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print of two letters, surely, says less of a line than four letters in a hand, somewhat less surely."""
    reader = LineReader(bundled_folder(), threads=1)
    lines = [DetectedLine((0, 20 * at), (90, 20 * at), 12.0, "text", 0.9) for at in range(1, 4)]
    written: list[DetectedLine] = []

    def recognise(net: object, decoder: object, gray: object, found: Lines, *asked: object) -> list[LineText]:
        if net == reader._recognise:
            return [said("a", 0.95), said("type", 0.7), said("in", 0.7)][: len(found)]
        written.extend(found)
        return [said("hand", 0.6) for _ in found]

    monkeypatch.setattr(line_reader, "recognise", recognise)
    gray = np.zeros((90, 90), np.uint8)
    texts = reader.with_hands(gray, lines, reader.as_print(gray, lines))
    assert [text.text for text in texts] == ["a", "type", "hand"]
    assert [lines.index(line) for line in written] == [1, 2]


def test_a_line_shorter_than_a_word_is_no_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = LineReader(bundled_folder(), threads=1)
    lines = [DetectedLine((0, y), (width, y), 12.0, "text", 0.9) for y, width in ((20, 90), (40, 6))]
    monkeypatch.setattr(line_reader, "recognise", lambda net, decoder, gray, found, *_: [said("a", 0.9)] * len(found))
    texts = reader.with_hands(np.zeros((60, 90), np.uint8), lines, [said("x", 0.4), said("=", 0.4)])
    assert [text.text for text in texts] == ["a", "="]


def page(levels: list[int], paper: int = 240) -> tuple[np.ndarray, list[DetectedLine]]:
    """A page with a line of each grey, 20 pixels apart, its letters bars of two pixels."""
    gray = np.full((20 * len(levels) + 20, 200), paper, np.uint8)
    for at, level in enumerate(levels):
        gray[20 * at + 16 : 20 * at + 24, 20:180:8] = level
    return gray, [DetectedLine((16, y), (184, y), 12.0, "text", 0.9) for y in range(20, len(gray), 20)]


@pytest.mark.parametrize(
    ("levels", "paper", "pale"),
    [
        ([20, 30, 40, 210, 200], 240, [False, False, False, True, True]),
        ([20, 30, 150, 140], 240, [False] * 4),  # pencil beside ink
        ([200, 210, 205], 240, [False] * 3),  # a page in pencil
        ([20, 30, 40, 60], 240, [False] * 4),
        ([240, 230, 235, 45], 20, [False, False, False, True]),  # white on black
    ],
)
def test_lines_much_paler_than_most_show_through(levels: list[int], paper: int, pale: list[bool]) -> None:
    assert pale_lines(*page(levels, paper)).tolist() == pale


def test_no_lines_and_lines_outside_the_page_are_no_error() -> None:
    gray, lines = page([20])
    assert pale_lines(gray, []).tolist() == []
    outside = DetectedLine((500, 20), (600, 20), 12.0, "text", 0.9)
    assert pale_lines(gray, [*lines, outside]).tolist() == [False, True]


def lines(count: int, length: float) -> list[DetectedLine]:
    return [DetectedLine((0, 40 * i + 20), (length, 40 * i + 20), 25.0, "text", 1.0) for i in range(count)]


def test_rows_are_squeezed_until_they_fit_and_no_further() -> None:
    page = lines(40, 900)
    natural = line_reader.tokens_of(page)
    assert line_reader.squeeze_for(page, natural) == 1.0
    squeeze = line_reader.squeeze_for(page, natural * 2 // 3)
    assert line_reader.NARROWEST < squeeze < 0.72
    assert line_reader.tokens_of(page, squeeze) <= natural * 2 // 3 < line_reader.tokens_of(page, squeeze + 0.05)
    squeeze = line_reader.squeeze_for(page, natural * 7 // 20)
    assert line_reader.tokens_of(page, squeeze) <= natural * 7 // 20  # nothing is cut off
    assert line_reader.squeeze_for(page, 1) == pytest.approx(line_reader.NARROWEST, abs=1e-3)
    assert line_reader.tokens_of(lines(1, 512 * 25 * 1.28 / 32 - 0.6 * 25)) == 1 and line_reader.TOKEN_PX == 512


def test_every_line_gets_its_own_text_whatever_the_batches() -> None:
    """The net says where a line has ink, the decoder how many frames have."""
    grey = np.full((400, 1000), 255, np.uint8)
    found = [DetectedLine((10, 40 * i + 20), (50 + 90 * (i % 7), 40 * i + 20), 25.0, "text", 1.0) for i in range(9)]
    asked = []

    def net(ink: np.ndarray) -> list[np.ndarray]:
        asked.append(ink.shape)
        return [ink[:, 0].any(1)[:, ::2]]

    def decoder(logits: list[np.ndarray]) -> LineText:
        at = np.flatnonzero(logits[0]).astype(np.float32)
        return LineText("1" * bool(len(at)), at[:1], np.ones(len(at[:1]), np.float32))

    grey[40 * 3 + 15 : 40 * 3 + 25, 70:80] = 0  # ink on the fourth line alone
    texts = recognise(net, decoder, grey, found)
    assert [read.text for read in texts] == [""] * 3 + ["1"] + [""] * 5
    assert texts[3].places[0] == pytest.approx(70 - 10, abs=2)  # in pixels of the page from the line's left
    assert all(shape[1:3] == (1, 32) and shape[3] % 32 == 0 for shape in asked)


def test_an_unsure_line_is_read_by_the_mean_of_its_views(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net is certain of the last picture of a batch alone: of one line of two, and of one view of five."""
    gray, found = page([20, 30])
    asked, reader = list[int](), LineReader(bundled_folder(), threads=1)

    def net(ink: np.ndarray, net: str = "") -> list[np.ndarray]:
        asked.append(len(ink))
        return [np.eye(len(ink))[-1][:, None, None] * np.ones((1, ink.shape[3] // 2, 1))]

    monkeypatch.setattr(reader, "_recognise", net)
    monkeypatch.setattr(reader, "_decode", lambda logits: said("a", float(logits[0].mean())))
    monkeypatch.setattr(line_reader, "weighed", lambda decoder, prior: reader._decode)
    texts = reader.as_print(gray, found, 1.0, line_reader.VIEWS)
    assert asked == [2, 5] and sorted(float(text.confidence) for text in texts) == pytest.approx([0.2, 1.0])


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


EM, LEFT, TOP, PITCH = 20.0, 100.0, 60.0, 30.0


def line(left: float, y: float, right: float) -> DetectedLine:
    return DetectedLine((left, y), (right, y), EM, "text", 1.0)


MARK, ITEM = line(70, TOP, 80), line(LEFT, TOP, 400)


def read(found: Sequence[DetectedLine], sure: float, again: LineText) -> list[tuple[str, float]]:
    texts = [said("o", sure) if one is MARK else said("item", 1.0) for one in found]
    lines, told = read_with_marks(found, texts, lambda longer: [again for _ in longer])
    return [(text.text, one.left[0]) for one, text in zip(lines, told, strict=True)]


def test_a_doubtful_mark_is_read_with_its_line() -> None:
    assert read([MARK, ITEM], 0.4, said("○ item", 0.9)) == [("○ item", 70.0)]
    # One that is surely read, or that its line does not show, stays by itself.
    assert read([MARK, ITEM], 0.8, said("○ item", 0.9)) == [("o", 70.0), ("item", 100.0)]
    assert read([MARK, ITEM], 0.4, said("item", 0.9, first=35.0)) == [("o", 70.0), ("item", 100.0)]


def test_a_doubtful_mark_far_from_text_or_below_it_or_nearer_to_what_is_before_it_stays_by_itself() -> None:
    far, below = line(200, TOP, 400), line(LEFT, TOP + PITCH, 400)
    for found in ([MARK, far, below], [line(10, TOP, 60), MARK, ITEM]):
        assert len(read(found, 0.4, said("○ item", 0.9))) == 3
