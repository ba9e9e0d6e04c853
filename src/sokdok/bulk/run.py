"""A run: plan what is not planned, read what is not read, with one driver at a time.

Everything that was done is kept whenever this ends, and the same call goes on from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from sokdok.bulk.engine import Done, Engine, Lost, Page, Read, Setup
from sokdok.bulk.lease import Driving
from sokdok.bulk.plan import Plan, find_plan, read_units, require_same
from sokdok.bulk.planning import build_plan, changes
from sokdok.bulk.results import Tally, add_up, find_done, read_header
from sokdok.bulk.sources import open_source
from sokdok.bulk.store import LocalStore, Store, open_store
from sokdok.bulk.worker import Worker
from sokdok.errors import InputError

StartEngine = Callable[[Setup], AbstractContextManager[Engine]]


class Watcher:
    """Gets how a run goes on; this one does nothing with it."""

    def planning(self, files: int) -> None:
        """So many files were looked at."""

    def lost(self, path: str, reason: str) -> None:
        """A file that may be a document can't be read."""

    def planned(self, plan: Plan, new: bool) -> None:
        """The plan is complete."""

    def changed(self, new: int, gone: int) -> None:
        """So many files were new since they were planned, and so many gone; one that has changed is both."""

    def earlier(self, pages: int) -> None:
        """So many pages, known so far, were read by earlier runs."""

    def page(self) -> None:
        """A page is read."""

    def unit(self, path: str, tally: Tally) -> None:
        """A unit has its result."""


def run(
    setup: Setup, start: StartEngine, watcher: Watcher, *, retry_failed: bool = False, update: bool = False
) -> Tally:
    """Plan and read all that is missing; what this run did. Raises InputError, and SokdokError where it can't go on.

    `retry_failed` reads pages that failed in earlier runs once more; `update` plans what is new, changed or gone since.
    """
    sources = [open_source(address, setup.question.limits) for address in setup.sources]
    setup = msgspec.structs.replace(setup, sources=tuple(source.name for source in sources))
    _refuse_nested(setup)
    store = open_store(setup.destination)
    plan = find_plan(store)
    if plan is not None:
        require_same(plan, setup.question, None if update else setup.sources, store)
    with Driving(store) as driving, start(setup) as engine:
        if isinstance(store, LocalStore):
            store.tidy()
        engine.check()
        # 1. Plan what is not planned.
        plan = find_plan(store)
        new = plan is None or update
        if plan is None or update:
            watching = watcher.planning, watcher.lost
            plan = build_plan(store, setup.question, sources, engine.looks, *watching, update=plan is not None)
        watcher.planned(plan, new)
        # 2. Read what is missing.
        worker, done, began = Worker(setup.question, setup.sources), Tally(), time.monotonic()
        for job, answer in engine.reads(_missing(store, watcher, retry_failed)):
            driving.require()
            if isinstance(answer, Page):
                watcher.page()
                continue
            if isinstance(answer, Done) and not answer.mine:  # another worker was first, and counted it
                continue
            tally = worker.give_up(store, job, answer) if isinstance(answer, Lost) else answer.tally
            add_up(done, tally)
            lease = driving.lease
            lease.done, lease.failed, lease.seconds = done.done, done.failed, time.monotonic() - began
            watcher.unit(job.unit.path, tally)
        # 3. Say what is not in the plan.
        if not new and any(found := changes(store, plan, sources)):
            watcher.changed(*found)
        return done


def _missing(store: Store, watcher: Watcher, retry_failed: bool) -> Iterator[Read]:
    """Units without a result, or with failed pages, in the plan's order."""
    done, earlier = find_done(store), 0
    for unit in read_units(store):
        attempt = done.attempts.get(unit.id, 1)
        if unit.id not in done:
            yield Read(unit)
        elif retry_failed and _has_failed(store, unit.id, attempt):
            yield Read(unit, attempt + 1)
        else:
            earlier += len(unit.numbers)
            watcher.earlier(earlier)


def _has_failed(store: Store, unit: str, attempt: int) -> bool:
    """Whether a result has pages that failed, or can't be read itself."""
    try:
        return read_header(store, unit, attempt).tally.failed > 0
    except InputError:
        return True


def _refuse_nested(setup: Setup) -> None:
    """Raise InputError where documents would lie among results. A source leaves out a destination within it."""
    destination = Path(os.path.realpath(setup.destination))
    for address in () if "://" in setup.destination else setup.sources:
        source = Path(os.path.realpath(address))
        if "://" not in address and (destination == source or destination in source.parents):
            raise InputError(f"the source {address} lies within {setup.destination}: name another destination")
