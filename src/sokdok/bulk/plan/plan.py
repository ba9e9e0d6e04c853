"""What a destination says of its plan: `bulk.json`, written last, says that the plan is complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from sokdok.bulk.store import Store
from sokdok.bulk.unit import Unit
from sokdok.documents.question import Question, differences
from sokdok.errors import InputError
from sokdok.files.zstd import unpacked_lines

VERSION = 2  # of the plan and the results; results of version 1 have a box for each word
Row = TypeVar("Row")
NAME, UNITS, SKIPPED = "bulk.json", "plan.jsonl.zst", "skipped.jsonl.zst"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What was planned."""

    version: int
    question: dict[str, Any]  # as plain JSON: a later version may ask more
    sources: tuple[str, ...]
    documents: int  # that have units
    units: int
    pages: int
    skipped: int  # files that have none
    bytes: int = 0  # of the documents


class Skipped(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that has no unit, and why."""

    path: str
    reason: str
    sha256: str = ""
    same_as: str = ""  # the path of the file that has the same bytes


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


def require_same(plan: Plan, question: Question, sources: tuple[str, ...], store: Store) -> None:
    """Raise InputError, which says what differs, unless a plan is of this question and these sources."""
    where = f"{store.address} holds a plan of"
    if changed := differences(plan.question, question):
        raise InputError(f"{where} another question: {changed}. Ask as before, or choose another destination")
    if plan.sources != sources:
        raise InputError(
            f"{where} other sources: {', '.join(plan.sources)}. Name the same ones, or choose another destination"
        )


def read_units(store: Store) -> Iterator[Unit]:
    """All units in the plan's order, one in memory at a time. Raises InputError if the plan is damaged."""
    return rows_of(store, UNITS, Unit)


def read_skipped(store: Store) -> Iterator[Skipped]:
    """All files that have no unit, in the order of their sources. Raises InputError."""
    return rows_of(store, SKIPPED, Skipped)


def rows_of(store: Store, name: str, kind: type[Row]) -> Iterator[Row]:
    """Rows of a packed file, one in memory at a time. Raises InputError if it is damaged."""
    decoder, where = msgspec.json.Decoder(kind), f"{store.address}/{name}"
    try:
        file = store.open(name)
    except FileNotFoundError:
        raise InputError(f"{where} is missing: choose another destination") from None
    with file:
        for line in unpacked_lines(file, where):
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise InputError(f"{where} is damaged: choose another destination") from None
