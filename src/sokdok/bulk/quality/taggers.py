"""All taggers that a recipe's rules speak of, in one place."""

from __future__ import annotations

from sokdok.bulk.quality.gopher import Gopher
from sokdok.bulk.quality.language import Language
from sokdok.bulk.quality.loops import Looped
from sokdok.bulk.quality.pages import Pages
from sokdok.bulk.quality.personal.tagger import Personal
from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.quality.repetition import Repetition
from sokdok.bulk.quality.tags import Tagger
from sokdok.bulk.quality.text.view import Views
from sokdok.bulk.quality.web import C4, FineWeb


def taggers(recipe: Recipe) -> tuple[Tagger, ...]:
    """Make them, once a process. Raises MissingExtraError where the model that tells languages is not installed."""
    views = Views()
    return (
        Pages(),
        Looped(recipe.loops),
        Language(views, recipe.language),
        Gopher(views),
        Repetition(views),
        C4(views),
        FineWeb(views),
        Personal(),
    )
