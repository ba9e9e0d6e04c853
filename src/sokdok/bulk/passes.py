"""The two passes of a merge over slices of the plan, in any number of processes.

- Pass one: every document's tags, and the signature by which documents are compared.
- Pass two: what is kept is cleaned and written by every sink; what is dropped, and pages that failed, are rows.
- What a pass leaves is put last, so that it is there says that the slice is done.
- Where a slice ends follows from the plan alone, so the same plan has the same shards on any number of processes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import gettempdir

import msgspec

from sokdok.bulk.accounts import Account
from sokdok.bulk.assemble import assemble
from sokdok.bulk.plan import Plan, Unit, question_of, require_plan, rows_of, write_rows
from sokdok.bulk.quality.clean import clean
from sokdok.bulk.quality.near import ROWS, Signer, known_ngrams, ngrams_of, to_bytes
from sokdok.bulk.quality.recipe import Limit, Near, Recipe, verdict
from sokdok.bulk.quality.rules import TAGGERS, check_libraries, personal, tag
from sokdok.bulk.quality.text import Attributes, DocumentText, Span
from sokdok.bulk.results import count_reason, read_pages
from sokdok.bulk.sinks import FOLDER, SPLITS, Kept, Output, Shard, Written, sink_of
from sokdok.bulk.store import Store, destination_errors, open_store
from sokdok.documents.convert.folder import room_on_disk
from sokdok.files import scratch_folder
from sokdok.version import version

FORMAT = 3  # of what the passes leave and write
MOST_DOCUMENTS = 1_000
MOST_PAGES = 8_000  # of a slice; a longer document is one by itself
FEWEST, LEAST_PAGES = 4, 100  # slices of a corpus, where they have so many pages
EMPTY = "empty"  # why a document without text is dropped
ACCOUNTS = "accounts"  # stands among the sinks for the rows of what was dropped
SHARED = "decontamination", "shared"  # tagger and measure of rows of words that given files have, too
EVERYTHING = Recipe(version=1, near=None, same=False)  # stands for no recipe: nothing breaks it
TAGS = "tags/{}/{}.jsonl.zst"  # where pass one puts a slice's tags, the last thing that it puts, by key and slice
SIGNED = "near/{}/{}.npy"  # where it puts the signatures, where documents are compared
PART = f"{FOLDER}/parts/{{}}/{{}}.json"  # where pass two says what a sink wrote, by sink and slice
DAMAGED = "remove it, and merge again"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted."""

    to: tuple[str, ...] = ("dolma",)  # sinks
    recipe: Recipe | None = None  # None: every document is kept
    mask: tuple[str, ...] = ()  # kinds of personal data
    held_out: float = 0.0  # share of documents in a split of their own, near duplicates on one side
    against: tuple[str, ...] = ()  # texts of these files: documents that have 13 words in a row of them are dropped
    jobs: int = 1  # processes


class Settings(msgspec.Struct, frozen=True):
    """All that a process needs; plain data."""

    destination: str
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
    """A duplicate of an earlier document: dropped, or kept and put on the same side of a split as that one."""

    at: int  # position among all documents
    rule: str  # that drops it; empty if it is kept
    same_as: str  # the other one's path
    document: str  # its id


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
    known = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in asked.against]
    inputs = [FORMAT, version(), plan, results, asked.recipe, bool(asked.mask), bool(asked.held_out), known]
    digest = hashlib.sha256(msgspec.json.encode(inputs))
    tags = digest.hexdigest()[:16]
    digest.update(msgspec.json.encode([asked.mask, asked.held_out]))
    return tags, digest.hexdigest()[:16]


def slices(
    units: Iterable[Unit], planned: int, documents: int = MOST_DOCUMENTS, pages: int = MOST_PAGES
) -> Iterator[Slice]:
    """Cut units of so many planned pages, in the order of the plan, into slices of whole documents.

    A small corpus is some slices too: one alone would be the work of one core.
    """
    pages = min(pages, max(-(-planned // FEWEST), LEAST_PAGES))
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


class Filter:
    """What a recipe says of documents, and what is done to their texts; without one every document is kept as it is."""

    def __init__(self, asked: Asked) -> None:
        self.mask, self._filters = asked.mask, asked.recipe is not None
        self.recipe = signed = asked.recipe or EVERYTHING
        if asked.held_out:  # near duplicates are found, though none is dropped
            signed = msgspec.structs.replace(signed, near=signed.near or Near(), same=True)
        self.compares = signed.same or signed.near is not None
        self.taggers = tuple(TAGGERS) if self._filters else ("personal",) if self.mask else ()
        self._signed, self._known = signed, known_ngrams(asked.against)
        if asked.against:
            self.recipe = msgspec.structs.replace(
                self.recipe, rules={SHARED[0]: {"any": {SHARED[1]: Limit(most=0)}}, **self.recipe.rules}
            )
            self.taggers += (SHARED[0],)

    def check(self) -> None:
        """Raise MissingExtraError for a library that is missing."""
        if self._filters:
            check_libraries()
        self.signer()

    def tag(self, document: DocumentText) -> Attributes:
        """What all taggers say."""
        found = tag(document, self.recipe) if self._filters else personal(document) if self.mask else {}
        if self._known:
            shared = float(sum(each in self._known for each in ngrams_of(document.text, ROWS)))
            found["__".join(SHARED)] = ((0, len(document.text), shared),)
        return found

    def signer(self) -> Signer | None:
        """What signs the documents of a slice; None where nothing is compared. Raises MissingExtraError."""
        return Signer(self._signed) if self.compares else None

    def clean(self, document: DocumentText, attributes: Attributes) -> tuple[DocumentText, Attributes]:
        """A document as it is written, with its tags where they stand then."""
        return clean(document, attributes, self.recipe, self.mask)


class Passes:
    """What a process opens once, and does: both passes over a slice, each of which gives its number of documents."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_store(settings.destination)
        self.filter = Filter(settings.asked)
        plan = require_plan(self.store)
        self.output = Output(self.filter.taggers, plan.sources, question_of(plan), settings.asked.mask)

    def first_pass(self, piece: Slice) -> int:
        """Tag and sign the documents of a slice, unless that is done."""
        with destination_errors():
            if not self.store.exists(TAGS.format(self.settings.tags_key, piece.name)):
                self._tag(piece)
        return len(piece.documents)

    def second_pass(self, piece: Slice, same: tuple[Same, ...]) -> int:
        """Write what is missing of a slice's shards."""
        wanted = [*self.settings.asked.to, ACCOUNTS]
        with destination_errors():
            missing = [name for name in wanted if not self.store.exists(PART.format(name, piece.name))]
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
            self.store.replace(SIGNED.format(key, piece.name), to_bytes(signer.signatures()))
        write_rows(self.store, TAGS.format(key, piece.name), tagged)  # last: then the slice is done


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
            splits = SPLITS if self.passes.settings.asked.held_out else ("",)
            shards: dict[str, dict[str, Shard]] = {split: {} for split in splits}
            for name, split in ((name, split) for name in self.missing if name != ACCOUNTS for split in splits):
                (folder / name / split).mkdir(parents=True, exist_ok=True)
                called = f"{split}-{number}" if split else number
                shards[split][name] = sink_of(name)(store, called, folder / name / split, self.passes.output)
            for at, (units, attributes) in enumerate(zip(self.piece.documents, self._tags(), strict=True)):
                self._document(units, attributes, same.get(at), shards)
            for name in shards[splits[0]]:
                made = [shards[split][name] for split in splits]
                files = [file for shard in made for file in shard.close()]
                left_out = sum((shard.left_out for shard in made), Counter[str]())
                self._write_part(name, Part(files, dict(sorted(left_out.items()))))
        if ACCOUNTS in self.missing:
            write_rows(store, f"{FOLDER}/dropped/{number}.jsonl.zst", self.rows)
            self._write_part(ACCOUNTS, Part(account=self.account))

    def _document(
        self, units: tuple[Unit, ...], attributes: Attributes, same: Same | None, shards: dict[str, dict[str, Shard]]
    ) -> None:
        passes, account = self.passes, self.account
        document = passes.assemble(units)
        account.count(document)
        about = document.id, document.path
        self.rows += [Dropped(*about, page=page.number, error=page.error) for page in document.failed]
        found = verdict(attributes, passes.filter.recipe)
        cut = found.cut
        row = None
        if not document.text.strip():
            row = Dropped(*about, EMPTY, len(document.pages))
        elif cut is not None:
            row = Dropped(*about, cut.rule, len(document.pages), value=cut.value, limit=cut.limit)
        elif same is not None and same.rule:
            row = Dropped(*about, same.rule, len(document.pages), same.same_as)
        account.quality.count(attributes, passes.filter.recipe, found, kept=row is None)
        if row is not None:
            count_reason(account.dropped, row.reason)
            self.rows.append(row)
        else:
            document, attributes = passes.filter.clean(document, attributes)
            pages = partial(read_pages, passes.store, units, passes.settings.attempts)
            first = same.document if same else document.id  # near duplicates are on one side
            held_out = int(first[:8], 16) < passes.settings.asked.held_out * (1 << 32)
            for shard in (shards.get(SPLITS[held_out]) or shards[""]).values():
                shard.add(Kept(document, attributes, found.language, units, pages))
            account.keep(document)

    def _tags(self) -> Iterable[Attributes]:
        """What pass one said of each document; nothing where there are no taggers."""
        if not self.passes.filter.taggers:
            return [{}] * len(self.piece.documents)
        name = TAGS.format(self.passes.settings.tags_key, self.piece.name)
        return (row.attributes for row in rows_of(self.passes.store, name, Tagged, DAMAGED))

    def _write_part(self, name: str, part: Part) -> None:
        self.passes.store.replace(PART.format(name, self.piece.name), msgspec.json.encode(part))
