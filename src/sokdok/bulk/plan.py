"""The plan of a destination: every document once, cut into units of work, and every file that is none, with the reason.

`bulk.json` is written last: that it is there says that the plan is complete. A unit is some pages of one file, named by
what is in the file and what is asked of it, so that equal work has equal names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from sokdok.bulk.store import Store
from sokdok.documents.question import Question, differences
from sokdok.errors import InputError
from sokdok.files.zstd import compressed, unpacked_lines

VERSION = 2  # of the plan and the results; results of version 1 have a box for each word
NAME, UNITS, SKIPPED = "bulk.json", "plan.jsonl.zst", "skipped.jsonl.zst"
MOST_PAGES = 32  # of a unit: what a dead worker loses, and what the last worker is waited for
ID_DIGITS = 32  # hex digits: 128 bits
Row = TypeVar("Row")


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """Pages `first` to `last` of one file."""

    id: str  # 32 hex digits; the same pages of the same bytes asked the same question have the same
    document: str  # 32 hex digits of the file's sha256: units of one document stand together in the plan, in order
    path: str  # what people call it: `reports/a.pdf`, `papers.zip/a.pdf`, `set.parquet#17`
    place: str  # how its source finds it again
    source: int  # which of the run's sources
    sha256: str
    size: int  # bytes
    first: int  # from 1
    last: int  # inclusive
    pages: int  # of the whole document
    meta: dict[str, str] = {}  # what a manifest or a row says of the file: address, date, licence

    @property
    def numbers(self) -> range:
        """The numbers of its pages."""
        return range(self.first, self.last + 1)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What was planned."""

    version: int
    question: dict[str, Any]  # as plain JSON: a later version may ask more
    sources: tuple[str, ...]
    documents: int  # that have units
    units: int
    pages: int
    skipped: int  # files that have none
    updated: bool = False  # whether it took another's place: then there may be results of units that it has not


class Skipped(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that has no unit, and why."""

    path: str
    reason: str
    sha256: str = ""
    same_as: str = ""  # the path of the file that has the same bytes


def unit_id(sha256: str, first: int, last: int, question: str) -> str:
    """The name of a unit, from the file's hash, its pages and the question's."""
    return hashlib.sha256(f"{sha256} {first} {last} {question}".encode()).hexdigest()[:ID_DIGITS]


def page_ranges(pages: int, most: int = MOST_PAGES) -> Iterator[tuple[int, int]]:
    """The first and last pages of a document's units, as equally long as can be."""
    count = -(-pages // most)
    for at in range(count):
        yield at * pages // count + 1, (at + 1) * pages // count


def find_plan(store: Store) -> Plan | None:
    """The plan of a destination; None where there is none that is complete. Raises InputError."""
    try:
        data = store.read(NAME)
    except FileNotFoundError:
        return None
    where = f"{store.address}/{NAME}"
    try:
        version = msgspec.json.decode(data)["version"]
        if version != VERSION:
            raise InputError(
                f"{where} is of version {version} of the format, and this sokdok writes {VERSION}: finish it with the "
                "sokdok that began it, or choose another destination"
            )
        return msgspec.json.decode(data, type=Plan)
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError, KeyError):
        raise InputError(f"{where} is damaged: choose another destination") from None


def require_plan(store: Store) -> Plan:
    """The plan of a destination. Raises InputError where there is none."""
    plan = find_plan(store)
    if plan is None:
        raise InputError(f"{store.address} holds no plan that is complete: begin with sokdok bulk SOURCE -o DEST")
    return plan


def question_of(plan: Plan) -> Question:
    """What the plan's units are asked. Raises InputError if this version of sokdok does not know all of it."""
    try:
        return msgspec.convert(plan.question, Question)
    except msgspec.ValidationError as error:
        raise InputError(f"the plan asks what this sokdok does not know ({error}): update it") from None


def require_same(plan: Plan, question: Question, sources: tuple[str, ...] | None, store: Store) -> None:
    """Raise InputError, which says what differs, unless a plan is of this question and these sources; None: of any."""
    where = f"{store.address} holds a plan of"
    if changed := differences(plan.question, question):
        raise InputError(f"{where} another question: {changed}. Ask as before, or choose another destination")
    if sources not in (None, plan.sources):
        raise InputError(
            f"{where} other sources: {', '.join(plan.sources)}. Name the same ones, plan these too by --update, or "
            "choose another destination"
        )


def read_units(store: Store) -> Iterator[Unit]:
    """All units in the plan's order, one in memory at a time. Raises InputError if the plan is damaged."""
    return rows_of(store, UNITS, Unit)


def planned_units(store: Store, plan: Plan) -> Container[str] | None:
    """Ids of the plan's units; None where all results are of them."""
    return {unit.id for unit in read_units(store)} if plan.updated else None


def read_skipped(store: Store) -> Iterator[Skipped]:
    """All files that have no unit, in the order of their sources. Raises InputError."""
    return rows_of(store, SKIPPED, Skipped)


def rows_of(store: Store, name: str, kind: type[Row], what_to_do: str = "choose another destination") -> Iterator[Row]:
    """Rows of a packed file, one in memory at a time. Raises InputError if it is missing or damaged."""
    decoder, where = msgspec.json.Decoder(kind), f"{store.address}/{name}"
    try:
        with store.open(name) as file:
            for line in unpacked_lines(file, where):
                yield decoder.decode(line)
    except FileNotFoundError:
        raise InputError(f"{where} is missing: {what_to_do}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{where} is damaged: {what_to_do}") from None


def write_rows(store: Store, name: str, rows: Iterable[msgspec.Struct]) -> None:
    """Put rows as one object in place of what is there."""
    encoder = msgspec.json.Encoder()
    store.replace(name, compressed(b"".join(encoder.encode(row) + b"\n" for row in rows)))
