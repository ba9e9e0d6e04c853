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
from sokdok.bulk.lease import RENEWED_S, Claims, Driving, read_lease
from sokdok.bulk.plan import Plan, find_plan, read_units, require_plan, require_same
from sokdok.bulk.planning import build_plan, changes
from sokdok.bulk.results import Tally, add_up, find_done, read_header, result_name
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
    setup: Setup,
    start: StartEngine,
    watcher: Watcher,
    *,
    retry_failed: bool = False,
    update: bool = False,
    join: bool = False,
) -> Tally:
    """Plan and read all that is missing; what this run did. Raises InputError, and SokdokError where it can't go on.

    `retry_failed` reads pages that failed in earlier runs once more; `update` plans what is new, changed or gone since;
    `join` takes part in a run that another process drives, and plans nothing.
    """
    sources = [open_source(address, setup.question.limits) for address in setup.sources]
    setup = msgspec.structs.replace(setup, sources=tuple(source.name for source in sources))
    _refuse_nested(setup)
    store = open_store(setup.destination)
    plan = find_plan(store)
    while join and plan is None and read_lease(store):
        time.sleep(RENEWED_S)
        plan = find_plan(store)
    if plan is not None or join:
        require_same(plan or require_plan(store), setup.question, None if update else setup.sources, store)
    with Driving(store, join=join) as driving, start(setup) as engine:
        if isinstance(store, LocalStore):
            store.tidy()
        engine.check()
        # 1. Plan what is not planned.
        plan = find_plan(store)
        new = plan is None or (update and not join)
        if plan is None or new:
            watching = watcher.planning, watcher.lost
            plan = build_plan(store, setup.question, sources, engine.looks, *watching, update=plan is not None)
        watcher.planned(plan, new)
        # 2. Read what is missing.
        worker, done, began = Worker(setup.question, setup.sources), Tally(), time.monotonic()
        claims, others = Claims(driving), dict[str, int]()
        while True:
            for job, answer in engine.reads(_missing(store, watcher, claims, others, retry_failed)):
                driving.require()
                if isinstance(answer, Page):
                    watcher.page()
                    continue
                claims.give_back(job.unit.id)
                if isinstance(answer, Done) and not answer.mine:  # another worker was first, and counted it
                    continue
                tally = worker.give_up(store, job, answer) if isinstance(answer, Lost) else answer.tally
                add_up(done, tally)
                lease = driving.lease
                lease.done, lease.failed, lease.seconds = done.done, done.failed, time.monotonic() - began
                watcher.unit(job.unit.path, tally)
            if not others:
                break
            time.sleep(driving.renewed_s)  # other runs have them, or had: they may have died
        # 3. Say what is not in the plan, and tidy up after those who took part and died.
        if not new and not join and any(found := changes(store, plan, sources)):
            watcher.changed(*found)
        for name in () if join else list(store.names("claims/")):
            store.remove(name)
        return done


def _missing(store: Store, watcher: Watcher, claims: Claims, others: dict[str, int], retry: bool) -> Iterator[Read]:
    """Units without a result, or with failed pages, in the plan's order, as far as no other run has them.

    Those are put into `others`, with the attempt that is missing; where there are any at first, no more are looked at.
    """
    done, earlier, again = find_done(store), 0, bool(others)
    for unit in read_units(store):
        attempt = done.attempts.get(unit.id, 1) if unit.id in done else 0
        fails = not again and retry and attempt > 0 and _has_failed(store, unit.id, attempt)
        wanted = others.pop(unit.id, 0) if again else attempt + 1 if fails or not attempt else 0
        if wanted <= attempt:
            if not again:
                earlier += len(unit.numbers)
                watcher.earlier(earlier)
        elif not claims.take(unit.id):
            others[unit.id] = wanted
        elif store.exists(result_name(unit.id, wanted)):  # another run has read it since
            claims.give_back(unit.id)
        else:
            yield Read(unit, wanted)


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
