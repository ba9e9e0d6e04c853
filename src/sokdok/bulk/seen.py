"""What a driver has seen become of units, summed up now and then, so that nobody need open a million results for it.

`seen/000000.json.zst` and so on name the results that they cover. They only save work: what none covers, such as the
last units before a kill, is read from the results, and one that does not fit the results that are there is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

import msgspec

from sokdok.bulk.results import Tally
from sokdok.bulk.store import Store
from sokdok.errors import InputError, SokdokError
from sokdok.files.zstd import compressed, decompressed

FOLDER = "seen"
SEGMENT = 2_000  # units: what is left to read after a kill


class Segment(msgspec.Struct):
    """Results of some units."""

    whole: dict[str, int] = {}  # attempts by unit, of those without a failed page: no later attempt is made of them
    tally: Tally = msgspec.field(default_factory=Tally)  # of all those
    failed: dict[str, tuple[int, Tally]] = {}  # attempt and tally of each other unit

    def fits(self, listed: Mapping[str, int], counted: Mapping[str, int]) -> bool:
        """Whether the results are still there, the last attempts of their units, and none is counted already."""
        return all(listed.get(unit) == attempt and unit not in counted for unit, attempt in self.whole.items())


class SeenWriter:
    """Takes what became of units, and writes a segment of every `SEGMENT`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._segment = Segment()
        self._number: int | None = None

    def add(self, unit: str, attempt: int, tally: Tally) -> None:
        """A unit has its result."""
        if tally.failed:
            self._segment.failed[unit] = attempt, tally
        else:
            self._segment.whole[unit] = attempt
            self._segment.tally.add(tally)
        if len(self._segment.whole) + len(self._segment.failed) >= SEGMENT:
            self.write()

    def write(self) -> None:
        """Write what is not written yet; where that can't be done, the results say it."""
        segment, self._segment = self._segment, Segment()
        if not (segment.whole or segment.failed):
            return
        data = compressed(msgspec.json.encode(segment))
        with suppress(OSError, SokdokError):
            if self._number is None:
                self._number = sum(1 for _ in self.store.names(f"{FOLDER}/"))
            while not self.store.create(f"{FOLDER}/{self._number:06}.json.zst", data):
                self._number += 1


def read_segments(store: Store) -> Iterator[Segment]:
    """All segments, the last first; those that are damaged are left out."""
    for name in reversed(list(store.names(f"{FOLDER}/"))):
        with suppress(FileNotFoundError, InputError, msgspec.DecodeError, UnicodeDecodeError):
            yield msgspec.json.decode(decompressed(store.read(name), name), type=Segment)
