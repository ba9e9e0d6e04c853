"""The structure network is trained by its recipe's name, from shards of pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import yaml
from typer.testing import CliRunner

from sokdok.cli import app
from sokdok_lab.structure.generate import document_pages, picture_folder, write
from sokdok_lab.structure.texts import Words
from sokdok_lab.training.recipe import find_recipe, load_recipe
from sokdok_lab.training.task import Folders, make_task

engine = pytest.importorskip("sokdok_lab.structure.engines.typst", reason="needs typst", exc_type=ImportError)
TEXT = ["A sentence that is long enough to fill more than one line of a page. " * 3, "Short words"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    words = {language: Words(TEXT, language) for language in ("en", "ko", "de", "fr", "ja")}
    drawn = picture_folder(folder / "drawn")
    made = [page for seed in (0, 1, 2, 4) for page in document_pages(seed, words, engine.pdf, drawn)]
    write(folder / "typst-00000.npz", made)
    return folder


def recipe(folder: Path) -> Path:
    values = yaml.safe_load(find_recipe("structure").read_text(encoding="utf-8"))
    values |= {"width": 32, "measured": 2, "pairs": 9000, "stages": [{"steps": 2}]}
    (folder / "structure.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return folder / "structure.yaml"


def test_the_network_is_trained_by_its_name_and_goes_on(pages: Path, tmp_path: Path) -> None:
    order = ["train", str(recipe(tmp_path)), "--pages", str(pages), "--threads", "1", "--workers", "0", "--json"]
    result = CliRunner().invoke(app, [*order, "--out", str(tmp_path / "run")])
    assert result.exit_code == 0, result.stderr
    outcome = json.loads(result.stdout)
    assert outcome["step"] == 2 and outcome["validation"]["grammars"]["role"] > 0
    again = CliRunner().invoke(app, [*order, "--out", str(tmp_path / "more"), "--init", str(tmp_path / "run")])
    assert again.exit_code == 0 and "starting from weights of" in again.stderr


def test_a_batch_depends_on_its_number_alone(pages: Path, tmp_path: Path) -> None:
    one, again = (make_task(load_recipe(recipe(tmp_path)), Folders(pages=pages)) for _ in range(2))
    first, same, other = one.batch(3), again.batch(3), one.batch(4)
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert first["place"].shape != other["place"].shape or not torch.equal(first["place"], other["place"])


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["train", "structure", "--pages", str(tmp_path), "--out", str(tmp_path / "run")])
    assert result.exit_code == 2 and "holds no pages" in result.stderr
