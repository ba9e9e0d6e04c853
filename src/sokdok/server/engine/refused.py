"""What the engine refuses, and why a job can end without a result."""

from __future__ import annotations

from typing import Literal

from sokdok.errors import EndpointError, InputError, MissingExtraError, SokdokError
from sokdok.reasons import say

Fault = Literal["", "document", "endpoint", "time", "server"]  # whose it is that a job failed; empty: it did not


PASSWORD_FIELD = "in the field password"  # where most endpoints take a password, as a refusal says it


class Busy(SokdokError):
    """The queue has no room; there should be some in `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Stopping(SokdokError):
    """The server is being stopped; another, or this one started again, may take the job in `retry_after` seconds."""

    def __init__(self, retry_after: float = 5.0) -> None:
        super().__init__("the server is being stopped")
        self.retry_after = retry_after


class Away(SokdokError):
    """What is needed does not work now, as an endpoint that can't be reached; it may in `retry_after` seconds."""

    def __init__(self, retry_after: float, reason: str = say("away")) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Late(SokdokError):
    """A job's time is over."""


class TooLarge(SokdokError):
    """A file has more bytes than are taken."""


class Unreadable(SokdokError):
    """A document can't be read, whoever tries."""


class Absent(SokdokError):
    """What is asked for is not there, as a figure that a page has not."""


class Ended(SokdokError):
    """A job was cancelled."""


def fault_of(error: SokdokError | None) -> Fault:
    """Whose fault an error is."""
    if error is None or isinstance(error, Ended):
        return ""
    if isinstance(error, InputError | MissingExtraError | Unreadable):
        return "document"
    if isinstance(error, EndpointError):
        return "endpoint"
    return "time" if isinstance(error, Late) else "server"
