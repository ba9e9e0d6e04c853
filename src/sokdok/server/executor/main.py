"""A worker process of the executor: operations in, what came of them out, one after the other."""

from __future__ import annotations

import traceback
from typing import Literal

import msgspec

from sokdok.errors import EndpointError, SokdokError, is_disk_full
from sokdok.jobs import Died
from sokdok.memory.store.database import StoreError
from sokdok.server.engine.messages import OperationDone, Ready, Setup
from sokdok.server.engine.refused import Absent, TooLarge
from sokdok.server.executor.messages import Ask
from sokdok.server.executor.work import Work
from sokdok.workers.served import Pipes

Why = Literal["refused", "absent", "full", "endpoint", "later", "large", "mistake"]
_WHY: dict[type[SokdokError], Why] = {
    Absent: "absent",
    EndpointError: "endpoint",
    StoreError: "later",
    TooLarge: "large",
    SokdokError: "refused",
}
_MOST_TRACE = 8_000  # characters


def main(kind: type[Work] = Work) -> None:
    """Serve by a kind of work until there are no more operations."""
    pipes = Pipes()
    first = pipes.hear()
    if first is None:
        return
    work = kind(msgspec.msgpack.decode(first, type=Setup))
    pipes.say(Ready())
    decoder: msgspec.msgpack.Decoder[Ask] = msgspec.msgpack.Decoder(Ask)
    while (frame := pipes.hear()) is not None:
        asked = decoder.decode(frame)
        try:
            done = OperationDone(asked.id, msgspec.json.encode(work.do(asked.operation)))
        except SokdokError as error:
            done = OperationDone(asked.id, reason=str(error), why=_why(error))
        except Died as error:  # files are opened in a process of their own: what ends that is the file's fault
            done = OperationDone(asked.id, reason=f"the file can't be used: the process that opened it {error}")
        except Exception as error:
            trace = traceback.format_exc()[-_MOST_TRACE:]
            done = OperationDone(asked.id, reason=type(error).__name__, why=_why(error), trace=trace)
        pipes.say(done)


def _why(error: Exception) -> Why:
    """Whose fault an error is."""
    for kind, why in _WHY.items():
        if isinstance(error, kind):
            return why
    return "full" if is_disk_full(error) else "mistake"


if __name__ == "__main__":
    main()
