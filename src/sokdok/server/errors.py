"""What the server refuses, why a job can end without a result, and how a reason is named for programs."""

from __future__ import annotations

import re
from typing import Any, Literal

from sokdok.errors import EndpointError, InputError, MissingExtraError, SokdokError
from sokdok.reasons import Reason, reason_of

Fault = Literal["", "document", "endpoint", "time", "server"]  # whose it is that a job failed; empty: it did not


class Later(SokdokError):
    """Nothing is taken now; it may be in `retry_after` seconds."""

    def __init__(self, reason: str = "the server is being stopped", retry_after: float = 5.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Busy(Later):
    """The queue has no room."""


class Stopping(Later):
    """The server is being stopped; another, or this one started again, may take the job."""


class Away(Later):
    """What is needed does not work now, as an endpoint that can't be reached."""


class Late(SokdokError):
    """A job's time is over."""


class TooLarge(SokdokError):
    """A file has more bytes than are taken."""


class Unreadable(SokdokError):
    """A document can't be read, whoever tries."""


class Absent(SokdokError):
    """What is asked for is not there, as a figure that a page has not."""


class DiskFull(SokdokError):
    """There is no room on the server's disk."""


class Ended(SokdokError):
    """A job was cancelled."""


_KINDS = {404: Absent, 410: Ended, 413: TooLarge, 429: Busy, 502: EndpointError, 504: Late, 507: DiskFull}
_STATUSES = _KINDS | {422: (InputError, MissingExtraError, Unreadable), 503: (Stopping, Away)}
_ADVICE = re.compile(r"[;:] [^;:]*?\B--[a-z].*", re.DOTALL)
_FAULTS: dict[int, Fault] = {410: "", 422: "document", 502: "endpoint", 504: "time"}


def status_of(error: SokdokError) -> int:
    """The status by which an error is answered."""
    return next((status for status, kinds in _STATUSES.items() if isinstance(error, kinds)), 500)


def fault_of(error: SokdokError | None) -> Fault:
    """Whose fault an error is."""
    return "" if error is None else _FAULTS.get(status_of(error), "server")


def without_options(reason: str) -> str:
    """A reason without what it advises at a terminal: who asks a server has none of its options."""
    return _ADVICE.sub("", reason)


def named(reason: str) -> dict[str, Any] | None:
    """A reason's name and values as programs get them; None if it has no name (`sokdok.reasons`)."""
    found = reason_of(reason)
    return None if found is None else _as_json(found)


def _as_json(reason: Reason) -> dict[str, Any]:
    values = {name: _as_json(value) if isinstance(value, Reason) else value for name, value in reason.values.items()}
    return {"code": reason.code, "values": values}
