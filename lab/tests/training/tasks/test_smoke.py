"""`sokdok train NAME` for every net of nano: two steps of the recipe as it ships, but for its size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from PIL import Image
from typer.testing import CliRunner, Result

from sokdok.cli import app
from sokdok.errors import InputError, ModelError
from sokdok.model.nano.formats.figures import UNREAD
from sokdok_lab.training import windows
from sokdok_lab.training.checkpoint import load_average
from sokdok_lab.training.nets import NETS
from sokdok_lab.training.recipe import find_recipe, load_recipe
from sokdok_lab.training.task import Folders, make_task
from sokdok_lab.training.tasks import figure_kind, recogniser, text_detector

SMALLER: dict[str, dict[str, Any]] = {
    "recogniser": {"batch": 2, "fresh": 1, "pool": 8, "page_height_px": 300},
    "handwriting": {"batch": 2, "fresh": 1, "pool": 8},
    "text_detector": {"batch": 1, "pool": 2, "turns": {"chart": 1, "table": 1, "page": 1}, "page_height_px": 300},
    "chart_texts": {"batch": 1},
    "chart_marks": {"pictures": 1, "crops": 1},
    "figure_kind": {"batch": 2, "pool": 2, "fresh": 1, "turns": {"geometry": 1, "graphic": 1, "sheet": 1}},
    "molecules": {"batch": 2},
    "geometry": {"figures": 1, "crops": 1, "strays": 5},
    "geometry_letters": {"figures": 1, "strays": 5},
}
NET_OF = {"text_detector": "lines"}
TASK_OF = {"handwriting": "recogniser"}


def smaller(name: str, folder: Path, steps: int = 2) -> Path:
    """The recipe of a net with two steps and few samples, as a file."""
    values = yaml.safe_load(find_recipe(name).read_text(encoding="utf-8")) | SMALLER[name]
    values["stages"] = [values["stages"][0] | {"steps": steps}]
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def charts(folder: Path) -> Path:
    """Fill a folder of charts: a bar and its name by two libraries, and pictures of what no reader reads."""
    for kind in ("chart", "picture", *UNREAD):
        (folder / "charts" / kind).mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (120, 90), "white")
    image.paste("blue", (40, 20, 60, 70))
    truth = {"peaks": {"near": [[40, 20, "bar"]], "far": [[60, 70, "bar"]], "tick": [[50, 70, "below"]]}}
    truth |= {"strokes": {"axis": [[[20, 70], [110, 70]]]}, "texts": [["A", 45, 80, 55, 80, 10, "category"]]}
    for library in ("matplotlib", "plotly"):
        image.save(folder / "charts" / "chart" / f"{library}.png")
        (folder / "charts" / "chart" / f"{library}.json").write_text(json.dumps({"library": library} | truth))
        for kind in ("picture", *UNREAD):
            image.save(folder / "charts" / kind / f"{library}.png")
    return folder / "charts"


def train(recipe: Path, out: Path, fonts: Path, corpus: Path, *options: str) -> Result:
    folders = ["--corpus", str(corpus), "--fonts", str(fonts), "--handwriting", str(fonts)]
    folders += ["--charts", str(charts(recipe.parent))]
    return CliRunner().invoke(app, ["train", str(recipe), "--out", str(out), *folders, "--threads", "1", *options])


@pytest.fixture
def few_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recogniser, "HELD_OUT_WINDOWS", 2)
    monkeypatch.setattr(windows, "PICTURES", 4)
    monkeypatch.setattr(figure_kind, "HELD_OUT", 1)
    monkeypatch.setattr(text_detector, "HELD_OUT_PICTURES", 1)


@pytest.mark.usefixtures("few_held_out")
@pytest.mark.parametrize("name", SMALLER)
def test_every_net_of_nano_is_trained_by_its_name(name: str, fonts: Path, corpus: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = train(smaller(name, tmp_path), run, fonts, corpus, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["step"] == 2
    (line,) = (run / "metrics.jsonl").read_text().splitlines()
    assert any(key.endswith("_accuracy") for key in json.loads(line))
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((run / "recipe.json").read_text())["task"] == TASK_OF.get(name, name)
    net = NETS[NET_OF.get(name, name)]()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    load_average(run, net)
    assert any(not torch.equal(value, before[key]) for key, value in net.state_dict().items())


@pytest.mark.parametrize("name", sorted(SMALLER.keys() - {"recogniser", "handwriting"}))
def test_a_batch_depends_on_its_number_alone(name: str, fonts: Path, corpus: Path, tmp_path: Path) -> None:
    folders = Folders(corpus, fonts, fonts, charts(tmp_path))
    task, again = (make_task(load_recipe(smaller(name, tmp_path)), folders) for _ in range(2))
    one, same, other = task.batch(3), again.batch(3), task.batch(4)
    assert all(torch.equal(one[key], same[key]) or one[key].isnan().any() for key in one)
    assert one["pixels"].shape != other["pixels"].shape or not torch.equal(one["pixels"], other["pixels"])


def test_a_net_goes_on_from_the_weights_of_another_run(fonts: Path, corpus: Path, tmp_path: Path) -> None:
    recipe = smaller("geometry_letters", tmp_path, steps=1)
    assert train(recipe, tmp_path / "first", fonts, corpus).exit_code == 0
    result = train(recipe, tmp_path / "second", fonts, corpus, "--init", str(tmp_path / "first"))
    assert result.exit_code == 0 and f"starting from weights of {tmp_path / 'first'}, 1 steps" in result.stderr


def test_a_net_goes_on_from_the_weights_of_nano(fonts: Path) -> None:
    from sokdok.model.nano.session import bundled_folder

    recipe = load_recipe(find_recipe("geometry_letters"), init=str(bundled_folder()))
    started, fresh = (
        make_task(load_recipe(find_recipe("geometry_letters"), **changes), Folders(fonts=fonts)).model
        for changes in ({"init": recipe.init}, {})
    )
    assert any(not torch.equal(a, b) for a, b in zip(started.parameters(), fresh.parameters(), strict=True))


def test_weights_that_are_none_are_named(fonts: Path, tmp_path: Path) -> None:
    recipe = load_recipe(find_recipe("geometry_letters"), init=str(tmp_path))
    with pytest.raises(ModelError, match="the folder neither of a nano nor of a training run"):
        make_task(recipe, Folders(fonts=fonts))


@pytest.mark.parametrize(
    ("name", "folders", "message"),
    [
        ("geometry", Folders(), r"--fonts DIR \(lab/scripts/fetch_fonts\.py"),
        ("recogniser", Folders(), r"--corpus DIR \(lab/scripts/fetch_corpus\.py"),
    ],
)
def test_a_folder_that_is_missing_is_named(name: str, folders: Folders, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_task(load_recipe(find_recipe(name)), folders)
