"""The command `sokdok`, also as `python -m sokdok`: whatever is imported, Ctrl-C ends it without a traceback."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command. Until it is loaded, Ctrl-C leaves at once: nothing was begun that a message could name."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, and a file that is opened would get its number: writing results fails
            nothing = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            setattr(sys, name, os.fdopen(nothing, "r" if name == "stdin" else "w"))
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not where the signal is ignored, as in the background
        signal.signal(signal.SIGINT, _leave)
    from sokdok.cli import main as run

    signal.signal(signal.SIGINT, handler)
    run()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.stderr.write("sokdok: interrupted\n")
    sys.stderr.flush()
    os._exit(130)


if __name__ == "__main__":
    main()
