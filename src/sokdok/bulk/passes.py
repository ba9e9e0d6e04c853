"""The two passes of a merge over slices of the plan, in any number of processes.

- Pass one: every document's tags, and the signature by which documents are compared.
- Pass two: what is kept is cleaned and written by every sink; what is dropped, and pages that failed, are rows.
- What a pass leaves is put last, so that it is there says that the slice is done.
- Where a slice ends follows from the plan alone, so the same plan has the same shards on any number of processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import gettempdir

import msgspec

from sokdok.bulk.accounts import Account
from sokdok.bulk.assemble import assemble
from sokdok.bulk.plan import Plan, Unit, rows_of, write_rows
from sokdok.bulk.quality.clean import clean
from sokdok.bulk.quality.near import Signer, to_bytes
from sokdok.bulk.quality.recipe import Recipe, verdict
from sokdok.bulk.quality.rules import TAGGERS, check_libraries, personal, tag
from sokdok.bulk.quality.text import Attributes, DocumentText, Span
from sokdok.bulk.results import read_pages
from sokdok.bulk.sinks import FOLDER, Kept, Output, Shard, Written, sink_of
from sokdok.bulk.store import Store, destination_errors, open_store
from sokdok.documents.convert.folder import room_on_disk
from sokdok.documents.question import Question
from sokdok.files import scratch_folder
from sokdok.version import version

FORMAT = 2  # of what the passes leave and write
MOST_DOCUMENTS = 1_000
MOST_PAGES = 8_000  # of a slice; a longer document is one by itself
ACCOUNTS = "accounts"  # stands among the sinks for the rows of what was dropped
EVERYTHING = Recipe(version=1, near=None, same=False)  # stands for no recipe: nothing breaks it
DAMAGED = "remove it, and merge again"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted."""

    to: tuple[str, ...] = ("dolma",)  # sinks
    recipe: Recipe | None = None  # None: every document is kept
    mask: tuple[str, ...] = ()  # kinds of personal data
    jobs: int = 1  # processes


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that a process needs; plain data."""

    destination: str
    sources: tuple[str, ...]
    question: Question
    asked: Asked
    attempts: dict[str, int]  # by unit, of those that were tried more than once
    tags_key: str  # changes with whatever changes what pass one says
    data_key: str  # changes with whatever changes the outputs


class Slice(msgspec.Struct, frozen=True):
    """Documents that stand together in the plan: what a process works on at a time, and a shard of the outputs."""

    number: int
    first: int  # position of its first document among all
    documents: tuple[tuple[Unit, ...], ...]  # the units of each

    @property
    def name(self) -> str:
        """As it stands in the names of files."""
        return f"{self.number:06d}"


class Tagged(msgspec.Struct, frozen=True):
    """What pass one says of a document."""

    document: str
    attributes: dict[str, tuple[Span, ...]]


class Same(msgspec.Struct, frozen=True):
    """A document that is dropped for another one's sake."""

    at: int  # position among all documents
    rule: str
    same_as: str  # the other one's path


class Dropped(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document that is not in the outputs, and why; or a page that failed, which has a number and an error."""

    document: str
    path: str
    reason: str = ""
    pages: int = 0
    same_as: str = ""
    value: float | None = None
    limit: float | None = None
    page: int = 0
    error: str = ""


class Part(msgspec.Struct):
    """What a sink wrote of a slice."""

    files: list[Written] = []
    left_out: dict[str, int] = {}
    account: Account | None = None  # of `ACCOUNTS` alone


def keys(plan: Plan, asked: Asked, results: str) -> tuple[str, str]:
    """Two names that change with the inputs of pass one, and of the outputs; `results` is the digest of those."""
    digest = hashlib.sha256(msgspec.json.encode([FORMAT, version(), plan, results, asked.recipe, bool(asked.mask)]))
    tags = digest.hexdigest()[:16]
    digest.update(msgspec.json.encode(asked.mask))
    return tags, digest.hexdigest()[:16]


def slices(units: Iterable[Unit], documents: int = MOST_DOCUMENTS, pages: int = MOST_PAGES) -> Iterator[Slice]:
    """Cut units, in the order of the plan, into slices of whole documents."""
    number = first = held = 0
    waiting: list[tuple[Unit, ...]] = []
    for _, group in groupby(units, key=lambda unit: unit.document):
        document = tuple(group)
        length = sum(len(unit.numbers) for unit in document)
        if waiting and (len(waiting) >= documents or held + length > pages):
            yield Slice(number, first, tuple(waiting))
            number, first, held, waiting = number + 1, first + len(waiting), 0, []
        waiting.append(document)
        held += length
    if waiting:
        yield Slice(number, first, tuple(waiting))


def tags_name(key: str, number: str) -> str:
    """Where pass one puts a slice's tags, the last thing that it puts."""
    return f"tags/{key}/{number}.jsonl.zst"


def near_name(key: str, number: str) -> str:
    """Where pass one puts a slice's signatures, where documents are compared."""
    return f"near/{key}/{number}.npy"


def part_name(sink: str, number: str) -> str:
    """Where pass two says what a sink wrote of a slice."""
    return f"{FOLDER}/parts/{sink}/{number}.json"


class Filter:
    """What a recipe says of documents, and what is done to their texts; without one every document is kept as it is.

    `mask` are kinds of personal data that are masked.
    """

    def __init__(self, recipe: Recipe | None, mask: tuple[str, ...] = ()) -> None:
        self.recipe, self.mask = recipe or EVERYTHING, mask
        self._filters = recipe is not None
        self.compares = self._filters and (self.recipe.same or self.recipe.near is not None)
        self.taggers = tuple(TAGGERS) if self._filters else ("personal",) if mask else ()

    def check(self) -> None:
        """Raise MissingExtraError for a library that is missing."""
        if self._filters:
            check_libraries()
        self.signer()

    def tag(self, document: DocumentText) -> Attributes:
        """What all taggers say."""
        return tag(document, self.recipe) if self._filters else personal(document) if self.mask else {}

    def signer(self) -> Signer | None:
        """What signs the documents of a slice; None where nothing is compared. Raises MissingExtraError."""
        return Signer(self.recipe) if self.compares else None

    def clean(self, document: DocumentText, attributes: Attributes) -> tuple[DocumentText, Attributes]:
        """A document as it is written, with its tags where they stand then."""
        return clean(document, attributes, self.recipe, self.mask)


class Passes:
    """What a process opens once, and does: both passes over a slice, each of which gives its number of documents."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_store(settings.destination)
        self.filter = Filter(settings.asked.recipe, settings.asked.mask)
        self.output = Output(self.filter.taggers, settings.sources, settings.question, settings.asked.mask)

    def first_pass(self, piece: Slice) -> int:
        """Tag and sign the documents of a slice, unless that is done."""
        with destination_errors():
            if not self.store.exists(tags_name(self.settings.tags_key, piece.name)):
                self._tag(piece)
        return len(piece.documents)

    def second_pass(self, piece: Slice, same: tuple[Same, ...]) -> int:
        """Write what is missing of a slice's shards."""
        wanted = [*self.settings.asked.to, ACCOUNTS]
        with destination_errors():
            missing = [name for name in wanted if not self.store.exists(part_name(name, piece.name))]
            if missing:
                _Writing(self, piece, missing).run({row.at - piece.first: row for row in same})
        return len(piece.documents)

    def assemble(self, units: tuple[Unit, ...]) -> DocumentText:
        """The document that units are of, from their results."""
        return assemble(units[0], read_pages(self.store, units, self.settings.attempts))

    def _tag(self, piece: Slice) -> None:
        key, signer, tagged = self.settings.tags_key, self.filter.signer(), list[Tagged]()
        for units in piece.documents:
            document = self.assemble(units)
            attributes = self.filter.tag(document)
            tagged.append(Tagged(document.id, dict(attributes)))
            if signer is not None:
                signer.add(document.text, kept=verdict(attributes, self.filter.recipe).cut is None)
        if signer is not None:
            self.store.replace(near_name(key, piece.name), to_bytes(signer.signatures()))
        write_rows(self.store, tags_name(key, piece.name), tagged)  # last: then the slice is done


class _Writing:
    """Pass two of one slice."""

    def __init__(self, passes: Passes, piece: Slice, missing: list[str]) -> None:
        self.passes, self.piece, self.missing = passes, piece, missing
        self.account = Account()
        self.rows: list[Dropped] = []

    def run(self, same: Mapping[int, Same]) -> None:
        """Go over the documents once."""
        store, number = self.passes.store, self.piece.name
        with ExitStack() as stack:
            stack.enter_context(room_on_disk(Path(gettempdir())))
            folder = stack.enter_context(scratch_folder())
            shards: dict[str, Shard] = {}
            for name in self.missing:
                if name != ACCOUNTS:
                    (folder / name).mkdir()
                    shards[name] = sink_of(name)(store, number, folder / name, self.passes.output)
            for at, (units, attributes) in enumerate(zip(self.piece.documents, self._tags(), strict=True)):
                self._document(units, attributes, same.get(at), list(shards.values()))
            for name, shard in shards.items():
                self._put(name, Part(shard.close(), dict(sorted(shard.left_out.items()))))
        if ACCOUNTS in self.missing:
            write_rows(store, f"{FOLDER}/dropped/{number}.jsonl.zst", self.rows)
            self._put(ACCOUNTS, Part(account=self.account))

    def _document(
        self, units: tuple[Unit, ...], attributes: Attributes, same: Same | None, shards: list[Shard]
    ) -> None:
        passes, account = self.passes, self.account
        document = passes.assemble(units)
        account.count(document)
        about = document.id, document.path
        self.rows += [Dropped(*about, page=page.number, error=page.error) for page in document.failed]
        found = verdict(attributes, passes.filter.recipe)
        cut = found.cut
        account.quality.count(attributes, passes.filter.recipe, found, kept=cut is None and same is None)
        if cut is not None:
            account.drop(cut.rule)
            self.rows.append(Dropped(*about, cut.rule, len(document.pages), value=cut.value, limit=cut.limit))
        elif same is not None:
            account.drop(same.rule)
            self.rows.append(Dropped(*about, same.rule, len(document.pages), same.same_as))
        else:
            document, attributes = passes.filter.clean(document, attributes)
            pages = partial(read_pages, passes.store, units, passes.settings.attempts)
            for shard in shards:
                shard.add(Kept(document, attributes, found.language, units, pages))
            account.keep(document)

    def _tags(self) -> Iterable[Attributes]:
        """What pass one said of each document; nothing where there are no taggers."""
        if not self.passes.filter.taggers:
            return [{}] * len(self.piece.documents)
        name = tags_name(self.passes.settings.tags_key, self.piece.name)
        return (row.attributes for row in rows_of(self.passes.store, name, Tagged, DAMAGED))

    def _put(self, name: str, part: Part) -> None:
        self.passes.store.replace(part_name(name, self.piece.name), msgspec.json.encode(part))
