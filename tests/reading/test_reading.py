"""Readings and their confidence, and prompts."""

import json
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sokdok.errors import InputError, ModelError
from sokdok.imaging.box import Box
from sokdok.layout.text_line import LEGIBLE, TextLine, is_legible, lines_confidence
from sokdok.pages import Page
from sokdok.pages.textlayer import Word
from sokdok.reading import Abilities, Reader, Reading, Sampling, load, read
from sokdok.reading.prompts import TASKS, default_task, prompt_for
from sokdok.reading.reading import FLOOR, Calibration, doubt, read_inputs

ALL = Abilities(modes=("tiny", "base"), decoders=("parallel",), sampling=True, max_tokens=True)


@pytest.fixture(scope="module")
def nano() -> Reader:
    return load()


def test_what_is_listed_is_honoured_and_what_is_not_refused_by_name_with_the_choices_there_are() -> None:
    ALL.check("it", mode="base", decoder="parallel", sampling=Sampling(), max_tokens=5)
    Abilities().check("it", mode=None, decoder=None, sampling=None, max_tokens=None, speed=None)  # left to the reader
    assert all(ALL.takes(option) for option in ("mode", "decoder", "sampling", "max_tokens"))
    for option in ("mode", "decoder", "sampling", "max_tokens", "speed"):
        assert not Abilities().takes(option)
        with pytest.raises(InputError, match=f"^it takes no {option}$"):
            Abilities().check("it", **{option: "any"})
    for option, choices in (("mode", "tiny, base"), ("decoder", "parallel")):
        with pytest.raises(InputError, match=f"^it has no {option} 'huge'; choose one of {choices}$"):
            ALL.check("it", **{option: "huge"})


def test_nano_gives_each_page_what_its_lines_need(nano: Reader) -> None:
    able = nano.abilities
    assert able.chooses_mode and able.modes == ("tiny", "small", "base", "large")
    assert able.alphabet is not None and able.lines is not None and able.figure_nets is not None
    assert able.family is None and able.layout_task == "markdown" and set(able.tasks) < set(TASKS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "gundam"}, "nano has no mode 'gundam'; choose one of tiny"),
        ({"prompt": "what is the total?"}, "nano follows no prompts: it reads what stands on a page"),
        ({"decoder": "psychic"}, "nano has no decoder 'psychic'; choose one of auto"),
        ({"sampling": Sampling(1.0)}, "nano takes no sampling"),
        ({"max_tokens": 5}, "nano takes no max_tokens"),
    ],
)
def test_nano_refuses_by_name(nano: Reader, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        next(nano.read([], **options))  # type: ignore[arg-type]


def test_an_endpoint_has_the_abilities_of_its_preset() -> None:
    pytest.importorskip("httpx")
    from sokdok.reading.remote.reader import RemoteReader

    with RemoteReader("http://127.0.0.1:9/v1", "deepseek-ocr") as reader:
        able = reader.abilities
        assert (able.family, able.layout_task, able.chooses_mode) == ("deepseek-ocr", "markdown", True)
        assert "gundam" in able.modes and not able.decoders and able.alphabet is None
    with RemoteReader("http://127.0.0.1:9/v1", "some-vlm") as reader:
        assert reader.abilities == Abilities()
        with pytest.raises(InputError, match="some-vlm takes no mode"):
            next(reader.read([], mode="base"))


@pytest.mark.parametrize("numbers", [{"temperature": -1.0}, {"top_p": 0.0}, {"top_p": 1.5}])
def test_numbers_of_sampling_that_mean_nothing(numbers: dict[str, float]) -> None:
    with pytest.raises(InputError, match="temperature must not be negative"):
        Sampling(**numbers)


BLANK = Image.new("RGB", (8, 8), "white")


def report() -> Image.Image:
    image = Image.new("RGB", (260, 64), "white")
    ImageDraw.Draw(image).text((12, 16), "Report of 1999", fill="black", font=ImageFont.load_default(24))
    return image


def two_at_a_time(pages: Iterator[Page]) -> Generator[Reading, None, None]:
    """A reader that takes two pages before it answers."""
    for place, page in enumerate(pages):
        if place % 2:
            yield from (Reading(number, page.source, "ok", str(number)) for number in (place - 1, place))


def test_a_page_that_can_not_be_opened_has_its_place(tmp_path: Path) -> None:
    lost = tmp_path / "lost.png"
    readings = list(read_inputs([lost, BLANK, lost, BLANK, lost], two_at_a_time))
    assert [reading.page for reading in readings] == [0, 1, 2, 3, 4]
    assert [reading.status for reading in readings] == ["failed", "ok", "failed", "ok", "failed"]
    assert [reading.text for reading in readings] == ["", "0", "", "1", ""]
    assert readings[0].error == f"{lost}: no such file"


def test_closing_early_closes_the_reader() -> None:
    closed = []

    def endless(pages: Iterator[Page]) -> Generator[Reading, None, None]:
        try:
            for place, page in enumerate(pages):
                yield Reading(place, page.source, "ok", "")
        finally:
            closed.append(True)

    readings = read_inputs([BLANK, BLANK], endless)
    next(readings)
    readings.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_nano_takes_a_picture_an_array_a_file_and_its_content(tmp_path: Path) -> None:
    path = tmp_path / "report.png"
    report().save(path)
    inputs = [report(), np.asarray(report()), path, str(path), path.read_bytes()]
    assert [reading.text for reading in load().read(inputs)] == ["Report of 1999"] * 5
    (alone,) = read(path)
    assert (alone.text, alone.source, alone.page) == ("Report of 1999", str(path), 0)


def test_what_is_no_input_is_said_before_anything_is_read() -> None:
    with pytest.raises(InputError, match="a PIL image, an array of pixels or a Page was expected"):
        read(5)  # type: ignore[arg-type]


BOX = Box(0, 0, 10, 10)


def test_a_line_is_as_sure_as_its_words_and_floors_part_what_is_delivered_doubted_and_noise() -> None:
    words = (Word("abcd", BOX, 10, 10, confidence=1.0), Word("ef", BOX, 10, 10, confidence=0.4))
    assert lines_confidence([TextLine(BOX, "abcd ef", 0.9, words=words)]) == pytest.approx(0.8)
    assert lines_confidence([TextLine(BOX, "abcd", 0.9)]) == pytest.approx(0.9)
    assert lines_confidence([]) is None
    assert doubt(None) == doubt(FLOOR) == ""
    assert doubt(0.31) == "hardly legible (confidence 0.31): check what stands there" and is_legible(0.31)
    assert doubt(0.07) == "not legible (confidence 0.07)" and not is_legible(0.07)
    assert is_legible(LEGIBLE) and is_legible(None)


def test_a_word_is_as_sure_as_its_symbols_and_line_by_the_curve_or_a_net_is_taken_at_its_word(tmp_path: Path) -> None:
    path = tmp_path / "confidence.json"
    path.write_text(json.dumps({"said": [0.2, 0.6, 1.0], "right": [0.0, 0.1, 0.9]}))
    curve = Calibration.load(path)
    sure, unsure = np.array([0.9, 1.0, 0.8]), np.array([0.2, 0.4])
    assert curve.word(sure, np.array([1.0])) == pytest.approx(0.1 + 0.8 * (0.81 - 0.6) / 0.4)
    assert curve.word(sure, np.array([0.8, 0.6])) < curve.word(sure, sure)
    assert curve.word(unsure, unsure) == curve.word(np.zeros(0), sure) == 0.0
    curve, ones = Calibration.load(tmp_path / "none.json"), np.ones(4)
    assert curve.word(ones, ones) == 1.0 and curve.word(ones / 2, ones) == pytest.approx(0.25)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"said": [0, 1]}', '{"said": [0, 1], "right": [1, 0]}', '{"said": [0, 2], "right": [0, 1]}']
)
def test_what_is_no_rising_curve_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "confidence.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=r"confidence\.json is no calibration"):
        Calibration.load(path)


@pytest.mark.parametrize(
    ("task", "prompt"),
    [
        ("markdown", "<image>\n<|grounding|>Convert the document to markdown."),
        ("ocr", "<image>\n<|grounding|>OCR this image."),
        ("free", "<image>\nFree OCR."),
        ("figure", "<image>\nParse the figure."),
        ("describe", "<image>\nDescribe this image in detail."),
        ("document", "<image>document parsing."),
        ("pages", "<image>Multi page parsing."),
    ],
)
def test_published_wording(task: str, prompt: str) -> None:
    assert prompt_for(task) == prompt


def test_locate_puts_the_text_between_its_marks() -> None:
    assert prompt_for("locate", " 합계 {0} ") == "<image>\nLocate <|ref|>합계 {0}<|/ref|> in the image."


@pytest.mark.parametrize(
    ("task", "text", "said"),
    [
        *(("locate", text, "'locate' needs the text to look for") for text in (None, "", "  \n")),
        *((name, "total", f"'{name}' takes no text") for name in TASKS if name != "locate"),
        ("markdwn", None, r"unknown task 'markdwn': did you mean markdown\? choose one of markdown, ocr"),
        ("Page", None, r"unknown task 'Page': did you mean pages\? choose one of markdown, ocr"),
        ("figures", None, r"unknown task 'figures': did you mean figure\? choose one of markdown, ocr"),
        ("xyzzy", None, "unknown task 'xyzzy'; choose one of markdown, ocr"),
    ],
)
def test_what_a_task_lacks_or_does_not_take_is_said_and_of_an_unknown_one_the_nearest(
    task: str, text: str | None, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        prompt_for(task, text)


@pytest.mark.parametrize(
    ("family", "tasks"),
    [
        ("deepseek-ocr", ["markdown", "ocr", "free", "figure", "describe", "locate"]),
        ("deepseek-ocr-2", ["markdown", "free"]),
        ("unlimited-ocr", ["document", "pages"]),
    ],
)
def test_each_family_has_its_tasks_and_a_default_among_them(family: str, tasks: list[str]) -> None:
    assert [task.name for task in TASKS.values() if family in task.families] == tasks
    assert default_task(family) == tasks[0]


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(InputError, match="unknown family 'deepseek-ocr2': did you mean deepseek-ocr"):
        default_task("deepseek-ocr2")
