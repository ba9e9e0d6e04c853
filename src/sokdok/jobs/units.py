"""Units of a job (pages of a file, files of a corpus): each is answered once, and those that are not have failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Unit = TypeVar("Unit")
Answer = TypeVar("Answer")


def each_once(
    wanted: Iterable[Unit],
    answers: Iterable[Answer],
    unit_of: Callable[[Answer], Unit],
    failed: Callable[[Unit, str], Answer],
    reason_of: Callable[[Exception | None], str],
) -> Iterator[Answer]:
    """The first answer of each wanted unit, as it comes, and in the end `failed` of every unit that has none.

    What `answers` raises ends it; `reason_of` says why units have failed for that (None: nothing was raised), or raises
    what is not their fault.
    """
    missing = dict.fromkeys(wanted)
    error: Exception | None = None
    try:
        for answer in answers:
            unit = unit_of(answer)
            if unit in missing:
                del missing[unit]
                yield answer
    except GeneratorExit:
        raise
    except Exception as raised:
        error = raised
    if missing or error is not None:
        reason = reason_of(error)
        yield from (failed(unit, reason) for unit in missing)
