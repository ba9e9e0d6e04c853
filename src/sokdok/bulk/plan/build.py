"""From the files of sources to a plan: workers look at each, and it stands in the plan where its source has it.

What is looked at comes back in any order, so answers wait for those before them; everything else is a stream.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from sokdok.bulk.plan.duplicates import FirstFiles
from sokdok.bulk.plan.looked import Memory
from sokdok.bulk.plan.plan import Plan, Skipped
from sokdok.bulk.plan.write import PlanWriter
from sokdok.bulk.sources import Item, Source, Unusable
from sokdok.bulk.store import Store
from sokdok.bulk.work.messages import NO_DOCUMENT, Look, Looked
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.isolation import DEFAULTS, Limits

Looking = Callable[[Iterable[Look]], Iterator[tuple[Look, Looked]]]
"""looks at files, any number at once; answers come in any order"""
Found = tuple[Look | Unusable, Looked | None]  # a file and what it looks like; None for what can't be listed
DUPLICATE = "a file with the same bytes is in the plan"


def build_plan(
    store: Store,
    question: Question,
    sources: Sequence[Source],
    look: Looking,
    seen: Callable[[int], None] = lambda files: None,
    limits: Limits = DEFAULTS,
    lost: Callable[[str, str], None] = lambda path, reason: None,
) -> Plan:
    """Plan all documents of all sources, each once. Raises InputError where there are none.

    `seen` is told of files, `lost` of those that may be documents and can't be read, and why; `limits` are what `look`
    has: what was found out under others is not taken over from a planning that was killed.
    """
    names = tuple(source.name for source in sources)
    memory = Memory(store, hashlib.sha256(f"{question.id} {limits}".encode()).hexdigest()[:16])
    with PlanWriter(store, question, names) as writer, FirstFiles() as files:
        for found, looked in _in_order(sources, look, memory):
            _add(writer, files, found, looked, lost)
            if isinstance(found, Look) and looked is not None:
                memory.keep(found, looked)
            seen(writer.documents + writer.skipped)
        if not writer.documents:
            raise InputError(_nothing(names, writer.skipped))
        plan = writer.finish()
    memory.forget()
    return plan


def _add(
    writer: PlanWriter,
    files: FirstFiles,
    found: Look | Unusable,
    looked: Looked | None,
    lost: Callable[[str, str], None],
) -> None:
    if isinstance(found, Unusable) or looked is None:
        assert isinstance(found, Unusable)
        writer.skip(Skipped(found.path, found.reason))
        if found.lost:
            lost(found.path, found.reason)
        return
    item = found.item
    first = files.first(looked.sha256, item.path) if looked.sha256 else None
    if looked.reason or first is not None:
        writer.skip(Skipped(item.path, looked.reason or DUPLICATE, looked.sha256, "" if first is None else first))
        if looked.reason not in ("", NO_DOCUMENT):
            lost(item.path, looked.reason)
        return
    size = looked.size
    writer.add(item.path, item.place, found.source, sha256=looked.sha256, size=size, pages=looked.pages, meta=item.meta)


def _in_order(sources: Sequence[Source], look: Looking, memory: Memory) -> Iterator[Found]:
    """What the sources list, in their order, each with what it looks like."""
    listed = _listed(sources)
    for number, found in listed:
        looked = memory.recall(found) if isinstance(found, Look) else None
        if isinstance(found, Look) and looked is None:
            yield from _looked_at(number, chain([(number, found)], listed), look)
            return
        yield found, looked


def _looked_at(following: int, listed: Iterator[tuple[int, Look | Unusable]], look: Looking) -> Iterator[Found]:
    """The same, from number `following` on, by the workers."""
    waiting: dict[int, Found] = {}

    def asked() -> Iterator[Look]:
        for number, found in listed:
            if isinstance(found, Look):
                yield found
            else:
                waiting[number] = found, None

    for question, answer in look(asked()):
        waiting[question.number] = question, answer
        while following in waiting:
            yield waiting.pop(following)
            following += 1
    while following in waiting:  # what can't be listed is all there is at the end
        yield waiting.pop(following)
        following += 1


def _listed(sources: Sequence[Source]) -> Iterator[tuple[int, Look | Unusable]]:
    """Everything that the sources list, numbered."""
    items = ((at, item) for at, source in enumerate(sources) for item in source.items())
    for number, (at, item) in enumerate(items):
        yield number, Look(number, at, item) if isinstance(item, Item) else item


def _nothing(names: Sequence[str], skipped: int) -> str:
    left = f"; {skipped:,} {'file is' if skipped == 1 else 'files are'} none that can be opened" if skipped else ""
    return f"there are no documents in {', '.join(names)}{left}"
