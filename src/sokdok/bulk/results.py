"""Results: one file a unit, written once. That it is there says that the unit is done, whatever became of its pages.

- `results/ab/<unit id>.jsonl.zst`, or `.2.jsonl.zst` and so on for later attempts: the highest counts. The first line
  is the header, then a line a page, as the journal of `sokdok convert` has them, in order.
- Blocks are kept, with their boxes, without a box for each of their words: no output has those, and they are five
  sixths of a page.
- The header sums up what the pages cost and why they failed, so that nobody need read them for that.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Literal

import msgspec

from sokdok.bulk.store import Store
from sokdok.bulk.unit import ID_DIGITS
from sokdok.documents.build import failed_page
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.json_file import page_from_json, page_to_json
from sokdok.errors import InputError, in_one_line
from sokdok.files.zstd import compressed, decompressed, unpacked_lines

Route = Literal["text-layer", "reader", "mixed", "file"]
"""whose words a page has: its text layer's alone, the reader's, both, or those of a file that says its words itself"""
FOLDER = "results"
_NAME = re.compile(rf"{FOLDER}/[0-9a-f]{{2}}/([0-9a-f]{{{ID_DIGITS}}})(?:\.([1-9]\d*))?\.jsonl\.zst")
_NUMBER = re.compile(r"\d[\d,.]*")
MOST_REASONS = 64  # different ones that are kept of a run; what is beyond them is counted as others
OTHER_REASONS = "other reasons"


class Cost(msgspec.Struct):
    """What pages of one route took together."""

    pages: int = 0
    seconds: float = 0.0  # of a worker
    vision_tokens: int = 0
    text_tokens: int = 0  # by DeepSeek's tokenizer

    def add(self, other: Cost) -> None:
        """Count what others took."""
        self.pages += other.pages
        self.seconds += other.seconds
        self.vision_tokens += other.vision_tokens
        self.text_tokens += other.text_tokens


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

    def add(self, other: Tally) -> None:
        """Count others."""
        self.done += other.done
        self.failed += other.failed
        self.partial += other.partial
        for reason, count in other.reasons.items():
            self._count(reason, count)
        for route, cost in other.routes.items():
            self.routes.setdefault(route, Cost()).add(cost)

    def count(self, page: DocumentPage, path: str, seconds: float = 0.0, text_tokens: int = 0) -> None:
        """Count a page of the file called `path`."""
        if page.status == "FAILURE":
            self.failed += 1
            self._count(reason_of(page.error, path), 1)
            return
        self.done += 1
        self.partial += page.status == "PARTIAL"
        self.routes.setdefault(route_of(page), Cost()).add(Cost(1, seconds, page.vision_tokens, text_tokens))

    def _count(self, reason: str, count: int) -> None:
        known = reason in self.reasons or len(self.reasons) < MOST_REASONS
        name = reason if known else OTHER_REASONS
        self.reasons[name] = self.reasons.get(name, 0) + count


class Header(msgspec.Struct):
    """What there is to know of a result beside its pages."""

    unit: str
    attempt: int
    reader: str  # its name; empty where none was asked
    question: str  # its id
    started: float  # seconds since 1970, by the worker's clock
    seconds: float
    worker: str  # host and process
    tally: Tally
    deaths: int = 0  # workers that died at it before


def route_of(page: DocumentPage) -> Route:
    """Whose words a page has."""
    if page.source == "reader":
        return "mixed" if page.evidence == "mixed" else "reader"
    return "mixed" if page.evidence == "mixed" else page.source


def reason_of(error: str, path: str) -> str:
    """An error without the file's name and its numbers, so that equal ones can be counted."""
    return _NUMBER.sub("N", error.replace(path, "the file"))


def result_name(unit: str, attempt: int = 1) -> str:
    """The name of a unit's result in its store."""
    return f"{FOLDER}/{unit[:2]}/{unit}{f'.{attempt}' if attempt > 1 else ''}.jsonl.zst"


def page_line(page: DocumentPage) -> tuple[DocumentPage, bytes]:
    """A page as a line, without its words; a failed page in its place where what was found on it can't be written."""
    try:
        return page, _written(page)
    except Exception as error:  # numbers that are none, halves of characters at odd places: the others are written
        failed = failed_page(page.number, f"the page can't be written ({in_one_line(error)})", page.width, page.height)
        return failed, _written(failed)


def _written(page: DocumentPage) -> bytes:
    for block in page.blocks:
        if (set_as := block.setting) is not None:
            places = (set_as.em, set_as.indent, set_as.first_word, set_as.room, *set_as.columns)
            if not all(math.isfinite(place) for place in places if place is not None):
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
    with _whole(source):
        first, *lines = decompressed(data, source).splitlines()
        return _header(first), [page_from_json(line.decode()) for line in lines]


def read_result(store: Store, unit: str, attempt: int = 1) -> tuple[Header, list[DocumentPage]]:
    """A unit's result. Raises FileNotFoundError, and InputError if it is damaged."""
    name = result_name(unit, attempt)
    return decode_result(store.read(name), f"{store.address}/{name}")


def read_header(store: Store, unit: str, attempt: int = 1) -> Header:
    """The header of a unit's result, and no more of it. Raises FileNotFoundError, and InputError if it is damaged."""
    name = result_name(unit, attempt)
    where = f"{store.address}/{name}"
    with store.open(name) as file, _whole(where):
        return _header(next(unpacked_lines(file, where), b""))


def attempts(store: Store) -> Iterator[tuple[str, int]]:
    """Each unit that has a result, sorted by id, and its highest attempt."""
    for unit, found in groupby(_found(store.names(f"{FOLDER}/")), key=lambda pair: pair[0]):
        yield unit, max(attempt for _, attempt in found)


def _found(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        if match := _NAME.fullmatch(name):
            yield match[1], int(match[2] or 1)


def _header(line: bytes) -> Header:
    return msgspec.json.decode(line, type=Header)


@contextmanager
def _whole(source: str) -> Iterator[None]:
    """Say of a result that is not what was written what to do."""
    try:
        yield
    except (InputError, msgspec.DecodeError, ValueError):
        raise InputError(f"{source} is damaged: remove it, and the same run reads its pages again") from None


def most_common(reasons: dict[str, int], most: int = 10) -> Sequence[tuple[str, int]]:
    """Reasons, the most frequent first."""
    return Counter(reasons).most_common(most)
