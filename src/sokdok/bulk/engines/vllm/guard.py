"""Runs a command for a parent that may be killed: python -m sokdok.bulk.engines.vllm.guard COMMAND...

The command has a process group of its own, which is ended with the guard or its parent: a server that is left behind
would hold a card for ever.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

_LOOK_S = 0.5
_END_S = 10.0  # between asking the group to end and ending it


def main() -> None:
    """Run the command; leave with its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    signal.signal(signal.SIGTERM, _leave)
    parent = os.getppid()
    process = subprocess.Popen(sys.argv[1:], start_new_session=True)
    try:
        while process.poll() is None and os.getppid() == parent:
            time.sleep(_LOOK_S)
    finally:
        _end(process)
    raise SystemExit(process.returncode if process.returncode >= 0 else 128 - process.returncode)


def _leave(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group: also what an ended server has left of itself."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)


if __name__ == "__main__":
    main()
