from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from string import Formatter
from typing import Any

import pytest

from sokdok.reasons import SENTENCES
from sokdok.server.page import FOLDER, SHEETS, load_assets

FILES = load_assets().files
MODULES = sorted(name for name in FILES if name.endswith(".js"))
TEXT = {name: asset.data.decode() for name, asset in FILES.items() if not name.startswith("examples/")}


def names_of(texts: Any, within: str = "") -> set[str]:
    if isinstance(texts, str) or set(texts) <= {"one", "other"}:
        return {within}
    return {name for key, value in texts.items() for name in names_of(value, f"{within}.{key}" if within else key)}


def texts(language: str) -> Any:
    return json.loads(TEXT[f"texts/{language}.json"])


def test_the_digest_is_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "index.html").write_text("<script src='{root}/app/a.js'>")
    (tmp_path / "app" / "a.js").write_text("1")
    before = load_assets(tmp_path, {})
    assert set(before.files) == {"index.html", "app/a.js", "style.css"}
    assert before.index.decode() == f"<script src='{before.root}/app/a.js'>"
    (tmp_path / "app" / "a.js").write_text("2")
    assert load_assets(tmp_path, {}).digest != before.digest


def test_sheets_are_one_and_what_others_build_on_is_first(tmp_path: Path) -> None:
    (tmp_path / "style").mkdir()
    for name in ("about", "base", "parts", "read", "shell"):
        (tmp_path / "style" / f"{name}.css").write_text(f"/* {name} */")
    (tmp_path / "index.html").write_text("<link rel=stylesheet href='{root}/style.css'>")
    files = load_assets(tmp_path, {}).files
    assert set(files) == {"index.html", "style.css"}, "nothing is painted before all sheets are there"
    assert {path.stem for path in (FOLDER / "style").iterdir()} == set(SHEETS)
    assert files["style.css"].data == b"/* base *//* shell *//* parts *//* read *//* about */"


def test_both_languages_say_everything() -> None:
    korean, english = names_of(texts("ko")), names_of(texts("en"))
    assert korean == english
    hangul = re.compile("[가-힣]")
    assert not [name for name in english if hangul.search(str(value_of("en", name)))]


def value_of(language: str, name: str) -> Any:
    value: Any = texts(language)
    for part in name.split("."):
        value = value[part]
    return value


def test_both_languages_fill_in_the_same() -> None:
    for name in names_of(texts("en")):
        filled = [set(re.findall(r"\{\w+\}", json.dumps(value_of(each, name)))) for each in ("ko", "en")]
        assert filled[0] == filled[1], name


def test_every_reason_has_a_text_and_fills_in_nothing_else() -> None:
    told = texts("ko")["reasons"]
    assert set(told) == set(SENTENCES)
    for code, text in told.items():
        blanks = {name for _, name, _, _ in Formatter().parse(SENTENCES[code])}
        assert set(re.findall(r"\{(\w+)\}", text)) <= blanks, code


@pytest.mark.parametrize("name", MODULES)
def test_modules_import_what_is_there_and_say_what_has_a_text(name: str) -> None:
    source = TEXT[name]
    for target in re.findall(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""", source):
        parts: list[str] = []
        for part in (PurePosixPath(name).parent / target).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        assert "/".join(parts) in FILES, f"{name} imports {target}"
    code = re.sub(r"(?m)^\s*(?://|\*|/\*).*$", "", source)
    said = set(re.findall(r"""\bt\(\s*["']([\w.]+)["']""", code))
    assert said <= names_of(texts("en")), f"no text for {sorted(said - names_of(texts('en')))}"


@pytest.mark.parametrize("name", sorted(set(TEXT) - {"icon.svg"}))
def test_nothing_runs_what_a_document_says_or_comes_from_elsewhere(name: str) -> None:
    dangerous = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(.style"
    assert not re.findall(dangerous, TEXT[name])
    assert not re.findall(r"""(?:https?:)?//(?!www\.w3\.org)[\w-]+\.\w+/""", re.sub(r"(?m)^\s*//.*$", "", TEXT[name]))
    assert not re.findall(r"<script(?![^>]*src=)|\sstyle=|<style", TEXT[name].replace("style={", ""))


def test_everything_the_index_names_is_there() -> None:
    named = re.findall(r"\{root\}/([\w./-]+)", TEXT["index.html"])
    assert named and set(named) <= set(FILES)
    assert {path.suffix for path in FOLDER.rglob("*") if path.is_file()} <= {".css", ".html", ".js", ".json", ".svg"}


def test_the_page_has_its_numbers_in_both_languages() -> None:
    found = json.loads((FOLDER / "measured.json").read_text(encoding="utf-8"))
    assert len(found["rows"]) == len(found["rows_ko"]) and len(found["columns"]) == len(found["columns_ko"])
