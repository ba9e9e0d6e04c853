"""How fast pages are read, as measured, and so when there will be room."""

from __future__ import annotations

_FIRST_S = 1.0  # taken for a page until one was read
_WEIGHT = 0.1  # of a page among those before it
_MOST_S = 3_600.0


class Speed:
    """Seconds of a worker for a page: a mean in which earlier pages fade."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.page_seconds = _FIRST_S
        self._pages = 0

    def read(self, pages: int, seconds: float) -> None:
        """So many pages took one worker so long."""
        for _ in range(pages):
            self._pages += 1
            weight = max(_WEIGHT, 1 / self._pages)
            self.page_seconds += weight * (seconds / pages - self.page_seconds)

    def wait(self, pages: int) -> float:
        """Seconds until so many pages of the queue are read: at least one, at most an hour."""
        return min(max(pages * self.page_seconds / self.workers, 1.0), _MOST_S)
