"""A worker process of the server: requests in, answers out; a request can be left while it is worked on."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import closing

import msgspec

from sokdok.errors import SokdokError
from sokdok.server.engine.messages import Broken, Cancel, CountPages, Done, Read, Ready, Request, Setup
from sokdok.server.engine.work import Work
from sokdok.workers.served import Pipes


class Server:
    """Does requests, as many at the same time as its reader can, and hears meanwhile."""

    def __init__(self, work: Work, pipes: Pipes, ready: Ready) -> None:
        self.work, self.pipes = work, pipes
        self._concurrency, self._batch_size = ready.concurrency, ready.batch_size
        self._waiting: deque[CountPages | Read] = deque()
        self._begun: dict[int, int] = {}
        """by a request's id: the thread that works on it"""
        self._left: set[int] = set()
        """ids of those begun for which nobody waits"""
        self._ended = False
        self._changed = threading.Condition()

    def run(self) -> None:
        """Serve until there are no more requests."""
        for target in (self._hear, *[self._serve] * (self._concurrency - 1)):
            threading.Thread(target=target, daemon=True).start()
        self._serve()

    def _hear(self) -> None:
        decoder: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
        while (frame := self.pipes.hear()) is not None:
            request = decoder.decode(frame)
            with self._changed:
                if isinstance(request, Cancel):
                    self._leave(request.id)
                else:
                    self._waiting.append(request)
                    self._changed.notify()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _leave(self, id: int) -> None:
        for request in self._waiting:
            if isinstance(request, Read) and request.id == id:
                self._waiting.remove(request)
                self.pipes.say(Done(id))
                return
        thread = self._begun.get(id)
        if thread is not None:
            self._left.add(id)
            if all(other in self._left for other, of in self._begun.items() if of == thread):
                self.work.cancel(thread)

    def _serve(self) -> None:
        """One thread."""
        while requests := self._next():
            first = requests[0]
            if isinstance(first, CountPages):
                self.pipes.say(self.work.page_numbers(first))
                continue
            reads = [request for request in requests if isinstance(request, Read)]
            self._read(reads)
            with self._changed:
                for request in reads:
                    del self._begun[request.id]
                    self._left.discard(request.id)

    def _next(self) -> Sequence[CountPages | Read]:
        """What is to be done next, pictures of several requests together where that is a gain; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if not self._waiting:
                return ()
            first = self._waiting.popleft()
            if isinstance(first, CountPages):
                return (first,)
            alike = [other for other in self._waiting if isinstance(other, Read) and first.goes_with(other)]
            requests = [first, *alike[: self._batch_size - 1]]
            for request in requests[1:]:
                self._waiting.remove(request)
            for request in requests:
                self._begun[request.id] = threading.get_ident()
            return requests

    def _read(self, requests: Sequence[Read]) -> None:
        ids = {request.id for request in requests}
        try:
            with closing(self.work.read_all(requests)) as pages:  # type: ignore[type-var]  # a generator
                for page in pages:
                    if ids <= self._left:
                        break
                    self.pipes.say(page)
        except asyncio.CancelledError:  # all were left
            pass
        except SokdokError as error:
            for id in ids:
                self.pipes.say(Broken(id, str(error), error.exit_code))
            return
        for id in ids:
            self.pipes.say(Done(id))


def main(kind: type[Work] = Work) -> None:
    """Serve by a kind of work."""
    pipes = Pipes()
    first = pipes.hear()
    if first is None:
        return
    work = kind(msgspec.msgpack.decode(first, type=Setup))
    try:
        ready = work.ready()
    except SokdokError as error:
        pipes.say(Broken(0, str(error), error.exit_code))
        return
    pipes.say(ready)
    Server(work, pipes, ready).run()


if __name__ == "__main__":
    main()
