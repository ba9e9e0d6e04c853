"""Names of figures' files: no result takes another's place, and a figure finds its own again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sokdok.figures.names import Claim, Names


def named(folder: Path, *paths: str, **options: bool) -> list[str]:
    """Claim names for files in one run."""
    names = Names(folder)
    return [names.claim(folder.parent / path, **options).stem for path in paths]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_a_numbered_name_is_not_given_twice(folder: Path) -> None:
    assert named(folder, "a.png", "x/a.png", "a-2.png", "a.jpg") == ["a", "a-2", "a-2-2", "a-3"]


def test_a_later_run_finds_its_names_and_takes_no_others(folder: Path) -> None:
    first = named(folder, "a.png", "x/a.png", "b.png")
    assert named(folder, "x/a.png", "y/a.png", "a.png", "b.png") == [first[1], "a-3", first[0], first[2]]


def test_the_same_file_named_twice_has_two_results(folder: Path) -> None:
    assert named(folder, "a.png", "a.png") == ["a", "a-2"] == named(folder, "a.png", "a.png")


def test_what_came_through_a_pipe_is_never_the_same_again(folder: Path) -> None:
    assert named(folder, "standard input", kept=False) == ["standard input"]
    assert named(folder, "standard input", kept=False) == ["standard input-2"]


@pytest.mark.parametrize("ending", [".png", ".csv", ".redrawn.png", ".txt", ".json"])
def test_files_of_other_programs_are_left_alone(folder: Path, ending: str) -> None:
    (folder / f"a{ending}").write_text("precious")
    assert named(folder, "a.png") == ["a-2"]


def test_a_link_that_leads_nowhere_is_in_the_way_too(folder: Path) -> None:
    (folder / "a.json").symlink_to(folder / "nowhere")
    assert named(folder, "a.png") == ["a-2"] and not (folder / "nowhere").exists()


@pytest.mark.parametrize("name", ["index.png", "Index.pdf"])
def test_no_figure_takes_the_place_of_the_index(folder: Path, name: str) -> None:
    assert named(folder, name) == [f"{Path(name).stem}-2"]


def test_pages_of_a_file_are_numbered(folder: Path) -> None:
    names = Names(folder)
    assert [names.claim(Path("a.pdf"), page).stem for page in range(3)] == ["a", "a-2", "a-3"]


def test_names_of_255_bytes_leave_room_for_endings(folder: Path) -> None:
    (stem,) = named(folder, "가" * 83 + ".png")
    assert Claim(folder, stem).path(".redrawn.png.tmp").name.startswith("가") and len(stem.encode()) <= 150
