"""A worker process: jobs in on standard input, answers out, until the pipe ends or the parent is gone."""

from __future__ import annotations

import gc
import time

import msgspec

from sokdok.bulk.store import open_store
from sokdok.bulk.work.messages import Answer, Broken, Check, Done, Job, Look, Pages, Read, Ready, Setup
from sokdok.bulk.work.worker import Worker
from sokdok.errors import SokdokError, in_one_line
from sokdok.workers.served import Pipes

COLLECTED = 20_000
"""objects that are made and not yet gone, between two rounds of the garbage collector. A page makes some thousand that
all go by themselves; by Python's own number, 700, it went over them three times a page"""
TOLD_S = 0.1  # between messages about pages: each wakes the parent, which has no core of its own


class Server:
    """Does jobs one after the other."""

    def __init__(self, setup: Setup, pipes: Pipes) -> None:
        self.worker = Worker(setup.question, setup.sources, setup.options)
        self.store = open_store(setup.destination)
        self.pipes = pipes
        self._untold: list[int] = []
        self._told = 0.0
        """when pages were last told, by the monotonic clock"""

    def do(self, job: Job) -> None:
        """Do a job and answer it."""
        try:
            self.pipes.say(self._answer(job))
        except SokdokError as error:
            self.pipes.say(Broken(str(error), error.exit_code))
        except OSError as error:  # of the destination: what has to do with a document is in its result
            self.pipes.say(Broken(in_one_line(error), SokdokError.exit_code))

    def _answer(self, job: Job) -> Answer:
        if isinstance(job, Look):
            return self.worker.look(job.source, job.item)
        if isinstance(job, Check):
            return Ready(self.worker.check())
        return self._read(job)

    def _read(self, job: Read) -> Done:
        self._untold.clear()
        between_s = 0.0 if job.deaths else TOLD_S  # if it dies again, its parent must know at which page

        def told(number: int) -> None:
            self._untold.append(number)
            now = time.monotonic()
            if now - self._told >= between_s:
                self.pipes.say(Pages(tuple(self._untold)))
                self._untold.clear()
                self._told = now

        read = self.worker.read_into(self.store, job.unit, job.attempt, job.deaths, without=job.without, told=told)
        return Done(*read, tuple(self._untold))


def main() -> None:
    """Serve."""
    pipes = Pipes()
    first = pipes.hear()
    if first is None:
        return
    try:
        server = Server(msgspec.msgpack.decode(first, type=Setup), pipes)
    except SokdokError as error:
        pipes.say(Broken(str(error), error.exit_code))
        return
    gc.freeze()  # what is loaded by now stays: the collector need not go over it every few pages
    gc.set_threshold(COLLECTED, *gc.get_threshold()[1:])
    pipes.say(Ready(""))
    decoder: msgspec.msgpack.Decoder[Job] = msgspec.msgpack.Decoder(Job)
    while (frame := pipes.hear()) is not None:
        server.do(decoder.decode(frame))
    server.worker.close()


if __name__ == "__main__":
    main()
