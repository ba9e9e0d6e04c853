"""What each key may take: requests and pages of a minute, and its share of the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sokdok.server.engine.refused import Busy
from sokdok.server.security.keys import Quota

_MINUTE = 60.0


@dataclass
class _Meter:
    """So many things of a minute: a vessel that holds a minute's, and fills again while time goes on."""

    most: int
    left: float
    at: float

    def wait(self, wanted: int, now: float) -> float:
        """Seconds until so many may be taken. More than a minute's wait until the vessel is full."""
        self.left = min(self.left + (now - self.at) * self.most / _MINUTE, self.most)
        self.at = now
        lacking = min(wanted, self.most) - self.left
        return max(lacking, 0.0) * _MINUTE / self.most if self.most else _MINUTE


class Quotas:
    """Counts what owners of keys take."""

    def __init__(
        self, default: Quota, quotas: Mapping[str, Quota] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`default` is what an owner may take of whom `quotas` says nothing."""
        self._default, self._quotas, self._clock = default, quotas or {}, clock
        self._meters: dict[tuple[str, str], _Meter] = {}

    def of(self, owner: str) -> Quota:
        """What somebody may take."""
        own, default = self._quotas.get(owner, Quota()), self._default
        return Quota(
            default.requests if own.requests is None else own.requests,
            default.pages if own.pages is None else own.pages,
            default.queue if own.queue is None else own.queue,
        )

    def request(self, owner: str) -> None:
        """Count a request. Raises Busy for one too many, which is not counted."""
        self._require("requests", owner, self.of(owner).requests, 1)
        self._take("requests", owner, 1)

    def require_pages(self, owner: str, pages: int) -> None:
        """Raise Busy if so many pages more are too many now."""
        self._require("pages", owner, self.of(owner).pages, pages)

    def took_pages(self, owner: str, pages: int) -> None:
        """So many pages were accepted; beyond a minute's they are a debt."""
        self._take("pages", owner, pages)

    def _require(self, what: str, owner: str, most: int | None, wanted: int) -> None:
        if most is None:
            return
        now = self._clock()
        meter = self._meters.setdefault((what, owner), _Meter(most, most, now))
        if wait := meter.wait(wanted, now):
            raise Busy(f"this key may have {most:,} {what} a minute", wait)

    def _take(self, what: str, owner: str, number: int) -> None:
        if (meter := self._meters.get((what, owner))) is not None:
            meter.left -= number
