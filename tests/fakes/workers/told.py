"""A worker that does what it is told: `say` answers, `die` ends by a signal, `nonsense` is no message."""

from __future__ import annotations

import os
import signal
import sys

import msgspec

from sokdok.workers.served import Pipes


def main() -> None:
    pipes = Pipes()
    while (frame := pipes.hear()) is not None:
        told = msgspec.msgpack.decode(frame, type=str)
        if told == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif told == "nonsense":
            pipes.say({"neither": "text"})
        else:
            print("a library prints", file=sys.stdout, flush=True)  # and is not taken for an answer
            pipes.say(told)


if __name__ == "__main__":
    main()
