"""Batches by number, made ahead of the loop that learns from them."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch.utils.data import DataLoader, IterableDataset

from sokdok_lab.training.task import Batch

AHEAD = 4  # batches that each worker process has ready


def default_workers() -> int:
    """Return how many worker processes make batches: one where processes can be forked, else none, but a thread."""
    return 1 if "fork" in multiprocessing.get_all_start_methods() else 0


class _Numbered(IterableDataset[Batch]):
    """The batches start..stop, dealt among the workers."""

    def __init__(self, make: Callable[[int], Batch], start: int, stop: int) -> None:
        super().__init__()
        self.make, self.start, self.stop = make, start, stop

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        first, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        return map(self.make, range(self.start + first, self.stop, stride))


def feed(make: Callable[[int], Batch], start: int, stop: int, workers: int) -> Iterator[Batch]:
    """Yield the batches start..stop in order, made by worker processes, or by a thread if there are none."""
    if not workers:
        yield from _by_thread(make, start, stop)
        return
    yield from DataLoader(
        _Numbered(make, start, stop),
        batch_size=None,
        num_workers=workers,
        prefetch_factor=AHEAD,
        multiprocessing_context="fork",
        worker_init_fn=_leave_interrupts_to_the_run,
    )


def _by_thread(make: Callable[[int], Batch], start: int, stop: int) -> Iterator[Batch]:
    """Yield the batches in order, the next one being made meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(make, start) if start < stop else None
        while pending is not None:
            batch = pending.result()
            start += 1
            pending = pool.submit(make, start) if start < stop else None
            yield batch


def _leave_interrupts_to_the_run(worker: int) -> None:
    """Ignore Ctrl-C, which a terminal sends to worker processes too: the run still wants its next batch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
