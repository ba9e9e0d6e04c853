"""Slices on several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sokdok.bulk.merge.settings import Settings, Tools
from sokdok.bulk.ordered import ordered

Work = Callable[..., int]
_tools: Tools  # of this process


def each(settings: Settings, work: Work, tasks: Iterable[tuple[Any, ...]]) -> Iterator[int]:
    """Do `work(tools, *task)` for all tasks; what each gives, in order. Raises what the work raises."""
    yield from ordered(settings.asked.jobs, _start, (settings,), _do, ((work, task) for task in tasks))


def _start(settings: Settings) -> None:
    """Open what this process needs."""
    global _tools
    _tools = Tools(settings)


def _do(asked: tuple[Work, tuple[Any, ...]]) -> int:
    work, task = asked
    return work(_tools, *task)
