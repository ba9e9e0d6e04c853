"""What a run takes: pages ÷ measured pages a second × price, with the spread of what was measured.

The speed is that of a node, which is a machine with its workers: from the results of a run, or from some of a corpus
read here. A run of many nodes is taken to divide its pages among them; starts, lost nodes and stragglers are not known.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from math import ceil, sqrt

import msgspec
import numpy as np

from sokdok.bulk.engines.local.pool import LocalPool
from sokdok.bulk.results import Header, attempts, read_header
from sokdok.bulk.sources import Item, Source
from sokdok.bulk.store import Store, open_store
from sokdok.bulk.unit import Unit, page_ranges, unit_id
from sokdok.bulk.work.messages import Page, Read, Setup, WorkOptions
from sokdok.bulk.work.worker import Worker
from sokdok.documents.question import Question
from sokdok.errors import InputError

SAMPLE_FILES = 100  # of a corpus that are drawn
SAMPLE_PAGES = 100  # of these that are read at least, if there are so many
SAMPLE_S = 3.0  # of reading at least: pages of text layers take a millisecond or two
NORMAL_95 = 1.96  # standard deviations on either side that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Speed:
    """Pages a second of one node."""

    pages_per_second: float
    error: float  # half the 95 % interval of that, as a share
    workers: int
    pages: int  # that were measured


@dataclass(frozen=True)
class Estimate:
    """What so many pages take."""

    pages: int
    nodes: int
    hours: float
    node_hours: float
    dollars: float | None  # None where no price is known
    error: float  # half the 95 % interval of hours and dollars, as a share


def speed_of(headers: Sequence[Header], warm: bool = False) -> Speed:
    """The speed of the workers that wrote these results, all at once. Raises InputError where no page was read.

    Pages over seconds of all units; its spread is the ratio estimator's (Cochran, Sampling Techniques, 6.4). A worker's
    first unit, in which it opens what it needs, does not count where each has three, unless all were `warm` before.
    """
    by_worker: dict[str, list[Header]] = {}
    for header in sorted(headers, key=lambda header: header.started):
        by_worker.setdefault(header.worker, []).append(header)
    passed = int(not warm and all(len(row) >= 3 for row in by_worker.values()))
    counted = [header for row in by_worker.values() for header in row[passed:]]
    pages = np.array([header.tally.pages for header in counted], float)
    seconds = np.array([header.seconds for header in counted])
    if not pages.sum() or not seconds.sum():
        raise InputError("no page was read: nothing is measured")
    rate, count = pages.sum() / seconds.sum(), len(counted)
    spread = sqrt(((pages - rate * seconds) ** 2).sum() * count / max(count - 1, 1)) / pages.sum()
    error = float(NORMAL_95 * spread) if count > 1 else 1.0
    return Speed(float(rate * len(by_worker)), error, len(by_worker), int(pages.sum()))


def speed_of_run(store: Store) -> Speed:
    """The speed that a run of bulk has had. Raises InputError where it has no results."""
    headers = [read_header(store, unit, attempt) for unit, attempt in attempts(store)]
    if not headers:
        raise InputError(f"{store.address} has no results: nothing is measured")
    return speed_of(headers)


def estimate(speed: Speed, pages: int, hours: float | None = None, price: float | None = None) -> Estimate:
    """What so many pages take of one node, or of as few as finish within `hours`; `price` is of a node and hour."""
    node_hours = pages / speed.pages_per_second / 3600
    nodes = max(1, ceil(node_hours / hours)) if hours is not None else 1
    dollars = None if price is None else node_hours * price
    return Estimate(pages, nodes, node_hours / nodes, node_hours, dollars, speed.error)


def speed_here(
    source: Source,
    workers: int,
    question: Question,
    options: WorkOptions,
    seed: int = 0,
    read: Callable[[int], None] = lambda pages: None,
) -> tuple[Speed, int]:
    """Read some pages of a corpus here, by workers as a run has them; the speed, and about how many pages there are.

    `read` is called with 1 for each page. Raises SokdokErrors of the reader, and InputError where none of the
    files drawn is a document.
    """
    units, all_pages = _draw(source, question, seed)
    with tempfile.TemporaryDirectory(prefix="sokdok-plan-") as folder:
        setup = Setup(question, (source.name,), folder, options)
        with LocalPool(setup, workers) as pool:
            for _ in pool.reads(map(Read, _first_pages(units, workers, question))):
                pass  # each worker has now opened its reader
            began, measured = time.time(), list[Unit]()
            for _, answer in pool.reads(map(Read, _enough(units, workers, measured))):
                if isinstance(answer, Page):
                    read(1)
        store, wanted = open_store(folder), {unit.id for unit in measured}
        headers = [read_header(store, unit, attempt) for unit, attempt in attempts(store) if unit in wanted]
    return speed_of([header for header in headers if header.started >= began], warm=True), all_pages


def _draw(source: Source, question: Question, seed: int) -> tuple[list[Unit], int]:
    """Units of files drawn at random, in any order, and the pages of the whole source as these let expect."""
    items = [item for item in source.items() if isinstance(item, Item)]
    dice = np.random.default_rng(seed)
    drawn = [items[at] for at in dice.permutation(len(items))[:SAMPLE_FILES].tolist()]
    worker, units, pages = Worker(Question(source="text-layer"), (source.name,)), list[Unit](), 0
    for item in drawn:
        looked = worker.look(0, item)
        pages += looked.pages
        units += [
            Unit(
                id=unit_id(looked.sha256, first, last, question.id),
                document=looked.sha256[:32],
                path=item.path,
                place=item.place,
                source=0,
                sha256=looked.sha256,
                size=looked.size,
                first=first,
                last=last,
                pages=looked.pages,
            )
            for first, last in page_ranges(looked.pages)
        ]
    if not units:
        raise InputError(f"{source.name}: none of {len(drawn):,} files is a document that can be opened")
    different = list({unit.id: unit for unit in units}.values())
    return [different[at] for at in dice.permutation(len(different)).tolist()], round(pages / len(drawn) * len(items))


def _first_pages(units: Sequence[Unit], workers: int, question: Question) -> Iterator[Unit]:
    """A page for each worker, as units that are none of those which are measured."""
    for number, unit in enumerate(islice(cycle(units), workers)):
        name = unit_id(unit.sha256, unit.first, unit.first, f"{question.id} {number}")
        yield msgspec.structs.replace(unit, id=name, last=unit.first)


def _enough(units: Iterable[Unit], workers: int, measured: list[Unit]) -> Iterator[Unit]:
    """Units until each worker has one and there are pages and seconds enough; they are added to `measured`."""
    began, pages = time.monotonic(), 0
    for unit in units:
        if pages >= SAMPLE_PAGES and len(measured) >= workers and time.monotonic() - began > SAMPLE_S:
            return
        pages += len(unit.numbers)
        measured.append(unit)
        yield unit
