"""What a merge is asked, and what a process needs to do a part of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property

import msgspec

from sokdok.bulk.merge.judge import Judge
from sokdok.bulk.plan import Plan, Unit
from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.results import read_pages
from sokdok.bulk.sinks import Sink, open_sink
from sokdok.bulk.store import Store, open_store
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.version import version

FORMAT = 1  # of what the passes leave and write


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted."""

    to: tuple[str, ...] = ("dolma",)  # sinks
    recipe: Recipe | None = None  # None: every document is kept
    mask: tuple[str, ...] = ()  # kinds of personal data
    jobs: int = 1  # processes


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that a process needs; plain data."""

    destination: str
    sources: tuple[str, ...]
    question: Question
    asked: Asked
    attempts: dict[str, int]  # by unit, of those that were tried more than once
    tags_key: str  # changes with whatever changes what pass one says
    data_key: str  # changes with whatever changes the outputs


class Tools:
    """What a process opens once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_store(settings.destination)
        self.judge = Judge(settings.asked.recipe, settings.asked.mask)

    def pages(self, units: tuple[Unit, ...]) -> Iterator[DocumentPage]:
        """All pages of a document as they were read."""
        return read_pages(self.store, units, self.settings.attempts)

    @cached_property
    def sinks(self) -> dict[str, Sink]:
        """By name."""
        taggers = [tagger.name for tagger in self.judge.taggers]
        settings, asked = self.settings, self.settings.asked
        return {name: open_sink(name, taggers, settings.sources, settings.question, asked.mask) for name in asked.to}


def keys(plan: Plan, asked: Asked, results: str) -> tuple[str, str]:
    """Two names that change with the inputs of pass one, and of the outputs; `results` is the digest of those."""
    digest = hashlib.sha256(msgspec.json.encode([FORMAT, version(), plan, results, asked.recipe, bool(asked.mask)]))
    tags = digest.hexdigest()[:16]
    digest.update(msgspec.json.encode(asked.mask))
    return tags, digest.hexdigest()[:16]
