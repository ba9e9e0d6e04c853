"""A figure's files, the page that shows them, and what else may lie in their folder.

Names of figures' files: no result takes another's place, and a figure finds its own again.
"""

import json
from pathlib import Path

import pytest
from PIL import Image

from fakes.figures import TEXTS, Says
from fakes.figures.drawings import picture
from sokdok.figures.files import Claim, Names, save_figure, write_index
from sokdok.figures.parse import parse_figure


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


def test_files_of_an_earlier_reading_as_another_kind_go(tmp_path: Path) -> None:
    image = Image.new("RGB", (90, 60), "white")
    for kind in ("table", "handwriting"):
        save_figure(parse_figure(image, kind, Says(TEXTS[kind])), image, Claim(tmp_path, "x"))
    assert {path.name for path in tmp_path.iterdir()} == {"x.png", "x.json", "x.txt"}


def test_links_in_the_folder_are_not_followed(tmp_path: Path) -> None:
    image = Image.new("RGB", (90, 60), "white")
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("x.json", "x.png", "x.txt", "x.csv", "x.png.tmp", "index.html"):
        (folder / name).symlink_to(victim)
    save_figure(parse_figure(image, "handwriting", Says("a")), image, Claim(folder, "x"))
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
def test_files_of_other_programs_are_left_alone(folder: Path, ending: str) -> None:
    (folder / f"a{ending}").write_text("precious")
    assert named(folder, "a.png") == ["a-2"]


@pytest.mark.parametrize("name", ["index.png", "Index.pdf"])
def test_no_figure_takes_the_place_of_the_index(folder: Path, name: str) -> None:
    assert named(folder, name) == [f"{Path(name).stem}-2"]


def test_names_of_255_bytes_leave_room_for_endings(folder: Path) -> None:
    (stem,) = named(folder, "가" * 83 + ".png")
    assert Claim(folder, stem).path(".redrawn.png.tmp").name.startswith("가") and len(stem.encode()) <= 150
