"""Results: one file a unit, written once. That it is there says that the unit is done, whatever became of its pages.

- `results/ab/<unit id>.jsonl.zst`, or `.2.jsonl.zst` and so on for later attempts: the highest counts. The first line
  is the header, then a line a page, as the journal of `sokdok convert` has them, in order.
- Blocks are kept, with their boxes, without a box for each of their words: no output has those, and they are five
  sixths of a page.
- The header sums up what the pages cost and why they failed, so that they need not be read for that.
"""

from __future__ import annotations

import hashlib
import math
import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from sokdok.bulk.plan import ID_DIGITS, Unit
from sokdok.bulk.store import Store
from sokdok.documents.build import failed_page
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.json_file import page_from_json, page_to_json
from sokdok.errors import InputError, in_one_line
from sokdok.files.zstd import compressed, decompressed, unpacked_lines

# Whose words a page has: its text layer's alone, the reader's, both, or those of a file whose words are text.
Route = Literal["text-layer", "reader", "mixed", "file", "person"]  # person: mended by hand, which no run does
FOLDER = "results"
MOST_REASONS = 64  # different ones that are kept of a run; what is beyond them is counted as others
OTHER_REASONS = "other reasons"
_NAME = re.compile(rf"{FOLDER}/[0-9a-f]{{2}}/([0-9a-f]{{{ID_DIGITS}}})(?:\.([1-9]\d*))?\.jsonl\.zst")
_NUMBER = re.compile(r"\d[\d,.]*")


class Cost(msgspec.Struct):
    """What pages of one route took together."""

    pages: int = 0
    seconds: float = 0.0  # of a worker
    vision_tokens: int = 0
    text_tokens: int = 0  # by DeepSeek's tokenizer


class Tally(msgspec.Struct):
    """What became of pages."""

    done: int = 0  # SUCCESS or PARTIAL
    failed: int = 0
    partial: int = 0  # of those done
    reasons: dict[str, int] = {}  # why pages failed, names and numbers taken out
    routes: dict[Route, Cost] = {}  # of pages done

    @property
    def pages(self) -> int:
        """All of them."""
        return self.done + self.failed

    def count(self, page: DocumentPage, path: str, seconds: float = 0.0, text_tokens: int = 0) -> None:
        """Count a page of the file called `path`."""
        if page.status == "FAILURE":
            self.failed += 1
            count_reason(self.reasons, reason_of(page.error, path))
            return
        self.done += 1
        self.partial += page.status == "PARTIAL"
        add_up(self.routes.setdefault(route_of(page), Cost()), Cost(1, seconds, page.vision_tokens, text_tokens))


class Header(msgspec.Struct):
    """What a result says of all its pages."""

    unit: str
    attempt: int
    reader: str  # its name; empty where none was asked
    question: str  # its id
    started: float  # seconds since 1970, by the worker's clock
    seconds: float
    worker: str  # host and process
    tally: Tally
    deaths: int = 0  # workers that died at it before
    processor: float = 0.0  # seconds of the machine's cores, its children's too; 0 if the system does not say


def route_of(page: DocumentPage) -> Route:
    """Whose words a page has."""
    return "mixed" if page.evidence == "mixed" else page.source


def reason_of(error: str, path: str) -> str:
    """An error without the file's name and its numbers, so that equal ones can be counted."""
    return _NUMBER.sub("N", error.replace(path, "the file"))


def count_reason(reasons: dict[str, int], reason: str, count: int = 1) -> None:
    """Count a reason; rare ones together where there are many."""
    name = reason if reason in reasons or len(reasons) < MOST_REASONS else OTHER_REASONS
    reasons[name] = reasons.get(name, 0) + count


def add_up(mine: msgspec.Struct, other: msgspec.Struct) -> None:
    """Add the numbers of another one: field by field, name by name in dictionaries, and so in what these hold."""
    for name in other.__struct_fields__:
        one, added = getattr(mine, name), getattr(other, name)
        if isinstance(added, msgspec.Struct):
            add_up(one, added)
        elif not isinstance(added, dict):
            setattr(mine, name, one + added)
        else:
            for key, value in added.items():
                if isinstance(value, msgspec.Struct):
                    add_up(one.setdefault(key, type(value)()), value)
                else:
                    count_reason(one, key, value)


def result_name(unit: str, attempt: int = 1) -> str:
    """The name of a unit's result in its store."""
    return f"{FOLDER}/{unit[:2]}/{unit}{f'.{attempt}' if attempt > 1 else ''}.jsonl.zst"


def page_line(page: DocumentPage) -> tuple[DocumentPage, bytes]:
    """A page as a line, without its words; a failed page in its place where what was found on it can't be written."""
    try:
        return page, _encoded(page)
    except Exception as error:  # numbers that are none, halves of characters at odd places: the others are written
        failed = failed_page(page.number, f"the page can't be written ({in_one_line(error)})", page.width, page.height)
        return failed, _encoded(failed)


def _encoded(page: DocumentPage) -> bytes:
    for block in page.blocks:
        if (set_as := block.setting) is not None and not math.isfinite(set_as.em):
            raise ValueError("a place that is no number")
    blocks = [vars(block) | {"words": ()} for block in page.blocks]
    try:
        return msgspec.json.encode(vars(page) | {"blocks": blocks})  # a tenth of the time that `page_to_json` takes
    except UnicodeEncodeError:
        return page_to_json(page, words=False).encode()


def encode_result(header: Header, lines: Iterable[bytes]) -> bytes:
    """A result as bytes from its pages, in order, each a `page_line`."""
    return compressed(b"\n".join([msgspec.json.encode(header), *lines, b""]))


def decode_result(data: bytes, source: str) -> tuple[Header, list[DocumentPage]]:
    """What `encode_result` made. Raises InputError, which calls it `source`, if it is damaged."""
    with _damage_named(source):
        first, *lines = decompressed(data, source).splitlines()
        return msgspec.json.decode(first, type=Header), [page_from_json(line.decode()) for line in lines]


def read_result(store: Store, unit: str, attempt: int = 1) -> tuple[Header, list[DocumentPage]]:
    """A unit's result. Raises FileNotFoundError, and InputError if it is damaged."""
    name = result_name(unit, attempt)
    return decode_result(store.read(name), f"{store.address}/{name}")


def read_header(store: Store, unit: str, attempt: int = 1) -> Header:
    """The header of a unit's result, and no more of it. Raises FileNotFoundError, and InputError if it is damaged."""
    name = result_name(unit, attempt)
    with store.open(name) as file, _damage_named(where := f"{store.address}/{name}"):
        return msgspec.json.decode(next(unpacked_lines(file, where), b""), type=Header)


@contextmanager
def _damage_named(source: str) -> Iterator[None]:
    """Say of a result that is not what was written what to do."""
    try:
        yield
    except (InputError, msgspec.DecodeError, ValueError):
        raise InputError(f"{source} is damaged: remove it, and the same run reads its pages again") from None


def attempts(store: Store, among: Container[str] | None = None) -> Iterator[tuple[str, int]]:
    """Units that have a result, sorted by id, and each one's last attempt; only those in `among` (None: all)."""
    matches = filter(None, map(_NAME.fullmatch, store.names(f"{FOLDER}/")))
    for unit, found in groupby(matches, key=lambda match: match[1]):
        if among is None or unit in among:
            yield unit, max(int(match[2] or 1) for match in found)


class Done(NamedTuple):
    """Which units have results."""

    units: Any  # an array of their ids, sorted, sixteen bytes each: there may be millions
    attempts: dict[str, int]  # the one that counts, of units that were tried more than once
    digest: str  # changes with any new result

    def __contains__(self, unit: object) -> bool:
        id = _id_bytes(str(unit))
        at = bisect_left(self.units, id)
        return at < len(self.units) and bool(self.units[at] == id)


def _id_bytes(unit: str) -> bytes:
    return bytes.fromhex(unit).rstrip(b"\0")  # as numpy gives them back


def find_done(store: Store) -> Done:
    """Look once at the names of all results."""
    digest, again = hashlib.sha256(), {}

    def units() -> Iterator[bytes]:
        for unit, attempt in attempts(store):
            digest.update(f"{unit} {attempt}\n".encode())
            if attempt > 1:
                again[unit] = attempt
            yield _id_bytes(unit)

    return Done(np.fromiter(units(), f"S{ID_DIGITS // 2}"), again, digest.hexdigest())


def read_pages(store: Store, units: Iterable[Unit], attempts: Mapping[str, int]) -> Iterator[DocumentPage]:
    """All pages of units as they were read, a unit in memory at a time; `attempts` are those after the first.

    Raises InputError for a result that is missing, damaged or of other pages.
    """
    for unit in units:
        try:
            _, pages = read_result(store, unit.id, attempts.get(unit.id, 1))
        except FileNotFoundError as error:
            raise InputError(f"{error}: a result is gone; run sokdok bulk again to read its pages") from None
        if [page.number for page in pages] != list(unit.numbers):
            raise InputError(f"the result of unit {unit.id} has other pages than the plan: remove it and run again")
        yield from pages
