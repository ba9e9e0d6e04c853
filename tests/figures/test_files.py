"""Figures to files, and who reads them."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from fakes.figures import TEXTS, Says
from fakes.figures.drawings import picture
from sokdok.errors import ModelError
from sokdok.figures.files import Claim, Names, save_figure, write_index
from sokdok.figures.parse import parse_figure
from sokdok.figures.readers import MOST_PX, NanoFigures, PromptedFigures, figure_reader
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.model.nano.session import bundled_folder
from sokdok.pages.page import Page
from sokdok.reading.reading import Abilities, Reading


@pytest.mark.parametrize(
    ("kind", "endings"),
    [
        ("chart", {".csv", ".xlsx", ".html", ".redrawn.png"}),
        ("table", {".csv", ".xlsx", ".html", ".md"}),
        ("molecule", {".svg"}),
        ("geometry", {".svg", ".txt"}),
        ("handwriting", {".txt"}),
    ],
)
def test_files_of_each_kind(tmp_path: Path, kind: str, endings: set[str]) -> None:
    for extra in ("rdkit", "openpyxl", "matplotlib"):
        pytest.importorskip(extra)
    image = Image.new("RGB", (90, 60), "white")
    figure = parse_figure(image, kind, Says(TEXTS[kind]))
    assert save_figure(figure, image, Claim(tmp_path, "그림 1"), "ko") == []
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"그림 1{ending}" for ending in (*endings, ".png", ".json")}
    record = json.loads((tmp_path / "그림 1.json").read_text(encoding="utf-8"))
    assert record["kind"] == kind and set(record["files"]) == names - {"그림 1.json"}
    assert all((tmp_path / name).stat().st_size for name in names)


def test_a_figure_that_is_not_valid_leaves_its_picture_and_the_reason(tmp_path: Path) -> None:
    save_figure(parse_figure(picture(), "table", Says("")), picture(), Claim(tmp_path, "x"))
    assert {path.name for path in tmp_path.iterdir()} == {"x.png", "x.json"}
    assert "photograph" in write_index(tmp_path).read_text(encoding="utf-8")
    for kind in ("table", "handwriting"):  # files of an earlier reading as another kind go
        save_figure(parse_figure(IMAGE, kind, Says(TEXTS[kind])), IMAGE, Claim(tmp_path, "x"))
    assert {path.name for path in tmp_path.iterdir()} == {"x.png", "x.json", "x.txt", "index.html"}


def test_links_in_the_folder_are_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("x.json", "x.png", "x.txt", "x.csv", "x.png.tmp", "index.html"):
        (folder / name).symlink_to(victim)
    save_figure(parse_figure(IMAGE, "handwriting", Says("a")), IMAGE, Claim(folder, "x"))
    write_index(folder)
    assert victim.read_text() == "precious" and not any(path.is_symlink() for path in folder.iterdir())


def test_the_index_shows_all_figures_and_runs_no_script(tmp_path: Path) -> None:
    image = Image.new("RGB", (90, 60), "white")
    script = "<script>alert(1)</script>"
    for kind, text in (("table", f"<table><tr><td>{script}&lt;script&gt;</td></tr></table>"), ("handwriting", script)):
        save_figure(parse_figure(image, kind, Says(text)), image, Claim(tmp_path, f"{kind}<b>?#"))
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert page.count("<section>") == 2 and "<script" not in page and "<b>" not in page
    assert 'src="./table%3Cb%3E%3F%23.png"' in page


FOREIGN = [
    "{",
    '{"source": {"path": "/a.png", "page": 0}}',
    '{"kind": "table", "text": "", "files": 3, "result": []}',
    '{"kind": 1, "text": {}, "files": {}, "result": {"valid": true}}',
    "[" * 100_000,
    "\ud800",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_json_of_other_programs_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    (tmp_path / "folder.json").mkdir()
    assert "<section>" not in write_index(tmp_path).read_text(encoding="utf-8")


def named(folder: Path, *paths: str, **options: bool) -> list[str]:
    """Claim names for files in one run."""
    names = Names(folder)
    return [names.claim(folder.parent / path, **options).stem for path in paths]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_names_are_given_once_and_found_again(folder: Path) -> None:
    assert named(folder, "a.png", "x/a.png", "a-2.png", "a.jpg") == ["a", "a-2", "a-2-2", "a-3"]
    assert named(folder, "x/a.png", "y/a.png", "a.png", "a.png") == ["a-2", "a-4", "a", "a-5"]
    for number in ("", "-2"):  # what came through a pipe is never the same again
        assert named(folder, "standard input", kept=False) == [f"standard input{number}"]
    (folder / "b.json").symlink_to(folder / "nowhere")
    names = Names(folder)
    assert [names.claim(Path("b.pdf"), page).stem for page in range(3)] == ["b-2", "b-2-2", "b-3"]


@pytest.mark.parametrize("ending", [".png", ".csv", ".redrawn.png", ".txt", ".json"])
def test_files_of_other_programs_are_left_alone_and_so_is_the_index(folder: Path, ending: str) -> None:
    (folder / f"a{ending}").write_text("precious")
    assert named(folder, "a.png", "index.png", "Index.pdf") == ["a-2", "index-2", "Index-2"]
    (stem,) = named(folder, "가" * 83 + ".png")  # 255 bytes leave room for endings
    assert Claim(folder, stem).path(".redrawn.png.tmp").name.startswith("가") and len(stem.encode()) <= 150


IMAGE = Image.new("RGB", (40, 30), "white")


class Asked:
    """A reader of a family that notes its prompts."""

    name = "asked"

    def __init__(self, family: str | None, **answer: Any) -> None:
        self.abilities, self.answer = Abilities(family=family), {"status": "ok", "text": "said"} | answer
        self.prompts: list[str] = []

    def read(self, pages: Iterable[Page], prompt: str = "", **options: Any) -> Iterator[Reading]:
        for index, page in enumerate(pages):
            self.prompts.append(prompt)
            yield Reading(index, page.source, **self.answer)


class Lines:
    """Finds two lines everywhere."""

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        assert pixels.dtype == np.uint8 and pixels.shape[2] == 3 and pixels[..., 0].size <= MOST_PX
        return [TextLine(Box(1, 1, 20, 9), "abc", 1.0), TextLine(Box(1, 15, 20, 25), "d", 0.2)]


@pytest.mark.parametrize(
    ("family", "kind", "words"),
    [
        ("deepseek-ocr", "chart", "Parse the figure."),
        ("deepseek-ocr", "table", "Convert the document to markdown."),
        ("deepseek-ocr", "handwriting", "Free OCR."),
        ("unlimited-ocr", "molecule", "Parse the figure."),
        ("unlimited-ocr", "table", "document parsing."),
        (None, "molecule", "Give the SMILES"),
        (None, "table", "one HTML table"),
    ],
)
def test_models_are_asked_in_the_words_they_know(family: str | None, kind: str, words: str) -> None:
    reader = Asked(family)
    assert figure_reader(reader).read_figure(IMAGE, kind).text == "said"
    assert words in reader.prompts[0]


def test_a_reading_that_broke_off_says_so() -> None:
    cut = PromptedFigures(Asked(None, status="truncated", mean_logprob=-0.5)).read_figure(IMAGE, "chart")
    assert cut.error == "broken off at the length limit" and cut.confidence == pytest.approx(0.607, abs=1e-3)
    lost = PromptedFigures(Asked(None, status="failed", text="", error="no answer")).read_figure(IMAGE, "chart")
    assert (lost.text, lost.error) == ("", "no answer")


def test_nano_reads_handwriting_and_tables_by_their_lines_even_from_a_large_picture() -> None:
    said = NanoFigures(Path("nowhere"), Lines()).read_figure(IMAGE, "handwriting")
    assert said.text == "abc\nd" and said.confidence == pytest.approx((3 * 1.0 + 0.2) / 4), "weighed by length"
    said = NanoFigures(Path("nowhere"), Lines()).read_figure(Image.new("RGB", (3000, 2000), "white"), "table")
    assert said.text.startswith("<table><tr>") and "abc" in said.text and "d" in said.text and not said.doubt


class Receipt:
    """Pieces of rows, each a little higher than the one to its left, as a slanted photograph gives them."""

    ROWS = ("Corner shop", "12 Harbour Road", "milk 1 l|2|5,900", "noodles|1|4,180", "bananas|1|3,990",
            "rice 10 kg|1|31,900", "soap|3|2,700", "Total|8|48,670", "Thank you!")  # fmt: skip

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        places = [
            (150 * x, 26 * y - 3 * x, text) for y, row in enumerate(self.ROWS) for x, text in enumerate(row.split("|"))
        ]
        lines = [TextLine(Box(20 + x, 40 + y, 20 + x + 10 * len(text), 60 + y), text) for x, y, text in places]
        return sorted(lines, key=lambda line: line.box.top)


def test_rows_are_read_from_left_to_right() -> None:
    found = NanoFigures(Path("none"), Receipt()).read_figure(Image.new("RGB", (500, 420), "white"), "handwriting")
    assert found.text.splitlines() == [row.replace("|", " ") for row in Receipt.ROWS]


def test_a_text_on_its_side_is_read_as_the_straight_one() -> None:
    image = Image.new("RGB", (900, 400), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(26)
    texts = ("Dear neighbours of the harbour,", "we meet on Sunday the 14th,", "and bring our chairs.")
    for row, text in enumerate(texts):
        draw.text((60, 60 + 60 * row), text, "black", font)
    nano = NanoFigures(bundled_folder())
    straight, turned = (nano.read_figure(each, "handwriting") for each in (image, image.rotate(90, expand=True)))
    assert straight.text.splitlines()[1].startswith("we meet on Sunday")
    assert turned.text == straight.text and turned.confidence > 0.8


def test_a_net_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no molecules\.onnx"):
        NanoFigures(tmp_path).read_figure(IMAGE, "molecule")
    (tmp_path / "geometry.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"can't load .*geometry\.onnx"):
        NanoFigures(tmp_path).read_figure(IMAGE, "geometry")
