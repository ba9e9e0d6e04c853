"""The smoke recipe: a small model learns, a run that was ended goes on, and what can't go on says why."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner, Result

from sokdok.cli import app
from sokdok.errors import InputError, ModelError
from sokdok_lab.training.loop import Trainer
from sokdok_lab.training.recipe import Recipe, find_recipe, load_recipe
from sokdok_lab.training.task import Folders, make_task

ROOT = Path(__file__).parents[3]
STAGE = {"size": [128, 64], "pages": 2, "learning_rate": 0.01, "deep": True, "cells": {"8x16": 1}}
READ = STAGE | {"segment": 16}


@pytest.fixture
def recipe(write_recipe: Callable[..., Path]) -> Path:
    """Two steps of looking, four of reading; a checkpoint after the fourth."""
    return write_recipe(save_every=4, stages=[STAGE | {"steps": 2}, READ | {"steps": 4}])


def trainer(recipe: Recipe, corpus: Path, out: Path) -> Trainer:
    return Trainer(make_task(recipe, Folders(corpus)), out)


def run_cli(recipe: Path | str, corpus: Path | None, out: Path, *options: str) -> Result:
    folders = ["--corpus", str(corpus)] if corpus else []
    arguments = ["train", str(recipe), *folders, "--out", str(out), "--threads", "1", *options]
    return CliRunner().invoke(app, arguments)


def one_error_line(result: Result) -> str:
    lines = result.stderr.splitlines()
    assert len([line for line in lines if line.startswith("sokdok: error:")]) == 1
    assert "Traceback" not in result.stderr
    return lines[-1]


def has_learned(reports: list[dict[str, Any]]) -> bool:
    """The loss that every step reports has halved, by the mean of ten steps at either end."""
    first, last = (np.mean([report["dense"] for report in part]) for part in (reports[:10], reports[-10:]))
    return bool(last < 0.5 * first)


def test_the_smoke_recipe_learns(corpus: Path, tmp_path: Path) -> None:
    recipe = load_recipe(find_recipe("smoke"))
    reports = list(trainer(recipe, corpus, tmp_path).run())
    assert len(reports) == recipe.steps == reports[-1]["step"]
    assert has_learned(reports)
    assert not has_learned(reports[-20:])  # the yardstick can fail
    tail = reports[-10:]
    # A model that had learned how often each symbol occurs, and not to look, would have the blanks right: a sixth.
    assert np.mean([report["symbol_accuracy"] for report in tail]) > 0.25
    assert np.mean([report["move_accuracy"] for report in tail]) > 0.8
    assert set(reports[-1]["validation"]) == {f"{k} 8x16" for k in ("en", "ko", "code", "letters", "syllables")}


def test_a_killed_run_goes_on_as_if_it_had_not_been(corpus: Path, tmp_path: Path, recipe: Path) -> None:
    whole = trainer(load_recipe(recipe), corpus, tmp_path / "whole")
    expected = list(whole.run())
    killed = trainer(load_recipe(recipe), corpus, tmp_path / "killed")
    steps = killed.run()
    assert [next(steps)["step"] for _ in range(5)] == [1, 2, 3, 4, 5]
    steps.close()  # one step behind the checkpoint, which is lost
    (tmp_path / "killed" / "checkpoint.pt.tmp").write_bytes(b"half of the next checkpoint")

    resumed = trainer(load_recipe(recipe), corpus, tmp_path / "killed")
    assert resumed.step == 4
    ours, theirs = resumed.task.batch(4), killed.task.batch(4)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    reports = list(resumed.run())
    assert [report["step"] for report in reports] == [5, 6]
    assert [report["symbol"] for report in reports] == pytest.approx([r["symbol"] for r in expected[4:]], rel=1e-3)
    for name, value in whole.task.model.state_dict().items():
        torch.testing.assert_close(resumed.task.model.state_dict()[name], value, rtol=1e-3, atol=1e-4, msg=name)
    assert resumed.seconds > killed.seconds * 0.5  # the clock goes on too


def test_the_command_trains_resumes_and_finds_nothing_to_do(corpus: Path, tmp_path: Path, recipe: Path) -> None:
    out = tmp_path / "run"
    longer = recipe.with_name("longer.yaml")
    values = yaml.safe_load(recipe.read_text())
    values["stages"][1]["steps"] += 2
    longer.write_text(yaml.safe_dump(values))

    first = run_cli(recipe, corpus, out)
    assert (first.exit_code, first.stdout) == (0, f"{out / 'checkpoint.pt'}\n")
    assert "starting from scratch, 6 steps, 0.56 M parameters" in first.stderr
    assert "step 6 of 6  dense " in first.stderr
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((out / "recipe.json").read_text())["stages"][1]["segment"] == 16

    second = run_cli(longer, corpus, out, "--json")
    outcome = json.loads(second.stdout)
    assert (outcome["resumed_at"], outcome["step"]) == (6, 8)
    assert outcome["checkpoint"] == str(out / "checkpoint.pt")
    assert "resuming" in second.stderr
    assert "at step 6 of 8" in second.stderr

    third = run_cli(longer, corpus, out, "--json")
    assert json.loads(third.stdout)["step"] == 8
    assert "nothing to do" in third.stderr


def start(recipe: Path, corpus: Path, out: Path) -> subprocess.Popen[str]:
    """`sokdok train` in a process of its own, returned after its first step."""
    code = "from sokdok.cli import main; main()"
    arguments = ["train", str(recipe), "--corpus", str(corpus), "--out", str(out), "--threads", "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("step 1 of"):
            return process
    raise AssertionError(f"training did not begin: {lines}")


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_an_interrupt_saves_and_leaves_with_130(
    corpus: Path, tmp_path: Path, write_recipe: Callable[..., Path], number: signal.Signals
) -> None:
    recipe = write_recipe(save_every=10**6, validate_every=10**6, stages=[STAGE | {"steps": 10**6}])
    process = start(recipe, corpus, tmp_path / "run")
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert out == ""
    assert "stopping after this step" in err
    assert "Traceback" not in err
    resumed = trainer(load_recipe(recipe), corpus, tmp_path / "run")
    assert resumed.step >= 1
    assert f"interrupted: saved step {resumed.step} in {resumed.checkpoint}" in err


@pytest.mark.parametrize("damage", ["truncated", "empty", "text", "another file of torch's"])
def test_a_damaged_checkpoint_is_one_clear_line(corpus: Path, tmp_path: Path, recipe: Path, damage: str) -> None:
    checkpoint = tmp_path / "checkpoint.pt"
    trainer(load_recipe(recipe), corpus, tmp_path).save()
    content = checkpoint.read_bytes()
    checkpoint.write_bytes({"truncated": content[: len(content) // 2], "text": b"not a checkpoint"}.get(damage, b""))
    if damage.startswith("another"):
        torch.save([1, 2, 3], checkpoint)
    with pytest.raises(
        ModelError, match=r"can't resume from .*checkpoint\.pt: .+; move it away to start again"
    ) as info:
        trainer(load_recipe(recipe), corpus, tmp_path)
    assert "\n" not in str(info.value)
    result = run_cli(recipe, corpus, tmp_path)
    assert result.exit_code == 3
    assert "checkpoint.pt" in one_error_line(result)


def test_a_checkpoint_of_another_model_names_the_tensor(
    corpus: Path, tmp_path: Path, write_recipe: Callable[..., Path]
) -> None:
    stages = [STAGE | {"steps": 1}]
    trainer(load_recipe(write_recipe(stages=stages)), corpus, tmp_path / "run").save()
    model = yaml.safe_load(find_recipe("smoke").read_text())["model"]
    recipe = write_recipe(stages=stages, model=model | {"upsampler_width": 96})
    with pytest.raises(ModelError, match=r"upsampler\.fc1\.weight.*\[128, 16\].*\[96, 16\]"):
        trainer(load_recipe(recipe), corpus, tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widht": 3}, "NanoConfig: .*unknown field `widht`"),
        ({"classes": 950}, "950 classes, the alphabet 951"),
        ({"vision_width": 96}, "widths that don't fit together"),
        ({"sam": 3}, r"NanoConfig: Expected `object`, got `int` - at `\$\.sam`"),
        ({"name": {"sam": 3}}, r"NanoConfig: Expected `str`, got `object` - at `\$\.name`"),
    ],
)
def test_a_model_that_can_not_be_built_is_named(
    corpus: Path, tmp_path: Path, write_recipe: Callable[..., Path], change: dict[str, Any], message: str
) -> None:
    model = yaml.safe_load(find_recipe("smoke").read_text())["model"]
    with pytest.raises(InputError, match=message):
        trainer(load_recipe(write_recipe(model=model | change)), corpus, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_bad_input_leaves_with_2(corpus: Path, tmp_path: Path, recipe: Path, write_recipe: Callable[..., Path]) -> None:
    (tmp_path / "bare").mkdir()
    assert "needs a folder: --corpus DIR (lab/scripts/fetch_corpus.py" in one_error_line(
        run_cli(recipe, None, tmp_path / "run")
    )
    assert "no en/*.txt" in one_error_line(run_cli(recipe, tmp_path / "bare", tmp_path / "run"))
    assert "'nanno'" in one_error_line(run_cli("nanno", corpus, tmp_path / "run"))
    assert "'tpu'" in one_error_line(run_cli(recipe, corpus, tmp_path / "run", "--device", "tpu"))
    wrong = run_cli(write_recipe(stags=[]), corpus, tmp_path / "run")
    assert wrong.exit_code == 2
    assert "unknown field `stags`" in one_error_line(wrong)
    assert not (tmp_path / "run").exists()
