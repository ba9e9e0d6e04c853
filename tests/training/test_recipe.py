"""Recipes: what a file says is what a run does, and a slip of the pen is named before hours are spent on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("yaml")

from sokdok.errors import InputError
from sokdok.training.recipe import FOLDERS, Recipe, Stage, find_recipe, load_recipe

STAGE = {"steps": 3, "size": [128, 64], "pages": 2}
RECIPES = sorted(file for folder in FOLDERS for file in folder.glob("*.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_recipes_of_the_house_load_by_name(path: Path) -> None:
    assert find_recipe(path.stem).read_text() == path.read_text()
    assert load_recipe(path).steps > 0


def test_the_house_has_recipes() -> None:
    assert {"nano", "smoke"} <= {path.stem for path in RECIPES}


def test_a_path_is_taken_as_it_is_and_an_unknown_name_lists_the_known(tmp_path: Path) -> None:
    assert find_recipe("nano.yaml") == Path("nano.yaml")  # in the current folder, not the house's
    assert find_recipe(f"{tmp_path}/nano") == tmp_path / "nano"
    with pytest.raises(InputError, match=r"'nanno'; known are .*nano, .*smoke"):
        find_recipe("nanno")


def test_defaults_and_given_values(write_recipe: Callable[..., Path]) -> None:
    recipe = load_recipe(write_recipe(seed=5, stages=[STAGE, STAGE | {"segment": 32, "cells": {"8x8": 2}}]))
    assert (recipe.seed, recipe.steps) == (5, 6)
    assert recipe.stages[0] == Stage(3, (128, 64), 2)
    assert recipe.stages[1].cells == {"8x8": 2}
    assert set(recipe.stages[0].cells) == {"8x16", "8x8", "4x8"}


def test_steps_belong_to_stages() -> None:
    first, second = Stage(3, (64, 64), 1), Stage(2, (128, 64), 1)
    recipe = Recipe({"en": 1.0}, (first, second))
    assert [recipe.at(step) for step in range(5)] == [(first, 0), (first, 1), (first, 2), (second, 0), (second, 1)]
    with pytest.raises(IndexError):
        recipe.at(5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lerning_rate": 1}, r"recipe\.yaml: unknown key lerning_rate; known are init, kinds, model, save_every"),
        ({"stages": [STAGE, STAGE | {"page": 1}]}, "stage 2: unknown key page; known are .*pages"),
        ({"kinds": {"en": 1, "poems": 1}}, "kinds: unknown key poems; known are en, ko"),
        ({"stages": [STAGE | {"cells": {"9x9": 1}}]}, "stage 1: cells: unknown key 9x9; known are 8x16"),
        ({"stages": None}, "'stages' is missing"),
        ({"stages": []}, "at least one stage"),
        ({"stages": ["600"]}, "stage 1: expected a table of keys, not '600'"),
        ({"stages": [{"steps": 3, "pages": 2}]}, "'size' is missing"),
        ({"stages": [STAGE | {"size": [100, 64]}]}, r"multiples of 64 pixels, not \[100, 64\]"),
        ({"stages": [STAGE | {"steps": 0}]}, "steps >= 1"),
        ({"stages": [STAGE | {"steps": "many"}]}, "wrong type"),
        ({"stages": [STAGE | {"learning_rate": "1e-3"}]}, "learning_rate must be a number, not '1e-3'"),
        ({"kinds": {"en": 0}}, "one must be positive"),
        ({"kinds": {"en": 2, "ko": -1}}, "must not be negative"),
        ({"save_every": 0}, "at least 1"),
    ],
)
def test_mistakes_are_named(write_recipe: Callable[..., Path], changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_recipe(write_recipe(**changes))


@pytest.mark.parametrize("content", [b"kinds: [", b"\xff\xfe", b""], ids=["no YAML", "no text", "empty"])
def test_files_that_are_no_recipe(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.yaml"):
        load_recipe(path)


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"can't read recipe .*nowhere\.yaml"):
        load_recipe(tmp_path / "nowhere.yaml")
