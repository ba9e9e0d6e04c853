"""The two passes over a slice. What a pass leaves is put last, so that it is there says that the slice is done.

- Pass one: every document's tags, and what it is told from its likes by.
- Pass two: what is kept is cleaned and written by every sink; what is dropped, and pages that failed, are rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import gettempdir

import msgspec

from sokdok.bulk.merge.accounts import Account
from sokdok.bulk.merge.assemble import assemble
from sokdok.bulk.merge.judge import Tags, flat, owners
from sokdok.bulk.merge.rows import Dropped, FailedPage, Same, Tagged, read_rows, write_rows
from sokdok.bulk.merge.settings import Tools
from sokdok.bulk.merge.slices import Slice
from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.plan import Unit
from sokdok.bulk.sinks import Kept, Shard, Written
from sokdok.bulk.sinks.sink import FOLDER
from sokdok.documents.convert.outputs import room_on_disk
from sokdok.files import scratch_folder

PARTS = f"{FOLDER}/parts"
ACCOUNTS = "accounts"  # stands among the sinks for the rows of what was dropped


class Part(msgspec.Struct):
    """What a sink wrote of a slice."""

    files: list[Written] = []
    left_out: dict[str, int] = {}
    account: Account | None = None  # of `ACCOUNTS` alone


def tags_name(key: str, number: str) -> str:
    """Where pass one puts a slice's tags, the last thing that it puts."""
    return f"tags/{key}/{number}.jsonl.zst"


def near_name(key: str, number: str) -> str:
    """Where pass one puts a slice's signatures, where documents are compared."""
    return f"near/{key}/{number}.npy"


def part_name(sink: str, number: str) -> str:
    """Where pass two says what a sink wrote of a slice."""
    return f"{PARTS}/{sink}/{number}.json"


def first_pass(tools: Tools, piece: Slice) -> int:
    """Tag and sign the documents of a slice, unless that is done; how many documents there are."""
    key, store = tools.settings.tags_key, tools.store
    if store.exists(tags_name(key, piece.name)):
        return len(piece.documents)
    tagged: list[Tagged] = []
    signer = tools.judge.signer()
    for units in piece.documents:
        document = assemble(units[0], tools.pages(units))
        tags = tools.judge.tag(document)
        tagged.append(Tagged(document.id, {name: dict(spans) for name, spans in tags.items()}))
        if signer is not None:
            signer.add(document.text, kept=tools.judge.verdict(tags).kept)
    if signer is not None:
        from sokdok.bulk.quality.near.signatures import to_bytes

        store.replace(near_name(key, piece.name), to_bytes(signer.signatures()))
    write_rows(store, tags_name(key, piece.name), tagged)  # last: that it is there says that the slice is done
    return len(piece.documents)


def second_pass(tools: Tools, piece: Slice, same: tuple[Same, ...]) -> int:
    """Write what is missing of a slice's shards; how many documents there are."""
    wanted = [*tools.settings.asked.to, ACCOUNTS]
    missing = [name for name in wanted if not tools.store.exists(part_name(name, piece.name))]
    if missing:
        _Writing(tools, piece, missing).run({row.at - piece.first: row for row in same})
    return len(piece.documents)


class _Writing:
    """Pass two of one slice."""

    def __init__(self, tools: Tools, piece: Slice, missing: list[str]) -> None:
        self.tools, self.piece, self.missing = tools, piece, missing
        self.account = Account()
        self.rows: list[Dropped | FailedPage] = []

    def run(self, same: Mapping[int, Same]) -> None:
        """Go over the documents once."""
        with ExitStack() as stack:
            stack.enter_context(room_on_disk(Path(gettempdir())))
            folder = stack.enter_context(scratch_folder())
            shards = {name: self._shard(name, folder / name) for name in self.missing if name != ACCOUNTS}
            for at, (units, tags) in enumerate(zip(self.piece.documents, self._tags(), strict=True)):
                self._document(units, tags, same.get(at), list(shards.values()))
            for name, shard in shards.items():
                self._put(name, Part(shard.close(), dict(sorted(shard.left_out.items()))))
        if ACCOUNTS in self.missing:
            write_rows(self.tools.store, f"{FOLDER}/dropped/{self.piece.name}.jsonl.zst", self.rows)
            self._put(ACCOUNTS, Part(account=self.account))

    def _document(self, units: tuple[Unit, ...], tags: Tags, same: Same | None, shards: list[Shard]) -> None:
        document = assemble(units[0], self.tools.pages(units))
        done = self._count(document)
        verdict = self.tools.judge.verdict(tags)
        broken = next((one for one in verdict.broken if one.cuts), None)
        is_kept = broken is None and same is None
        self.account.quality.count(flat(tags), self.tools.judge.recipe, verdict, kept=is_kept)
        if broken is not None:
            self._drop(Dropped(document.id, document.path, broken.rule, len(document.pages),
                                         value=broken.value, limit=broken.limit))  # fmt: skip
        elif same is not None:
            self._drop(Dropped(document.id, document.path, same.rule, len(document.pages), same.same_as))
        else:
            document, attributes = self.tools.judge.clean(document, tags)
            pages = partial(self.tools.pages, units)
            kept = Kept(document, attributes, owners(tags), verdict.language, units, pages)
            for shard in shards:
                shard.add(kept)
            self.account.kept += 1
            self.account.kept_pages += done
            self.account.characters += len(document.text)
            self.account.tokens += sum(page.text_tokens for page in document.pages)

    def _count(self, document: DocumentText) -> int:
        """Count a document's pages, and keep rows of those that failed; how many did not."""
        failed = [page for page in document.pages if page.status == "FAILURE"]
        self.rows += [FailedPage(document.id, document.path, page.number, page.error) for page in failed]
        done = len(document.pages) - len(failed)
        self.account.documents += 1
        self.account.pages += len(document.pages)
        self.account.failed += len(failed)
        self.account.done += done
        self.account.partial += sum(page.status == "PARTIAL" for page in document.pages)
        return done

    def _drop(self, row: Dropped) -> None:
        self.account.drop(row.reason)
        self.rows.append(row)

    def _tags(self) -> Iterator[Tags]:
        """What pass one said of each document; nothing where there are no taggers."""
        if not self.tools.judge.taggers:
            yield from ({} for _ in self.piece.documents)
            return
        for row in read_rows(self.tools.store, tags_name(self.tools.settings.tags_key, self.piece.name), Tagged):
            yield row.attributes

    def _shard(self, name: str, folder: Path) -> Shard:
        folder.mkdir()
        return self.tools.sinks[name].shard(self.tools.store, self.piece.name, folder)

    def _put(self, name: str, part: Part) -> None:
        self.tools.store.replace(part_name(name, self.piece.name), msgspec.json.encode(part))
