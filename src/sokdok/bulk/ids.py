"""Millions of unit ids in sixteen bytes each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class Ids:
    """A set of ids, made of sorted ones."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._high, self._low = array("Q"), array("Q")
        for one in ids:
            self._high.append(int(one[:16], 16))
            self._low.append(int(one[16:], 16))

    def __len__(self) -> int:
        return len(self._high)

    def __contains__(self, one: str) -> bool:
        high, low = int(one[:16], 16), int(one[16:], 16)
        at = bisect_left(self._high, high)
        while at < len(self._high) and self._high[at] == high:
            if self._low[at] == low:
                return True
            at += 1
        return False
