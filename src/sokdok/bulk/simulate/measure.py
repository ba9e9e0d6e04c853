"""Some pages of a sample read here, by workers of the local engine, as a run of bulk would read them.

- Each worker reads a page before the clock runs: what it opens then is the start of a run, and no page's.
- Pages of text layers take a millisecond or two: as many are read as take some seconds.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import mean

import msgspec

from sokdok.bulk.engines.local.pool import LocalPool
from sokdok.bulk.question import Question
from sokdok.bulk.simulate.inputs import Inputs, changed
from sokdok.bulk.simulate.measured import measured_inputs
from sokdok.bulk.simulate.sample import Sample, sample_units
from sokdok.bulk.simulate.waits import Waits
from sokdok.bulk.store import open_store
from sokdok.bulk.unit import Unit, page_ranges, unit_id
from sokdok.bulk.work.messages import Page, Read, Setup, WorkOptions

LEAST_S = 3.0
"""of reading, as long as the sample has pages"""
DISTURBED = 0.2
"""share of the time that is lost to other work on the machine"""


@dataclass(frozen=True)
class Measured:
    """What was found here."""

    inputs: Inputs
    lost: float | None
    """share of the time that went to other work on the machine; None where the system does not say"""

    @property
    def disturbed(self) -> bool:
        """Whether other work on this machine is in the figures."""
        return self.lost is not None and self.lost > DISTURBED


def measure(
    source: str,
    sample: Sample,
    pages: int,
    workers: int,
    question: Question,
    options: WorkOptions,
    seed: int,
    seen: Callable[[int], None] = lambda steps: None,
) -> Measured:
    """Read so many pages of a sample of `source` at least; the corpus and this machine as that shows them.

    `seen` is told of pages. Raises SokdokErrors of the reader, and InputError where no page could be read.
    """
    drawn = sample_units(sample, question, sample.all_pages, seed)
    read: list[Unit] = []
    with tempfile.TemporaryDirectory(prefix="sokdok-plan-") as folder:
        setup = Setup(question, (source,), folder, options)
        begun = time.time()
        with LocalPool(setup, workers) as pool:
            for _ in pool.reads(map(Read, _first_pages(drawn, workers, question))):
                pass
            warm, waits = time.time(), Waits(os.getpid())
            for _, answer in pool.reads(map(Read, _enough(drawn, pages, workers, read))):
                if isinstance(answer, Page):
                    seen(1)
            lost, read_at = waits.lost(), time.time()
        closing = time.time() - read_at
        inputs = measured_inputs(open_store(folder), read, warm=warm)
    # Its documents are those of the whole sample, not only of the units that were read; and each was looked at.
    documents = tuple(each.looked.pages for each in sample.documents)
    looks = sample.look_s * len(documents) / sum(len(list(page_ranges(count))) for count in documents)
    inputs = Inputs(
        corpus=changed(inputs.corpus, document_pages=documents, pages_per_document=round(mean(documents), 3)),
        node=changed(inputs.node, unit_s=inputs.node.unit_s + looks),
        run=changed(inputs.run, start_s=max(warm - begun - _page_seconds(inputs), 0.0), fixed_s=closing),
    )
    return Measured(inputs, lost)


def _first_pages(units: Iterable[Unit], workers: int, question: Question) -> Iterator[Unit]:
    """A page for each worker, as units that are none of those which are measured."""
    for number, unit in enumerate(islice(cycle(units), workers)):
        name = unit_id(unit.sha256, unit.first, unit.first, f"{question.id} {number}")
        yield msgspec.structs.replace(unit, id=name, last=unit.first)


def _enough(units: Iterable[Unit], pages: int, workers: int, read: list[Unit]) -> Iterator[Unit]:
    """Units until they have so many pages, each worker has one, and some seconds are over; they are added to `read`."""
    began = time.monotonic()
    for unit in units:
        if pages <= 0 and len(read) >= workers and time.monotonic() - began > LEAST_S:
            return
        pages -= len(unit.numbers)
        read.append(unit)
        yield unit


def _page_seconds(inputs: Inputs) -> float:
    """Of a worker, for a page of the corpus."""
    corpus, node = inputs.corpus, inputs.node
    read = node.render_s + corpus.tokens_per_page / node.curve[0][1] + node.post_s
    return corpus.exact_share * node.exact_s + (1 - corpus.exact_share) * read
