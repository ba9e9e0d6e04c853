"""Tasks for processes that are spawned: they import what they do by its name."""

from __future__ import annotations

import os
import signal

from sokdok.errors import InputError

_given = 0


def start(given: int) -> None:
    global _given
    _given = given


def work(task: int) -> int:
    if task == 13:
        raise InputError("thirteen")
    if task == 99:
        os.kill(os.getpid(), signal.SIGKILL)
    return task * _given
