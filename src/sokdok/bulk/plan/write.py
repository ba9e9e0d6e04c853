"""Writing a plan: units and skipped files as they are found, in memory one at a time, and `bulk.json` last."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import BinaryIO

import msgspec

from sokdok.bulk.plan.plan import NAME, SKIPPED, UNITS, VERSION, Plan, Skipped
from sokdok.bulk.store import Store
from sokdok.bulk.unit import Unit, page_ranges, unit_id
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.files.zstd import packing


class PlanWriter:
    """Takes documents in the order of their sources; `finish` puts the plan into its store."""

    def __init__(self, store: Store, question: Question, sources: tuple[str, ...]) -> None:
        self.store, self.question, self.sources = store, question, sources
        self.documents = self.units = self.pages = self.skipped = self.bytes = 0
        self._id = question.id
        self._encoder = msgspec.json.Encoder()
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="sokdok-plan-")))
        self._files = {name: self._opened(name) for name in (UNITS, SKIPPED)}

    def __enter__(self) -> PlanWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(
        self, path: str, place: str, source: int, *, sha256: str, size: int, pages: int, meta: dict[str, str]
    ) -> None:
        """Plan a document."""
        for first, last in page_ranges(pages):
            unit = Unit(
                id=unit_id(sha256, first, last, self._id),
                document=sha256[:32],
                path=path,
                place=place,
                source=source,
                sha256=sha256,
                size=size,
                first=first,
                last=last,
                pages=pages,
                meta=meta,
            )
            self._write(UNITS, unit)
            self.units += 1
        self.documents += 1
        self.pages += pages
        self.bytes += size

    def skip(self, skipped: Skipped) -> None:
        """Plan nothing for a file, and say why."""
        self._write(SKIPPED, skipped)
        self.skipped += 1

    def finish(self) -> Plan:
        """Put the plan into its store. Raises InputError if another run has put one there meanwhile."""
        for name, file in self._files.items():
            file.close()
            self.store.replace(name, self._folder / name)
        plan = Plan(
            version=VERSION,
            question=self.question.as_json(),
            sources=self.sources,
            documents=self.documents,
            units=self.units,
            pages=self.pages,
            skipped=self.skipped,
            bytes=self.bytes,
        )
        if not self.store.create(NAME, msgspec.json.format(msgspec.json.encode(plan)) + b"\n"):
            raise InputError(f"{self.store.address} was planned by another sokdok meanwhile: start again")
        return plan

    def _opened(self, name: str) -> BinaryIO:
        raw = self._stack.enter_context((self._folder / name).open("wb"))
        return self._stack.enter_context(packing(raw))

    def _write(self, name: str, row: Unit | Skipped) -> None:
        self._files[name].write(self._encoder.encode(row) + b"\n")
