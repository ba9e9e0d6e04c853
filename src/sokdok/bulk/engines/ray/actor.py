"""What runs on the nodes: an actor that has a worker process of its own, and does what blocks of jobs ask.

- The worker process is that of the local engine: a file that kills it, or keeps it busy for ever, costs the actor
  nothing. So no document makes Ray restart anything, or try a block again and again.
- Nothing is raised: whatever ends the run is an answer.
- Ray runs a block again when a node was lost. Units of it that have their results by then are not read again.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import msgspec

from sokdok.bulk.engines.engine import Lost
from sokdok.bulk.engines.local.pool import LocalPool
from sokdok.bulk.engines.vllm.pool import VllmPool
from sokdok.bulk.engines.vllm.server import find_vllm
from sokdok.bulk.lease import NAME as LEASE
from sokdok.bulk.results import read_header
from sokdok.bulk.sources import open_source
from sokdok.bulk.store import Store, open_store
from sokdok.bulk.work.messages import Broken, Done, Look, Looked, Page, Read, Setup
from sokdok.bulk.work.served import is_served, served_name
from sokdok.errors import InputError, SokdokError, in_one_line


class Answered(msgspec.Struct, frozen=True):
    """What became of a job."""

    number: int
    answer: Looked | Done | Broken | None = None
    lost: Lost | None = None  # instead of an answer: workers died at it


class Numbered(msgspec.Struct, frozen=True):
    """A job as the driver knows it."""

    number: int
    job: Look | Read


ENCODER = msgspec.msgpack.Encoder()
BLOCKS: msgspec.msgpack.Decoder[list[Numbered]] = msgspec.msgpack.Decoder(list[Numbered])
"""of the jobs that one actor does one after the other"""
ANSWERS: msgspec.msgpack.Decoder[list[Answered]] = msgspec.msgpack.Decoder(list[Answered])
COLUMN = "data"


class Actor:
    """One worker, on whichever node Ray puts it; called with blocks by Ray Data."""

    def __init__(self, setup: bytes, silence_s: float, main: str, vllm: tuple[str, ...] = ()) -> None:
        self._setup: Setup = msgspec.msgpack.decode(setup, type=Setup)
        self._pool: LocalPool | VllmPool
        if is_served(self._setup.question):
            self._pool = VllmPool(self._setup, None, vllm, silence_s=silence_s, main=main)
        else:
            self._pool = LocalPool(self._setup, 1, silence_s=silence_s, main=main)
        self._store: Store | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """Do the jobs of blocks."""
        return {COLUMN: [ENCODER.encode(self._answers(BLOCKS.decode(data))) for data in batch[COLUMN]]}

    def _answers(self, block: list[Numbered]) -> list[Answered]:
        try:
            if self._store is None:
                self._store = _seen_from_here(self._setup)
            return list(self._done(block, self._store))
        except SokdokError as error:
            return [_broken(str(error), error.exit_code)]
        except Exception as error:
            return [_broken(f"on node {socket.gethostname()}: {in_one_line(error)}", SokdokError.exit_code)]

    def _done(self, block: list[Numbered], store: Store) -> Iterator[Answered]:
        numbers: dict[str | int, int] = {}
        missing: list[Look | Read] = []
        for each in block:
            earlier = _earlier(store, each.job) if isinstance(each.job, Read) else None
            if earlier is not None:
                yield Answered(each.number, earlier)
            else:
                missing.append(each.job)
                numbers[_key(each.job)] = each.number
        for job, answer in self._all(missing):
            if isinstance(answer, Lost):
                yield Answered(numbers[_key(job)], lost=answer)
            elif not isinstance(answer, Page):
                yield Answered(numbers[_key(job)], answer)

    def _all(self, jobs: list[Look | Read]) -> Iterator[tuple[Look | Read, Looked | Page | Done | Lost]]:
        looks = [job for job in jobs if isinstance(job, Look)]
        reads = [job for job in jobs if isinstance(job, Read)]
        yield from self._pool.looks(looks) if looks else ()
        yield from self._pool.reads(reads) if reads else ()


def _broken(message: str, exit_code: int) -> Answered:
    return Answered(-1, Broken(message, exit_code))


def check(setup: bytes, main: str) -> bytes:
    """Open the reader on a node: its name, or what is wrong, as an encoded `Broken` or text."""
    given: Setup = msgspec.msgpack.decode(setup, type=Setup)
    try:
        if is_served(given.question):  # starting it takes minutes, and the first block does so anyway
            find_vllm()
            return ENCODER.encode(served_name(given.question))
        with LocalPool(given, 1, main=main) as pool:
            return ENCODER.encode(pool.check())
    except SokdokError as error:
        return ENCODER.encode(Broken(str(error), error.exit_code))


def _seen_from_here(setup: Setup) -> Store:
    """The destination, as this node sees it. Raises InputError where it is not the driver's, or a source is missing."""
    here = f"node {socket.gethostname()} does not see what the driver sees"
    shared = "name folders that all nodes share, or s3://bucket/prefix"
    if "://" not in setup.destination and not os.path.isdir(setup.destination):
        raise InputError(f"{here}: {setup.destination} is not there; {shared}")
    store = open_store(setup.destination)
    if not store.exists(LEASE):  # the driver holds it as long as it runs
        raise InputError(f"{here} in {setup.destination}; {shared}")
    for address in setup.sources:
        try:
            open_source(address, setup.options.limits)
        except InputError as error:
            raise InputError(f"{here}: {error}; {shared}") from None
    return store


def _earlier(store: Store, job: Read) -> Done | None:
    """What a run of the same block left before its node was lost."""
    try:
        return Done(read_header(store, job.unit.id, job.attempt).tally)
    except FileNotFoundError:
        return None
    except InputError:  # damaged: whoever reads results says so
        return None


def _key(job: Look | Read) -> str | int:
    """What tells the jobs of a block apart."""
    return job.unit.id if isinstance(job, Read) else job.number
