"""README and tutorials: short, in step in both languages, linked to what exists, true to the measured numbers."""

import re
from pathlib import Path

import beside_svg
import numbers_tables
import pytest

from fakes.docs import KOREAN, ROOT, blocks, without_comments

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
MOST_LINES = 120  # of a README


def headings(page: Path) -> list[int]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [len(match[1]) for match in re.finditer(r"^(#+) ", text, re.MULTILINE)]


def code_words(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", text))


def pictures(page: Path) -> list[str]:
    return [Path(target).name for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("english", "korean"), KOREAN.items(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_both_languages_say_the_same(english: Path, korean: Path) -> None:
    assert headings(english) == headings(korean)
    assert pictures(english) == pictures(korean)
    assert code_words(english) == code_words(korean), "options and states are named in both"
    ours, theirs = blocks(english), blocks(korean)
    assert [block.language for block in ours] == [block.language for block in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert without_comments(one) == without_comments(other), f"{one.place} and {other.place}"


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_a_readme_is_short_and_its_numbers_are_the_measured_ones(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert numbers_tables.table("headline", "ko" if ".ko" in name else "") in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"^```.*?^```$|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    made = {"reference/command-line.md", "reference/changes.md", "security.md"}
    for target in targets:
        if target and not re.match(r"[a-z]+:", target):
            where = (page.parent / target).resolve()
            known = where.exists() or where.relative_to(ROOT / "docs").as_posix() in made
            assert known, f"{page.relative_to(ROOT)} links to {target}"


def test_the_picture_beside_others_shows_the_measured_numbers() -> None:
    assert beside_svg.TARGET.read_text(encoding="utf-8") == beside_svg.picture(), "python docs/tools/beside_svg.py"


def test_every_table_of_numbers_says_where_it_is_from() -> None:
    for name in numbers_tables.names():
        found = numbers_tables.load(name)
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", found["date"]), name
        commands = (
            command.startswith(("sokdok bench ", "sokdok bulk plan ", "python scripts/", "pytest "))
            for command in found["commands"]
        )
        assert found["machine"] and all(commands), name
        assert {len(row) for row in found["rows"]} == {len(found["columns"])}, name


def test_the_version_is_the_same_everywhere() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## [{version}] - 20" in (ROOT / "CHANGELOG.md").read_text()


def test_the_threat_model_names_guards_and_tests_that_exist() -> None:
    rows = (ROOT / "docs" / "reference" / "threat-model.md").read_text(encoding="utf-8").splitlines()
    guards = [row.split(" | ") for row in rows if row.startswith("| ") and row.count(" | ") == 3]
    assert len(guards) > 15
    for _, _, files, tests in guards[1:]:
        for cell, folder in ((files, ROOT / "src" / "sokdok" / "server"), (tests, ROOT / "tests" / "server")):
            for name in re.findall(r"`([^`]+)`", cell):
                if not name.startswith("sokdok"):  # a command, or a room beside the server
                    assert (folder / name).exists() or (ROOT / name).exists(), name
