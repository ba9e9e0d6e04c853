"""The merge: from the results of a run to training data, in the plan's order, the same bytes from the same inputs.

- Pass one tags and signs documents, slice by slice; then copies of an earlier one are found over all; pass two cleans
  what is kept and writes a shard a slice in every sink. A killed merge goes on at the slice where it was.
- Outputs of other inputs (another recipe, pages read since) are removed before anything is written.
- `data/manifest.json` comes last: all shards with their hashes, and accounts that add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np

from sokdok.bulk.accounts import Account, check, skipped_by_reason
from sokdok.bulk.lease import Driving
from sokdok.bulk.passes import (
    ACCOUNTS,
    DAMAGED,
    PART,
    SIGNED,
    Asked,
    Filter,
    Part,
    Passes,
    Same,
    Settings,
    Slice,
    keys,
    slices,
)
from sokdok.bulk.plan import Plan, read_skipped, read_units, require_plan, rows_of, write_rows
from sokdok.bulk.quality.near import NEAR, SAME, find, from_bytes
from sokdok.bulk.results import add_up, find_done
from sokdok.bulk.sinks import FOLDER, Written, cards, require_sinks
from sokdok.bulk.store import Store, open_store
from sokdok.errors import InputError, SokdokError
from sokdok.jobs import in_order
from sokdok.version import version

MANIFEST = f"{FOLDER}/manifest.json"
PASSES = "sokdok.bulk.passes:Passes"  # what processes open
BEGUN = f"{FOLDER}/merge.json"  # says what the outputs that are being written come from
Progress = Callable[[str, int, int], None]  # gets what is being done, how many documents are done, and of how many


class SinkRows(msgspec.Struct):
    """What a sink holds."""

    rows: int = 0  # documents, or samples
    bytes: int = 0
    left_out: dict[str, int] = {}  # pages of kept documents that are in none, by why
    files: list[Written] = []


class Manifest(msgspec.Struct, kw_only=True):
    """What came out of a merge."""

    version: int = 1
    sokdok: str
    key: str  # changes with whatever changes the outputs
    recipe: str = ""  # digest of the recipe; empty without one
    mask: tuple[str, ...] = ()
    question: dict[str, Any]
    sources: tuple[str, ...]
    account: Account
    skipped: dict[str, int]  # files without pages, by why
    sinks: dict[str, SinkRows]


def merge(destination: str, asked: Asked, progress: Progress = lambda what, done, total: None) -> Manifest:
    """Write the outputs of a run all of whose units are done.

    Raises InputError for a destination without a plan or with units that are not done, MissingExtraError, SokdokError.
    """
    require_sinks(asked.to)
    Filter(asked).check()
    store = open_store(destination)
    plan = require_plan(store)
    with Driving(store):
        done = find_done(store)
        missing = sum(unit.id not in done for unit in read_units(store))
        if missing:
            raise InputError(
                f"{store.address}: {missing:,} of {plan.units:,} units are not read yet; run sokdok bulk again until "
                "they are, then merge"
            )
        tags_key, data_key = keys(plan, asked, done.digest)
        settings = Settings(store.address, asked, done.attempts, tags_key, data_key)
        return _merged(Passes(settings), plan, progress)


def find_manifest(store: Store) -> Manifest | None:
    """What the last merge wrote; None if it did not end, or there was none."""
    try:
        return msgspec.json.decode(store.read(MANIFEST), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _merged(passes: Passes, plan: Plan, progress: Progress) -> Manifest:
    """Both passes, and what is between and behind them."""
    store, settings, filtering = passes.store, passes.settings, passes.filter
    # 1. What is in the outputs' place comes from the same inputs, or goes: first what says that anything is there.
    if not store.exists(BEGUN) or store.read(BEGUN) != settings.data_key.encode():
        for name in sorted(store.names(f"{FOLDER}/"), key=lambda name: (name != MANIFEST, name)):
            store.remove(name)
        store.replace(BEGUN, settings.data_key.encode())

    def run(method: str, tasks: Iterable[tuple[Any, ...]], what: str) -> None:
        done = 0
        progress(what, done, plan.documents)
        for documents in in_order(PASSES, (settings,), method, tasks, workers=settings.asked.jobs, kind=int):
            done += documents
            progress(what, done, plan.documents)

    # 2. Both passes, and the comparison between them.
    if filtering.taggers or filtering.compares:
        run("first_pass", ((piece,) for piece in slices(read_units(store), plan.pages)), "tagging")
    same: list[Same] = []
    if filtering.compares:
        progress("comparing", 0, plan.documents)
        same = _copies(passes, plan)
        progress("comparing", plan.documents, plan.documents)
    run("second_pass", _with_copies(slices(read_units(store), plan.pages), same), "writing")
    # 3. The accounts.
    manifest = _manifest(passes, plan)
    for name, text in cards({name: sink.files for name, sink in manifest.sinks.items()}):
        store.replace(f"{FOLDER}/{name}", text.encode())
    store.replace(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return manifest


def _copies(passes: Passes, plan: Plan) -> list[Same]:
    """Documents that are like an earlier one, in order of their positions."""
    store, key = passes.store, passes.settings.tags_key
    name = f"near/{key}/same.jsonl.zst"
    if store.exists(name):
        return list(rows_of(store, name, Same, DAMAGED))
    recipe = passes.filter.recipe

    pieces = partial(slices, planned=plan.pages)
    found = find(from_bytes(store.read(SIGNED.format(key, piece.name))) for piece in pieces(read_units(store)))
    alike = np.flatnonzero(found.firsts != np.arange(len(found.firsts))).tolist()
    wanted = set(found.firsts[alike].tolist())
    firsts = {
        piece.first + at: units[0]
        for piece in pieces(read_units(store))
        for at, units in enumerate(piece.documents)
        if piece.first + at in wanted
    }
    drops = {SAME: recipe.same, NEAR: recipe.near is not None}  # where documents are held out, more is compared
    same = []
    for at in alike:
        first, rule = firsts[found.firsts[at]], found.reason(at)
        rule = rule if drops[rule] else NEAR if drops[NEAR] else ""
        same.append(Same(at, rule, first.path, first.document))
    write_rows(store, name, same)
    return same


def _with_copies(pieces: Iterable[Slice], same: list[Same]) -> Iterator[tuple[Slice, tuple[Same, ...]]]:
    """Each slice with the duplicates among its documents; `same` is sorted by position."""
    at = 0
    for piece in pieces:
        start, end = at, piece.first + len(piece.documents)
        while at < len(same) and same[at].at < end:
            at += 1
        yield piece, tuple(same[start:at])


def _manifest(passes: Passes, plan: Plan) -> Manifest:
    """Sum up what all slices say. Raises SokdokError if it does not add up."""
    store, asked = passes.store, passes.settings.asked
    account = Account()
    sinks = {name: SinkRows() for name in asked.to}
    for piece in slices(read_units(store), plan.pages):
        add_up(account, _part(store, ACCOUNTS, piece).account or Account())
        for name, total in sinks.items():
            part = _part(store, name, piece)
            main = [file.rows for file in part.files if "/attributes/" not in file.name]
            add_up(total, SinkRows(sum(main), sum(file.bytes for file in part.files), part.left_out, part.files))
    for name, total in sinks.items():
        if name in ("dolma", "parquet") and total.rows != account.kept:
            raise SokdokError(f"{total.rows:,} documents are in {name} and {account.kept:,} were kept: merge again")
    skipped = skipped_by_reason(read_skipped(store))
    check(account, plan, sum(skipped.values()))
    return Manifest(
        sokdok=version(),
        key=passes.settings.data_key,
        recipe=asked.recipe.digest() if asked.recipe else "",
        mask=asked.mask,
        question=plan.question,
        sources=plan.sources,
        account=account,
        skipped=skipped,
        sinks=sinks,
    )


def _part(store: Store, sink: str, piece: Slice) -> Part:
    name = PART.format(sink, piece.name)
    try:
        return msgspec.json.decode(store.read(name), type=Part)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{store.address}/{name} is missing or damaged: {DAMAGED}") from None
