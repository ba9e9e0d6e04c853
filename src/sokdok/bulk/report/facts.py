"""What a report says: gathered from the results, the merge's accounts and the rows of what was dropped."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from sokdok.bulk.merge.assemble import assemble
from sokdok.bulk.merge.judge import Judge
from sokdok.bulk.merge.merge import Manifest, find_manifest
from sokdok.bulk.merge.rows import read_rows
from sokdok.bulk.plan import Plan, Skipped, Unit, read_skipped, read_units, require_plan
from sokdok.bulk.results import Tally, attempts, read_header, read_pages, reason_of
from sokdok.bulk.sinks.sink import FOLDER
from sokdok.bulk.store import Store
from sokdok.errors import InputError

EXAMPLES = 3  # documents, and files left out, shown for each reason
EXCERPT = 500  # characters shown of one
MOST_FAILED = 12  # failed pages shown


class Row(msgspec.Struct):
    """A row of what was dropped or failed, of either kind."""

    document: str
    path: str
    reason: str = ""
    pages: int = 0
    same_as: str = ""
    value: float | None = None
    limit: float | None = None
    page: int = 0
    error: str = ""


@dataclass
class Example:
    """A document that was dropped."""

    row: Row
    excerpt: str = ""  # the beginning of its text


@dataclass
class Course:
    """When units were read, by the workers' clocks."""

    begun: array[float] = field(default_factory=lambda: array("d"))
    ended: array[float] = field(default_factory=lambda: array("d"))
    pages: array[float] = field(default_factory=lambda: array("d"))
    workers: set[str] = field(default_factory=set)
    deaths: int = 0  # of workers


@dataclass
class Facts:
    """All that a report says."""

    address: str
    plan: Plan
    tally: Tally
    course: Course
    skipped: Counter[str]  # files without pages, by why
    copies: int  # of them, those with the same bytes or content as another
    left_out: list[Skipped]  # some of them, by why
    manifest: Manifest | None  # None before a merge
    dropped: dict[str, list[Example]]  # some documents by why
    failed: list[Row]  # some pages


def gather(store: Store) -> Facts:
    """Read all of it; every result's header once. Raises InputError where nothing is planned."""
    plan = require_plan(store)
    tally, course, skipped, copies = Tally(), Course(), Counter[str](), 0
    left_out: dict[str, list[Skipped]] = defaultdict(list)
    later: dict[str, int] = {}
    for unit, attempt in attempts(store):
        if attempt > 1:
            later[unit] = attempt
        header = read_header(store, unit, attempt)
        tally.add(header.tally)
        course.begun.append(header.started)
        course.ended.append(header.started + header.seconds)
        course.pages.append(header.tally.pages)
        course.workers.add(header.worker)
        course.deaths += header.deaths
    for row in read_skipped(store):
        reason = reason_of(row.reason, row.path)
        skipped[reason] += 1
        copies += bool(row.same_as)
        if skipped[reason] <= EXAMPLES:
            left_out[reason].append(row)
    manifest = find_manifest(store)
    dropped, failed = _examples(_rows(store) if manifest else ())
    judge = Judge(None, manifest.mask if manifest else ())
    _add_excerpts(store, [example for examples in dropped.values() for example in examples], later, judge)
    some = [row for reason, _ in skipped.most_common() for row in left_out[reason]]
    return Facts(store.address, plan, tally, course, skipped, copies, some, manifest, dropped, failed)


def _rows(store: Store) -> Iterator[Row]:
    for name in store.names(f"{FOLDER}/dropped/"):
        yield from read_rows(store, name, Row)


def _examples(rows: Iterable[Row]) -> tuple[dict[str, list[Example]], list[Row]]:
    """The first few of each reason, and the first few pages that failed."""
    dropped: dict[str, list[Example]] = defaultdict(list)
    failed: list[Row] = []
    for row in rows:
        if row.error and len(failed) < MOST_FAILED:
            failed.append(row)
        elif row.reason and len(dropped[row.reason]) < EXAMPLES:
            dropped[row.reason].append(Example(row))
    return dict(dropped), failed


def _add_excerpts(store: Store, examples: list[Example], later: dict[str, int], judge: Judge) -> None:
    """Put the beginning of its text to each example: of its first unit, whose result is read again.

    `later` are attempts that count, of units that were tried more than once; `judge` masks what the merge masked.
    """
    wanted = {example.row.document: example for example in examples}
    for unit in read_units(store) if wanted else ():
        example = wanted.pop(unit.document, None)
        if example is not None:
            example.excerpt = _beginning(store, unit, later, judge)
        if not wanted:
            return


def _beginning(store: Store, unit: Unit, later: dict[str, int], judge: Judge) -> str:
    try:
        document = assemble(unit, read_pages(store, (unit,), later))
    except InputError as error:
        return f"({error})"
    text = judge.clean(document, judge.tag(document))[0].text
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
