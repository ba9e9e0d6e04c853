"""What nano's nets are trained on, one task a file."""

from __future__ import annotations

from sokdok_lab.training.recipe import (
    ChartTextsRecipe,
    DrawnPagesRecipe,
    FigureKindRecipe,
    GeometryLettersRecipe,
    GeometryRecipe,
    MoleculesRecipe,
    Recipe,
    RecogniserRecipe,
    TextDetectorRecipe,
)
from sokdok_lab.training.task import Folders, Task


def make_task(recipe: Recipe, folders: Folders) -> Task:
    """Make the task of a recipe, importing what it needs and nothing else.

    Raises InputError if a folder is missing or the recipe can't be carried out, ModelError if its `init` doesn't fit.
    """
    match recipe:
        case DrawnPagesRecipe():
            from sokdok_lab.training.tasks.drawn_pages import DrawnPages

            return DrawnPages(recipe, folders)
        case RecogniserRecipe():
            from sokdok_lab.training.tasks.recogniser import RecogniserTask

            return RecogniserTask(recipe, folders)
        case TextDetectorRecipe():
            from sokdok_lab.training.tasks.text_detector import TextDetectorTask

            return TextDetectorTask(recipe, folders)
        case ChartTextsRecipe():
            from sokdok_lab.training.tasks.chart_texts import ChartTextsTask

            return ChartTextsTask(recipe, folders)
        case FigureKindRecipe():
            from sokdok_lab.training.tasks.figure_kind import FigureKindTask

            return FigureKindTask(recipe, folders)
        case MoleculesRecipe():
            from sokdok_lab.training.tasks.molecules import MoleculesTask

            return MoleculesTask(recipe, folders)
        case GeometryRecipe():
            from sokdok_lab.training.tasks.geometry import GeometryTask

            return GeometryTask(recipe, folders)
        case GeometryLettersRecipe():
            from sokdok_lab.training.tasks.geometry_letters import GeometryLettersTask

            return GeometryLettersTask(recipe, folders)
    raise TypeError(f"no task for {type(recipe).__name__}")
