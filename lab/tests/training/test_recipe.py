"""Recipes: what a file says is what a run does, and a slip of the pen is named before hours are spent on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sokdok.errors import InputError
from sokdok_lab.training.recipe import FOLDERS, OTHERS, TASKS, Stage, find_recipe, load_recipe, parse_recipe
from sokdok_lab.training.tasks.drawn_pages import DrawnPagesRecipe, PageStage

STAGE = {"steps": 3, "size": [128, 64], "pages": 2}
RECIPES = sorted(file for folder in FOLDERS for file in folder.glob("*.yaml") if file.stem not in OTHERS)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_recipes_of_the_house_load_by_name(path: Path) -> None:
    assert find_recipe(path.stem).read_text() == path.read_text()
    assert load_recipe(path).steps > 0


def test_every_task_has_a_recipe() -> None:
    assert {load_recipe(path).task for path in RECIPES} == set(TASKS)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_what_a_run_notes_down_is_its_recipe(path: Path) -> None:
    recipe = load_recipe(path)
    assert parse_recipe(recipe.to_dict()) == recipe


@pytest.mark.parametrize(
    ("name", "steps", "peak"),
    [("molecules", 9_000, 2e-3), ("geometry", 5_000, 2e-3), ("geometry_letters", 5_000, 2e-3)],
)
def test_the_nets_of_nano_are_trained_as_they_were(name: str, steps: int, peak: float) -> None:
    """As the checkpoint's were: two hundred steps up, half a cosine down to a hundredth, an average of the weights."""
    recipe = load_recipe(find_recipe(name))
    (stage,) = recipe.stages
    assert (recipe.seed, recipe.steps, recipe.averaging, recipe.weight_decay) == (0, steps, 0.998, 0.01)
    assert (recipe.save_every, recipe.betas) == (100, (0.9, 0.999))
    rates = [stage.rate(step) for step in (0, 199, 200, 200 + (steps - 200) // 2, steps)]
    assert rates == pytest.approx([peak / 200, peak, peak, peak * 0.505, peak * 0.01])


def test_a_path_is_taken_as_it_is_and_an_unknown_name_lists_the_known(tmp_path: Path) -> None:
    assert find_recipe("nano.yaml") == Path("nano.yaml")  # in the current folder, not the house's
    assert find_recipe(f"{tmp_path}/nano") == tmp_path / "nano"
    with pytest.raises(InputError, match=r"'nanno'; known are .*nano, .*smoke"):
        find_recipe("nanno")


def test_steps_belong_to_stages() -> None:
    first, second = PageStage(steps=3, size=(64, 64), pages=1), PageStage(steps=2, size=(128, 64), pages=1)
    recipe = DrawnPagesRecipe(kinds={"en": 1.0}, stages=(first, second))
    assert [recipe.at(step) for step in range(5)] == [(first, 0), (first, 1), (first, 2), (second, 0), (second, 1)]
    with pytest.raises(IndexError):
        recipe.at(5)


def test_a_rate_may_stay_and_fall_later() -> None:
    """The two ways down meet at either end, and one minus the square root falls sooner."""
    kept, cosine, root = (
        Stage(steps=100, learning_rate=1.0, final_learning_rate=final, decay=decay)
        for final, decay in ((None, "cosine"), (0.1, "cosine"), (0.1, "sqrt"))
    )
    assert {kept.rate(step) for step in range(100)} == {1.0}
    assert [stage.rate(step) for stage in (cosine, root) for step in (0, 100)] == [1.0, 0.1, 1.0, 0.1]
    assert root.rate(25) == pytest.approx(0.55)
    assert root.rate(25) < cosine.rate(25)


def test_a_recipe_without_a_task_is_one_of_drawn_pages(write_recipe: Callable[..., Path]) -> None:
    assert load_recipe(write_recipe(task=None)).task == "drawn_pages"
    with pytest.raises(InputError, match="unknown task 'poems'; choose one of drawn_pages, recogniser"):
        load_recipe(write_recipe(task="poems"))


LINES = {"task": "text_detector", "stages": [{"steps": 3}], "batch": 2, "pool": 3, "page_ems_px": [5, 18]}
LINES |= {"kinds": {"en": 1}, "turns": {"page": 1}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"turns": {"page": 1, "comic": 2}}, "turns: unknown key comic; known are page, table, chart"),
        ({"page_ems_px": [5]}, r"length 2, got 1 - at `\$\.page_ems_px`"),
        ({"pages": 3}, "unknown field `pages`"),
    ],
)
def test_mistakes_in_the_recipe_of_a_net_are_named(changes: dict[str, Any], message: str) -> None:
    assert parse_recipe(LINES).steps == 3
    with pytest.raises(InputError, match=message):
        parse_recipe(LINES | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lerning_rate": 1}, r"recipe\.yaml: Object contains unknown field `lerning_rate`"),
        ({"stages": [STAGE, STAGE | {"page": 1}]}, r"unknown field `page` - at `\$\.stages\[1\]`"),
        ({"kinds": {"en": 1, "poems": 1}}, "kinds: unknown key poems; known are en, ko"),
        ({"stages": [STAGE | {"cells": {"9x9": 1}}]}, r"cells: unknown key 9x9; known are 8x16.* `\$\.stages\[0\]`"),
        ({"stages": [STAGE | {"kinds": {"poems": 1}}]}, r"kinds: unknown key poems; .* `\$\.stages\[0\]`"),
        ({"stages": None}, "missing required field `stages`"),
        ({"stages": ["600"]}, r"Expected `object`, got `str` - at `\$\.stages\[0\]`"),
        ({"stages": [STAGE | {"size": [100, 64]}]}, r"multiples of 64 pixels, not \[100, 64\]"),
        ({"stages": [STAGE | {"steps": 0}]}, r">= 1 - at `\$\.stages\[0\]\.steps`"),
        (
            {"stages": [STAGE | {"learning_rate": "1e-3"}]},
            r"got `str` - at `.*\.learning_rate`; .*with a decimal point",
        ),
        ({"kinds": {"en": 0}}, "one weight must be positive"),
        ({"kinds": {"en": 2, "ko": -1}}, r">= 0.0 - at `\$\.kinds\[\.\.\.\]`"),
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


def test_what_is_no_recipe_of_a_run_is_not_found_as_one() -> None:
    with pytest.raises(InputError, match="no recipe is called 'quality'; known are .*smoke"):
        find_recipe("quality")
